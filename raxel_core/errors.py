"""The one error that a user is meant to read."""


class RaxelError(ValueError):
    """Something that the user can put right, in one sentence that names the input and the remedy.

    The command line prints it as one line and exits with 2; nodes let it through to the host.
    """


class LensMissing(RaxelError):
    """A camera file without a lens, of a user who named none: a page can ask, and try again."""

"""The ``raxel`` command.

Exit codes: 0 done, 2 something to put right (one sentence on stderr), 130 interrupted; check-dataset also has a 1.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from typing import NoReturn

from .errors import RaxelError

INTERRUPTED = 130
NO_MEMORY = "there is not enough memory; close other programs, or ask for fewer frames"
OPTIONAL_PACKAGES = ("av", "tqdm", "diffusers", "accelerate", "yaml")


class OneSentenceParser(argparse.ArgumentParser):
    """Says what is wrong in one line, without repeating the usage."""

    def error(self, message: str) -> NoReturn:
        """Leave with 2."""
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


def build_parser() -> argparse.ArgumentParser:
    """The parser with every subcommand."""
    from .commands.registry import COMMANDS  # noqa: PLC0415  torch takes seconds to load: an interrupt meanwhile ends in main

    parser = OneSentenceParser(
        prog="raxel", description="Camera paths from clips, and clips along camera paths."
    )
    subparsers = parser.add_subparsers(title="commands", dest="command", required=True, metavar="COMMAND")
    for name, command in COMMANDS.items():
        subparser = subparsers.add_parser(name, help=command.help, description=command.help)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line; None takes the process's own. Returns the exit code."""
    try:
        args = build_parser().parse_args(argv)
        return args.run(args) or 0
    except RaxelError as error:
        return _complain(" ".join(str(error).split()), 2)
    except (KeyboardInterrupt, RuntimeError) as error:
        if "DefaultCPUAllocator" in str(error):  # torch's own word for MemoryError
            return _complain(NO_MEMORY, 2)
        # Python 3.11 wraps whatever is raised while a class names its attributes, an interrupt too.
        if not isinstance(error, KeyboardInterrupt) and not isinstance(error.__cause__, KeyboardInterrupt):
            raise
        return _complain("interrupted; nothing was written", INTERRUPTED)
    except OSError as error:
        if error.filename is None:
            raise
        return _complain(
            f"cannot use {str(error.filename)[:200]}: {error.strerror}; choose another name or place", 2
        )
    except MemoryError:
        return _complain(NO_MEMORY, 2)
    except ModuleNotFoundError as error:
        if error.name not in OPTIONAL_PACKAGES:
            raise
        return _complain(f'the package {error.name} is missing; run pip install "raxel[cli]"', 2)


def _complain(sentence: str, code: int) -> int:
    print(f"raxel: {sentence}", file=sys.stderr)
    return code


def run_and_exit() -> NoReturn:
    """The process's own entry point."""
    # A kill is an interrupt too: what is half written goes away on the way out.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    code = main()
    if code == INTERRUPTED:
        # Python ends itself by signal, whatever code we return, where the interrupt fell into an exec'd string (a
        # dataclass in the making, say): about 1 of 14 interrupts while torch loads.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    run_and_exit()

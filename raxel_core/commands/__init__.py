"""The subcommands of ``raxel``, one file each; ``registry`` lists them, ``runs`` does the work, ``outputs`` writes it."""

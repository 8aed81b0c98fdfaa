"""Weights that lie where there is room: in a file, in RAM or on the compute device, and move a block at a time."""

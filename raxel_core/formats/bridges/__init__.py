"""Bridges to the cameras that other programs' models take: tensors and lists in memory, not files.

One file for each kind of value, with a function for each direction. Every one takes or makes a `Trajectory`; conventions
(axes, unit, which inverse, what a focal length is a share of) are turned there and nowhere else. Nothing here knows a host.
"""

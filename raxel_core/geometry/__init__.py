"""Cameras, rays and raxels: the ground floor. numpy and torch only, no model.

Conventions of everything inside (docs/conventions.md says more):

* Cameras are camera-to-world matrices ``c2w`` with OpenCV axes: x right, y down, z forward.
* Intrinsics ``K`` are in pixels of a stated image size; pixel (i, j) has its centre at (i + 0.5, j + 0.5).
* Angles carry ``_deg``; a lens is a horizontal angle of view, ``hfov_deg``.
* A translation is in the trajectory's own units; ``scale`` says whether they mean anything.

Read ``trajectory``, ``rays``, ``raxels``, ``solve``, ``estimate``, ``presets``, ``keyframes`` in this order.
"""

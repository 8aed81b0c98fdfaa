"""Rays as Pixels: one model that reads, follows and invents camera paths.

The floors, ground first; a file imports its own floor and the floors below it, never above:

1. ``geometry``    cameras, rays, raxels, the way back from raxels to cameras, presets
2. ``formats``     camera files <-> Trajectory, one file a format
2. ``model``       the network and its parts
3. ``engine``      checkpoints, the VAE behind one protocol, latents
4. ``sampling``    schedules, solvers, and the tasks as short functions: start reading at ``sampling/tasks.py``
4. ``training``    renderer, data sets, losses, loop
4. ``evaluation``  errors, protocols, tables
5. ``media``, ``report``, ``cli``, ``demo``  files of the outside world and the ``raxel`` command

Nothing in here imports ComfyUI; ``nodes/`` beside this package does.
"""

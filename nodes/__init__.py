"""ComfyUI adapters: each node unwraps its inputs, makes one call into raxel_core, and wraps the result.

Start at ``extension.py`` (the list of nodes), then ``sampler.py``. Only ``host.py`` and ``vae.py`` know how the host manages
memory, folders, progress and latents; ``wiring.py`` knows no host at all.
"""

"""Raxel for ComfyUI: camera paths out of clips, and clips along camera paths.

This file is the pack's face: it tells the host where the nodes and the help pages are. Outside ComfyUI it does nothing.
"""

from importlib.util import find_spec

WEB_DIRECTORY = "./web"

if find_spec("comfy_api") is not None:
    from .nodes.extension import comfy_entrypoint

"""Everything the nodes take from ComfyUI: folders, saving, memory, progress, messages, interrupt.

The only file beside ``vae.py`` that imports the host's own modules, so that a change in the host is mended here.
Names that newer hosts rebind at start-up (the patcher class) are looked up when they are used.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import comfy.model_management
import comfy.model_patcher
import comfy.ops
import comfy.utils
import folder_paths
import numpy as np
import torch
from comfy_execution.utils import get_executing_context
from PIL import Image
from server import PromptServer
from torch import Tensor

from ..raxel_core.engine.checkpoint import load_model
from ..raxel_core.errors import RaxelError
from ..raxel_core.model import RaxelTransformer
from ..raxel_core.sampling import OnStep, Preview
from .fitting import activation_bytes
from .types import LoadedModel

PACK = Path(__file__).resolve().parent.parent
MODEL_FOLDER = "raxel"
VAE_SUFFIX = "-vae"
"""A small model X.safetensors brings its own VAE as X-vae.safetensors in the same folder."""
EXAMPLE_INPUTS = {"raxel_example_clip.mp4": "clip.mp4", "raxel_example_still.png": "still.png"}
"""Name in the host's input folder -> file in the pack's demo folder."""
PREVIEW_SIZE = 512

logger = logging.getLogger("raxel")


# ---- folders ----------------------------------------------------------------------------------------------------


def register_model_folder() -> None:
    """Make ``models/raxel`` of the host and the pack's own ``models`` one list of .safetensors files.

    A user's extra_model_paths.yaml may have added folders already: they stay, and theirs come first.
    """
    for folder in (Path(folder_paths.models_dir) / MODEL_FOLDER, PACK / "models"):
        folder_paths.add_model_folder_path(MODEL_FOLDER, str(folder))
    folders, _ = folder_paths.folder_names_and_paths[MODEL_FOLDER]
    folder_paths.folder_names_and_paths[MODEL_FOLDER] = (folders, {".safetensors"})


def model_names() -> list[str]:
    """Names for the loader's menu: every model file, without the VAEs that lie beside them."""
    return [
        name
        for name in folder_paths.get_filename_list(MODEL_FOLDER)
        if not Path(name).stem.endswith(VAE_SUFFIX)
    ]


def model_path(name: str) -> Path:
    """Full path of a menu entry. Raises RaxelError where no such file is in the model folders."""
    path = folder_paths.get_full_path(MODEL_FOLDER, name)
    if path is None:
        raise RaxelError(
            f"there is no Raxel model {name!r}; put the file into ComfyUI's models/{MODEL_FOLDER} folder"
        )
    return Path(path)


def bundled_vae_path(model: Path) -> Path | None:
    """The VAE that belongs to a model file and lies beside it, or None."""
    path = model.with_name(f"{model.stem}{VAE_SUFFIX}.safetensors")
    return path if path.is_file() else None


def offer_example_inputs() -> None:
    """Copy the pack's example clip and picture into the host's input folder, unless files of these names are there.

    The example workflows load them by name; a read-only input folder only costs the examples.
    """
    folder = Path(folder_paths.get_input_directory())
    for name, shipped in EXAMPLE_INPUTS.items():
        source, target = PACK / "demo" / shipped, folder / name
        if target.exists() or not source.is_file():
            continue
        try:
            shutil.copyfile(source, target)
            logger.info("Raxel: copied %s into %s for the example workflows", name, folder)
        except OSError as error:
            logger.info("Raxel: the example workflows lack %s (%s)", name, error)


def next_output(prefix: str) -> tuple[Path, str, str]:
    """Where the host would save next for this prefix.

    Returns:
        the folder, the counted stem such as ``path_00001_``, and the subfolder below the output folder.
        Raises RaxelError where the prefix points outside the output folder.
    """
    output = folder_paths.get_output_directory()
    try:
        folder, stem, counter, subfolder, _ = folder_paths.get_save_image_path(prefix, output)
    except Exception as error:
        raise RaxelError(
            f"filename_prefix {prefix!r} leads outside ComfyUI's output folder; use a plain name"
        ) from error
    return Path(folder), f"{stem}_{counter:05}_", subfolder


# ---- memory -----------------------------------------------------------------------------------------------------


class HostedNetwork:
    """The network as the pipeline calls it: before every call the host brings its weights to where it computes.

    Asking each time matters: the VAE that encodes pictures or draws a preview in between may have pushed them out.
    """

    def __init__(self, network: RaxelTransformer, patcher: comfy.model_patcher.ModelPatcher) -> None:
        self.network, self.patcher = network, patcher
        self.device: torch.device = patcher.load_device
        network.compute_device = self.device
        network.compute_dtype = comfy.model_management.unet_manual_cast(network.dtype, self.device)

    def __call__(
        self, latents: dict[str, Tensor], sigmas: dict[str, Tensor], context: Tensor | None = None
    ) -> Any:
        """As ``RaxelTransformer.forward``."""
        tokens = sum(part.shape[0] * part[0, 0].numel() // 4 for part in latents.values())
        needed = activation_bytes(self.network.config, tokens)
        comfy.model_management.load_models_gpu([self.patcher], memory_required=needed)
        return self.network(latents, sigmas, context)


def load_raxel_model(name: str) -> LoadedModel:
    """Read a model file into the host's offload memory, with the host's own layers, ready to be moved by the host."""
    offload_device = comfy.model_management.unet_offload_device()
    raxel = load_model(
        model_path(name), device=offload_device, operations=cast(ModuleType, comfy.ops.manual_cast)
    )
    patcher_class = getattr(comfy.model_patcher, "CoreModelPatcher", comfy.model_patcher.ModelPatcher)
    patcher = patcher_class(
        torch.nn.ModuleDict(
            {"network": raxel.network}
        ),  # a shell: the host writes attributes of its own on it
        load_device=comfy.model_management.get_torch_device(),
        offload_device=offload_device,
    )
    hosted = cast(RaxelTransformer, HostedNetwork(raxel.network, patcher))
    return LoadedModel(replace(raxel, network=hosted), patcher, name)


def to_host(frames: Tensor) -> Tensor:
    """A result as the host wants it: float32 on its intermediate device."""
    return frames.to(device=comfy.model_management.intermediate_device(), dtype=torch.float32)


# ---- progress, messages, interrupt ------------------------------------------------------------------------------


def step_reporter(preview_bytes: float) -> OnStep:
    """An ``on_step`` for the pipeline: moves the node's progress bar, shows the preview, and stops on Interrupt.

    Interrupt leaves as the host's own exception, which the pipeline lets through.

    Args:
        preview_bytes: memory that decoding one frame takes; no preview is drawn where it would push weights out.
    """
    bar = comfy.utils.ProgressBar(1)

    def on_step(step: int, total: int, preview: Callable[[], Preview]) -> None:
        comfy.model_management.throw_exception_if_processing_interrupted()
        room = comfy.model_management.get_free_memory(comfy.model_management.vae_device())
        fits = preview_bytes + comfy.model_management.minimum_inference_memory() < room
        frames = preview().frames if fits else None
        shown = None if frames is None else ("JPEG", _picture(frames[len(frames) // 2]), PREVIEW_SIZE)
        bar.update_absolute(step, total, shown)

    return on_step


def _picture(frame: Tensor) -> Image.Image:
    """A PIL picture of one frame [h, w, 3] in 0..1, enlarged if the frame is tiny."""
    pixels = (frame.detach().float().clamp(0, 1) * 255).round().to("cpu", torch.uint8).numpy()
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    factor = max(1, PREVIEW_SIZE // max(picture.size))
    return picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.BICUBIC)


def say(node: str, message: str) -> None:
    """Tell the user what a node did to their input: one log line, and the same words under the node."""
    logger.info("Raxel %s: %s", node, message)
    context = get_executing_context()
    if context is not None and hasattr(PromptServer.instance, "send_progress_text"):
        PromptServer.instance.send_progress_text(message, context.node_id)

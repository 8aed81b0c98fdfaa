"""RaxelLoadLora: a LoRA made for Wan on a Raxel model."""

from __future__ import annotations

from typing import Any

from comfy_api.latest import io

from ..raxel_core.errors import RaxelError
from .folders import lora_names, lora_path
from .memory import with_lora
from .types import CATEGORY, LoadedModel, RaxelModelSocket, schema


class RaxelLoadLora(io.ComfyNode):
    """Adds a LoRA to a model; several of these nodes in a row add several."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """The model, the file and how strongly."""
        return schema(
            node_id="RaxelLoadLora",
            display_name="Load LoRA (Raxel)",
            category=CATEGORY,
            description="Adds a LoRA made for Wan 2.1 text-to-video to a Raxel model. It changes the video branch and what both branches "
            "share; a LoRA that changes anything else is refused.",
            search_aliases=["raxel lora", "lora loader"],
            inputs=[
                RaxelModelSocket.Input(
                    "model", tooltip="From Load Raxel Model, or from another Load LoRA (Raxel)."
                ),
                io.Combo.Input(
                    "lora_name",
                    options=lora_names(),
                    tooltip="A .safetensors file from ComfyUI's models/loras folder, made for Wan 2.1 of the model's size.",
                ),
                io.Float.Input(
                    "strength_model",
                    default=1.0,
                    min=-100.0,
                    max=100.0,
                    step=0.01,
                    tooltip="How strongly it changes the model. 0 changes nothing; below 0 it does the opposite.",
                ),
            ],
            outputs=[
                RaxelModelSocket.Output(
                    display_name="model", tooltip="The model with the LoRA, for Joint Sampler."
                )
            ],
        )

    @classmethod
    def validate_inputs(cls, lora_name: str | None) -> bool | str:
        """Refuse a file that is not there, before anything runs; ComfyUI 0.3.64 does not check menus of V3 nodes."""
        try:
            return lora_name is None or bool(lora_path(lora_name))
        except RaxelError as error:
            return str(error)

    @classmethod
    def execute(cls, model: LoadedModel, lora_name: str, strength_model: float) -> io.NodeOutput:
        """Read the file and hand its changes to the host; at strength 0 the model goes through as it is."""
        if strength_model == 0:
            return io.NodeOutput(model)
        return io.NodeOutput(with_lora(model, lora_path(lora_name), strength_model))

    @classmethod
    def fingerprint_inputs(cls, lora_name: str, **others: Any) -> tuple[int, int]:
        """Changes when the file does, so that a replaced LoRA is read again."""
        status = lora_path(lora_name).stat()
        return status.st_mtime_ns, status.st_size

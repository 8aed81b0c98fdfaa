"""LoadRaxelModel: a model file and, for small models, the VAE that lies beside it."""

from typing import Any

from comfy_api.latest import io

from ..raxel_core.model.attention import KERNELS
from .folders import bundled_vae_path, model_names, model_path
from .memory import AS_STORED, AUTO, QUANTIZE, Wishes, load_raxel_model
from .types import CATEGORY, RaxelModelSocket, advanced, schema
from .vae import load_wan_vae


class LoadRaxelModel(io.ComfyNode):
    """Reads a Raxel model from ``models/raxel`` or from the pack itself."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Menu of model files, and how to run the model; the model and its VAE come out."""
        return schema(
            node_id="LoadRaxelModel",
            display_name="Load Raxel Model",
            category=CATEGORY,
            description="Loads a Raxel model: one network that reads camera paths from clips and shoots clips along camera paths.",
            search_aliases=["raxel checkpoint", "model loader", "camera model"],
            inputs=[
                io.Combo.Input(
                    "model_name",
                    options=model_names(),
                    tooltip="A .safetensors or .gguf file from ComfyUI's models/raxel folder, or the small model that comes with Raxel.",
                ),
                *_how_to_run(),
            ],
            outputs=[
                RaxelModelSocket.Output(display_name="model", tooltip="The model, for Joint Sampler."),
                io.Vae.Output(
                    display_name="VAE",
                    tooltip="The model's own small VAE. Empty for big models: use Load VAE with wan_2.1_vae.safetensors.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        model_name: str,
        quantize: str = AS_STORED,
        vram_gb: float = 0.0,
        attention: str = AUTO,
        compile: bool = False,
    ) -> io.NodeOutput:
        """Read the file, and the VAE beside it if there is one."""
        path = model_path(model_name)
        wishes = Wishes(quantize, vram_gb, attention, compile)
        vae_path = bundled_vae_path(path)
        return io.NodeOutput(
            load_raxel_model(path, model_name, wishes), load_wan_vae(vae_path) if vae_path else None
        )

    @classmethod
    def fingerprint_inputs(cls, model_name: str, **others: Any) -> tuple[int, int]:
        """Changes when the file does, so that a replaced model is read again."""
        status = model_path(model_name).stat()
        return status.st_mtime_ns, status.st_size


def _how_to_run() -> list[io.Input]:
    """What is rarely needed: new inputs are appended, because saved workflows rely on their order."""
    return [
        advanced(
            io.Combo.Input(
                "quantize",
                optional=True,
                options=list(QUANTIZE),
                default=AS_STORED,
                tooltip="Make the weights smaller while they are read: int8 takes half of bf16, nf4 a quarter. Takes time at every load "
                "(the node says how much) and RAM for the result; the command raxel quantize makes a file once for all.",
            )
        ),
        advanced(
            io.Float.Input(
                "vram_gb",
                optional=True,
                default=0.0,
                min=0.0,
                max=1024.0,
                step=0.5,
                tooltip="Most memory of the compute device, in GB, for weights and computing together. What does not fit is streamed block by "
                "block in every step. 0: as much as ComfyUI has to give.",
            )
        ),
        advanced(
            io.Combo.Input(
                "attention",
                optional=True,
                options=list(KERNELS),
                default=AUTO,
                tooltip="Which implementation computes attention. auto follows ComfyUI's own choice, else takes the fastest exact one. sage is "
                "faster and not exact; flash-attn, sage and xformers are packages of their own.",
            )
        ),
        advanced(
            io.Boolean.Input(
                "compile",
                optional=True,
                default=False,
                tooltip="Compile every block with torch.compile: slower to start and anew for every size and length, then faster. Needs a C++ "
                "compiler, on NVIDIA Triton.",
            )
        ),
    ]

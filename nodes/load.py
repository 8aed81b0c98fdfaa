"""LoadRaxelModel: a model file and, for small models, the VAE that lies beside it."""

from comfy_api.latest import io

from .folders import bundled_vae_path, model_names, model_path
from .memory import load_raxel_model
from .types import CATEGORY, RaxelModelSocket, schema
from .vae import load_wan_vae


class LoadRaxelModel(io.ComfyNode):
    """Reads a Raxel model from ``models/raxel`` or from the pack itself."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Menu of model files; the model and its VAE come out."""
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
                    tooltip="A .safetensors file from ComfyUI's models/raxel folder, or the small model that comes with Raxel.",
                ),
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
    def execute(cls, model_name: str) -> io.NodeOutput:
        """Read the file, and the VAE beside it if there is one."""
        path = model_path(model_name)
        vae_path = bundled_vae_path(path)
        return io.NodeOutput(load_raxel_model(path, model_name), load_wan_vae(vae_path) if vae_path else None)

    @classmethod
    def fingerprint_inputs(cls, model_name: str) -> tuple[int, int]:
        """Changes when the file does, so that a replaced model is read again."""
        status = model_path(model_name).stat()
        return status.st_mtime_ns, status.st_size

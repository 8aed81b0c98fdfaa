"""The pack as ComfyUI loads it: model folder, example files, addresses for the page, and the list of nodes."""

from comfy_api.latest import ComfyExtension, io

from .editor import RaxelTrajectoryEditor
from .folders import offer_example_inputs, register_model_folder
from .load import LoadRaxelModel
from .lora import RaxelLoadLora
from .preview_trajectory import RaxelPreviewTrajectory
from .raxels import RaxelFromCamera, RaxelsToPoses
from .routes import register_routes
from .sampler import JointSampler
from .trajectory import RaxelSaveTrajectory, TrajectoryPreset

NODES: list[type[io.ComfyNode]] = [
    LoadRaxelModel,
    RaxelLoadLora,
    TrajectoryPreset,
    RaxelTrajectoryEditor,
    RaxelFromCamera,
    JointSampler,
    RaxelsToPoses,
    RaxelPreviewTrajectory,
    RaxelSaveTrajectory,
]


class RaxelExtension(ComfyExtension):
    """Hands the nodes to the host."""

    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        """Every node of the pack, in the order of a workflow."""
        return NODES


async def comfy_entrypoint() -> RaxelExtension:
    """Called once by the host when it loads the pack."""
    register_model_folder()
    offer_example_inputs()
    register_routes()
    return RaxelExtension()

"""The pack as ComfyUI loads it: model folder, example files, addresses for the page, and the list of nodes."""

from comfy_api.latest import ComfyExtension, io

from .bridge_camera_ctrl import RaxelFromCameraCtrl, RaxelToCameraCtrl
from .bridge_depth_anything import RaxelFromDepthAnything3, RaxelToDepthAnything3
from .bridge_load3d import RaxelFromLoad3D, RaxelToLoad3D
from .bridge_rays import RaxelToRayImages
from .bridge_recam_master import RaxelFromReCamMaster, RaxelToReCamMaster
from .bridge_wan import RaxelFromWanCamera, RaxelToWanCamera
from .closed_loop import RaxelClosedLoop
from .compare import RaxelCompareTrajectories
from .editor import RaxelTrajectoryEditor
from .folders import offer_example_inputs, register_model_folder
from .join_trajectories import RaxelJoinTrajectories
from .load import LoadRaxelModel
from .load_trajectory import RaxelLoadTrajectory
from .lora import RaxelLoadLora
from .preview_trajectory import RaxelPreviewTrajectory
from .raxels import RaxelFromCamera, RaxelsToPoses
from .routes import register_routes
from .sampler import JointSampler
from .stabilize_trajectory import RaxelStabilizeTrajectory
from .trajectory import RaxelSaveTrajectory, TrajectoryPreset
from .transform_trajectory import RaxelTransformTrajectory

NODES: list[type[io.ComfyNode]] = [
    LoadRaxelModel,
    RaxelLoadLora,
    TrajectoryPreset,
    RaxelLoadTrajectory,
    RaxelTrajectoryEditor,
    RaxelTransformTrajectory,
    RaxelJoinTrajectories,
    RaxelStabilizeTrajectory,
    RaxelFromCamera,
    JointSampler,
    RaxelsToPoses,
    RaxelPreviewTrajectory,
    RaxelCompareTrajectories,
    RaxelClosedLoop,
    RaxelSaveTrajectory,
    RaxelToWanCamera,
    RaxelFromWanCamera,
    RaxelToCameraCtrl,
    RaxelFromCameraCtrl,
    RaxelToReCamMaster,
    RaxelFromReCamMaster,
    RaxelToDepthAnything3,
    RaxelFromDepthAnything3,
    RaxelToLoad3D,
    RaxelFromLoad3D,
    RaxelToRayImages,
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

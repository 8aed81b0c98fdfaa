"""Nodes that hand over what other packs' nodes would, keep what they are given, and run those packs' own code."""

import ast
import importlib
import json
import sys
from pathlib import Path
from types import ModuleType

import comfy.ops
import comfy.sd
import folder_paths
import numpy as np
import torch
from comfy.ldm.wan.model import CameraWanModel

SOCKETS = ",".join(
    [
        "WAN_CAMERA_EMBEDDING",
        "CAMERACTRL_POSES",
        "CAMERAPOSES",
        "EXTRINSICS",
        "INTRINSICS",
        "CAMERA_PARAMS",
        "LOAD3D_CAMERA",
        "LATENT",
        "CONDITIONING",
        "STRING",
        "INT",
        "IMAGE",
    ]
)


def plain(value):
    """Anything as JSON; tensors and arrays as lists."""
    if isinstance(value, torch.Tensor | np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


def keep(name, value):
    """Write output/NAME.npy of a tensor or array, output/NAME.json of anything else."""
    base = Path(folder_paths.get_output_directory()) / name
    if isinstance(value, torch.Tensor | np.ndarray):
        np.save(base.with_suffix(".npy"), np.asarray(value))
    else:
        base.with_suffix(".json").write_text(json.dumps(plain(value)))


class TestKeepAny:
    """Keeps one value."""

    RETURN_TYPES = ()
    FUNCTION = "run"
    CATEGORY = "tests"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"name": ("STRING", {}), "value": (SOCKETS, {"forceInput": True})}}

    def run(self, name, value):
        keep(name, value)
        return {}


class TestMake:
    """A value from JSON, as a list or dict, a tensor or an array."""

    RETURN_TYPES = (SOCKETS,)
    FUNCTION = "run"
    CATEGORY = "tests"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"kind": ("STRING", {}), "text": ("STRING", {})}}

    def run(self, kind, text):
        value = json.loads(text)
        return ({"plain": lambda x: x, "tensor": torch.tensor, "array": np.array}[kind](value),)


class TestNeighbour:
    """Calls one method of one class of another pack's file, with one value and plain arguments; keeps what it answers."""

    RETURN_TYPES = (SOCKETS, SOCKETS)
    FUNCTION = "run"
    CATEGORY = "tests"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        words = {name: ("STRING", {}) for name in ("name", "file", "method", "arguments", "argument")}
        return {"required": words, "optional": {"value": (SOCKETS, {"forceInput": True})}}

    def run(self, name, file, method, arguments, argument, value=None):
        owner, function = method.split(".") if "." in method else (None, method)
        module = loaded(Path(file))
        home = getattr(module, owner) if owner else module
        if owner and not hasattr(home, "define_schema"):  # V1 nodes are objects, V3 nodes are classes
            home = home()
        given = json.loads(arguments) | ({argument: value} if argument else {})
        answer = getattr(home, function)(**given)
        answer = getattr(answer, "args", answer)
        answer = answer if isinstance(answer, tuple) else (answer,)
        for number, part in enumerate(answer):
            keep(f"{name}_{number}", part)
        return (*answer[:2], *[None] * (2 - len(answer[:2])))


def loaded(file):
    """A file of another pack as a module of a package that is its folder, so that its own relative imports work."""
    package = f"neighbour_{file.parent.parent.name}_{file.parent.name}".replace("-", "_")
    if package not in sys.modules:
        sys.modules[package] = ModuleType(package)
        sys.modules[package].__path__ = [str(file.parent)]
    return importlib.import_module(f"{package}.{file.stem}")


class TestAnimateDiff:
    """The rays that AnimateDiff-Evolved makes of poses, by its own two steps."""

    RETURN_TYPES = ()
    FUNCTION = "run"
    CATEGORY = "tests"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        size = {name: ("INT", {}) for name in ("width", "height")}
        return {"required": {"file": ("STRING", {}), "poses": ("CAMERACTRL_POSES",), **size}}

    def run(self, file, poses, width, height):
        module = loaded(Path(file))
        entries = [module.CameraEntry(pose) for pose in poses]
        keep("animatediff", module.prepare_pose_embedding(entries, width, height))
        return {}


class TestReCam:
    """What ReCamMaster Camera Embed tells the model of poses."""

    RETURN_TYPES = ()
    FUNCTION = "run"
    CATEGORY = "tests"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"file": ("STRING", {}), "poses": ("CAMERAPOSES",), "latents": ("INT", {})}}

    def run(self, file, poses, latents):
        clip = {"samples": torch.zeros(1, 16, latents, 8, 12)}
        embeds, _ = loaded(Path(file)).WanVideoReCamMasterCameraEmbed().process(poses, clip)
        keep("recam", embeds["recammaster"]["camera_embed"])
        return {}


class TestReCamDefault:
    """One of ReCamMaster's own moves, of 81 frames."""

    RETURN_TYPES = ("CAMERAPOSES",)
    FUNCTION = "run"
    CATEGORY = "tests"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"file": ("STRING", {}), "camera": ("STRING", {})}}

    def run(self, file, camera):
        clip = {"samples": torch.zeros(1, 16, 21, 8, 12)}
        return loaded(Path(file)).WanVideoReCamMasterDefaultCamera().process(camera, clip)


class TestDepthAnything:
    """The eight numbers that Depth Anything's own node reads out of its two texts, of camera 4."""

    RETURN_TYPES = ()
    FUNCTION = "run"
    CATEGORY = "tests"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        texts = {name: ("STRING", {"forceInput": True}) for name in ("extrinsics", "intrinsics")}
        return {"required": {"file": ("STRING", {}), **texts}}

    def run(self, file, extrinsics, intrinsics):
        answer = loaded(Path(file)).DA3_ParseCameraPose.execute(extrinsics, intrinsics, 4)
        keep("da3", list(answer.args))
        return {}


class TestCameraPack:
    """The camera that CameraPack makes of the first of several."""

    RETURN_TYPES = ()
    FUNCTION = "run"
    CATEGORY = "tests"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {"file": ("STRING", {}), "extrinsics": ("EXTRINSICS",), "intrinsics": ("INTRINSICS",)}
        }

    def run(self, file, extrinsics, intrinsics):
        keep("camerapack", loaded(Path(file)).DA3ToLoad3DCamera().convert(extrinsics, intrinsics)[0])
        return {}


class TestVideoXFun:
    """Camera-to-world matrices that VideoX-Fun makes of a camera_trajectory text; of its file only the class that does it."""

    RETURN_TYPES = ()
    FUNCTION = "run"
    CATEGORY = "tests"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"file": ("STRING", {}), "text": ("STRING", {})}}

    def run(self, file, text):
        tree = ast.parse(Path(file).read_text())
        tree.body = [part for part in tree.body if isinstance(part, ast.ClassDef) and part.name == "Camera"]
        module = ModuleType("videox_fun_camera")
        module.np = np
        exec(compile(tree, file, "exec"), module.__dict__)  # noqa: S102  the file itself imports a training stack
        keep("videox", np.stack([module.Camera([0, *row]).c2w_mat for row in json.loads(text)]))
        return {}


class TestWanCameraModel:
    """ComfyUI's own Wan 2.2 Fun-Camera network, two narrow blocks of random weights, loaded as its file would be."""

    RETURN_TYPES = ("MODEL",)
    FUNCTION = "run"
    CATEGORY = "tests"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    def run(self):
        torch.manual_seed(0)
        sizes = {
            "in_dim": 36,
            "dim": 128,
            "ffn_dim": 256,
            "num_heads": 1,
            "num_layers": 2,
            "model_type": "camera_2.2",
        }
        network = CameraWanModel(**sizes, operations=comfy.ops.manual_cast, dtype=torch.float32, device="cpu")
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter.data, std=parameter.shape[-1] ** -0.5)
        return (comfy.sd.load_diffusion_model_state_dict(network.state_dict()),)


TAKERS = (
    TestAnimateDiff,
    TestReCam,
    TestReCamDefault,
    TestDepthAnything,
    TestCameraPack,
    TestVideoXFun,
    TestWanCameraModel,
)
NODES = {node.__name__: node for node in (TestKeepAny, TestMake, TestNeighbour, *TAKERS)}

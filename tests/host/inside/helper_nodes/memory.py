"""Nodes that make the host short of memory while a Raxel model runs, by the host's own functions.

There is no GPU where these tests run. `TestActs` therefore pretends a card: get_free_memory answers what a device of a
given size would have left beside the weights that lie on it, and the host is made to treat the CPU as it treats a card.
All else is the host's own code.
"""

import json
from pathlib import Path

import comfy.model_management as management
import comfy.model_patcher
import folder_paths
import torch

REAL = {name: getattr(management, name) for name in ("load_models_gpu", "get_free_memory", "is_device_cpu")}
STATE = management.vram_state
RESERVE = 1 << 29  # nodes/patcher.py leaves as much on the CPU
OTHERS = []
"""Models that are kept in memory beside ours."""


def restore():
    for name, function in REAL.items():
        setattr(management, name, function)
    management.vram_state = STATE


def load_other(megabytes, device):
    """A plain model of another pack, loaded by the host; returns its handle."""
    module = torch.nn.ModuleList(torch.nn.Linear(1024, 1024, bias=False) for _ in range(megabytes // 4))
    patcher = comfy.model_patcher.ModelPatcher(module, device, torch.device("cpu"))
    OTHERS.append(patcher)
    management.load_models_gpu([patcher])
    return patcher


def sizes():
    """What the host believes of every model that it holds."""
    loaded = [entry.model for entry in management.current_loaded_models if entry.model is not None]
    return [
        {"kind": type(m).__name__, "size": m.model_size(), "loaded": int(m.loaded_size())} for m in loaded
    ]


class Acts:
    """What happens before every step of one model; puts itself in the place of load_models_gpu."""

    def __init__(self, model, acts, state, path):
        self.patcher, self.acts, self.path = model.patcher, list(acts), path
        self.network, self.report = model.patcher.model.network, []
        self.blocks = len(self.network.block_bytes)
        self.is_card = bool(state)
        management.load_models_gpu, management.get_free_memory = self.load, self.free
        if state:  # as if the CPU were a card: another device than where models rest
            self.patcher.load_device = torch.device("cpu", 0)
            management.is_device_cpu = lambda device: False
            management.vram_state = management.VRAMState[state]

    def free(self, device=None, torch_free_too=False):
        """What is left of a device that holds so many blocks, the other weights, and what a step takes."""
        weights = self.network.weights
        slots = 2 * max(weights.block_bytes) if self.blocks < len(weights.block_bytes) else 0
        step = self.patcher.model.step_bytes + slots + RESERVE
        if self.is_card:  # there the host itself keeps more
            step = max(step, management.minimum_inference_memory())
        capacity = weights.globals_bytes + sum(sorted(weights.block_bytes)[: self.blocks]) + step
        left = capacity - weights.held_bytes - sum(int(patcher.loaded_size()) for patcher in OTHERS)
        return (left, 0) if torch_free_too else left

    def load(self, models, **options):
        """The host's function, with what is due before it; a report after it."""
        if self.patcher not in models and not any(self.patcher.is_clone(model) for model in models):
            return REAL["load_models_gpu"](models, **options)
        before = sizes()
        if self.acts:
            self.act(**self.acts.pop(0))
        between = sizes()
        REAL["load_models_gpu"](models, **options)
        self.report.append({"before": before, "acted": between, "after": sizes()})
        self.path.write_text(json.dumps(self.report))
        return None

    def act(self, blocks=None, free=0, other=0, drop=False, unload=False, spoil=""):
        """blocks: that fit from now on; free, other: MiB that the host must free, or that another model takes."""
        if spoil:
            file = Path(folder_paths.get_full_path("raxel", spoil))
            file.write_bytes(file.read_bytes())
        if unload:
            management.unload_all_models()
            management.free_memory(1e30, self.patcher.load_device)
        if drop:
            OTHERS.clear()
        if blocks is not None:
            self.blocks = blocks
        if free:
            management.free_memory(self.free() + (free << 20), self.patcher.load_device)
        if other:
            load_other(other, self.patcher.load_device)


class TestActs:
    """Arranges what happens before the steps of a model; an empty list ends it."""

    RETURN_TYPES = ("RAXEL_MODEL",)
    FUNCTION = "arrange"
    CATEGORY = "tests"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model": ("RAXEL_MODEL",), "acts": ("STRING", {}), "state": ("STRING", {})}}

    @classmethod
    def IS_CHANGED(cls, **inputs):
        return float("nan")

    def arrange(self, model, acts, state):
        restore()
        OTHERS.clear()
        model.patcher.load_device = management.get_torch_device()
        if acts != "[]":
            Acts(model, json.loads(acts), state, Path(folder_paths.get_output_directory()) / "acts.json")
        return (model,)


class TestEnd:
    """Ends all acts and says what the host holds; runs after what it is connected to."""

    RETURN_TYPES = ()
    FUNCTION = "end"
    CATEGORY = "tests"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}, "optional": {"after": ("*",)}}

    @classmethod
    def IS_CHANGED(cls, **inputs):
        return float("nan")

    def end(self, after=None):
        restore()
        OTHERS.clear()
        return {"ui": {"sizes": sizes()}}


class TestOther:
    """Loads a model of another pack, of so many MiB, and keeps it until TestEnd."""

    RETURN_TYPES = ()
    FUNCTION = "load"
    CATEGORY = "tests"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"megabytes": ("INT", {"max": 4096})}}

    @classmethod
    def IS_CHANGED(cls, **inputs):
        return float("nan")

    def load(self, megabytes):
        load_other(megabytes, management.get_torch_device())
        return {"ui": {"sizes": sizes()}}


NODES = {"TestActs": TestActs, "TestEnd": TestEnd, "TestOther": TestOther}

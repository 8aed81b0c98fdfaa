"""The handle by which the host moves a Raxel model: it asks for bytes, the engine moves whole blocks.

The host's own handle walks over the layers of a module and moves them one by one. Ours holds a shell without any
weight, so whatever the host does to modules finds nothing; all that it decides (more memory, less, none) goes to the
engine, and the sizes that it asks for are the engine's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import comfy.model_management
import comfy.model_patcher
import torch

from ..raxel_core.engine.offload.memory import free_bytes, trim_heap
from ..raxel_core.engine.offload.placed import PlacedNetwork
from ..raxel_core.engine.offload.placement import GB, Plan, plan, plans
from ..raxel_core.engine.offload.placing import CONTEXT, ESTIMATE

HOST_RESERVE = GB // 2
"""RAM that stays free where the network computes on the CPU: there the host gives everything to everybody."""


class Shell(torch.nn.Module):
    """What the host takes for the model. It writes notes of its own here, and sees no weights.

    Args:
        network: with its weights; not as a module, lest the host walks into it.
        budget: bytes of the device that weights and computing may take together; None: the host decides.
    """

    def __init__(self, network: PlacedNetwork, budget: int | None = None) -> None:
        super().__init__()
        self._held, self.budget = (network,), budget
        self.step_bytes = 0
        """What the step that comes takes beside weights and slots."""
        self.job: tuple[object, ...] = ()
        """What that step is: shapes, text, LoRAs."""
        self.ceiling = math.inf
        """Most bytes of weights while the job is the same, after memory ran out in one of its steps."""

    @property
    def network(self) -> PlacedNetwork:
        """The network of the model; those with LoRAs share its weights."""
        return self._held[0]


class RaxelPatcher(comfy.model_patcher.ModelPatcher):
    """The host's ModelPatcher over a ``Shell``.

    It is the plain class on newer hosts too, where ``CoreModelPatcher`` is another one that streams weights by itself: here
    the engine does. Clones share the shell, so the host knows them for one model; nothing of a clone is in the weights.
    """

    model: Shell

    def model_size(self) -> int:
        """Bytes of all weights."""
        return self.model.network.total_bytes

    def loaded_size(self) -> int:
        """Bytes of the weights that lie on the device until somebody takes them off."""
        return self.model.network.resident_bytes

    def model_dtype(self) -> torch.dtype:
        """What the network computes in."""
        return self.model.network.dtype

    def current_loaded_device(self) -> torch.device:
        """Where the weights are, as far as they are anywhere but in the file or in RAM."""
        return self.load_device if self.loaded_size() else self.offload_device

    def load(
        self,
        device_to: Any = None,
        lowvram_model_memory: float = 0,
        force_patch_weights: bool = False,
        full_load: bool = False,
    ) -> None:
        """Hold so many bytes of weights, or all."""
        self._hold(math.inf if full_load else lowvram_model_memory)

    def partially_load(
        self, device_to: Any, extra_memory: float = 0, force_patch_weights: bool = False
    ) -> int:
        """Hold so many bytes more than now, if the coming step leaves room for them; returns the change in bytes."""
        return self._hold(self.loaded_size() + extra_memory)

    def partially_unload(
        self, device_to: Any, memory_to_free: float = 0, force_patch_weights: bool = False
    ) -> int:
        """Give back at least so many bytes, what computing keeps for the next step first; returns how many."""
        network, held = self.model.network, self.model.network.weights.held_bytes
        network.release()
        freed = held - network.weights.held_bytes
        if freed < memory_to_free:
            freed -= network.hold(self.loaded_size() - (memory_to_free - freed))
        return freed

    def unpatch_model(self, device_to: Any = None, unpatch_weights: bool = True) -> None:
        """Give back everything that lies on the device; what the host itself has noted is forgotten."""
        super().unpatch_model(None, unpatch_weights)
        if unpatch_weights:
            self.model.network.unload()
            if self.load_device.type == "cpu":  # on a card the host empties torch's cache itself
                trim_heap()  # no garbage collection here: it makes the host forget models in a list that it walks over

    def prepare(self, network: PlacedNetwork, shapes: Mapping[str, Sequence[int]], text: int | None) -> int:
        """Note what the coming step takes; returns how many bytes beside the weights the host is to give.

        Args:
            network: that will be called, with its LoRAs.
            shapes: [B, C, T, h, w] of its latents.
            text: tokens of its context; None: the stored one's.

        Raises:
            RaxelError: the model's own budget is too small even if all blocks are streamed.
        """
        shell, weights = self.model, network.weights
        activations = math.ceil(ESTIMATE * network.activation_bytes(shapes, text))
        scratch = network.working_bytes - weights.working_bytes(False) + weights.scratch_bytes(False)
        shell.step_bytes = activations + scratch
        if (job := (dict(shapes), text, len(network.loras))) != shell.job:
            shell.job, shell.ceiling = job, math.inf
        if shell.budget is not None:
            parts = (weights.globals_bytes, scratch, activations, self._context)
            plan(network.block_bytes, *parts, shell.budget)
        best = self._best()
        return best.needed - self._weights_of(best) - (weights.held_bytes - weights.resident_bytes)

    def note_mishap(self) -> None:
        """Memory ran out, and the same step went on with what is resident now: no more than that for this job."""
        self.model.ceiling = self.loaded_size()

    def shrink_to_room(self) -> None:
        """Hold less where the coming step would not fit: the host never makes a model smaller that it loads."""
        room = self._weights_of(self._best())
        if self.loaded_size() > room:
            self.model.network.hold(room)

    def plan(self) -> Plan:
        """Where the weights are now, and what the coming step takes of what there is."""
        now = frozenset(self.model.network.plan.resident)
        found = next(plan for plan in self._plans() if len(plan.resident) == len(now))
        return replace(found, resident=tuple(sorted(now)))

    def _hold(self, weight_bytes: float) -> int:
        return self.model.network.hold(min(weight_bytes, self._weights_of(self._best())))

    def _best(self) -> Plan:
        """The most blocks that leave room for the coming step; none where not even that leaves enough."""
        found = self._plans()
        fits = (p for p in found if p.needed <= p.budget and self._weights_of(p) <= self.model.ceiling)
        return next(fits, found[-1])

    def _plans(self) -> list[Plan]:
        weights = self.model.network.weights
        fixed = weights.globals_bytes + self.model.step_bytes
        return plans(weights.block_bytes, fixed, int(self._available()))

    def _available(self) -> float:
        """Bytes of the device that this model may take in all: what it has, and what is free; at most its budget."""
        free = comfy.model_management.get_free_memory(self.load_device)
        if self.load_device.type == "cpu":
            free = min(free, free_bytes(self.load_device)) - HOST_RESERVE
        most = max(0, free + self.model.network.weights.held_bytes)
        return most if self.model.budget is None else min(most, self.model.budget - self._context)

    def _weights_of(self, plan: Plan) -> int:
        weights = self.model.network.weights
        return weights.globals_bytes + sum(weights.block_bytes[i] for i in plan.resident)

    @property
    def _context(self) -> int:
        """What the device's libraries take of a budget that somebody names."""
        return CONTEXT if self.load_device.type == "cuda" else 0

"""Keeps a network placed while it is used: plans for the shape of each call, and again when shape or free memory change.

Where memory runs out in spite of the plan, all is taken off the device, at most half of it comes back, and the same call
is made again: the network changes none of its inputs, so a run goes on from the same step and ends with the same bits.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ...errors import RaxelError
from .memory import free_bytes, reclaim
from .placement import GB, Plan, plan, plans

if TYPE_CHECKING:
    from .network import PlacedNetwork

log = logging.getLogger(__name__)

CONTEXT = int(0.8 * GB)
"""What CUDA and its libraries take of a budget that somebody names."""
ESTIMATE = 1.1
"""Activations are estimated to a tenth: so much more is planned for."""
RESERVE = {"cpu": 0.1, "cuda": 0.03}
"""Share of the free memory that stays free: for page cache and other programs, for what allocators waste."""
NOTICEABLE = 0.05
"""Share by which free memory must change before a plan is looked at again."""

Job = tuple[tuple[tuple[str, tuple[int, ...]], ...], int, str, int, bool]
"""Shapes of the latents, tokens of the text, attention, chunk, whether there are LoRAs: what a plan is made for."""


class Placing:
    """The plan of one set of weights."""

    def __init__(self) -> None:
        self.plan: Plan | None = None
        """What was planned last; None before the first call, and where somebody else decides."""
        self.automatic = False
        self.mishaps = 0
        """How often memory ran out and the same step was done again."""
        self._budget_gb: float | None = None
        self._ceiling: float = math.inf  # of the weights, after memory ran out for this job
        self._job: Job | None = None
        self._seen = 0.0  # bytes available when the plan was made

    def within(self, budget_gb: float | None) -> None:
        """From now on plan before every call, for so many GB of the device or for what is free."""
        if budget_gb is not None and not (math.isfinite(budget_gb) and budget_gb > 0):
            raise RaxelError(f"a memory budget must be a number of GB above 0, got {budget_gb:g}.")
        self.automatic, self._budget_gb = True, budget_gb
        self.plan, self._job, self._ceiling = None, None, math.inf

    def prepare(self, network: PlacedNetwork, shapes: Mapping[str, Sequence[int]], text: int | None) -> None:
        """Plan, where the last plan does not hold for this call."""
        if not self.automatic or network.weights.is_in_place:
            return
        job = self._job_of(network, shapes, text)
        available = free_bytes(network.device) + network.weights.held_bytes
        if job != self._job:
            self._ceiling = math.inf
            self._adopt(network, self._planned(network, job, available), job, available)
        elif not self._holds(network):  # somebody took the weights off the device, for the VAE say
            self._adopt(network, self._smaller(network, job, available), job, available)
        elif abs(available - self._seen) > NOTICEABLE * self._seen:
            found = self._replanned(network, job, available)
            if found is not None:
                self._adopt(network, found, job, available)

    def make_room(self, network: PlacedNetwork) -> None:
        """Memory ran out: give all back, and hold at most half as many bytes of blocks from now on."""
        self.mishaps += 1
        blocks = network.resident_bytes - network.weights.globals_bytes
        network.unload()
        reclaim(network.device)
        self._ceiling = max(0, blocks) / 2
        if self.plan is None or self._job is None:
            network.hold(network.weights.globals_bytes + self._ceiling)
        else:
            available = free_bytes(network.device)
            self._adopt(network, self._smaller(network, self._job, available), self._job, available)
        log.warning("out of memory; going on from the same step with %s", network.plan)

    def _holds(self, network: PlacedNetwork) -> bool:
        return self.plan is not None and set(self.plan.resident) == set(network.weights.streamer.resident)

    def _planned(self, network: PlacedNetwork, job: Job, available: float) -> Plan:
        """The best plan for what is available. Raises RaxelError where none fits."""
        parts, budget = _parts(network, job, self._budget_gb), self._budget(network, available)
        return plan(network.block_bytes, **parts, budget=budget)

    def _replanned(self, network: PlacedNetwork, job: Job, available: float) -> Plan | None:
        """A plan for changed memory: a smaller one at once, a larger one where it is worth reading the blocks."""
        try:
            found = self._planned(network, job, available)
        except RaxelError:
            found = self._smaller(network, job, available)  # in the middle of a run: try what can be tried
        assert self.plan is not None
        gained = len(found.resident) - len(self.plan.resident)
        worth = gained < 0 or gained > found.blocks // 10 or (gained > 0 and not found.streamed)
        return found if worth and self._weights_of(network, found) <= self._ceiling else None

    def _smaller(self, network: PlacedNetwork, job: Job, available: float) -> Plan:
        """The largest plan below the ceiling that fits, or else the smallest of all."""
        fixed = sum(_parts(network, job, self._budget_gb).values())
        found = plans(network.block_bytes, fixed, self._budget(network, available))
        low = [p for p in found if self._weights_of(network, p) <= self._ceiling]
        return next((p for p in low if p.needed <= p.budget), found[-1])

    def _adopt(self, network: PlacedNetwork, found: Plan, job: Job, available: float) -> None:
        changed = self.plan is None or str(found) != str(self.plan)
        self.plan, self._job, self._seen = found, job, available
        network.hold(network.weights.globals_bytes + self._weights_of(network, found))
        if changed:
            log.info("%s", found)

    def _budget(self, network: PlacedNetwork, available: float) -> int:
        """Bytes for this model on its device: what was named, as far as it is there, or what is free."""
        kind = network.device.type
        if self._budget_gb is None:
            return int(available * (1 - RESERVE.get(kind, 0.1)))
        return int(min(self._budget_gb * GB, available + _context(network, self._budget_gb)))

    def _job_of(self, network: PlacedNetwork, shapes: Mapping[str, Sequence[int]], text: int | None) -> Job:
        """With guidance two texts take turns: the longer one counts for both."""
        named = tuple((name, tuple(shape)) for name, shape in sorted(shapes.items()))
        tokens = network.config.text_len if text is None else text
        if self._job is not None and self._job[0] == named:
            tokens = max(tokens, self._job[1])
        return named, tokens, network.attention, network.ffn_chunk, bool(network.loras)

    @staticmethod
    def _weights_of(network: PlacedNetwork, found: Plan) -> int:
        return sum(network.block_bytes[i] for i in found.resident)


def exhausted(network: PlacedNetwork, shapes: Mapping[str, Sequence[int]]) -> RaxelError:
    """What to say when memory ran out twice in one step."""
    needed = network.activation_bytes(shapes) + network.working_bytes + network.weights.globals_bytes
    return RaxelError(
        f"memory ran out twice in one step: with {len(network.plan.resident)} of {network.plan.blocks} blocks resident it takes "
        f"{(needed + sum(network.block_bytes[i] for i in network.plan.resident)) / GB:.2f} GB, "
        f"{free_bytes(network.device) / GB:.2f} GB of {network.device.type} memory are free; ask for fewer frames, a smaller size or "
        "fewer stills, take a smaller format of the model (raxel quantize), or close what else uses the memory."
    )


def _context(network: PlacedNetwork, budget_gb: float | None) -> int:
    """What counts against a budget besides our own tensors; free memory is what is left after that."""
    return CONTEXT if network.device.type == "cuda" and budget_gb is not None else 0


def _parts(network: PlacedNetwork, job: Job, budget_gb: float | None) -> dict[str, int]:
    """Bytes of all that is no block, by the names of `plan`."""
    shapes, text = dict(job[0]), job[1]
    return {
        "globals_bytes": network.weights.globals_bytes,
        "scratch_bytes": network.scratch_bytes,
        "activation_bytes": int(ESTIMATE * network.activation_bytes(shapes, text)),
        "context_bytes": _context(network, budget_gb),
    }

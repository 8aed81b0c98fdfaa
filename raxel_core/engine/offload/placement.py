"""Which blocks stay on the device and which are streamed, from sizes alone. GB here are 2**30 bytes, as cards are sold.

What a step takes: the globals, the resident blocks, two slots as large as the largest streamed block, the scratch in
which weights are brought to the compute dtype, the activations, and what the device's own libraries take (the context).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...errors import RaxelError

GB, MB = 2**30, 2**20
SLOTS = 2
"""Streamed blocks that lie on the device at once: the one that computes and the one that arrives."""
FEWEST_STREAMED = SLOTS + 1
"""Fewer streamed blocks would just live in the slots."""


@dataclass(frozen=True)
class Plan:
    """Where the blocks of a network are for one shape of latents."""

    blocks: int
    """Of the network."""
    resident: tuple[int, ...]
    """Those that stay on the device."""
    needed: int
    """Bytes that a step takes on the device, all told."""
    budget: int
    """Bytes that it may take."""

    @property
    def streamed(self) -> int:
        """Blocks that are brought to the device in every step."""
        return self.blocks - len(self.resident)

    def __str__(self) -> str:
        """One line for people."""
        unit, name, digits = (GB, "GB", 1) if self.budget >= GB // 10 else (MB, "MB", 0)
        taken = f"{self.needed / unit:.{digits}f} of {self.budget / unit:.{digits}f} {name}"
        return f"{len(self.resident)} of {self.blocks} blocks resident, {self.streamed} streamed, {taken}"


def plan(
    block_bytes: Sequence[int],
    globals_bytes: int,
    scratch_bytes: int,
    activation_bytes: int,
    context_bytes: int,
    budget: int,
) -> Plan:
    """As many resident blocks as the budget holds.

    Args:
        block_bytes: of every block, as stored.
        globals_bytes: of all other weights.
        scratch_bytes: of the scratch.
        activation_bytes: of this shape, see `activations`.
        context_bytes: of the device's libraries, where they count against the budget.
        budget: bytes that all of it may take.

    Raises:
        RaxelError: not even a network that streams all its blocks fits; it says what to lower.
    """
    fixed = globals_bytes + scratch_bytes + activation_bytes + context_bytes
    possible = plans(block_bytes, fixed, budget)
    fitting = next((found for found in possible if found.needed <= budget), None)
    if fitting is not None:
        return fitting
    least = possible[-1].needed
    parts = {
        "activations": activation_bytes,
        "blocks": least - fixed,
        "other weights": globals_bytes,
        "scratch": scratch_bytes,
        "the device's libraries": context_bytes,
    }
    listed = ", ".join(f"{size / GB:.3g} {name}" for name, size in parts.items() if size)
    raise RaxelError(
        f"this run takes {least / GB:.3g} GB at least ({listed}), the budget is {budget / GB:.3g} GB; "
        "raise the budget, ask for fewer frames or a smaller size, or take a smaller format of the model (raxel quantize)."
    )


def plans(block_bytes: Sequence[int], fixed: int, budget: int) -> list[Plan]:
    """All plans that make sense, most resident blocks first; the last streams what can be streamed.

    Args:
        block_bytes: of every block, as stored.
        fixed: bytes of all that is no block.
        budget: to compare with.
    """
    found = []
    for count in _counts(len(block_bytes)):
        streamed = streamed_of(block_bytes, count)
        resident = tuple(index for index in range(len(block_bytes)) if index not in streamed)
        held = sum(block_bytes[index] for index in resident)
        needed = fixed + slots_bytes(block_bytes, streamed) + held
        found.append(Plan(len(block_bytes), resident, needed, budget))
    return found


def resident_within(block_bytes: Sequence[int], room: float) -> tuple[int, ...]:
    """The blocks that stay on the device where so many bytes are left for blocks, slots not counted."""
    found = plans(block_bytes, 0, 0)
    fitting = (p.resident for p in found if sum(block_bytes[index] for index in p.resident) <= room)
    return next(fitting, found[-1].resident)


def streamed_of(block_bytes: Sequence[int], count: int) -> frozenset[int]:
    """So many blocks to stream: small ones first, since slots are as large as the largest, and evenly over the network."""
    chosen: set[int] = set()
    for size in sorted(set(block_bytes)):
        alike = [index for index, own in enumerate(block_bytes) if own == size]
        taken = min(count - len(chosen), len(alike))
        chosen.update(alike[(2 * i + 1) * len(alike) // (2 * taken)] for i in range(taken))
    return frozenset(chosen)


def slots_bytes(block_bytes: Sequence[int], streamed: frozenset[int]) -> int:
    """Bytes of the slots while these blocks are streamed."""
    return SLOTS * max((block_bytes[index] for index in streamed), default=0)


def _counts(blocks: int) -> list[int]:
    """How many blocks can be streamed, fewest first."""
    return [0, *range(FEWEST_STREAMED, blocks + 1)]

"""The weights of one model, wherever they lie, and the network that borrows them block by block."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import closing

import torch
from torch import Tensor, nn

from ...model import RaxelConfig, RaxelTransformer
from ..lora import Difference, Factors
from ..quant import FORMATS
from .binding import Binding
from .lanes import Lane
from .layers import Changes, Linear
from .placement import resident_within
from .scratch import Scratch
from .slabs import GLOBALS, Slab
from .sources import Source, read_whole
from .streamer import Streamer


class Weights:
    """Master, resident blocks, slots and scratch of one model; several networks with other LoRAs share it.

    Args:
        network: on "meta", built with `layers.OPERATIONS`.
        source: the master.
        blocks: slab of every block.
        formats: name of every quantised weight -> name of its format.
        lane: brings slabs from the master to the device.
        dtype: to compute in; None: that of the stored patch embedding, and bf16 for float32 beside quantised matrices.
    """

    def __init__(
        self,
        network: RaxelTransformer,
        source: Source,
        blocks: list[Slab],
        formats: Mapping[str, str],
        lane: Lane,
        dtype: torch.dtype | None,
    ) -> None:
        stored = source.slab(GLOBALS)
        self.network, self.source, self.lane = network, source, lane
        own = stored.places["patch_embedding.weight"].dtype
        is_wide = bool(formats) and own == torch.float32  # a GGUF's small tensors: not what to compute in
        self.dtype = dtype or (own if own.is_floating_point and not is_wide else torch.bfloat16)
        self.device = lane.device
        self.streamer = Streamer(lane, blocks)
        self._formats = {name: formats[name] for name in stored.places if name in formats}
        values = network.state_dict()
        self._shapes = {name: values[name].shape for name in stored.places}
        self.globals_bytes = sum(shape.numel() for shape in self._shapes.values()) * self.dtype.itemsize
        self._blocks: list[nn.Module] = list(network.blocks)
        self._bindings = [Binding(network, slab.places, formats) for slab in blocks]
        self._globals_binding = Binding(network, stored.places, {})
        self._globals: dict[str, Tensor] | None = None
        self._placed: tuple[Mapping[str, Changes], Mapping[str, Changes]] | None = None
        self._is_calling, self._due = False, ""
        self._lock = threading.RLock()
        self.scratch = Scratch(_largest_matrix(network), self.dtype, self.device)
        self._needs_scratch = bool(formats) or any(
            place.dtype != self.dtype
            for slab in blocks
            for place in slab.places.values()
            if len(place.shape) == 2
        )
        for module in network.blocks.modules():
            if isinstance(module, Linear):
                module.scratch = self.scratch
        network.compute_dtype, network.compute_device = self.dtype, self.device
        self.before_block: Callable[[], None] = lambda: None
        """Called before every block of a call; may raise to end it, as a host does that was asked to stop."""
        self.streamer.take_in_place()
        if self.device.type == "cpu":  # on a card not before somebody gave room
            self.bring_globals()

    @property
    def config(self) -> RaxelConfig:
        """Sizes of the network."""
        return self.network.config

    @property
    def block_bytes(self) -> tuple[int, ...]:
        """Bytes of every block as stored."""
        return tuple(slab.nbytes for slab in self.streamer.slabs)

    @property
    def resident_bytes(self) -> int:
        """Bytes of weights on the device: globals and resident blocks."""
        held = sum(self.streamer.slabs[i].nbytes for i in self.streamer.resident)
        return held + (self.globals_bytes if self._globals is not None else 0)

    @property
    def is_in_place(self) -> bool:
        """Whether blocks compute where their master lies, so that nothing can be brought or taken away."""
        return self.lane.in_place(0) is not None

    @property
    def held_bytes(self) -> int:
        """All that lies on the device between calls: resident weights; slots, scratch and LoRAs as far as they are there."""
        placed = self._placed[1] if self._placed is not None else {}
        loras = sum(nbytes_of(changes) for changes in placed.values())
        return self.resident_bytes + self.streamer.slots_held + self.scratch.held + loras

    def scratch_bytes(self, has_changes: bool) -> int:
        """Bytes of scratch that a call takes."""
        return self.scratch.nbytes if self._needs_scratch or has_changes else 0

    def working_bytes(self, has_changes: bool) -> int:
        """Bytes of slots and scratch that a call takes as the blocks lie now."""
        return self.scratch_bytes(has_changes) + self.streamer.slot_bytes(self.streamer.resident)

    def hold(self, weight_bytes: float) -> None:
        """Make as many blocks resident as fit in so many bytes together with the globals."""
        with self._lock:
            self.bring_globals()
            self.streamer.hold(set(resident_within(self.block_bytes, weight_bytes - self.globals_bytes)))

    def unload(self) -> None:
        """All off the device; the master stays."""
        with self._lock:
            if self._put_off("unload"):
                return
            self.release()
            self.streamer.resident.clear()
            self.streamer.take_in_place()
            self._globals_binding.unbind()
            self._globals = None

    def release(self) -> None:
        """Slots and scratch only."""
        with self._lock:
            if self._put_off("release"):
                return
            self.streamer.release()
            self.scratch.release()
            self._placed = None

    def close(self) -> None:
        """The master too: nothing can be computed any more."""
        with self._lock:
            self.unload()
            self.streamer.close()
            self.source.close()

    @torch.no_grad()
    def run(
        self,
        latents: dict[str, Tensor],
        sigmas: dict[str, Tensor],
        context: Tensor | None,
        changes: Mapping[str, Changes],
        prefetch_next: bool,
    ) -> dict[str, Tensor]:
        """One call of the network; whatever ends it leaves the weights as they were."""
        with self._lock:
            self.bring_globals()
            changes = self._on_device(changes)
            self._is_calling = True
            try:
                with closing(self._turns(changes, prefetch_next)) as turns:
                    self.network.blocks_in_turn = lambda: turns
                    return self.network(latents, sigmas, context)
            finally:
                self.network.blocks_in_turn = None
                self.scratch.forget()
                self._is_calling = False
                self._do_what_is_due()

    def _put_off(self, what: str) -> bool:
        """Whether a call is on its way on this very thread (`before_block`): then it is done at the call's end."""
        if self._is_calling and self._due != "unload":
            self._due = what
        return self._is_calling

    def _do_what_is_due(self) -> None:
        due, self._due = self._due, ""
        if due:
            (self.unload if due == "unload" else self.release)()

    def bring_globals(self) -> None:
        """Read what belongs to no block, where it is not there."""
        if self._globals is not None:
            return
        slab = self.source.slab(GLOBALS)
        with torch.inference_mode(False):
            buffer = self.source.in_ram(GLOBALS)
            if buffer is None:
                buffer = torch.empty(slab.nbytes, dtype=torch.uint8)
                read_whole(self.source, GLOBALS, buffer)
            tensors = {name: self._plain(name, value) for name, value in slab.views(buffer).items()}
            self._globals_binding.bind(tensors, {})
        self._globals = tensors

    def _plain(self, name: str, stored: Tensor) -> Tensor:
        """One of the globals on the device in the compute dtype; some GGUFs hold them quantised too."""
        if name not in self._formats:
            return stored.to(self.device, self.dtype)
        value = torch.empty(self._shapes[name], dtype=self.dtype, device=self.device)
        FORMATS[self._formats[name]].dequantize({"": stored.to(self.device)}, value)
        return value

    def _on_device(self, changes: Mapping[str, Changes]) -> Mapping[str, Changes]:
        """LoRAs where the weights are; those of the last call are kept there."""
        if self.device.type == "cpu" or not changes:
            return changes
        if self._placed is None or self._placed[0] is not changes:
            self._placed = None
            placed = {name: tuple((_to(c, self.device), s) for c, s in own) for name, own in changes.items()}
            self._placed = (changes, placed)
        return self._placed[1]

    def _turns(self, changes: Mapping[str, Changes], prefetch_next: bool) -> Generator[nn.Module]:
        """Every block while its weights are bound."""
        with closing(self.streamer.turns(prefetch_next)) as turns:
            for i, buffer in turns:
                self.before_block()
                self.scratch.forget()
                try:
                    self._bindings[i].bind(self.streamer.slabs[i].views(buffer), changes)
                    yield self._blocks[i]
                finally:
                    self._bindings[i].unbind()


def _to(change: Factors | Difference, device: torch.device) -> Factors | Difference:
    if isinstance(change, Difference):
        return Difference(change.value.to(device))
    return Factors(change.down.to(device), change.up.to(device), change.scale)


def nbytes_of(changes: Changes) -> int:
    """Bytes of what LoRAs do to one weight."""
    return sum(part.nbytes for change, _ in changes for part in change if isinstance(part, Tensor))


def _largest_matrix(network: RaxelTransformer) -> int:
    """Numbers in the largest matrix of the blocks."""
    return max(value.numel() for value in network.blocks.parameters() if value.ndim == 2)

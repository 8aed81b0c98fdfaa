"""What a Raxel file must hold: names, types and shapes of its tensors, from its config and the way it is quantised."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from ..errors import RaxelError
from .files import DTYPE_NAMES, WEIGHT_DTYPES, Header, check_names_and_shapes, read_tensors
from .quant import FORMATS, Parts

if TYPE_CHECKING:
    from .checkpoint import Record

WRITTEN = ("int8", "nf4", "fp8")
"""Formats that Raxel writes; the others come from GGUF files."""

QUANTISED = re.compile(r"blocks\.(\d+)\.((self|cross)_attn\.[qkvo]|(ray_)?ffn\.[02])\.weight")
"""The matrices of a block; norms, biases, modulation and all outside the blocks stay as they are."""

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Quantization:
    """How the matrices of a file are stored."""

    format: str
    keep_first: int = 0  # blocks at the start that stay bf16
    keep_last: int = 0  # and at the end

    def __post_init__(self) -> None:
        if self.format not in WRITTEN:
            raise RaxelError(
                f"quantization {str(self.format)[:40]!r} is none of {', '.join(WRITTEN)}; it needs a newer Raxel."
            )
        kept = (self.keep_first, self.keep_last)
        if not all(type(number) is int and number >= 0 for number in kept):
            raise RaxelError(
                f"keep_first and keep_last must be whole numbers of blocks, got {str(kept)[:80]}."
            )

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` reads them back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Quantization:
        """Read `to_dict`'s values; unknown names raise RaxelError."""
        unknown = sorted(set(values) - set(cls.__dataclass_fields__))
        if unknown:
            raise RaxelError(
                f"the model's quantization has unknown entries {unknown}; it needs a newer Raxel."
            )
        return cls(**values)

    def matrices(self, names: Iterable[str], num_layers: int) -> list[str]:
        """Which of a network's parameters are stored in the format."""
        blocks = range(self.keep_first, num_layers - self.keep_last)
        return [name for name in names if (m := QUANTISED.fullmatch(name)) and int(m[1]) in blocks]

    def in_words(self) -> str:
        """ "int8", "nf4, first 2 and last 3 blocks bf16"."""
        kept = [f"{w} {n}" for w, n in (("first", self.keep_first), ("last", self.keep_last)) if n]
        return f"{self.format}, {' and '.join(kept)} blocks bf16" if kept else self.format


def weight_formats(header: Header, record: Record) -> dict[str, str]:
    """Name of every quantised weight of a file -> name of its format (a key of FORMATS)."""
    if header.formats:
        return dict(header.formats)
    if record.quantization is None:
        return {}
    names = record.quantization.matrices(header.tensors, record.config.num_layers)
    return dict.fromkeys(names, record.quantization.format)


def check_stored(header: Header, shapes: Shapes, formats: Mapping[str, str]) -> None:
    """Compare a file with what a network of these shapes, its weights in these formats, must look like.

    Raises:
        RaxelError: the first tensor that is missing, too many, or has another shape or type.
    """
    expected = expected_tensors(header, shapes, formats)
    check_names_and_shapes(header, {name: shape for name, (_, shape) in expected.items()})
    for name, (dtype, _) in expected.items():
        found = header.tensors[name].dtype
        if found not in (WEIGHT_DTYPES if dtype is None else (dtype,)):
            wanted = "F32, F16 or BF16" if dtype is None else DTYPE_NAMES[dtype]
            raise RaxelError(
                f"{header.path}: {name!r} has type {header.type_of(name)}, expected {wanted}; download it again."
            )


def expected_tensors(
    header: Header, shapes: Shapes, formats: Mapping[str, str]
) -> dict[str, tuple[torch.dtype | None, tuple[int, ...]]]:
    """Name -> type (None: any of floats) and shape, of all tensors of a file."""
    expected: dict[str, tuple[torch.dtype | None, tuple[int, ...]]] = {}
    for name, shape in shapes.items():
        if name not in formats or len(shape) != 2:
            expected[name] = None, shape
        elif header.is_gguf:  # its header has the shape of the values, and was checked against the bytes
            expected[name] = torch.uint8, shape
        else:
            expected |= _parts(header, name, formats[name], shape)
    return expected


def _parts(header: Header, name: str, format: str, shape: tuple[int, ...]) -> Parts:
    try:
        parts = FORMATS[format].parts((shape[0], shape[1]))
    except RaxelError as error:
        raise RaxelError(f"{header.path}: {name!r}: {error}") from None
    return {name + suffix: what for suffix, what in parts.items()}


def read_parts(
    header: Header,
    formats: Mapping[str, str],
    check: Callable[[str, Tensor], None],
    names: Collection[str] | None = None,
) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Yield every weight of a file as its parts by suffix (a plain tensor: one, ""), as soon as all of them are read.

    Args:
        header: of a file that `check_stored` has passed.
        formats: of its quantised weights.
        check: takes every stored tensor, in the order of the file.
        names: of stored tensors, those of whole weights; None: all.
    """
    names = header.tensors if names is None else names
    weights = {name: name for name in names}
    for weight in formats.keys() & weights.keys():
        weights |= dict.fromkeys((name for name in names if name.startswith(weight)), weight)
    left = Counter(weights.values())
    begun: dict[str, dict[str, Tensor]] = {}
    for name, tensor in read_tensors(header, names):
        check(name, tensor)
        weight = weights[name]
        begun.setdefault(weight, {})[name.removeprefix(weight)] = tensor
        left[weight] -= 1
        if not left[weight]:
            yield weight, begun.pop(weight)

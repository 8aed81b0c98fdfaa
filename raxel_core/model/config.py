"""Sizes of a Raxel network: one frozen dataclass, and the named sizes that this project knows."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal

from ..errors import RaxelError

SEGMENTS = ("source_z", "target_z", "video_z", "source_r", "target_r", "video_r")
"""Order of the parts of a sequence: clean stills, stills to predict, the clip; `z` images, `r` rays."""

PLUCKER_CHANNELS = 24
"""Of one cell of Plücker latents: direction and moment (6 numbers) of each of the 4 frames of a latent frame."""


@dataclass(frozen=True)
class RaxelConfig:
    """Every number that decides a tensor's shape, where the inter-modal gates start, and the switches of the ablation."""

    dim: int  # width of a token
    ffn_dim: int
    num_layers: int
    num_heads: int
    in_channels: int = 16  # latent channels of the Wan VAE
    text_dim: int = 4096  # width of the text encoder's output
    text_len: int = 512  # tokens of the stored null context
    freq_dim: int = 256  # sinusoids that encode the timestep
    patch: tuple[int, int, int] = (1, 2, 2)  # latent frames, rows, columns of one token
    eps: float = 1e-6
    ray_branch: bool = True  # False: plain Wan 2.1 text-to-video
    gate_init: float = 0.0  # 0 keeps pretrained Wan exact at the start; 1 when training from nothing
    attention: Literal["decoupled", "joint"] = "decoupled"  # joint: one self-attention over both branches
    rays: Literal["raxels", "plucker"] = "raxels"  # plucker: maps that skip the VAE

    def __post_init__(self) -> None:
        sizes = (
            "dim",
            "ffn_dim",
            "num_layers",
            "num_heads",
            "in_channels",
            "text_dim",
            "text_len",
            "freq_dim",
        )
        for name in sizes:
            if type(getattr(self, name)) is not int or getattr(self, name) < 1:
                raise RaxelError(
                    f"config {name} must be a whole number above 0, got {getattr(self, name)!r}."
                )
        if self.dim % (2 * self.num_heads):
            raise RaxelError(f"dim {self.dim} must divide into {self.num_heads} heads of even width.")
        if self.freq_dim % 2:
            raise RaxelError(f"freq_dim must be even (cosines and sines), got {self.freq_dim}.")
        if tuple(self.patch) != (1, 2, 2):
            raise RaxelError(f"patch must be (1, 2, 2) as in Wan 2.1, got {tuple(self.patch)}.")
        for name, choices in (("attention", ("decoupled", "joint")), ("rays", ("raxels", "plucker"))):
            if getattr(self, name) not in choices:
                raise RaxelError(
                    f"config {name} must be {' or '.join(map(repr, choices))}, got {getattr(self, name)!r}."
                )

        numbers = (self.eps, self.gate_init)
        if not all(type(n) in (int, float) and math.isfinite(n) for n in numbers) or self.eps <= 0:
            raise RaxelError(f"config eps and gate_init must be numbers, eps above 0, got {numbers}.")
        if not isinstance(self.ray_branch, bool):
            raise RaxelError(f"config ray_branch must be true or false, got {self.ray_branch!r}.")

    @property
    def ray_channels(self) -> int:
        """Channels of the ray latents: those of the VAE for raxels, 24 for Plücker maps."""
        return PLUCKER_CHANNELS if self.rays == "plucker" else self.in_channels

    @property
    def head_dim(self) -> int:
        """Width of one attention head."""
        return self.dim // self.num_heads

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; `from_dict` reads them back."""
        return {**dataclasses.asdict(self), "patch": list(self.patch)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> RaxelConfig:
        """Read `to_dict`'s values; unknown or missing names raise RaxelError."""
        fields = {field.name: field for field in dataclasses.fields(cls)}
        unknown = sorted(set(values) - set(fields))
        if unknown:
            raise RaxelError(f"the model's config has unknown entries {unknown}; it needs a newer Raxel.")
        required = {name for name, field in fields.items() if field.default is dataclasses.MISSING}
        missing = sorted(required - set(values))
        if missing:
            raise RaxelError(f"the model's config lacks {missing}; the file is damaged or not a Raxel model.")
        return cls(**{**values, "patch": tuple(values.get("patch", (1, 2, 2)))})


_WAN_1_3B = RaxelConfig(dim=1536, ffn_dim=8960, num_layers=30, num_heads=12, ray_branch=False)
_WAN_14B = RaxelConfig(dim=5120, ffn_dim=13824, num_layers=40, num_heads=40, ray_branch=False)

PRESET_CONFIGS = {
    "wan-1.3b": _WAN_1_3B,
    "wan-14b": _WAN_14B,
    "raxel-1.3b": dataclasses.replace(_WAN_1_3B, ray_branch=True),
    "raxel-14b": dataclasses.replace(_WAN_14B, ray_branch=True),
    # Trained from nothing: open gates, and one learnt token instead of text.
    "small": RaxelConfig(
        dim=192, ffn_dim=768, num_layers=6, num_heads=3, text_dim=64, text_len=1, gate_init=1.0
    ),
    "tiny": RaxelConfig(
        dim=64, ffn_dim=128, num_layers=2, num_heads=1, text_dim=64, text_len=1, gate_init=1.0
    ),
}

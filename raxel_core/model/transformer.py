"""The Raxel network: a Wan 2.1 video transformer with a ray branch beside it.

Convention inside: sigma 1 is pure noise, 0 is clean; the timestep is 1000 sigma; the output is the velocity
`noise - data` (Wan's sign; the paper's `u` is its negative, and its `t` is 1 - sigma).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import replace
from types import ModuleType
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .attention import check_kernel
from .block import Block, Stream
from .config import SEGMENTS, RaxelConfig
from .init import copy_video_into_rays, init_weights
from .layers import Head, sinusoids
from .rope import grid_coordinates, rope_table, token_times


class Layout(NamedTuple):
    """How the tokens of one branch came from its latents."""

    names: tuple[str, ...]  # its segments, in token order
    frames: tuple[int, ...]  # latent frames of each segment
    grid: tuple[int, int, int]  # frames, rows and columns of tokens
    size: tuple[int, int]  # rows and columns of the latents; less than the tokens cover where odd
    time: Tensor  # (B, segments, dim): the time embedding, for the head


class RaxelTransformer(nn.Module):
    """Predicts the velocity of image latents and ray latents together.

    Args:
        config: sizes.
        operations: namespace that makes Linear, Conv3d and LayerNorm (torch.nn, or the host's own).
        device: where the parameters live; on "meta" nothing is allocated or initialised.
        dtype: dtype of the parameters.
    """

    null_context: Tensor  # (text_len, text_dim), stands in for text

    def __init__(
        self,
        config: RaxelConfig,
        operations: ModuleType = nn,
        device: torch.device | str | None = None,
        dtype: torch.dtype | None = None,
    ):
        super().__init__()
        self.config = config
        # A host that keeps weights elsewhere, or in a narrower dtype, says where and in what it computes.
        self.compute_dtype: torch.dtype | None = None
        self.compute_device: torch.device | None = None
        ops = operations
        where: dict[str, Any] = {"device": device, "dtype": dtype}
        self.patch_embedding: nn.Conv3d = _patch_embedding(config, ops, **where)
        self.text_embedding = nn.Sequential(
            ops.Linear(config.text_dim, config.dim, **where),
            nn.GELU(approximate="tanh"),
            ops.Linear(config.dim, config.dim, **where),
        )
        self.time_embedding = _time_embedding(config, ops, **where)
        self.time_projection = _time_projection(config, ops, **where)
        self.blocks = nn.ModuleList(Block(config, ops, **where) for _ in range(config.num_layers))
        # Who brings weights block by block yields the blocks from here; a block's weights are there while it is out.
        self.blocks_in_turn: Callable[[], Iterable[nn.Module]] | None = None
        self.head = Head(config, ops, **where)
        if config.ray_branch:
            rays = replace(config, in_channels=config.ray_channels)
            self.ray_patch_embedding = _patch_embedding(rays, ops, **where)
            if config.rays == "plucker":  # with the convolution an MLP on every patch (paper section 4.1)
                self.ray_patch_mlp = nn.Sequential(
                    nn.GELU(approximate="tanh"), ops.Linear(config.dim, config.dim, **where)
                )
            self.ray_time_embedding = _time_embedding(config, ops, **where)
            self.ray_time_projection = _time_projection(config, ops, **where)
            self.ray_head = Head(rays, ops, **where)
            self.modality_embedding = nn.Parameter(torch.empty(2, config.dim, **where))  # video, rays
            self.register_buffer("null_context", torch.zeros(config.text_len, config.text_dim, **where))
        if not self.patch_embedding.weight.is_meta:
            init_weights(self)

    @property
    def device(self) -> torch.device:
        """Where latents must be."""
        return self.compute_device or self.patch_embedding.weight.device

    @property
    def dtype(self) -> torch.dtype:
        """What the network computes in, outside autocast."""
        return self.compute_dtype or self.patch_embedding.weight.dtype

    @property
    def ffn_chunk(self) -> int:
        """Tokens that go through a feed-forward at once when no gradients are kept: less memory, the same result."""
        return self._blocks[0].ffn_chunk

    @ffn_chunk.setter
    def ffn_chunk(self, tokens: int) -> None:
        if tokens < 1:
            raise ValueError(f"ffn_chunk must be at least 1 token, got {tokens}.")
        for block in self._blocks:
            block.ffn_chunk = tokens

    @property
    def attention(self) -> str:
        """Name of the attention kernel, see `attention.KERNELS`."""
        return self._blocks[0].self_attn.kernel

    @attention.setter
    def attention(self, name: str) -> None:
        check_kernel(name)
        for block in self._blocks:
            block.self_attn.kernel = block.cross_attn.kernel = name

    @property
    def _blocks(self) -> list[Block]:
        return cast("list[Block]", list(self.blocks))

    def copy_video_into_rays(self) -> None:
        """Start the ray branch from the video branch's weights where it has them; see `init.copy_video_into_rays`."""
        copy_video_into_rays(self)

    def compile_blocks(self) -> None:
        """torch.compile every block in place, anew for every layout; names of tensors stay as they are."""
        for block in self.blocks:
            block.compile(dynamic=False)

    def forward(
        self, latents: dict[str, Tensor], sigmas: dict[str, Tensor], context: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Velocity of every given segment.

        Args:
            latents: `source_z`, `target_z`, `video_z` [B, C, T, h, w] and `source_r`, `target_r`, `video_r`
                [B, config.ray_channels, T, h/2, w/2]; any of them may be absent. T counts stills, or latent frames
                of the clip.
                Odd rows or columns are continued from the other edge up to whole patches, as ComfyUI does for Wan.
            sigmas: noise level of each segment in `latents`, [B] or a scalar, 1 = noise, 0 = clean.
            context: [B, L, text_dim] text embedding, or None for the stored null context. It is not padded here.
        Returns:
            `noise - data`, with the keys, shapes and dtypes of `latents`.
        """
        self._check(latents, sigmas)
        compute = _autocast_dtype(self.device) or self.dtype
        branches = [
            self._branch(latents, sigmas, is_ray) for is_ray in (False, True) if _has(latents, is_ray)
        ]
        streams = tuple(stream for stream, _ in branches)
        text = self._text(context, len(streams[0].tokens)).to(compute)
        for block in self.blocks_in_turn() if self.blocks_in_turn else self.blocks:
            tokens = block(streams, text, compute)
            streams = tuple(s._replace(tokens=x) for s, x in zip(streams, tokens, strict=True))
        velocity = {}
        for stream, (_, layout) in zip(streams, branches, strict=True):
            head = self.ray_head if stream.is_ray else self.head
            velocity |= _latents(head(stream.tokens, layout.time, stream.lengths), layout)
        return {name: velocity[name].to(latents[name].dtype) for name in latents}

    def _branch(
        self, latents: dict[str, Tensor], sigmas: dict[str, Tensor], is_ray: bool
    ) -> tuple[Stream, Layout]:
        """Tokens, time rows and positions of one branch."""
        branch = SEGMENTS[3:] if is_ray else SEGMENTS[:3]
        names = tuple(name for name in branch if name in latents)
        pixels = torch.cat([latents[name] for name in names], dim=2).to(self.dtype)
        embedding = self.ray_patch_embedding if is_ray else self.patch_embedding
        height, width = (int(size) for size in pixels.shape[3:])
        if height % 2 or width % 2:
            pixels = F.pad(pixels, (0, width % 2, 0, height % 2, 0, 0), mode="circular")
        patches = embedding(pixels)  # (B, dim, T, rows, columns)
        frames, rows, columns = (int(size) for size in patches.shape[2:])
        tokens = patches.flatten(2).transpose(1, 2).contiguous()  # (B, N, dim)
        if is_ray and self.config.rays == "plucker":
            tokens = self.ray_patch_mlp(tokens)
        if _autocast_dtype(self.device):
            tokens = tokens.float()
        if self.config.ray_branch:
            tokens = tokens + self.modality_embedding[int(is_ray)].to(tokens)
        counts = {name: int(latents[name].shape[2]) if name in latents else 0 for name in branch}
        time, projected = self._time([sigmas[name] for name in names], pixels, is_ray)
        places = (grid_coordinates(rows, is_ray), grid_coordinates(columns, is_ray))
        rope = rope_table(token_times(*counts.values()), *places, self.config.head_dim, tokens.device)
        segment_frames = tuple(counts[name] for name in names)
        lengths = tuple(count * rows * columns for count in segment_frames)
        layout = Layout(names, segment_frames, (frames, rows, columns), (height, width), time)
        return Stream(is_ray, tokens, projected, lengths, rope), layout

    def _time(self, sigmas: list[Tensor], like: Tensor, is_ray: bool) -> tuple[Tensor, Tensor]:
        """Time embedding [B, segments, dim] and its projection [B, segments, 6, dim], outside autocast as in Wan."""
        embedding = self.ray_time_embedding if is_ray else self.time_embedding
        projection = self.ray_time_projection if is_ray else self.time_projection
        levels = [
            torch.as_tensor(s, device=like.device, dtype=torch.float32).expand(len(like)) for s in sigmas
        ]
        timesteps = 1000.0 * torch.stack(levels, dim=1)  # (B, segments)
        outside = (
            torch.autocast(like.device.type, enabled=False) if _autocast_dtype(like.device) else nullcontext()
        )
        with outside:
            time = embedding(sinusoids(timesteps, self.config.freq_dim).to(like.dtype))
            return time, projection(time).unflatten(2, (6, -1))

    def _text(self, context: Tensor | None, batch: int) -> Tensor:
        if context is None:
            if not self.config.ray_branch:
                raise ValueError("a plain Wan network stores no null context: pass `context`.")
            context = self.null_context.expand(batch, -1, -1)
        return self.text_embedding(context.to(device=self.device, dtype=self.dtype))

    def _check(self, latents: dict[str, Tensor], sigmas: dict[str, Tensor]) -> None:
        """Refuse what the network cannot mean, with both numbers."""
        if not latents or set(latents) - set(SEGMENTS):
            raise ValueError(f"latents must be some of {SEGMENTS}, got {tuple(latents)}.")
        if set(latents) - set(sigmas):
            raise ValueError(f"no sigma for {sorted(set(latents) - set(sigmas))}.")
        if not self.config.ray_branch and any(name.endswith("_r") for name in latents):
            raise ValueError(f"this network has no ray branch, got {tuple(latents)}.")
        sizes = {name: (x.shape[3] * _scale(name), x.shape[4] * _scale(name)) for name, x in latents.items()}
        if len(set(sizes.values())) > 1:
            raise ValueError(f"all segments must show one size (rays at half resolution), got {sizes}.")


def _autocast_dtype(device: torch.device) -> torch.dtype | None:
    """The dtype of the autocast that is on for this device, or None."""
    if device.type == "meta" or not torch.is_autocast_enabled(device.type):
        return None
    return torch.get_autocast_dtype(device.type)


def _has(latents: dict[str, Tensor], is_ray: bool) -> bool:
    return any(name.endswith("_r") == is_ray for name in latents)


def _scale(name: str) -> int:
    return 2 if name.endswith("_r") else 1


def _patch_embedding(config: RaxelConfig, ops: ModuleType, **where: Any) -> nn.Conv3d:
    return ops.Conv3d(config.in_channels, config.dim, kernel_size=config.patch, stride=config.patch, **where)


def _time_embedding(config: RaxelConfig, ops: ModuleType, **where: Any) -> nn.Sequential:
    return nn.Sequential(
        ops.Linear(config.freq_dim, config.dim, **where),
        nn.SiLU(),
        ops.Linear(config.dim, config.dim, **where),
    )


def _time_projection(config: RaxelConfig, ops: ModuleType, **where: Any) -> nn.Sequential:
    return nn.Sequential(nn.SiLU(), ops.Linear(config.dim, 6 * config.dim, **where))


def _latents(patches: Tensor, layout: Layout) -> dict[str, Tensor]:
    """Patches [B, N, 2 * 2 * C] (channels last) back to latents [B, C, T, h, w] of each segment."""
    batch, (frames, rows, columns) = len(patches), layout.grid
    grid = patches.view(batch, frames, rows, columns, 2, 2, -1)
    latents = grid.permute(0, 6, 1, 2, 4, 3, 5).reshape(batch, -1, frames, 2 * rows, 2 * columns)
    latents = latents[..., : layout.size[0], : layout.size[1]]
    return dict(zip(layout.names, latents.split(layout.frames, dim=2), strict=True))

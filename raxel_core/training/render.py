"""Exact clips of random rooms: a vectorised ray caster with supersampling.

`render_clips(seed, indices, ...)` is the whole interface: the same split, seed and index always give the same scene,
path and lens, and the trajectory that comes with a clip is the truth to the last bit.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ..geometry.rays import intrinsics
from ..geometry.trajectory import Trajectory
from .paths import sample_path
from .world import NUM_WALLS, Scenes, sample_room, sample_scene, stack_scenes

Split = Literal["train", "validation", "test"]
SPLITS: dict[str, int] = {"train": 0, "validation": 1, "test": 2}
HFOV_DEG = (50.0, 80.0)
FPS = 16.0
SAMPLES = ((0.25, 0.75), (0.75, 0.25))  # where in a pixel (v, u) rays go: a quincunx costs half a 2 x 2 grid


@dataclass(frozen=True)
class Clip:
    """One rendered clip: `frames` (F, H, W, 3) uint8 and the `trajectory` that made it (metric, arbitrary start)."""

    frames: Tensor
    trajectory: Trajectory


def sample_clip(
    split: Split, seed: int, index: int, num_frames: int, height: int, width: int
) -> tuple[Trajectory, dict[str, np.ndarray]]:
    """Draw the camera path, lens and scene of one clip; nothing is rendered."""
    rng = np.random.default_rng([SPLITS[split], seed, index])
    room = sample_room(rng)
    c2w = sample_path(rng, num_frames, room)
    K = np.tile(intrinsics(float(rng.uniform(*HFOV_DEG)), width, height), (num_frames, 1, 1))
    trajectory = Trajectory(c2w=c2w, K=K, width=width, height=height, fps=FPS, scale="metric")
    return trajectory, sample_scene(rng, room, c2w[:, :3, 3])


def render_clips(
    split: Split,
    seed: int,
    indices: range | list[int],
    num_frames: int,
    height: int,
    width: int,
    device: str = "cpu",
) -> list[Clip]:
    """Render the clips of a split by index. The three splits share no scene and no path."""
    sampled = [sample_clip(split, seed, index, num_frames, height, width) for index in indices]
    scenes = stack_scenes([scene for _, scene in sampled], device)
    frames = render_frames(scenes, [trajectory for trajectory, _ in sampled])
    return [Clip(clip, trajectory) for clip, (trajectory, _) in zip(frames, sampled, strict=True)]


@torch.no_grad()
def render_frames(scenes: Scenes, trajectories: list[Trajectory]) -> Tensor:
    """Render B scenes, each along its own trajectory. Returns (B, F, H, W, 3) uint8."""
    device = scenes.room.device
    height, width = trajectories[0].height, trajectories[0].width
    c2w = torch.as_tensor(np.stack([t.c2w for t in trajectories]), dtype=torch.float32, device=device)
    K = torch.as_tensor(np.stack([t.K for t in trajectories]), dtype=torch.float32, device=device)
    directions = _directions(K, height, width)  # (B, F, N, 3), camera axes
    directions = directions @ c2w[:, :, :3, :3].transpose(-1, -2)
    origins = c2w[:, :, None, :3, 3].expand_as(directions)
    # One frame at a time keeps a CPU inside its caches, and bounds the memory.
    frames = [
        shade(scenes, origins[:, i], directions[:, i]).reshape(-1, len(SAMPLES), height, width, 3).mean(dim=1)
        for i in range(origins.shape[1])
    ]
    return (torch.stack(frames, dim=1) * 255).round().to(torch.uint8)


def _directions(K: Tensor, height: int, width: int) -> Tensor:
    """Unit rays through every sample of every pixel. K: (B, F, 3, 3) -> (B, F, samples H W, 3), camera axes."""
    corners = torch.cartesian_prod(torch.arange(height), torch.arange(width)).to(K)
    v, u = (torch.tensor(SAMPLES).to(K)[:, None] + corners).reshape(-1, 2).unbind(-1)
    x = (u - K[..., 0, 2, None]) / K[..., 0, 0, None]
    y = (v - K[..., 1, 2, None]) / K[..., 1, 1, None]
    return torch.nn.functional.normalize(torch.stack([x, y, torch.ones_like(x)], dim=-1), dim=-1)


def _hit_room(half: Tensor, o: Tensor, d: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """From inside: distance (B, N), material 0..5 (B, N), normal (B, N, 3)."""
    sign = torch.where(d >= 0, 1.0, -1.0)
    distance, axis = ((half[:, None] * sign - o) / torch.where(d.abs() < 1e-7, 1e-7 * sign, d)).min(dim=-1)
    facing = sign.gather(-1, axis[..., None])
    normal = -facing * torch.nn.functional.one_hot(axis, 3)
    return distance, axis * 2 + (facing[..., 0] > 0), normal


def _hit_box(center: Tensor, half: Tensor, yaw: Tensor, o: Tensor, d: Tensor) -> tuple[Tensor, Tensor]:
    """Slab test in the box's own axes. center, half: (B, 3), yaw: (B,) -> distance or inf (B, N), normal (B, N, 3)."""
    c, s = yaw.cos()[:, None], yaw.sin()[:, None]

    def turned(v: Tensor, s: Tensor) -> Tensor:
        return torch.stack([c * v[..., 0] - s * v[..., 2], v[..., 1], s * v[..., 0] + c * v[..., 2]], dim=-1)

    p, q = turned(o - center[:, None], s), turned(d, s)
    q = torch.where(q.abs() < 1e-7, 1e-7, q)
    a, b = (-half[:, None] - p) / q, (half[:, None] - p) / q
    near, axis = torch.minimum(a, b).max(dim=-1)
    far = torch.maximum(a, b).amin(dim=-1)
    normal = -torch.sign(q) * torch.nn.functional.one_hot(axis, 3)
    return torch.where((near < far) & (near > 0), near, torch.inf), turned(normal, -s)


def _hit_sphere(sphere: Tensor, o: Tensor, d: Tensor) -> tuple[Tensor, Tensor]:
    """sphere: (B, 4) -> distance or inf (B, N), normal (B, N, 3)."""
    p = o - sphere[:, None, :3]
    half_b = (p * d).sum(-1)
    root = half_b * half_b - (p * p).sum(-1) + sphere[:, None, 3] ** 2
    distance = -half_b - root.clamp(min=0).sqrt()
    distance = torch.where((root > 0) & (distance > 0), distance, torch.inf)
    return distance, (p + d * distance.nan_to_num(posinf=0.0)[..., None]) / sphere[:, None, 3:]


def shade(scenes: Scenes, o: Tensor, d: Tensor) -> Tensor:
    """Colours (B, N, 3) in 0..1 that rays with origins o and unit directions d (B, N, 3) see."""
    distance, material, normal = _hit_room(scenes.room, o, d)
    hits = [
        _hit_box(scenes.box_center[:, i], scenes.box_half[:, i], scenes.box_yaw[:, i], o, d)
        for i in range(scenes.box_yaw.shape[1])
    ] + [_hit_sphere(scenes.sphere[:, i], o, d) for i in range(scenes.sphere.shape[1])]
    for i, (hit, hit_normal) in enumerate(hits):
        closer = hit < distance
        distance = torch.where(closer, hit, distance)
        material = torch.where(closer, NUM_WALLS + i, material)
        normal = torch.where(closer[..., None], hit_normal, normal)
    return _paint(scenes, o + distance[..., None] * d, material, normal)


def _paint(scenes: Scenes, p: Tensor, material: Tensor, normal: Tensor) -> Tensor:
    """Solid texture: three patterns of many waves, coloured by the material's palette, lit by one light."""
    batch = torch.arange(len(p), device=p.device)[:, None]
    frames = scenes.frames[batch, material]  # (B, N, 3, 4)
    q = (frames[..., :3] * p[..., None, :]).sum(-1) + frames[..., 3]
    waves = torch.sin(q @ scenes.waves + scenes.phases[:, None])
    # Every other wave is squared off: edges are what correspondence holds on to.
    waves = torch.stack([waves[..., ::2], torch.tanh(2 * waves[..., 1::2])], dim=-1).flatten(-2)
    patterns = waves @ scenes.mixing  # (B, N, 3)
    palette = scenes.palette[batch, material]
    color = (palette[..., :3] * patterns[..., None, :]).sum(-1) + palette[..., 3]
    light = 0.75 + 0.25 * (normal * scenes.light[:, None]).sum(-1, keepdim=True)
    return (color * light).clamp(0, 1)

"""Exact clips of random rooms: a vectorised ray caster with supersampling.

`render_clips(seed, indices, ...)` is the whole interface: the same split, seed and index always give the same scene,
path and lens, and the trajectory that comes with a clip is the truth to the last bit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ..geometry.rays import intrinsics
from ..geometry.trajectory import Trajectory
from .paths import sample_path
from .world import NUM_WALLS, Scenes, sample_room, sample_scene, stack_scenes

Shader = Callable[[Scenes, Tensor, Tensor], Tensor]
Split = Literal["train", "validation", "test"]
SPLITS: dict[str, int] = {"train": 0, "validation": 1, "test": 2}
HFOV_DEG = (50.0, 80.0)
FPS = 16.0
FALLOFF = 4  # a lens without correction loses light towards its corners, by the fourth power of the cosine
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
    device: torch.device | str = "cpu",
    shader: Shader | None = None,
) -> list[Clip]:
    """Render the clips of a split by index. The three splits share no scene and no path."""
    sampled = [sample_clip(split, seed, index, num_frames, height, width) for index in indices]
    scenes = stack_scenes([scene for _, scene in sampled], device)
    frames = render_frames(scenes, [trajectory for trajectory, _ in sampled], shader)
    return [Clip(clip, trajectory) for clip, (trajectory, _) in zip(frames, sampled, strict=True)]


@torch.no_grad()
def render_frames(scenes: Scenes, trajectories: list[Trajectory], shader: Shader | None = None) -> Tensor:
    """Render B scenes, each along its own trajectory. Returns (B, F, H, W, 3) uint8.

    Args:
        scenes: B of them.
        trajectories: B, of one length and size.
        shader: `shade`, or what torch.compile made of it: 4 times as fast, and worth it from 500 clips on.
    """
    device = scenes.room.device
    height, width = trajectories[0].height, trajectories[0].width
    c2w = torch.as_tensor(np.stack([t.c2w for t in trajectories]), dtype=torch.float32, device=device)
    K = torch.as_tensor(np.stack([t.K for t in trajectories]), dtype=torch.float32, device=device)
    frames = []
    for i in range(c2w.shape[1]):  # one frame at a time keeps a CPU inside its caches, and bounds the memory
        local = _directions(K[:, i], height, width)
        directions = c2w[:, i, :3, :3] @ local
        origins = c2w[:, i, :3, 3, None].expand_as(directions)
        colors = (shader or shade)(scenes, origins.transpose(1, 2), directions.transpose(1, 2))
        colors = colors * local[:, 2, :, None] ** FALLOFF
        frames.append(colors.reshape(-1, len(SAMPLES), height, width, 3).mean(dim=1))
    return (torch.stack(frames, dim=1) * 255).round().to(torch.uint8)


def _directions(K: Tensor, height: int, width: int) -> Tensor:
    """Unit rays through every sample of every pixel. K: (B, 3, 3) -> (B, 3, samples H W), camera axes."""
    corners = torch.cartesian_prod(torch.arange(height), torch.arange(width)).to(K)
    v, u = (torch.tensor(SAMPLES).to(K)[:, None] + corners).reshape(-1, 2).unbind(-1)
    x = (u - K[:, 0, 2, None]) / K[:, 0, 0, None]
    y = (v - K[:, 1, 2, None]) / K[:, 1, 1, None]
    shorter = (x * x + y * y + 1).rsqrt()
    return torch.stack([x * shorter, y * shorter, shorter], dim=1)


Vector = Sequence[Tensor]
"""x, y and z apart: a compiler turns such code into one loop over rays, where (N, 3) arrays took it ten times as long."""


def _dot(a: Vector, b: Vector) -> Tensor:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _columns(values: Tensor) -> Vector:
    """(B, 3) as three (B, 1) that broadcast over rays."""
    x, y, z = values[:, :, None].unbind(1)
    return x, y, z


def _away_from_zero(d: Tensor) -> Tensor:
    return torch.where(d.abs() < 1e-7, torch.where(d >= 0, 1e-7, -1e-7), d)


def _hit_room(half: Vector, o: Vector, d: Vector) -> tuple[Tensor, Tensor, Vector]:
    """From inside: distance (B, N), material 0..5 (B, N), normal."""
    walls = [(torch.where(d[i] >= 0, half[i], -half[i]) - o[i]) / _away_from_zero(d[i]) for i in range(3)]
    distance = torch.minimum(torch.minimum(walls[0], walls[1]), walls[2])
    on_x, on_y = walls[0] <= distance, walls[1] <= distance
    axes = (on_x, on_y & ~on_x, ~(on_x | on_y))
    normal = [torch.where(axis, torch.where(v >= 0, -1.0, 1.0), 0.0) for axis, v in zip(axes, d, strict=True)]
    positive = normal[0] + normal[1] + normal[2] < 0
    first = torch.where(axes[0], 0, torch.where(axes[1], 2, 4))
    return distance, first + positive.to(first.dtype), (normal[0], normal[1], normal[2])


def _turned(v: Vector, c: Tensor, s: Tensor) -> Vector:
    """About y."""
    return c * v[0] - s * v[2], v[1], s * v[0] + c * v[2]


def _hit_box(center: Vector, half: Vector, yaw: Tensor, o: Vector, d: Vector) -> tuple[Tensor, Vector]:
    """Slab test in the box's own axes; yaw: (B, 1) -> distance or inf (B, N), normal."""
    c, s = yaw.cos(), yaw.sin()
    p = _turned((o[0] - center[0], o[1] - center[1], o[2] - center[2]), c, s)
    q = tuple(_away_from_zero(v) for v in _turned(d, c, s))
    enters, leaves = [], []
    for i in range(3):
        a, b = (-half[i] - p[i]) / q[i], (half[i] - p[i]) / q[i]
        enters.append(torch.minimum(a, b))
        leaves.append(torch.maximum(a, b))
    near = torch.maximum(torch.maximum(enters[0], enters[1]), enters[2])
    far = torch.minimum(torch.minimum(leaves[0], leaves[1]), leaves[2])
    on_x, on_y = enters[0] >= near, enters[1] >= near
    axes = (on_x, on_y & ~on_x, ~(on_x | on_y))
    normal = [torch.where(axis, -torch.sign(v), 0.0) for axis, v in zip(axes, q, strict=True)]
    hit = torch.where((near < far) & (near > 0), near, torch.inf)
    return hit, _turned((normal[0], normal[1], normal[2]), c, -s)


def _hit_sphere(center: Vector, radius: Tensor, o: Vector, d: Vector) -> tuple[Tensor, Vector]:
    """radius: (B, 1) -> distance or inf (B, N), normal."""
    p = (o[0] - center[0], o[1] - center[1], o[2] - center[2])
    half_b = _dot(p, d)
    root = half_b * half_b - _dot(p, p) + radius**2
    distance = -half_b - root.clamp(min=0).sqrt()
    hit = (root > 0) & (distance > 0)
    reach = torch.where(hit, distance, 0.0)
    normal = tuple((p[i] + d[i] * reach) / radius for i in range(3))
    return torch.where(hit, distance, torch.inf), (normal[0], normal[1], normal[2])


def shade(scenes: Scenes, o: Tensor, d: Tensor) -> Tensor:
    """Colours (B, N, 3) in 0..1 that rays with origins o and unit directions d (B, N, 3) see."""
    origin, ray = o.unbind(-1), d.unbind(-1)
    distance, material, normal = _hit_room(_columns(scenes.room), origin, ray)
    hits = [
        _hit_box(
            _columns(scenes.box_center[:, i]),
            _columns(scenes.box_half[:, i]),
            scenes.box_yaw[:, i, None],
            origin,
            ray,
        )
        for i in range(scenes.box_yaw.shape[1])
    ] + [
        _hit_sphere(_columns(scenes.sphere[:, i, :3]), scenes.sphere[:, i, 3:], origin, ray)
        for i in range(scenes.sphere.shape[1])
    ]
    for i, (hit, hit_normal) in enumerate(hits):
        closer = hit < distance
        distance = torch.where(closer, hit, distance)
        material = torch.where(closer, NUM_WALLS + i, material)
        normal = tuple(torch.where(closer, a, b) for a, b in zip(hit_normal, normal, strict=True))
    reached = tuple(a + distance * b for a, b in zip(origin, ray, strict=True))
    points, normals = (torch.stack([*v], dim=1).transpose(1, 2) for v in (reached, normal))
    return _paint(scenes, points, material, normals)


def _paint(scenes: Scenes, p: Tensor, material: Tensor, normal: Tensor) -> Tensor:
    """Solid texture: three patterns of many waves, coloured by the material's palette, lit by one light."""
    batch = torch.arange(len(p), device=p.device)[:, None]
    place = p.unbind(-1)
    frame = [row.unbind(-1) for row in scenes.frames[batch, material].unbind(-2)]  # 3 of 4 (B, N)
    q = tuple(_dot(row[:3], place) + row[3] for row in frame)
    patterns = [torch.zeros_like(place[0])] * 3
    for i in range(scenes.phases.shape[1]):
        wave = torch.sin(_dot(q, _columns(scenes.waves[:, :, i])) + scenes.phases[:, i, None])
        # Every other wave is squared off: edges are what correspondence holds on to.
        wave = (2 * wave).clamp(-1, 1) if i % 2 else wave
        patterns = [patterns[k] + wave * scenes.mixing[:, i, k, None] for k in range(3)]
    half = _columns(scenes.room)
    inside = tuple((place[i] / half[i]).clamp(-1, 1) for i in range(3))
    light = 0.85 + 0.15 * _dot(normal.unbind(-1), _columns(scenes.light))
    palette, slope = scenes.palette[batch, material], scenes.slope[batch, material]
    colors = [
        _dot(palette[..., c, :3].unbind(-1), patterns)
        + palette[..., c, 3]
        + _dot(slope[..., c, :].unbind(-1), inside)
        for c in range(3)
    ]
    return torch.stack([(color * light).clamp(0, 1) for color in colors], dim=1).transpose(1, 2)

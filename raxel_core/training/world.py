"""Random rooms: what the small model was raised in.

A room is a painted box that holds a few boxes and spheres; everything is drawn by numbers alone, so a seed is a
scene. World axes are OpenCV's (x right, y down, z forward) and lengths are the renderer's units, which the small
model calls metric: rooms are 5.6 to 8.8 units wide and about 3 high.

The paint follows rules that a model can learn before it has learnt to match points: floors are dark and ceilings
bright, walls are brighter towards the top, and hue goes once round the room, always in the same direction, from a
different start in every room. Textures and objects follow no rule.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

NUM_BOXES, NUM_SPHERES = 4, 2
NUM_WALLS = 6
CEILING, FLOOR = 2, 3  # among the walls: -x, +x, -y, +y, -z, +z
NUM_MATERIALS = NUM_WALLS + NUM_BOXES + NUM_SPHERES
NUM_WAVES = 12
SATURATION = (0.16, 0.26)  # of the hue that goes round the room
HEIGHT = (1.4, 1.6)  # half the height of a room
FAR_AWAY = 1e4  # where objects are put that a scene does without
CLEARANCE = 0.7  # least distance between a camera and the surface of an object


@dataclass(frozen=True)
class Scenes:
    """B rooms, float32.

    Attributes:
        room: (B, 3) half size of the room, which is centred on the origin.
        box_center, box_half: (B, NUM_BOXES, 3) centre and half size; box_yaw: (B, NUM_BOXES) radians about y.
        sphere: (B, NUM_SPHERES, 4) centre and radius.
        waves: (B, 3, NUM_WAVES) wave vectors in radians per unit; phases: (B, NUM_WAVES).
        mixing: (B, NUM_WAVES, 3) how much each wave adds to each of three patterns.
        frames: (B, NUM_MATERIALS, 3, 4) rotation, scale and shift of the waves on each material.
        palette: (B, NUM_MATERIALS, 3, 4) colour of each pattern, and the base colour last.
        slope: (B, NUM_MATERIALS, 3, 3) change of colour over half a room, along x, y and z; 0 for objects.
        light: (B, 3) unit vector towards the light.
    """

    room: Tensor
    box_center: Tensor
    box_half: Tensor
    box_yaw: Tensor
    sphere: Tensor
    waves: Tensor
    phases: Tensor
    mixing: Tensor
    frames: Tensor
    palette: Tensor
    slope: Tensor
    light: Tensor


def _rotation(rng: np.random.Generator) -> np.ndarray:
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    return q * np.sign(np.diag(r))


def _textures(rng: np.random.Generator) -> dict[str, np.ndarray]:
    directions = rng.normal(size=(3, NUM_WAVES))
    directions /= np.linalg.norm(directions, axis=0)
    wavelengths = np.exp(rng.uniform(np.log(0.6), np.log(3.6), NUM_WAVES))
    frames = np.stack(
        [
            np.hstack([_rotation(rng) * rng.uniform(0.7, 1.4), rng.uniform(-9, 9, (3, 1))])
            for _ in range(NUM_MATERIALS)
        ]
    )
    # Patterns change brightness more than hue, as paint, wood and stone do.
    brightness = rng.normal(0.0, 0.08, (NUM_MATERIALS, 1, 3))
    hue = rng.normal(0.0, 0.04, (NUM_MATERIALS, 3, 3))
    base, slope = _paint(rng)
    palette = np.concatenate([brightness + hue, base[..., None]], axis=-1)
    light = rng.normal(size=3) + np.array([0.0, -2.0, 0.0])
    return {
        "waves": directions * 2 * np.pi / wavelengths,
        "phases": rng.uniform(0, 2 * np.pi, NUM_WAVES),
        # Long waves are louder, as in photographs, or the picture would be noise.
        "mixing": rng.normal(size=(NUM_WAVES, 3))
        * (wavelengths[:, None] / 4.0) ** 0.3
        * (4 / NUM_WAVES) ** 0.5,
        "frames": frames,
        "palette": palette,
        "slope": slope,
        "light": light / np.linalg.norm(light),
    }


def _paint(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Base colour (NUM_MATERIALS, 3) and its slope (NUM_MATERIALS, 3, 3) over half a room. Materials: see Scenes."""
    turn = (
        rng.uniform(0, 2 * np.pi) + np.array([0, 2, 4]) * np.pi / 3
    )  # red, green and blue on the hue circle
    round_room = rng.uniform(*SATURATION) * np.stack([np.cos(turn), np.zeros(3), np.sin(turn)], axis=-1)
    base = np.empty((NUM_MATERIALS, 3))
    base[:] = rng.uniform(0.1, 0.9, (NUM_MATERIALS, 3))
    base[:NUM_WALLS] = rng.uniform(0.45, 0.55)
    base[CEILING], base[FLOOR] = rng.uniform(0.75, 0.85), rng.uniform(0.2, 0.3)
    slope = np.zeros((NUM_MATERIALS, 3, 3))
    slope[:NUM_WALLS] = round_room
    slope[:NUM_WALLS, :, 1] = -0.15  # y points down
    slope[[CEILING, FLOOR], :, 1] = 0.0
    return base, slope


def _objects(rng: np.random.Generator, room: np.ndarray, cameras: np.ndarray) -> dict[str, np.ndarray]:
    """Boxes on the floor and floating spheres, none of them within CLEARANCE of a camera (F, 3)."""
    box_center = np.full((NUM_BOXES, 3), FAR_AWAY)
    box_half = rng.uniform([0.25, 0.3, 0.25], [0.7, 1.1, 0.7], (NUM_BOXES, 3))
    sphere = np.concatenate(
        [np.full((NUM_SPHERES, 3), FAR_AWAY), rng.uniform(0.25, 0.6, (NUM_SPHERES, 1))], axis=1
    )

    def clear(center: np.ndarray, radius: float) -> bool:
        return bool((np.linalg.norm(cameras - center, axis=1) > radius + CLEARANCE).all())

    for i in range(int(rng.integers(3, NUM_BOXES + 1))):
        center = rng.uniform(-0.9, 0.9, 3) * room
        center[1] = room[1] - box_half[i, 1]
        if clear(center, float(np.linalg.norm(box_half[i]))):
            box_center[i] = center
    for i in range(int(rng.integers(0, NUM_SPHERES + 1))):
        center = rng.uniform(-0.8, 0.8, 3) * room
        if clear(center, float(sphere[i, 3])):
            sphere[i, :3] = center
    return {
        "box_center": box_center,
        "box_half": box_half,
        "box_yaw": rng.uniform(-np.pi, np.pi, NUM_BOXES),
        "sphere": sphere,
    }


def sample_room(rng: np.random.Generator) -> np.ndarray:
    """Half size (3,) of a room."""
    return rng.uniform([2.8, HEIGHT[0], 2.8], [4.4, HEIGHT[1], 4.4])


def sample_scene(rng: np.random.Generator, room: np.ndarray, cameras: np.ndarray) -> dict[str, np.ndarray]:
    """Furnish a room around the camera positions (F, 3) of one clip."""
    return {"room": room, **_objects(rng, room, cameras), **_textures(rng)}


def stack_scenes(scenes: list[dict[str, np.ndarray]], device: torch.device | str = "cpu") -> Scenes:
    """Many sampled scenes as one batch of tensors."""
    stacked = {key: np.stack([scene[key] for scene in scenes]) for key in scenes[0]}
    return Scenes(
        **{key: torch.as_tensor(value, dtype=torch.float32, device=device) for key, value in stacked.items()}
    )

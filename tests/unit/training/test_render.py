"""The renderer is the source of truth for everything that is trained and measured: it must be exact."""

import numpy as np
import torch

from raxel_core.geometry.rotation import rotation_exp
from raxel_core.geometry.trajectory import Trajectory
from raxel_core.training.render import render_clips, render_frames, sample_clip, shade
from raxel_core.training.world import CLEARANCE, NUM_BOXES, NUM_SPHERES, NUM_WALLS, stack_scenes


def one_scene(index: int = 0):
    trajectory, scene = sample_clip("train", 0, index, 5, 32, 64)
    return trajectory, stack_scenes([scene])


def test_the_same_number_is_the_same_clip_and_another_split_is_another_scene() -> None:
    a, b = (render_clips("train", 3, [7], 5, 32, 64)[0] for _ in range(2))
    assert torch.equal(a.frames, b.frames)
    assert np.array_equal(a.trajectory.c2w, b.trajectory.c2w)
    c = render_clips("test", 3, [7], 5, 32, 64)[0]
    assert (a.frames.float() - c.frames.float()).abs().mean() > 10


def test_a_clip_does_not_depend_on_what_is_rendered_beside_it() -> None:
    together = render_clips("train", 0, [4, 5], 5, 32, 64)[1]
    alone = render_clips("train", 0, [5], 5, 32, 64)[0]
    assert (together.frames.int() - alone.frames.int()).abs().max() <= 1


def test_a_camera_that_stands_still_sees_one_picture() -> None:
    trajectory, scene = one_scene()
    frames = render_frames(scene, [trajectory.at(np.zeros(3))])[0]
    assert torch.equal(frames[0], frames[1]) and torch.equal(frames[0], frames[2])


def test_a_pure_rotation_moves_the_picture_by_its_homography() -> None:
    trajectory, scene = one_scene()
    c2w = np.tile(trajectory.c2w[0], (2, 1, 1))
    turn = rotation_exp(np.array([0.02, 0.1, 0.0]))
    c2w[1, :3, :3] = c2w[0, :3, :3] @ turn
    turned = Trajectory(c2w=c2w, K=trajectory.K[:2], width=64, height=32, fps=16.0, scale="metric")
    # A direction seen by camera 1 is the same colour when camera 0 looks that way: same origin, same ray.
    pixels = np.array([[10.5, 8.5, 1.0], [40.5, 20.5, 1.0], [63.5, 0.5, 1.0]])
    rays = pixels @ np.linalg.inv(turned.K[1]).T @ c2w[1, :3, :3].T
    in_first = rays @ c2w[0, :3, :3]
    homography = turned.K[0] @ turn @ np.linalg.inv(turned.K[1])
    projected = pixels @ homography.T
    assert np.allclose(in_first @ turned.K[0].T / in_first[:, 2:], projected / projected[:, 2:])
    origins = torch.tensor(c2w[1, :3, 3]).float().expand(1, 3, 3)
    directions = torch.nn.functional.normalize(torch.tensor(rays).float(), dim=-1)[None]
    wide = render_frames(scene, [turned])[0, 1].float() / 255
    seen = shade(scene, origins, directions)[0]
    # The lens loses light by the fourth power of the cosine of the angle to its axis.
    axis = torch.tensor(c2w[1, :3, 2]).float()
    seen = seen * (directions[0] @ axis)[:, None] ** 4
    for (u, v, _), color in zip(pixels, seen, strict=True):
        neighbours = wide[max(int(v) - 1, 0) : int(v) + 2, max(int(u) - 1, 0) : int(u) + 2]
        assert (neighbours.amin((0, 1)) - 0.1 <= color).all() and (
            color <= neighbours.amax((0, 1)) + 0.1
        ).all()


def naive_distance(scene, o: np.ndarray, d: np.ndarray) -> float:
    """March along one ray in small steps until it is inside an object or outside the room."""
    room = scene.room[0].numpy()
    for distance in np.arange(0.0, 20.0, 0.004):
        p = o + distance * d
        if (np.abs(p) > room).any():
            return distance
        for i in range(NUM_BOXES):
            yaw = float(scene.box_yaw[0, i])
            x, y, z = p - scene.box_center[0, i].numpy()
            q = np.array([np.cos(yaw) * x - np.sin(yaw) * z, y, np.sin(yaw) * x + np.cos(yaw) * z])
            if (np.abs(q) < scene.box_half[0, i].numpy()).all():
                return distance
        for i in range(NUM_SPHERES):
            if np.linalg.norm(p - scene.sphere[0, i, :3].numpy()) < float(scene.sphere[0, i, 3]):
                return distance
    raise AssertionError("a ray left the room")


def test_the_ray_caster_hits_what_a_naive_march_hits(monkeypatch) -> None:
    from raxel_core.training import render

    hits = {}

    def keep(scenes, p, material, normal):
        hits["p"], hits["material"], hits["normal"] = p, material, normal
        return p

    monkeypatch.setattr(render, "_paint", keep)
    rng = np.random.default_rng(0)
    objects = 0
    for index in range(4):
        trajectory, scene = one_scene(index)
        o = trajectory.c2w[0, :3, 3]
        placed = [
            c for c in [*scene.box_center[0].numpy(), *scene.sphere[0, :, :3].numpy()] if abs(c[0]) < 10
        ]
        d = np.concatenate([rng.normal(size=(6, 3)), np.reshape(placed, (-1, 3)) - o])
        d /= np.linalg.norm(d, axis=1, keepdims=True)
        origins = torch.tensor(o).float().expand(1, len(d), 3)
        render.shade(scene, origins, torch.tensor(d).float()[None])
        reached = hits["p"][0].numpy() - o
        for ray, hit, normal in zip(d, reached, hits["normal"][0].numpy(), strict=True):
            assert abs(np.linalg.norm(hit) - naive_distance(scene, o, ray)) < 0.01
            assert normal @ ray < 0 and abs(np.linalg.norm(normal) - 1) < 1e-4
        objects += int((hits["material"] >= NUM_WALLS).sum())
    assert objects > 0, "no ray met an object: the test would not see a broken one"


def test_cameras_stay_inside_rooms_and_clear_of_objects() -> None:
    for index in range(40):
        trajectory, scene = sample_clip("train", 1, index, 9, 32, 64)
        positions = trajectory.c2w[:, :3, 3]
        assert (np.abs(positions) < scene["room"]).all()
        for sphere in scene["sphere"]:
            assert (np.linalg.norm(positions - sphere[:3], axis=1) > sphere[3] + CLEARANCE).all()

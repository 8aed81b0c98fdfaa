"""Bridges on the host: core's own camera nodes, and the code of other packs, take and give what our nodes do.

The packs' sources are looked for in RAXEL_NEIGHBOURS (default ../scratch/neighbours), one folder a pack under its own name;
tests of packs that are not there are skipped and say so.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from host_client import failure

from raxel_core.formats import read_trajectory
from raxel_core.formats.load3d import read_load3d

NEIGHBOURS = Path(os.environ.get("RAXEL_NEIGHBOURS", ROOT.parent / "scratch" / "neighbours"))
MOVES = {  # core's menu -> preset, and its amount in the first (n - 1) / n of the way at speed 1
    "Static": ("static", 0),
    "Pan Up": ("pedestal_up", 1.5),
    "Pan Down": ("pedestal_down", 1.5),
    "Pan Left": ("truck_left", 1.5),
    "Pan Right": ("truck_right", 1.5),
    "Zoom In": ("dolly_in", 3),
    "Zoom Out": ("dolly_out", 3),
    "Anti Clockwise (ACW)": ("roll_ccw", 60),
    "ClockWise (CW)": ("roll_cw", 60),
}
RE10K = (0.474812461, 0.844111024)


def node(class_type, **inputs):
    return {"class_type": class_type, "inputs": inputs}


def preset(name="arc_left", **changes):
    values = {
        "preset": name,
        "amount": 0.0,
        "frames": 9,
        "fps": 16.0,
        "width": 96,
        "height": 64,
        "lens": 60.0,
        "lens_unit": "hfov degrees",
        "subject_distance": 1.0,
        "easing": "linear",
        "seed": 0,
    }
    return node("TrajectoryPreset", **(values | changes))


def kept(host, name):
    path = host.folder / "output" / name
    return (
        np.load(path.with_suffix(".npy"))
        if path.with_suffix(".npy").exists()
        else json.loads(path.with_suffix(".json").read_text())
    )


def keep(prompt, name, source, slot=0):
    prompt[f"keep {name}"] = node("TestKeepAny", name=name, value=[source, slot])


def neighbour(file, method, name, source=None, argument="", **arguments):
    """A call of another pack's code; the test is skipped where the pack is not."""
    if not (NEIGHBOURS / file).is_file():
        pytest.skip(f"no {file} in {NEIGHBOURS}; set RAXEL_NEIGHBOURS to a folder of other packs' sources")
    link = {} if source is None else {"value": source}
    return node(
        "TestNeighbour",
        name=name,
        file=str(NEIGHBOURS / file),
        method=method,
        arguments=json.dumps(arguments),
        argument=argument,
        **link,
    )


def path_of(host, source, prompt, name):
    """Run a prompt and read the trajectory that a node gives."""
    prompt["save"] = node(
        "RaxelSaveTrajectory", trajectory=source, filename_prefix=f"bridges/{name}", format="JSON"
    )
    (entry,) = host.run(prompt)["save"]["raxel_trajectory"]
    return read_trajectory(host.saved(entry))


def embeddings(host, width, height, length, speed, core_lens, our_lens, moves=tuple(MOVES)):
    """Core's and our embedding of each move, in one run."""
    prompt = {}
    for index, move in enumerate(moves):
        name, whole = MOVES[move]
        amount = whole * speed * (length - 1) / length
        prompt |= {
            f"core{index}": node(
                "WanCameraEmbedding",
                camera_pose=move,
                width=width,
                height=height,
                length=length,
                speed=speed,
                **core_lens,
            ),
            f"path{index}": preset(
                name,
                amount=amount,
                frames=length,
                width=width,
                height=height,
                lens=our_lens if isinstance(our_lens, float) else 60.0,
            ),
            f"ours{index}": node(
                "RaxelToWanCamera",
                trajectory=[f"path{index}", 0],
                width=0,
                height=0,
                length=0,
                lens=our_lens if isinstance(our_lens, str) else "of the path",
            ),
        }
        keep(prompt, f"core{index}", f"core{index}"), keep(prompt, f"ours{index}", f"ours{index}")
    for slot, side in enumerate(("width", "height", "length"), 1):
        keep(prompt, f"our_{side}", "ours0", slot)
    host.run(prompt)
    assert [kept(host, f"our_{side}") for side in ("width", "height", "length")] == [width, height, length]
    return [
        (move, kept(host, f"core{index}"), kept(host, f"ours{index}")) for index, move in enumerate(moves)
    ]


@pytest.mark.parametrize(
    ("width", "height", "length", "speed"),
    [(96, 64, 17, 1.0), (64, 112, 5, 0.3), (112, 64, 81, 1.0), (64, 64, 1, 10.0)],
)
def test_the_nine_moves_of_core_are_ours_to_the_last_digits(host, width, height, length, speed):
    lens = {"fx": 0.5, "fy": 0.5}
    for move, core, ours in embeddings(host, width, height, length, speed, lens, "ComfyUI's default"):
        assert ours.shape == core.shape == (1, 24, (length + 3) // 4, height, width), move
        assert ours.dtype == core.dtype
        np.testing.assert_allclose(ours, core, atol=1e-5, err_msg=move)


def test_a_move_of_core_in_round_numbers_is_a_preset_of_one_frame_more_without_its_last(host):
    prompt = {
        "core": node("WanCameraEmbedding", camera_pose="Pan Left", width=96, height=64, length=9, speed=2.0),
        "path": preset("truck_left", amount=3.0, frames=10),
        "cut": node("RaxelTransformTrajectory", trajectory=["path", 0], last_frame=8),
        "ours": node(
            "RaxelToWanCamera", trajectory=["cut", 0], width=0, height=0, length=0, lens="ComfyUI's default"
        ),
    }
    keep(prompt, "core", "core"), keep(prompt, "ours", "ours")
    host.run(prompt)
    np.testing.assert_allclose(kept(host, "ours"), kept(host, "core"), atol=1e-5)


@pytest.mark.parametrize(("width", "height"), [(832, 480), (480, 832), (128, 64), (256, 64)])
def test_the_lens_of_the_path_is_the_lens_that_core_is_told(host, width, height):
    """RealEstate10K's lens, which has square pixels at any size; so has every preset."""
    focal = RE10K[0] * (height * 16 / 9 if width / height < 16 / 9 else width)
    hfov_deg = float(np.degrees(2 * np.arctan(width / 2 / focal)))
    lens = dict(zip(("fx", "fy"), RE10K, strict=True))
    moves = ("Zoom In", "ClockWise (CW)")
    for move, core, ours in embeddings(host, width, height, 5, 2.0, lens, hfov_deg, moves):
        np.testing.assert_allclose(ours, core, atol=1e-5, err_msg=move)


def test_the_embedding_plugs_into_core_s_own_video_node(host):
    prompt = {
        "path": preset(frames=9),
        "ours": node("RaxelToWanCamera", trajectory=["path", 0], width=0, height=0, length=0),
        "model": node("LoadRaxelModel", model_name="raxel-small.safetensors"),
        "text": node("TestText", seed=0, width=32, attached=""),
        "wan": node(
            "WanCameraImageToVideo",
            positive=["text", 0],
            negative=["text", 0],
            vae=["model", 1],
            width=["ours", 1],
            height=["ours", 2],
            length=["ours", 3],
            batch_size=1,
            camera_conditions=["ours", 0],
        ),
    }
    (
        keep(prompt, "latent", "wan", 2),
        keep(prompt, "conditioning", "wan", 0),
        keep(prompt, "embedding", "ours"),
    )
    host.run(prompt)
    assert np.array(kept(host, "latent")["samples"]).shape == (1, 16, 3, 8, 12)
    ((_, attached),) = kept(host, "conditioning")
    np.testing.assert_array_equal(
        np.array(attached["camera_conditions"], np.float32), kept(host, "embedding")
    )


def sampled(host, camera, name):
    """Latents that core's nodes and its (random, tiny) Fun-Camera network make of an embedding."""
    prompt = camera | {
        "still": node("LoadImage", image="raxel_example_still.png"),
        "vae": node("LoadRaxelModel", model_name="raxel-small.safetensors"),
        "text": node("TestText", seed=0, width=4096, attached=""),
        "model": node("TestWanCameraModel"),
        "wan": node(
            "WanCameraImageToVideo",
            positive=["text", 0],
            negative=["text", 0],
            vae=["vae", 1],
            width=["camera", 1],
            height=["camera", 2],
            length=["camera", 3],
            batch_size=1,
            start_image=["still", 0],
            camera_conditions=["camera", 0],
        ),
        "sample": node(
            "KSampler",
            model=["model", 0],
            positive=["wan", 0],
            negative=["wan", 1],
            latent_image=["wan", 2],
            seed=0,
            steps=2,
            cfg=1.0,
            sampler_name="euler",
            scheduler="simple",
            denoise=1.0,
        ),
    }
    keep(prompt, name, "sample")
    host.run(prompt)
    return np.array(kept(host, name)["samples"])


def test_core_s_network_is_steered_by_our_path_as_by_its_own(host):
    """Its latents are the same for the same move, and others for another path."""
    core = node(
        "WanCameraEmbedding", camera_pose="Zoom In", width=96, height=64, length=9, speed=1.0, fx=0.5, fy=0.5
    )
    ours = node(
        "RaxelToWanCamera", trajectory=["path", 0], width=0, height=0, length=0, lens="ComfyUI's default"
    )
    zoom = {"camera": ours, "path": preset("dolly_in", amount=3 * 8 / 9)}
    arc = {"camera": ours, "path": preset("arc_left")}
    wanted = sampled(host, {"camera": core}, "by_core")
    assert wanted.shape == (1, 16, 3, 8, 12) and np.isfinite(wanted).all()
    np.testing.assert_allclose(sampled(host, zoom, "by_us"), wanted, atol=1e-3)
    assert np.abs(sampled(host, arc, "by_arc") - wanted).max() > 0.05


def test_core_s_embedding_becomes_the_path_that_it_was_made_of(host):
    core = node(
        "WanCameraEmbedding",
        camera_pose="Pan Right",
        width=112,
        height=64,
        length=9,
        speed=2.0,
        fx=RE10K[0],
        fy=RE10K[1],
    )
    read = node("RaxelFromWanCamera", camera_embedding=["core", 0], fps=24.0)
    path = path_of(host, ["read", 0], {"core": core, "read": read}, "from_core")
    assert (path.num_frames, path.width, path.height, path.fps) == (9, 112, 64, 24)
    np.testing.assert_allclose(path.c2w[-1, :3, 3], [3 * 8 / 9, 0, 0], atol=1e-6)
    assert path.K[0, 0, 0] == pytest.approx(RE10K[0] * 64 * 16 / 9)


@pytest.mark.parametrize(("width", "height"), [(832, 480), (480, 832), (320, 64)])
def test_wan_video_wrapper_s_fun_camera_sees_what_core_s_node_sees(host, width, height):
    prompt = {
        "path": preset("arc_left", frames=5, width=width, height=height, lens=70.0),
        "ours": node("RaxelToWanCamera", trajectory=["path", 0], width=0, height=0, length=0),
        "poses": node("RaxelToCameraCtrl", trajectory=["path", 0], width=0, height=0, length=0),
        "theirs": neighbour(
            "ComfyUI-WanVideoWrapper/fun_camera/nodes.py",
            "process_poses",
            "funcamera",
            ["poses", 0],
            "poses",
            width=width,
            height=height,
        ),
    }
    keep(prompt, "ours", "ours")
    host.run(prompt)
    theirs = kept(host, "funcamera_0").transpose(3, 0, 1, 2)  # (6, F, height, width)
    ours = kept(host, "ours")[0].reshape(6, 4, 2, height, width)
    np.testing.assert_allclose(ours[:, :, 1], theirs[:, 1:], atol=1e-5)
    np.testing.assert_allclose(ours[:, 0, 0], theirs[:, 0], atol=1e-5)


def test_wan_video_wrapper_s_node_itself_takes_the_poses(host):
    prompt = {
        "path": preset(frames=9),
        "poses": node("RaxelToCameraCtrl", trajectory=["path", 0], width=0, height=0, length=0),
        "theirs": neighbour(
            "ComfyUI-WanVideoWrapper/fun_camera/nodes.py",
            "WanVideoFunCameraEmbeds.process",
            "funnode",
            ["poses", 0],
            "poses",
            width=96,
            height=64,
            strength=1.0,
            start_percent=0.0,
            end_percent=1.0,
        ),
        "ours": node("RaxelToWanCamera", trajectory=["path", 0], width=0, height=0, length=0),
    }
    keep(prompt, "ours", "ours")
    host.run(prompt)
    embeds = kept(host, "funnode_0")
    theirs = np.array(embeds["control_embeds"]["control_camera_latents"], np.float32)
    np.testing.assert_allclose(theirs, kept(host, "ours"), atol=1e-5)


ADE = "ComfyUI-AnimateDiff-Evolved/animatediff/"


@pytest.mark.parametrize(("width", "height"), [(96, 64), (64, 112)])
def test_animatediff_evolved_sees_the_rays_of_the_path(host, width, height):
    prompt = {
        "path": preset("arc_right", frames=5, width=width, height=height),
        "poses": node("RaxelToCameraCtrl", trajectory=["path", 0], width=0, height=0, length=0),
        "ours": node("RaxelToWanCamera", trajectory=["path", 0], width=0, height=0, length=0),
        "theirs": node(
            "TestAnimateDiff",
            file=str(NEIGHBOURS / ADE / "adapter_cameractrl.py"),
            poses=["poses", 0],
            width=width,
            height=height,
        ),
    }
    if not (NEIGHBOURS / ADE / "adapter_cameractrl.py").is_file():
        pytest.skip(f"no AnimateDiff-Evolved in {NEIGHBOURS}")
    keep(prompt, "ours", "ours")
    host.run(prompt)
    ours = kept(host, "ours")[0].reshape(6, 4, 2, height, width)
    np.testing.assert_allclose(ours[:, :, 1], kept(host, "animatediff")[:, 1:], atol=1e-5)


@pytest.mark.parametrize(
    ("motion", "preset_name", "amount"),
    [
        ("Pan Up", "pedestal_up", 1.5),
        ("Zoom In", "dolly_in", 3),
        ("Tilt Right", "pan_right", 60),
        ("Roll Clockwise", "roll_cw", 60),
    ],
)
def test_animatediff_evolved_s_own_moves_are_read_as_what_they_are(host, motion, preset_name, amount):
    """At 16 frames; its "tilt right" is our pan, its "pan up" our pedestal."""
    prompt = {
        "theirs": neighbour(
            f"{ADE}nodes_cameractrl.py",
            "CameraCtrlPoseBasic.camera_pose_basic",
            "ade",
            motion_type=motion,
            speed=1.0,
            frame_length=16,
        ),
        "read": node("RaxelFromCameraCtrl", poses=["theirs", 0], width=0, height=0, fps=8.0),
    }
    path = path_of(host, ["read", 0], prompt, "from_ade")
    wanted = {
        "wanted": preset(
            preset_name, frames=16, amount=amount * 15 / 16, width=1280, height=720, lens=92.96, fps=8.0
        )
    }
    wanted = path_of(host, ["wanted", 0], wanted, "wanted")
    np.testing.assert_allclose(path.c2w, wanted.c2w, atol=1e-6)
    np.testing.assert_allclose(path.K, wanted.K, rtol=3e-3)  # its fx and fy differ in the fourth digit


def test_kjnodes_visualizer_draws_the_poses(host):
    prompt = {
        "path": preset(frames=9),
        "poses": node("RaxelToCameraCtrl", trajectory=["path", 0], width=0, height=0, length=0),
        "theirs": neighbour(
            "ComfyUI-KJNodes/nodes/nodes.py",
            "CameraPoseVisualizer.plot",
            "kj",
            ["poses", 0],
            "cameractrl_poses",
            pose_file_path="",
            base_xval=0.2,
            zval=0.3,
            scale=1.0,
            use_exact_fx=True,
            relative_c2w=True,
            use_viewer=False,
        ),
    }
    result = host.result(host.queue(prompt))
    if "matplotlib" in failure(result):
        pytest.skip("the host's Python has no matplotlib, which KJNodes draws with")
    assert result["status"]["status_str"] == "success", failure(result)
    assert kept(host, "kj_0").std() > 0.05


def test_videox_fun_reads_the_text(host):
    prompt = {
        "path": preset("spiral", frames=5),
        "poses": node("RaxelToCameraCtrl", trajectory=["path", 0], width=0, height=0, length=0),
        "read": node("RaxelFromCameraCtrl", camera_trajectory=["poses", 1], width=96, height=64, fps=16.0),
    }
    keep(prompt, "text", "poses", 1)
    read, wanted = (path_of(host, [source, 0], dict(prompt), source) for source in ("read", "path"))
    np.testing.assert_allclose(read.c2w, wanted.c2w, atol=1e-9)
    np.testing.assert_allclose(read.K, wanted.K, rtol=1e-9)
    file = NEIGHBOURS / "VideoX-Fun/videox_fun/data/utils.py"
    if not file.is_file():
        pytest.skip(f"no VideoX-Fun in {NEIGHBOURS}")
    host.run({"text": node("TestVideoXFun", file=str(file), text=kept(host, "text"))})
    np.testing.assert_allclose(kept(host, "videox"), wanted.c2w, atol=1e-9)


RECAM = "ComfyUI-WanVideoWrapper/recammaster/nodes.py"


def test_recam_master_s_embed_holds_the_cameras_of_the_path(host):
    prompt = {
        "path": preset("arc_left", amount=40, frames=17),
        "poses": node("RaxelToReCamMaster", trajectory=["path", 0], length=0, metres_per_unit=2.0),
        "theirs": node("TestReCam", file=str(NEIGHBOURS / RECAM), poses=["poses", 0], latents=5),
    }
    if not (NEIGHBOURS / RECAM).is_file():
        pytest.skip(f"no {RECAM} in {NEIGHBOURS}")
    path = path_of(host, ["path", 0], prompt, "recam")
    told = kept(host, "recam").reshape(5, 3, 4)
    np.testing.assert_allclose(told[:, :, :3], path.c2w[::4, :3, :3], atol=1e-6)
    np.testing.assert_allclose(told[:, :, 3], 2 * path.c2w[::4, :3, 3], atol=1e-6)


@pytest.mark.parametrize(
    ("camera", "way", "turn"),
    [
        ("pan_right", (0, 0, 0), (0, 1)),
        ("tilt_up", (0, 0, 0), (1, -1)),
        ("zoom_in", (0, 0, 1.9877), None),
        ("translate_up", (0, -0.994, 0), (1, 1)),
    ],
)
def test_recam_master_s_own_moves_are_read_as_what_they_are(host, camera, way, turn):
    """In metres; `turn`: which coordinate of the last view direction has which sign."""
    if not (NEIGHBOURS / RECAM).is_file():
        pytest.skip(f"no {RECAM} in {NEIGHBOURS}")
    prompt = {
        "theirs": node("TestReCamDefault", file=str(NEIGHBOURS / RECAM), camera=camera),
        "read": node(
            "RaxelFromReCamMaster",
            camera_poses=["theirs", 0],
            hfov=60.0,
            width=832,
            height=480,
            fps=16.0,
            every_frame=True,
        ),
    }
    path = path_of(host, ["read", 0], prompt, f"recam_{camera}")
    assert (path.num_frames, path.scale) == (81, "metric")
    np.testing.assert_allclose(path.c2w[-1, :3, 3], way, atol=0.02)
    view = path.c2w[-1, :3, 2]
    assert view[2] == pytest.approx(1, abs=1e-6) if turn is None else view[turn[0]] * turn[1] > 0.05


DA3 = "ComfyUI-DepthAnythingV3/nodes/"


def test_depth_anything_s_own_nodes_take_the_text(host):
    prompt = {
        "path": preset("pan_right", amount=90, frames=5),
        "ours": node("RaxelToDepthAnything3", trajectory=["path", 0], width=0, height=0, length=0),
        "theirs": node(
            "TestDepthAnything",
            file=str(NEIGHBOURS / DA3 / "nodes_camera.py"),
            extrinsics=["ours", 2],
            intrinsics=["ours", 3],
        ),
    }
    if not (NEIGHBOURS / DA3 / "nodes_camera.py").is_file():
        pytest.skip(f"no DepthAnythingV3 in {NEIGHBOURS}")
    path = path_of(host, ["path", 0], prompt, "da3")
    x, y, z, _, yaw, _, fx, fy = kept(host, "da3")
    w2c = path.w2c[4]
    np.testing.assert_allclose([x, y, z], path.c2w[4, :3, 3], atol=1e-6)
    assert yaw == pytest.approx(np.degrees(np.arctan2(-w2c[2, 0], np.hypot(w2c[0, 0], w2c[1, 0]))), abs=1e-4)
    np.testing.assert_allclose([fx, fy], path.K[4, [0, 1], [0, 1]], rtol=1e-6)


def test_cameras_that_depth_anything_s_node_makes_are_read(host):
    """Its camera stands at (1, 2, 3), turned by 30 degrees about y; CAMERA_PARAMS carries the same two tensors."""
    prompt = {
        "theirs": neighbour(
            f"{DA3}nodes_camera.py",
            "DA3_CreateCameraParams.execute",
            "da3_params",
            image_width=504,
            image_height=280,
            cam_x=1.0,
            cam_y=2.0,
            cam_z=3.0,
            rot_y=30.0,
            fov_degrees=70.0,
        )
    }
    host.run(prompt)
    params = kept(host, "da3_params_0")
    prompt = {
        "extrinsics": node("TestMake", kind="tensor", text=json.dumps(params["extrinsics"])),
        "intrinsics": node("TestMake", kind="tensor", text=json.dumps(params["intrinsics"])),
        "read": node(
            "RaxelFromDepthAnything3",
            extrinsics=["extrinsics", 0],
            intrinsics=["intrinsics", 0],
            hfov=60.0,
            width=0,
            height=0,
            fps=16.0,
        ),
    }
    path = path_of(host, ["read", 0], prompt, "from_da3")
    assert (path.width, path.height) == (504, 280) and path.hfov_deg[0] == pytest.approx(70, abs=1e-3)
    np.testing.assert_allclose(path.c2w[0, :3, 3], [1, 2, 3], atol=1e-5)
    np.testing.assert_allclose(path.c2w[0, :3, 2], [0.5, 0, np.sqrt(0.75)], atol=1e-5)


def test_camera_pack_takes_the_matrices_of_the_first_camera(host):
    prompt = {
        "path": preset("crane_up", frames=5),
        "ours": node("RaxelToDepthAnything3", trajectory=["path", 0], width=0, height=0, length=0),
        "theirs": node(
            "TestCameraPack",
            file=str(NEIGHBOURS / "ComfyUI-CameraPack/nodes.py"),
            extrinsics=["ours", 0],
            intrinsics=["ours", 1],
        ),
    }
    if not (NEIGHBOURS / "ComfyUI-CameraPack/nodes.py").is_file():
        pytest.skip(f"no CameraPack in {NEIGHBOURS}")
    host.run(prompt)
    camera = kept(host, "camerapack")
    assert [camera["position"][c] for c in "xyz"] == pytest.approx([0, 0, 0])
    assert [camera["target"][c] for c in "xyz"] == pytest.approx([0, 0, 1])


def test_a_camera_of_the_viewer_goes_there_and_back(host):
    prompt = {
        "path": preset("arc_left", frames=9, amount=60),
        "first": node("RaxelToLoad3D", trajectory=["path", 0], frame=0, subject_distance=1.0),
        "last": node("RaxelToLoad3D", trajectory=["path", 0], frame=-1, subject_distance=1.0),
        "read": node(
            "RaxelFromLoad3D",
            camera=["first", 0],
            frames=9,
            fps=16.0,
            width=96,
            height=64,
            interpolation="smooth",
            easing="linear",
            camera_5=["last", 0],
        ),
    }
    keep(prompt, "last", "last")
    read, path = (path_of(host, [source, 0], dict(prompt), f"l3d_{source}") for source in ("read", "path"))
    np.testing.assert_allclose(read.c2w[[0, -1]], path.c2w[[0, -1]], atol=1e-9)
    np.testing.assert_allclose(read.K[[0, -1]], path.K[[0, -1]], rtol=1e-9)
    camera = kept(host, "last")
    assert list(camera) == ["position", "target", "zoom", "cameraType", "quaternion", "fov", "aspect"]
    np.testing.assert_allclose(read_load3d(camera, 1, 96, 64).c2w[0], path.c2w[-1], atol=1e-12)


def test_ray_images_are_pictures_unless_numbers_are_asked_for(host):
    values = {"width": 0, "height": 0, "length": 0, "directions": "length 1", "unit": 0.0}
    prompt = {
        "path": preset("truck_left", frames=5),
        "pictures": node("RaxelToRayImages", trajectory=["path", 0], values="pictures 0..1", **values),
        "numbers": node(
            "RaxelToRayImages", trajectory=["path", 0], values="raw numbers", **(values | {"unit": 1.0})
        ),
    }
    for slot, part in enumerate(("direction", "moment", "origin")):
        keep(prompt, f"pictures_{part}", "pictures", slot), keep(prompt, f"numbers_{part}", "numbers", slot)
    host.run(prompt)
    pictures, numbers = (
        [kept(host, f"{kind}_{part}") for part in ("direction", "moment", "origin")]
        for kind in ("pictures", "numbers")
    )
    assert all(image.shape == (5, 64, 96, 3) for image in [*pictures, *numbers])
    assert all(image.min() >= 0 and image.max() <= 1 for image in pictures)
    assert numbers[2][-1, 0, 0] == pytest.approx([-0.3, 0, 0])
    assert pictures[2][-1, 0, 0] == pytest.approx([0, 0.5, 0.5]), "as far as the path goes"


POSES = json.dumps([[0, 0.5, 0.8, 0.5, 0.5, 1280, 720, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]])


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        (node("RaxelFromCameraCtrl", width=0, height=0, fps=16.0), "connect poses or camera_trajectory"),
        (
            node(
                "RaxelFromCameraCtrl",
                poses=["poses", 0],
                camera_trajectory=["text", 0],
                width=0,
                height=0,
                fps=16.0,
            ),
            "both connected",
        ),
        (
            node("RaxelFromDepthAnything3", hfov=60.0, width=0, height=0, fps=16.0),
            "connect extrinsics or extrinsics_json",
        ),
    ],
)
def test_wrong_connections_are_refused_when_the_prompt_is_queued(host, reader, words):
    prompt = {
        "poses": node("TestMake", kind="plain", text=POSES),
        "text": node("TestMake", kind="plain", text=json.dumps(POSES)),
        "read": reader,
        "save": node("RaxelSaveTrajectory", trajectory=["read", 0], filename_prefix="x", format="JSON"),
    }
    assert words in host.refusal(prompt)


@pytest.mark.parametrize(
    ("kind", "value", "reader", "words"),
    [
        ("plain", [[1, 2]], node("RaxelFromCameraCtrl", poses=["value", 0], width=0, height=0, fps=16.0), "19 numbers"),
        ("tensor", [[1.0]], node("RaxelFromWanCamera", camera_embedding=["value", 0], fps=16.0), "[1, 24, latent frames"),
        ("array", [[1.0]], node("RaxelFromReCamMaster", camera_poses=["value", 0], hfov=60.0, width=64, height=64, fps=16.0, every_frame=True), "camera poses"),
        ("plain", {"position": {}}, node("RaxelFromLoad3D", camera=["value", 0], frames=5, fps=16.0, width=64, height=64, interpolation="smooth", easing="linear"), "no position"),
    ],
)  # fmt: skip
def test_what_is_no_camera_stops_the_run_with_a_sentence(host, kind, value, reader, words):
    prompt = {
        "value": node("TestMake", kind=kind, text=json.dumps(value)),
        "read": reader,
        "save": node("RaxelSaveTrajectory", trajectory=["read", 0], filename_prefix="x", format="JSON"),
    }
    assert words in failure(host.result(host.queue(prompt)))


def test_what_was_rounded_is_told(host):
    prompt = {
        "path": preset(frames=10, width=90, height=64),
        "ours": node("RaxelToWanCamera", trajectory=["path", 0], width=0, height=0, length=0),
    }
    keep(prompt, "ours", "ours")
    host.run(prompt)
    assert kept(host, "ours").shape == (1, 24, 3, 64, 96)
    assert "9 frames instead of 10 (lengths are 4n + 1); 96x64 instead of 90x64" in host.log

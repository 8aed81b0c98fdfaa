"""COLMAP models: pycolmap reads what we write and writes what we read; real sizes, other people's habits, wrong files."""

import struct
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pycolmap
import pytest

from raxel_core.errors import RaxelError
from raxel_core.formats import read_file, write_trajectory
from raxel_core.formats.source import Ask, LensMissing
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.rotation import rotation_angle_deg

KINDS = {"colmap": ".bin", "colmap_text": ".txt"}


def path(frames=7):
    return preset_trajectory(
        "dolly_zoom", frames, 832, 480, fps=30, start=preset_trajectory("arc_left", 5, 832, 480, fps=30)
    )


def K_of(camera):
    return np.array(camera.calibration_matrix())


def odd_lens():
    """A zoom with oblong pixels and its middle off the picture's."""
    K = path().K * np.array([1.0, 1.2, 1.0])[:, None]
    K[:, :2, 2] += [7.5, -3]
    return replace(path(), K=K)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("trajectory", [path(), odd_lens()], ids=["zoom", "odd lens"])
def test_pycolmap_reads_what_is_written(tmp_path, kind, trajectory):
    write_trajectory(tmp_path / "model", trajectory, kind)
    model = pycolmap.Reconstruction(tmp_path / "model")
    images = sorted(model.images.values(), key=lambda image: image.name)
    assert len(images) == trajectory.num_frames and model.num_points3D() == 0
    for image, w2c, K in zip(images, trajectory.w2c, trajectory.K, strict=True):
        np.testing.assert_allclose(image.cam_from_world().matrix(), w2c[:3], atol=1e-12)
        np.testing.assert_allclose(K_of(image.camera), K, atol=1e-12)
        assert (image.camera.width, image.camera.height) == (832, 480)
        assert image.camera.model_name == "PINHOLE"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("trajectory", [path(), odd_lens()], ids=["zoom", "odd lens"])
def test_what_is_written_reads_back_and_what_is_lost_is_said(tmp_path, kind, trajectory):
    written = write_trajectory(tmp_path / "model", trajectory, kind)
    reading = read_file(written, Ask(fps=30))
    assert (reading.format.name, reading.notes) == (kind, ())
    np.testing.assert_allclose(reading.trajectory.c2w, trajectory.c2w, atol=1e-12)
    np.testing.assert_array_equal(reading.trajectory.K, trajectory.K)
    assert "frames per second" in " ".join(reading.format.losses(trajectory))


def test_a_folder_without_ending_becomes_a_binary_model(tmp_path):
    write_trajectory(tmp_path / "model", path())
    assert sorted(file.name for file in (tmp_path / "model").iterdir()) == [
        "cameras.bin",
        "images.bin",
        "points3D.bin",
    ]


def test_a_path_with_one_lens_has_one_camera_and_a_zoom_has_many(tmp_path):
    trajectory = path()
    write_trajectory(tmp_path / "zoom", trajectory)
    write_trajectory(tmp_path / "still", replace(trajectory, K=np.tile(trajectory.K[:1], (11, 1, 1))))
    assert len(pycolmap.Reconstruction(tmp_path / "zoom").cameras) > 1
    assert len(pycolmap.Reconstruction(tmp_path / "still").cameras) == 1


@pytest.fixture(scope="module")
def solved():
    """A model as COLMAP makes it: rigs, frames, points, tracks."""
    options = pycolmap.SyntheticDatasetOptions()
    options.num_rigs, options.num_cameras_per_rig, options.num_frames_per_rig = 2, 1, 12
    options.num_points3D = 200
    options.camera_model_id = pycolmap.CameraModelId.PINHOLE
    options.camera_params = [900.0, 880.0, 510.0, 380.0]
    return pycolmap.synthesize_dataset(options)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("place", [".", "sparse/0", "sparse", "0", "file"])
def test_models_of_pycolmap_are_read_wherever_they_lie(tmp_path, solved, kind, place):
    folder = tmp_path / (place if place != "file" else ".")
    folder.mkdir(parents=True, exist_ok=True)
    getattr(solved, "write_binary" if kind == "colmap" else "write_text")(folder)
    reading = read_file(folder / f"points3D{KINDS[kind]}" if place == "file" else tmp_path)
    images = sorted(solved.images.values(), key=lambda image: image.name)
    assert reading.format.name == kind and reading.trajectory.num_frames == len(images) == 24
    truth = np.stack([image.cam_from_world().matrix() for image in images])
    np.testing.assert_allclose(reading.trajectory.w2c[:, :3], truth, atol=1e-9)
    np.testing.assert_allclose(reading.trajectory.K[3], K_of(images[3].camera), atol=1e-9)
    assert reading.trajectory.fps == 30 and "30 frames per second" in " ".join(reading.notes)


def test_pixels_are_where_colmap_shows_the_models_points(tmp_path, solved):
    solved.write_binary(tmp_path)
    trajectory = read_file(tmp_path).trajectory
    images = sorted(solved.images.values(), key=lambda image: image.name)
    point = next(iter(solved.points3D.values())).xyz
    for image, w2c, K in zip(images, trajectory.w2c, trajectory.K, strict=True):
        if (truth := image.project_point(point)) is None:
            continue
        seen = K @ (w2c[:3, :3] @ point + w2c[:3, 3])
        np.testing.assert_allclose(seen[:2] / seen[2], truth, atol=1e-6)


def text_model(folder, images, cameras="1 PINHOLE 640 480 500 500 320 240\n"):
    folder.mkdir(exist_ok=True, parents=True)
    if cameras is not None:
        (folder / "cameras.txt").write_text(cameras)
    (folder / "images.txt").write_bytes(images if isinstance(images, bytes) else images.encode())
    return folder


def image(number, name, x=0.0, camera=1, q="1 0 0 0"):
    return f"{number} {q} {x} 0 0 {camera} {name}\n"


POINTS = "10.5 20.5 -1 30.25 40 17\n"


@pytest.mark.parametrize("points", ["\n", POINTS, "", " \n", "# none\n"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_lines_of_points_may_be_full_empty_or_missing(tmp_path, points, ends):
    names = ["0001", "a b 3.png", "sub/frame_10.png"]  # a number, spaces, a folder
    text = "".join(image(index + 1, name, index) + points for index, name in enumerate(names))
    reading = read_file(text_model(tmp_path / "m", ("# Image list\n" + text).replace("\n", ends)))
    np.testing.assert_allclose(reading.trajectory.c2w[:, 0, 3], [0, -1, -2])


def test_images_are_played_by_the_numbers_in_their_names_and_that_is_said(tmp_path):
    text = image(1, "frame_10.png", -10) + "\n" + image(2, "frame_2.png", -2) + "\n" + image(3, "frame_1.png")
    reading = read_file(text_model(tmp_path / "m", text))
    np.testing.assert_allclose(reading.trajectory.c2w[:, 0, 3], [0, 2, 10])
    assert any("order of their pictures' names" in note for note in reading.notes)
    assert any("7 numbers are missing" in note for note in reading.notes)


def test_files_in_the_order_of_ids_or_in_none_read_the_same_without_a_word(tmp_path):
    lines = [image(number, f"{number}.png", number) + "\n" for number in (1, 2, 3)]
    expected = read_file(text_model(tmp_path / "a", "".join(lines)))
    got = read_file(text_model(tmp_path / "b", "".join(reversed(lines))))
    np.testing.assert_array_equal(got.trajectory.c2w, expected.trajectory.c2w)
    assert got.notes == expected.notes


def test_a_file_that_was_cut_off_between_lines_is_told_by_its_own_remark(tmp_path, solved):
    solved.write_text(tmp_path)
    file = tmp_path / "images.txt"
    file.write_text("\n".join(file.read_text().split("\n")[:12]))
    notes = read_file(tmp_path).notes
    assert any("says that it has 24 images and has 4; was it cut off?" in note for note in notes)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["cameras", "images"])
def test_every_beginning_of_a_model_is_cameras_or_a_sentence(tmp_path, solved, kind, name):
    getattr(solved, "write_binary" if kind == "colmap" else "write_text")(tmp_path)
    file = tmp_path / f"{name}{KINDS[kind]}"
    whole = file.read_bytes()
    for length in np.linspace(0, len(whole) - 1, 150).astype(int):
        file.write_bytes(whole[:length])
        try:
            assert read_file(tmp_path).trajectory.num_frames <= 24 and kind == "colmap_text"
        except RaxelError as error:
            assert "\n" not in str(error) and len(str(error)) < 250


@pytest.mark.parametrize(
    "names",
    [
        [f"v2_{index * 5:04d}.jpg" for index in range(1, 6)],  # every fifth frame
        ["1.png", "3.png", "6.png"],  # no series
        ["1.png", "01.png", "2.png"],
        ["a1.png", "b9.png", "c20.png"],
    ],
)
def test_even_steps_between_names_and_names_of_no_series_leave_no_gap(tmp_path, names):
    text = "".join(image(index, name) + "\n" for index, name in enumerate(names))
    assert not any("missing" in note for note in read_file(text_model(tmp_path / "m", text)).notes)


def test_an_images_file_alone_asks_for_a_lens_and_takes_one(tmp_path):
    text = "# IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME\n" + image(1, "a.png") + "\n"
    folder = text_model(tmp_path / "m", text, cameras=None)
    for name in (folder, folder / "images.txt"):
        with pytest.raises(LensMissing, match="has no lens; say its horizontal angle"):
            read_file(name)
        got = read_file(name, Ask(hfov_deg=90, size=(800, 600))).trajectory
        np.testing.assert_allclose(got.K[0], [[400, 0, 400], [0, 400, 300], [0, 0, 1]])


def test_the_users_camera_is_chosen_by_its_id(tmp_path):
    cameras = "1 PINHOLE 640 480 500 500 320 240\n7 SIMPLE_PINHOLE 480 640 400 240 320\n"
    text = image(1, "a/1.png") + "\n" + image(2, "b/1.png", camera=7) + "\n"
    folder = text_model(tmp_path / "m", text, cameras)
    with pytest.raises(RaxelError, match=r"640x480 and 480x640 pixels have two shapes.*--camera"):
        read_file(folder)
    got = read_file(folder, Ask(camera="7")).trajectory
    assert (got.num_frames, got.width, got.height) == (1, 480, 640)
    with pytest.raises(RaxelError, match="no image is of the camera '3'; there are 1, 7"):
        read_file(folder, Ask(camera="3"))


def test_a_little_distortion_is_told_and_much_is_refused(tmp_path):
    text = image(1, "a.png")
    little = text_model(tmp_path / "a", text, "1 SIMPLE_RADIAL 640 480 640 320 240 -0.05\n")
    assert any("bends the picture by up to 1.2%" in note for note in read_file(little).notes)
    for lens in ("OPENCV_FISHEYE 640 480 320 320 320 240 0 0 0 0", "SIMPLE_RADIAL 640 480 500 320 240 -0.4"):
        with pytest.raises(RaxelError, match="undistort it first"):
            read_file(text_model(tmp_path / "b", text, f"1 {lens}\n"))
    with pytest.raises(RaxelError, match="'EQUIRECTANGULAR', which is no lens"):
        read_file(text_model(tmp_path / "c", text, "1 EQUIRECTANGULAR 640 320 640 320\n"))


@pytest.mark.parametrize(
    ("images", "cameras", "sentence"),
    [
        ("", None, "has no lens|holds no image"),
        ("# only a remark\n", "", "holds no image"),
        (image(1, "a.png"), "", "of camera 1, which the cameras file lacks"),
        (image(1, "a.png") + "\n" + image(1, "b.png"), None, "two images have the id 1"),
        (image(1, "a.png") + "\n" + image(2, "a.png"), None, "two cameras are of the picture 'a.png'"),
        (image(1, "a.png", q="0 0 0 0"), None, "quaternion of length 0"),
        (image(1, "a.png", q="1 0 nan 0"), None, "line 1 of images.txt holds a value that is not a finite"),
        (image(1, "a.png", q="1 0 x 0"), None, "line 1 of images.txt holds something that is not a number"),
        (image(1, "a.png", x=1e300), None, "not a finite number below"),
        ("1 1 0 0 0 0 0 0\n", None, "line 1 of images.txt has 8 columns, an image has 10"),
        ("-1 1 0 0 0 0 0 0 1 a.png\n", None, "'-1' where a whole number belongs"),
        (b"1 1 0 0 0 0 0 0 1 \xe9\xe9\n", None, "not UTF-8"),
        ("1 1 0 0 0 0 0 0 1 a\n".encode("utf-16"), None, "binary file|UTF-16"),
        (b"1 1 0 0 0 0 0 0 1 \0\n", None, "binary file"),
        (b"1 " * 9000, None, "too long for an image"),
        (
            image(1, "a.png"),
            "1 PINHOLE 640 480 500 320 240\n",
            "3 numbers for the lens, a PINHOLE camera has 4",
        ),
        (image(1, "a.png"), "1 PINHOLE 640 480 0 500 320 240\n", "focal length of 0 px"),
        (image(1, "a.png"), "1 PINHOLE 0 480 500 500 320 240\n", "got 0x480"),
        (image(1, "a.png"), "1 PINHOLE 99999999 480 500 500 320 240\n", "got 99999999x480"),
        (image(1, "a.png"), "1 LOMO 640 480 500\n", "model 'LOMO', which is no lens"),
        (image(1, "a.png"), "1 PINHOLE 640\n", "line 1 of cameras.txt has 3 columns"),
        (image(1, "a.png"), "1 PINHOLE 640 480 1 1 1 1\n" * 2, "two cameras have the id 1"),
    ],
)
def test_a_wrong_text_model_is_one_sentence(tmp_path, images, cameras, sentence):
    good = "1 PINHOLE 640 480 500 500 320 240\n"
    folder = text_model(tmp_path / "m", images, good if cameras is None else cameras)
    with pytest.raises(RaxelError, match=sentence) as caught:
        read_file(folder)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 250


def binary_model(folder, images, cameras=None):
    folder.mkdir(exist_ok=True)
    lens = struct.pack("<QIiQQ4d", 1, 1, 1, 640, 480, 500, 500, 320, 240)
    (folder / "cameras.bin").write_bytes(lens if cameras is None else cameras)
    (folder / "images.bin").write_bytes(images)
    return folder


def binary_image(number=1, name=b"a.png", points=0, q=(1.0, 0, 0, 0)):
    head = struct.pack("<I7dI", number, *q, 0, 0, 0, 1)
    return head + name + b"\0" + struct.pack("<Q", points)


@pytest.mark.parametrize(
    ("images", "cameras", "sentence"),
    [
        (b"", None, "images.bin ends in the middle"),
        (struct.pack("<Q", 2**60), None, "holds 1152921504606846976 cameras, more than the 100000"),
        (struct.pack("<Q", 2) + binary_image(), None, "images.bin ends in the middle"),
        (struct.pack("<Q", 1) + binary_image(points=2**62), None, "images.bin ends in the middle"),
        (struct.pack("<Q", 1) + binary_image(points=1), None, "images.bin ends in the middle"),
        (struct.pack("<Q", 1) + binary_image(name=b"a" * 5000), None, "images.bin ends in the middle"),
        (struct.pack("<Q", 1) + binary_image(name=b"\xff\xff"), None, "not UTF-8"),
        (
            struct.pack("<Q", 1) + binary_image(q=(np.nan, 0, 0, 0)),
            None,
            "image 1 of images.bin holds a value",
        ),
        (struct.pack("<Q", 1) + binary_image(), b"", "cameras.bin ends in the middle"),
        (struct.pack("<Q", 1) + binary_image(), struct.pack("<Q", 2**50), "more than the 100000"),
        (
            struct.pack("<Q", 1) + binary_image(),
            struct.pack("<QIiQQ", 1, 1, 99, 1, 1),
            "model 99, which Raxel",
        ),
        (
            struct.pack("<Q", 1) + binary_image(),
            struct.pack("<QIiQQ4d", 1, 1, 1, 9, 9, 1, 1, np.inf, 1),
            "finite",
        ),
        (struct.pack("<Q", 0), None, "holds no image"),
    ],
)
def test_a_wrong_binary_model_is_one_sentence(tmp_path, images, cameras, sentence):
    with pytest.raises(RaxelError, match=sentence):
        read_file(binary_model(tmp_path / "m", images, cameras))


def test_a_model_of_gigabytes_of_points_is_read_in_little_memory(tmp_path):
    """The file is sparse on the disk: 3 GB of points that nobody reads."""
    folder = binary_model(tmp_path / "m", struct.pack("<Q", 2) + binary_image(points=2**27))
    with (folder / "images.bin").open("r+b") as file:
        file.seek(2**27 * 24, 2)
        file.write(binary_image(2, b"b.png"))
    tracemalloc.start()
    trajectory = read_file(folder / "images.bin").trajectory
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert trajectory.num_frames == 2 and peak < 4e6


def test_a_text_model_with_long_lines_of_points_is_read_in_little_memory(tmp_path):
    line = "1234.5 678.25 -1 " * 1_000_000 + "\n"
    folder = text_model(tmp_path / "m", "".join(image(i, f"{i}.png") + line for i in range(1, 6)))
    assert (folder / "images.txt").stat().st_size > 80e6  # more than is read whole of any file
    tracemalloc.start()
    trajectory = read_file(folder).trajectory
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert trajectory.num_frames == 5 and peak < 8e6


def test_a_text_model_of_too_many_images_stops_at_the_bound(tmp_path):
    text = "".join(f"{i} 1 0 0 0 0 0 0 1 {i}\n" for i in range(100_005))
    with pytest.raises(RaxelError, match="holds 100001 cameras, more than the 100000"):
        read_file(text_model(tmp_path / "m", text))


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    elsewhere = write_trajectory(tmp_path / "elsewhere", path())
    (tmp_path / "model").mkdir()
    for file in elsewhere.iterdir():
        (tmp_path / "model" / file.name).symlink_to(file)
    with pytest.raises(RaxelError, match=r"images.bin leads out of the folder model"):
        read_file(tmp_path / "model")


def test_of_several_models_the_first_is_read_and_the_others_are_told(tmp_path):
    for number, frames in enumerate([3, 5]):
        (tmp_path / "sparse").mkdir(exist_ok=True)
        write_trajectory(tmp_path / "sparse" / str(number), path(frames))
    notes = read_file(tmp_path).notes
    assert any("holds 2 models; the one named 0 is read" in note for note in notes)
    assert not any("models" in note for note in read_file(tmp_path / "sparse" / "1").notes)


@pytest.mark.parametrize("above", ["", "sparse", "colmap/sparse", "distorted/sparse"])
def test_a_model_that_is_not_numbered_0_is_read_and_others_are_told(tmp_path, above):
    (tmp_path / above).mkdir(parents=True, exist_ok=True)
    write_trajectory(tmp_path / above / "2", path(3))
    alone = read_file(tmp_path)
    assert alone.trajectory.num_frames == path(3).num_frames and not any("models" in n for n in alone.notes)
    write_trajectory(tmp_path / above / "1", path(5))
    both = read_file(tmp_path)
    assert both.trajectory.num_frames == path(5).num_frames
    assert any("holds 2 models; the one named 1 is read" in n and "(2)" in n for n in both.notes)


def test_the_named_file_says_which_of_two_models_is_read(tmp_path):
    write_trajectory(tmp_path / "a", path(5), "colmap")
    for file in write_trajectory(tmp_path / "b", path(3), "colmap_text").iterdir():
        file.rename(tmp_path / "a" / file.name)
    assert read_file(tmp_path / "a").format.name == "colmap"
    assert read_file(tmp_path / "a" / "cameras.txt").format.name == "colmap_text"
    short = read_file(tmp_path / "a", format="colmap_text").trajectory
    assert short.num_frames < read_file(tmp_path / "a").trajectory.num_frames


def test_a_cameras_file_alone_or_another_folder_says_what_is_missing(tmp_path):
    (tmp_path / "cameras.txt").write_text(
        "# CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[]\n1 PINHOLE 4 4 4 4 2 2\n"
    )
    with pytest.raises(RaxelError, match=r"its images.txt belongs beside it"):
        read_file(tmp_path / "cameras.txt")
    with pytest.raises(RaxelError, match="no COLMAP model"):
        read_file(tmp_path)
    with pytest.raises(RaxelError, match=r"a folder with cameras.bin and images.bin"):
        read_file(tmp_path, format="colmap")


def test_small_pictures_of_the_same_camera_share_its_path(tmp_path):
    cameras = "1 PINHOLE 640 480 500 500 320 240\n2 PINHOLE 320 240 250 250 160 120\n"
    text = image(1, "1.png") + "\n" + image(2, "2.png", camera=2) + "\n"
    reading = read_file(text_model(tmp_path / "m", text, cameras))
    np.testing.assert_allclose(reading.trajectory.K[0], reading.trajectory.K[1])
    assert any("several sizes" in note for note in reading.notes)


def test_rotations_survive_half_turns_and_negative_quaternions(tmp_path):
    rows = ["0 1 0 0", "0 0 0 -1", "-0.5 -0.5 -0.5 -0.5", "0.70710678 0 0.70710678 0"]
    text = "".join(image(i, f"{i}.png", q=q) + "\n" for i, q in enumerate(rows))
    first = read_file(text_model(tmp_path / "m", text)).trajectory
    again = read_file(write_trajectory(tmp_path / "n", first)).trajectory
    assert rotation_angle_deg(first.c2w[:, :3, :3], again.c2w[:, :3, :3]).max() < 1e-9
    np.testing.assert_allclose(first.w2c[0, :3, :3], np.diag([1, -1, -1]), atol=1e-12)
    long = "".join(
        image(i, f"{i}.png", q=" ".join(str(3 * float(x)) for x in q.split())) for i, q in enumerate(rows)
    )
    np.testing.assert_allclose(
        read_file(text_model(tmp_path / "o", long)).trajectory.c2w, first.c2w, atol=1e-12
    )


def test_files_that_only_share_a_name_with_colmaps_are_read_as_what_they_are(tmp_path):
    source = Path(write_trajectory(tmp_path / "cameras.txt", path(), "realestate10k"))
    assert read_file(source).format.name == "realestate10k"

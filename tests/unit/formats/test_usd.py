"""USD: what we write, usd-core reads; what usd-core writes, we read as it does, whatever transform stack a camera has."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pxr import Gf, Sdf, Usd, UsdGeom, Vt

from raxel_core.errors import RaxelError
from raxel_core.formats import Ask, read_file, usd_scan, write_trajectory
from raxel_core.formats.axes import from_y_up, from_z_up
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.trajectory import Trajectory


def zoom_path(width=832, height=480):
    arc = preset_trajectory("arc_left", 9, width, height, fps=25)
    return preset_trajectory("dolly_zoom", 7, width, height, fps=25, start=arc)


def stage_of(path):
    stage = Usd.Stage.Open(str(path))
    return stage, next(UsdGeom.Camera(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Camera))


def world(camera, code):
    """usd-core's camera-to-world matrix for columns."""
    return np.array(UsdGeom.XformCache(code).GetLocalToWorldTransform(camera.GetPrim())).T


@pytest.mark.parametrize("size", [(832, 480), (480, 832)])
def test_usd_core_reads_our_camera_frame_by_frame(tmp_path, size):
    trajectory = zoom_path(*size)
    stage, camera = stage_of(write_trajectory(tmp_path / "shot.usda", trajectory, ask=Ask(film_width_mm=24)))
    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (0, 14)
    assert (stage.GetTimeCodesPerSecond(), stage.GetFramesPerSecond()) == (25, 25)
    assert UsdGeom.GetStageUpAxis(stage) == "Y"
    metres = UsdGeom.GetStageMetersPerUnit(stage)
    for frame in range(15):
        c2w = world(camera, frame)
        c2w[:3, 3] *= metres
        np.testing.assert_allclose(from_y_up(c2w), trajectory.c2w[frame], atol=1e-12)
        lens = camera.GetCamera(frame)
        assert lens.GetFieldOfView(Gf.Camera.FOVHorizontal) == pytest.approx(
            trajectory.hfov_deg[frame], abs=1e-4
        )
        assert lens.GetFieldOfView(Gf.Camera.FOVVertical) == pytest.approx(
            trajectory.vfov_deg[frame], abs=1e-4
        )
        assert lens.horizontalAperture == pytest.approx(24)


def test_a_point_of_the_scene_falls_on_the_same_place_of_the_picture_in_usd(tmp_path):
    """With a lens off centre and pixels that are not square, through usd-core's own frustum."""
    K = np.array([[700.0, 0, 300], [0, 630, 290], [0, 0, 1]])
    trajectory = zoom_path()
    trajectory = Trajectory(trajectory.c2w, np.tile(K, (15, 1, 1)), 832, 480, 25)
    _stage, camera = stage_of(write_trajectory(tmp_path / "shot.usda", trajectory))
    point = np.array([0.3, -0.2, 5.0])
    seen = K @ (trajectory.w2c[7] @ [*point, 1])[:3]
    frustum = camera.GetCamera(7).frustum
    there = frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix()
    clip = there.Transform(Gf.Vec3d(*(point * [1, -1, -1] * 100)))
    pixels = np.array([(clip[0] + 1) / 2 * 832, (1 - clip[1]) / 2 * 480])
    np.testing.assert_allclose(pixels, seen[:2] / seen[2], atol=1e-3)


def test_raxel_reads_its_own_files_to_the_last_digits(tmp_path):
    path = zoom_path()
    K = path.K.copy()
    K[:, 1, 1] *= np.linspace(0.8, 1.2, 15)
    K[:, 0, 2] += np.linspace(-30, 30, 15)
    trajectory = Trajectory(path.c2w, K, 832, 480, 24000 / 1001, "relative", np.linspace(0, 1, 15))
    reading = read_file(write_trajectory(tmp_path / "shot.usda", trajectory))
    for part in ("c2w", "K", "confidence"):
        np.testing.assert_allclose(
            getattr(reading.trajectory, part), getattr(trajectory, part), rtol=1e-12, atol=1e-12
        )
    again = reading.trajectory
    assert (again.width, again.height, again.fps, again.scale) == (832, 480, 24000 / 1001, "relative")
    assert reading.notes == ()


def test_the_resolution_and_the_camera_can_be_found_by_programs_that_look_for_them(tmp_path):
    stage, camera = stage_of(write_trajectory(tmp_path / "shot.usda", zoom_path()))
    settings = stage.GetPrimAtPath(stage.GetMetadata("renderSettingsPrimPath"))
    assert tuple(settings.GetAttribute("resolution").Get()) == (832, 480)
    assert settings.GetRelationship("camera").GetTargets() == [camera.GetPath()]
    assert stage.GetDefaultPrim().GetPath() == camera.GetPath().GetParentPath()


ROTATIONS = ["X", "Y", "Z", "XYZ", "XZY", "YXZ", "YZX", "ZXY", "ZYX"]
FRAMES = range(3, 9)
small = st.floats(-3, 3, allow_subnormal=False)
angles = st.floats(-180, 180, allow_subnormal=False)
steps = st.one_of(
    st.tuples(st.just("translate"), st.booleans(), st.booleans(), st.lists(st.tuples(small, small, small), min_size=6, max_size=6)),
    st.tuples(st.sampled_from(["rotate" + axes for axes in ROTATIONS]), st.booleans(), st.booleans(), st.lists(st.tuples(angles, angles, angles), min_size=6, max_size=6)),
    st.tuples(st.sampled_from(["orient", "transform"]), st.booleans(), st.booleans(), st.lists(st.tuples(angles, angles, angles), min_size=6, max_size=6)),
    st.tuples(st.just("scale"), st.just(False), st.just(False), st.lists(st.floats(0.5, 2).map(lambda s: (s, s, s)), min_size=6, max_size=6)),
)  # fmt: skip


def value_of(kind, row):
    if kind in ("orient", "transform"):
        turn = Gf.Rotation((0, 0, 1), row[0]) * Gf.Rotation((0, 1, 0), row[1])
        if kind == "orient":
            return Gf.Quatd(turn.GetQuat())
        return Gf.Matrix4d().SetTransform(turn, Gf.Vec3d(*row) / 100)
    return row[0] if len(kind) == len("rotateX") else Gf.Vec3d(*row)


def add_operation(xform, number, step):
    kind, inverse, moving, rows = step
    names = {"orient": UsdGeom.XformOp.TypeOrient, "transform": UsdGeom.XformOp.TypeTransform}
    type = names.get(kind) or getattr(UsdGeom.XformOp, "Type" + kind[0].upper() + kind[1:])
    op = xform.AddXformOp(type, UsdGeom.XformOp.PrecisionDouble, f"op{number}")
    for frame, row in zip(FRAMES, rows, strict=True):
        op.Set(value_of(kind, row), frame) if moving else op.Set(value_of(kind, row))
    if inverse:
        xform.AddXformOp(type, UsdGeom.XformOp.PrecisionDouble, f"op{number}", True)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.lists(steps, max_size=4), st.booleans()), min_size=1, max_size=4),
    st.sampled_from("YZ"),
    st.sampled_from([0.01, 1.0, 0.0254]),
)
def test_whatever_stack_moves_a_camera_it_is_where_usd_core_puts_it(tmp_path_factory, prims, up, metres):
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageUpAxis(stage, up)
    UsdGeom.SetStageMetersPerUnit(stage, metres)
    stage.SetStartTimeCode(FRAMES[0])
    stage.SetEndTimeCode(FRAMES[-1])
    path = Sdf.Path.absoluteRootPath
    for depth, (operations, reset) in enumerate(prims):
        path = path.AppendChild(f"p{depth}")
        define = UsdGeom.Camera if depth == len(prims) - 1 else UsdGeom.Xform
        xform = define.Define(stage, path)
        for number, step in enumerate(operations):
            add_operation(xform, number, step)
        xform.SetResetXformStack(reset and depth == 2)
    file = tmp_path_factory.mktemp("usd") / "made.usda"
    stage.Export(str(file))
    trajectory = read_file(file).trajectory
    assert trajectory.num_frames == len(FRAMES)
    for index, frame in enumerate(FRAMES):
        theirs = world(UsdGeom.Camera(stage.GetPrimAtPath(path)), frame)
        theirs[:3, :3] /= np.linalg.norm(theirs[:3, :3], axis=0)
        theirs[:3, 3] *= metres
        expected = (from_z_up if up == "Z" else from_y_up)(theirs)
        np.testing.assert_allclose(trajectory.c2w[index], expected, atol=1e-6)


def made(tmp_path, build=lambda stage, camera: None, **metadata):
    """A stage with a camera at /World/Camera, written by usd-core."""
    stage = Usd.Stage.CreateInMemory()
    UsdGeom.SetStageMetersPerUnit(stage, 1)
    camera = UsdGeom.Camera.Define(stage, "/World/Camera")
    for name, value in metadata.items():
        stage.SetMetadata(name, value)
    build(stage, camera)
    file = tmp_path / "made.usda"
    stage.Export(str(file))
    return file


def test_lens_and_film_are_usd_cores_at_every_frame(tmp_path):
    def build(stage, camera):
        for frame, focal in ((1, 20.0), (5, 40.0)):
            camera.GetFocalLengthAttr().Set(focal, frame)
        camera.GetHorizontalApertureAttr().Set(36.0)
        camera.GetVerticalApertureAttr().Set(20.25)

    file = made(tmp_path, build)
    trajectory = read_file(file, Ask(size=(1920, 1080))).trajectory
    assert trajectory.num_frames == 5
    _, camera = stage_of(file)
    for index in range(5):
        theirs = camera.GetCamera(index + 1).GetFieldOfView(Gf.Camera.FOVHorizontal)
        assert trajectory.hfov_deg[index] == pytest.approx(theirs, abs=1e-4)
    np.testing.assert_allclose(trajectory.K[:, 0, 0], trajectory.K[:, 1, 1])


def test_a_camera_that_says_nothing_has_usds_own_lens(tmp_path):
    reading = read_file(made(tmp_path))
    theirs = Gf.Camera()
    trajectory = reading.trajectory
    shape = theirs.horizontalAperture / theirs.verticalAperture
    assert trajectory.num_frames == 1
    assert trajectory.width == round(720 * shape)
    assert trajectory.K[0, 0, 0] == pytest.approx(50 / 20.955 * trajectory.width)


def test_where_film_and_picture_differ_in_shape_the_width_is_kept_and_that_is_said(tmp_path):
    reading = read_file(made(tmp_path), Ask(size=(1920, 1080)))
    assert reading.trajectory.hfov_deg[0] == pytest.approx(np.degrees(2 * np.arctan(20.955 / 100)))
    assert any("1.37 times as wide as high, 1920x1080 is 1.778 times" in note for note in reading.notes)


@pytest.mark.parametrize("odd", ["", "  4: None,\n", "  # a word between\n"])
def test_samples_in_any_order_are_read_quickly_or_slowly_to_the_same_path(tmp_path, odd):
    body = (
        "double3 xformOp:translate.timeSamples = {\n  2: (2, 0, 0),\n  0: (0, 1e-1, 0),\n  1.0: (+1, 0, -.5),\n"
        + odd
        + "}"
    )
    order = 'uniform token[] xformOpOrder = ["xformOp:translate"]'
    (tmp_path / "shot.usda").write_text(layer(CAMERA % f"\n {body}\n {order}\n"))
    places = from_y_up(read_file(tmp_path / "shot.usda").trajectory.c2w)[:, :3, 3]
    np.testing.assert_allclose(places, [[0, 0.1, 0], [1, 0, -0.5], [2, 0, 0]])


def test_the_shot_is_the_stages_and_samples_outside_are_told(tmp_path):
    def build(stage, camera):
        move = camera.AddTranslateOp()
        for frame in range(990, 1020):
            move.Set(Gf.Vec3d(frame, 0, 0), frame)

    file = made(tmp_path, build, startTimeCode=1001.0, endTimeCode=1010.0)
    reading = read_file(file)
    np.testing.assert_allclose(reading.trajectory.c2w[:, 0, 3], np.arange(1001, 1011))
    assert any("outside of the file's shot (1001 to 1010)" in note for note in reading.notes)
    assert read_file(made(tmp_path, build)).trajectory.num_frames == 30
    elsewhere = read_file(made(tmp_path, build, startTimeCode=1.0, endTimeCode=10.0))
    assert elsewhere.trajectory.num_frames == 30
    assert any("not where the camera moves" in note for note in elsewhere.notes)


def test_samples_of_motion_blur_are_left_out_and_that_is_said(tmp_path):
    def build(stage, camera):
        move = camera.AddTranslateOp()
        for half in range(21):
            move.Set(Gf.Vec3d(half / 2, 0, 0), half / 2)

    reading = read_file(made(tmp_path, build))
    np.testing.assert_allclose(reading.trajectory.c2w[:, 0, 3], np.arange(11))
    assert any("samples between frames" in note for note in reading.notes)


@pytest.mark.parametrize(
    ("metadata", "fps", "frames"),
    [
        ({}, 24, 9),
        ({"timeCodesPerSecond": 30.0}, 30, 9),
        ({"framesPerSecond": 25.0}, 25, 9),
        ({"timeCodesPerSecond": 48.0, "framesPerSecond": 24.0}, 24, 5),
        ({"timeCodesPerSecond": 24.0, "framesPerSecond": 30.0}, 24, 9),
    ],
)
def test_a_time_code_is_a_frame_unless_codes_are_finer(tmp_path, metadata, fps, frames):
    def build(stage, camera):
        move = camera.AddTranslateOp()
        for frame in range(9):
            move.Set(Gf.Vec3d(frame, 0, 0), frame)

    trajectory = read_file(made(tmp_path, build, **metadata)).trajectory
    assert (trajectory.fps, trajectory.num_frames) == (fps, frames)
    assert trajectory.c2w[-1, 0, 3] == 8


def test_meshes_strings_and_comments_with_brackets_are_stepped_over(tmp_path):
    def build(stage, camera):
        stage.GetRootLayer().documentation = 'a "quoted" (doc { with ] brackets'
        mesh = UsdGeom.Mesh.Define(stage, "/World/Mesh")
        points = Vt.Vec3fArray(50_000)
        for frame in range(3):
            mesh.GetPointsAttr().Set(points, frame)
        mesh.GetPrim().SetCustomDataByKey("note", "a # hash, an @ and a \\ in 'it'")
        mesh.GetPrim().CreateAttribute("userProperties:text", Sdf.ValueTypeNames.String).Set(
            '{"json": [1, "two"]}\n}'
        )
        mesh.GetPrim().CreateRelationship("proxyPrim").SetTargets([camera.GetPath()])
        mesh.GetPrim().CreateAttribute("file", Sdf.ValueTypeNames.Asset).Set("./a[1].png")
        camera.AddTranslateOp().Set(Gf.Vec3d(1, 2, 3))

    file = made(tmp_path, build)
    file.write_text(
        file.read_text().replace('def "World"', '# a comment with { and "\n/* another } */ def "World"', 1)
    )
    np.testing.assert_allclose(from_y_up(read_file(file).trajectory.c2w)[0, :3, 3], [1, 2, 3])
    assert Usd.Stage.Open(str(file))


CAMERA = 'def Camera "c" {%s}'


def layer(body, head='upAxis = "Y"\n metersPerUnit = 1'):
    return f"#usda 1.0\n(\n {head}\n)\n{body}\n"


def moved(operation, value):
    return layer(
        CAMERA
        % f'\n double3 xformOp:{operation} = {value}\n uniform token[] xformOpOrder = ["xformOp:{operation}"]\n'
    )


BAD = [
    (layer("def Xform \"world\" {}"), "holds no perspective camera"),
    (layer('def Xform "world" (references = @./scene.usda@) {}'), "has no camera itself; flatten it first: usdcat --flatten wrong.usda"),
    (layer(CAMERA % '\n token projection = "orthographic"\n'), "camera is orthographic"),
    (layer(CAMERA % "", head='upAxis = "X"'), "upAxis must be \"Y\" or \"Z\", got 'X'"),
    (layer(CAMERA % "", head="metersPerUnit = 0"), "metersPerUnit must be a positive number, got 0"),
    (layer(CAMERA % "", head="metersPerUnit = nan"), "metersPerUnit must be a finite number"),
    (layer(CAMERA % "", head="startTimeCode = 0\n endTimeCode = 200000"), "holds 200001 cameras, more than the 100000"),
    (layer(CAMERA % "", head="startTimeCode = 0\n endTimeCode = 1e300"), "must be a finite number|more than the 100000"),
    (layer(CAMERA % "\n float focalLength = 0\n"), "the camera's focalLength must be above 0, got 0"),
    (layer(CAMERA % "\n float focalLength = (1, 2)\n"), r"focalLength of c has values of shape \[2\]"),
    (layer(CAMERA % "\n float focalLength = \"wide\"\n"), "focalLength of c holds something that is not a number"),
    (layer(CAMERA % "\n float focalLength.spline = {}\n"), "animated by a spline; export it with a sample"),
    (layer(CAMERA % "\n float focalLength.timeSamples = 7\n"), "time samples that are no samples"),
    (moved("translate", "(1, 2)"), r"xformOp:translate of c has values of shape \[2\]"),
    (moved("translate", "(1, nan, 2)"), "holds a value that is not a finite number"),
    (moved("translate", "None"), "lists 'xformOp:translate' and gives it no value"),
    (moved("scale", "(1, 0, 1)"), "camera 0 of 1 is scaled to nothing"),
    (moved("scale", "(-1, 1, 1)"), "camera 0 of 1 is mirrored"),
    (moved("bend", "(1, 1, 1)"), "c is moved by 'xformOp:bend', which Raxel does not know"),
    (moved("orient", "(0, 0, 0, 0)"), "a quaternion of zeros"),
    (moved("transform", "((1,0,0,0),(0.5,1,0,0),(0,0,1,0),(0,0,0,1))"), "is not a rotation but skewed"),
    (layer('def Camera "c" {'), "line 7 ends inside /c; was the file cut off"),
    (layer('def Camera "c'), "line 6 does not close a quote; was the file cut off"),
    (layer("def Camera c {}"), "line 6 has 'c {}.*' where a quoted name should stand"),
    (layer('def Camera "c" {\n float[] widths = [1, 2\n'), "does not close a bracket; was the file cut off"),
    (layer("}"), "closes a bracket that was not opened"),
    ("#usda 1.0\n(\n upAxis = \"Y\"\n", "ends inside brackets; was the file cut off"),
    (layer("def Xform \"a\" {" * 300), "holds more than 200000 prims, or more than 256 inside each other"),
    (layer(CAMERA % ("\n float[] x = " + "[" * 1000)), "nests more than 256 brackets"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), BAD, ids=[sentence[:40] for _, sentence in BAD])
def test_a_wrong_layer_gets_one_sentence(tmp_path, text, sentence):
    (tmp_path / "wrong.usda").write_text(text)
    with pytest.raises(RaxelError, match=sentence) as caught:
        read_file(tmp_path / "wrong.usda")
    assert len(str(caught.value)) < 250 and "\n" not in str(caught.value)


def moving_parents(count, last):
    turn = f"""
 double3 xformOp:rotateXYZ.timeSamples = {{ 0: (0, 0, 0), {last}: (0, 90, 0), }}
 uniform token[] xformOpOrder = ["xformOp:rotateXYZ"]
"""
    return layer(
        f'def Xform "A" {{ {turn}' * count + CAMERA % "" + "}\n" * count,
        head=f"startTimeCode = 0\n endTimeCode = {last}",
    )


def test_hours_of_hundreds_of_moving_parents_are_refused_before_they_are_worked_out(tmp_path):
    file = tmp_path / "long.usda"
    file.write_text(moving_parents(200, 99_999))
    with pytest.raises(
        RaxelError, match="100000 frames of 200 things that move the camera are 20000000 steps"
    ):
        read_file(file)
    file.write_text(moving_parents(200, 999))
    assert read_file(file).trajectory.num_frames == 1000
    file.write_text(moving_parents(4, 99_999))
    trajectory = read_file(file).trajectory
    assert trajectory.num_frames == 100_000
    np.testing.assert_allclose(from_y_up(trajectory.c2w)[-1, :3, :3], np.eye(3), atol=1e-9)  # four quarters


ODD = "a\x1b[31m\u202e" + "\U000e0001" * 400


@pytest.mark.parametrize("ask", [{}, {"camera": ODD}])
@pytest.mark.parametrize(
    "body",
    [
        f'def Camera "{ODD}" {{}}\ndef Camera "{ODD}2" {{}}',
        f'def Camera "{ODD}" {{\n uniform token[] xformOpOrder = ["{ODD}"]\n}}',
        f'def Camera "{ODD}" {{\n uniform token[] xformOpOrder = ["xformOp:translate:{ODD}"]\n}}',
        f'def Camera "{ODD}" {{\n uniform token[] xformOpOrder = "{ODD}"\n}}',
        f'def Camera "{ODD}" {{\n float focalLength = ((((((((((((((((((((1))))))))))))))))))))\n}}',
        f'def Camera "{ODD}" {{\n float focalLength = "{ODD}"\n}}',
        f'def Camera "{ODD}" {{\n double3 xformOp:translate:{"a" * 400} = 1\n uniform token[] xformOpOrder = ["xformOp:translate:{"a" * 400}"]\n}}',
        f'def Xform "{ODD}" {{ def Camera "{ODD}" {{',
        f'def Xform "{ODD}" (references = @{ODD}@) {{}}',
    ],
)
def test_whatever_a_layer_names_is_said_in_one_short_line_that_prints(tmp_path, body, ask):
    (tmp_path / "odd.usda").write_text(layer(body))
    try:
        said = read_file(tmp_path / "odd.usda", Ask(**ask)).notes
    except RaxelError as error:
        said = [str(error)]
    for sentence in said:
        assert sentence.isprintable() and len(sentence) < 250, sentence


def test_a_layer_of_more_parts_than_a_camera_file_has_is_refused_before_it_takes_long(tmp_path, monkeypatch):
    monkeypatch.setattr(usd_scan, "MAX_STEPS", 5_000)
    for body in ("a b = 1\n" * 5_000, CAMERA % ("\n float[] x = [" + "(1), [2], " * 5_000 + "]\n")):
        (tmp_path / "long.usda").write_text(layer(body))
        with pytest.raises(RaxelError, match="holds more than 5000 parts; export the camera alone"):
            read_file(tmp_path / "long.usda")


@pytest.mark.parametrize(("name", "kind"), [("a.usdc", "binary"), ("a.usd", "binary"), ("a.usdz", "zipped")])
def test_binary_usd_says_how_to_make_it_text(tmp_path, name, kind):
    file = tmp_path / name
    if kind == "zipped":
        file.write_bytes(b"PK\x03\x04" + bytes(60))
    else:
        stage = Usd.Stage.CreateNew(str(file))
        UsdGeom.Camera.Define(stage, "/Camera")
        stage.Save()
    with pytest.raises(
        RaxelError, match=f"this is {kind} USD; convert it to text first: usdcat {name} -o camera.usda"
    ):
        read_file(file)


def test_parts_of_the_scene_that_lie_elsewhere_are_told(tmp_path):
    text = layer(
        'def Xform "rig" (\n prepend references = @./rig.usda@\n) {\n def Camera "c" {}\n}',
        head="subLayers = [@./light.usda@]",
    )
    (tmp_path / "parts.usda").write_text(text)
    notes = read_file(tmp_path / "parts.usda").notes
    assert any("subLayers" in note for note in notes)
    assert any("hangs on lies in other files" in note for note in notes)
    assert any("taken for centimetres" in note for note in notes)

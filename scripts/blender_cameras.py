"""Write tests/fixtures/cameras with Blender's own exporters: python scripts/blender_cameras.py, where ``import bpy`` works.

A camera with a zoom and a shift hangs on a rig that is turned, twice as large, and drives; a second camera stands by. Each
scene is exported as glTF and USD, and truth.json says where Blender itself has the camera in every frame.
"""

import json
from pathlib import Path

import bpy

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "fixtures" / "cameras"
LAST = 12


def add(name: str, data: object, parent: object = None) -> bpy.types.Object:
    """A new object in the scene."""
    item = bpy.data.objects.new(name, data)
    item.parent = parent
    bpy.context.scene.collection.objects.link(item)
    return item


def keyed(item: object, frame: int, **values: object) -> None:
    """Set properties and key them."""
    for name, value in values.items():
        setattr(item, name, value)
        item.keyframe_insert(name, frame=frame)


def build(width: int, height: int, fps: int) -> bpy.types.Object:
    """The scene; the camera that the tests read."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y, scene.render.fps = width, height, fps
    scene.frame_start, scene.frame_end = 1, LAST
    rig = add("rig", None)
    rig.rotation_euler, rig.scale = (0.2, 0.1, 0.4), (2, 2, 2)
    keyed(rig, 1, location=(1, 2, 3))
    keyed(rig, LAST, location=(3, 2, 2))
    lens = bpy.data.cameras.new("lens")
    lens.shift_x, lens.shift_y = 0.05, -0.02
    keyed(lens, 1, lens=35)
    keyed(lens, LAST, lens=70)
    camera = add("shot", lens, rig)
    keyed(camera, 1, location=(0, -4, 1), rotation_euler=(1.4, 0, 0))
    keyed(camera, 9, location=(1, -3, 2), rotation_euler=(1.2, 0.3, 0.8))
    witness = add("witness", bpy.data.cameras.new("wide"))
    witness.location, witness.rotation_euler, witness.data.lens = (0, -9, 4), (1.1, 0, 0), 18
    scene.camera = camera
    return camera


def truth(camera: bpy.types.Object) -> list[dict]:
    """World matrix and lens of every frame, as Blender has them."""
    frames = []
    for frame in range(1, LAST + 1):
        bpy.context.scene.frame_set(frame)
        seen = camera.evaluated_get(bpy.context.evaluated_depsgraph_get())
        frames.append({"matrix_world": [list(row) for row in seen.matrix_world], "lens": seen.data.lens})
    return frames


def main() -> None:
    """Write the fixtures."""
    told = {"blender": bpy.app.version_string}
    gltf = {"export_cameras": True, "export_animations": True}
    for name, width, height, fps in (("wide", 832, 480, 24), ("tall", 480, 832, 30)):
        told[name] = {
            "width": width,
            "height": height,
            "fps": fps,
            "frames": truth(build(width, height, fps)),
        }
        bpy.ops.export_scene.gltf(filepath=str(FOLDER / f"{name}.glb"), **gltf)
        bpy.ops.wm.usd_export(filepath=str(FOLDER / f"{name}.usda"), export_animation=True)
    # One animation of the whole scene holds the zoom too, as KHR_animation_pointer; its buffer is a file of its own.
    bpy.ops.export_scene.gltf(
        filepath=str(FOLDER / "tall_zoom.gltf"),
        export_format="GLTF_SEPARATE",
        export_animation_mode="SCENE",
        export_pointer_animation=True,
        **gltf,
    )
    bpy.ops.wm.usd_export(
        filepath=str(FOLDER / "tall_y_up_cm.usda"),
        export_animation=True,
        convert_orientation=True,
        export_global_forward_selection="NEGATIVE_Z",
        export_global_up_selection="Y",
        convert_scene_units="CENTIMETERS",
    )
    (FOLDER / "truth.json").write_text(json.dumps(told, indent=1) + "\n")


main()

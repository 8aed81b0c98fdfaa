"""Writes tests/fixtures/paths/, camera paths with the cameras that Python makes of them, and path_texts/, right and wrong.

``python scripts/path_fixtures.py``. pytest holds Python to these files, and Python to scipy; ``node --test`` holds the
editor's JavaScript to the same files. Run it after a change of the rules in docs/path-json.md, and read the difference.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from raxel_core.formats import raxel_path
from raxel_core.geometry.presets import EASINGS
from raxel_core.geometry.rotation import axis_rotation, look_at, quaternion_wxyz

FIXTURES = Path(__file__).resolve().parent.parent / "tests/fixtures"
HALF_TURN_ABOUT_X = [0, 1, 0, 0]


def turned(x_deg: float = 0, y_deg: float = 0, z_deg: float = 0) -> list[float]:
    """Rotation as a quaternion: tilt, then pan, then roll, each about the camera's own axis."""
    R = axis_rotation(0, x_deg) @ axis_rotation(1, y_deg) @ axis_rotation(2, z_deg)
    return quaternion_wxyz(R).tolist()


def aimed(position: list[float], subject: list[float], roll_deg: float = 0) -> list[float]:
    """Rotation that looks at the subject, then rolls."""
    return quaternion_wxyz(look_at(position, subject)[:3, :3] @ axis_rotation(2, roll_deg)).tolist()


def key(frame: int, position: list[float], rotation: list[float] | None = None, **rest: Any) -> dict:
    """One key of a document."""
    return {"frame": frame, "position": position, "rotation": rotation or [1, 0, 0, 0], **rest}


def document(keys: list[dict], frames: int = 49, **rest: Any) -> dict:
    """A document; what it leaves out is the default."""
    return {"format": "raxel-path", "version": 1, "frames": frames, **rest, "keys": keys}


def eased(interpolation: str) -> dict:
    """Every easing in turn, keys off the clip's ends, lens and roll change too."""
    keys = [
        key(5 + 11 * i, [0.4 * i, (-1) ** i * 0.1, 0.05 * i * i], turned(4 * i, -9 * i, 7 * i),
            hfov_deg=40 + 8 * i, interpolation=interpolation, easing=easing)
        for i, easing in enumerate([*EASINGS, "linear"])
    ]  # fmt: skip
    return document(keys, 60, fps=24, width=480, height=832)


def held() -> dict:
    """Rests: a short one, one longer than its gap, one with no room, one at the last key."""
    return document(
        [
            key(0, [0, 0, 0], hold=6),
            key(20, [1, 0.5, 0], turned(y_deg=40), hold=99, easing="ease_in_out"),
            key(30, [1.5, 0, 0.2], turned(y_deg=60, z_deg=10), hold=4),
            key(31, [1.5, 0, 0.3], turned(y_deg=61, z_deg=10), hit="kept"),
            key(44, [1.2, 0, 0.1], turned(y_deg=61), hfov_deg=35, hold=50),
        ]
    )


def around(subject: list[float], roll_deg: float, offset_deg: float) -> dict:
    """Keys about a subject that they aim at, rolled and framed beside it, one of them straight above it."""
    places = [[-1, 0, 0], [0, -0.6, -0.5], [0, -2, 2], [1.5, 0.3, 2.5], [0.4, 0, 4]]
    keys = []
    for index, place in enumerate(places):
        plumb = place[0] == subject[0] and place[2] == subject[2]
        base = turned(x_deg=-90) if plumb else aimed(place, subject, roll_deg * index)
        R = np.array(base) if offset_deg == 0 else _product(base, turned(offset_deg, -offset_deg))
        keys.append(
            key(12 * index, place, list(map(float, R)), easing="ease_in_out" if index % 2 else "linear")
        )
    return document(keys, 49, subject=subject, aim="subject")


def _product(a: list[float], b: list[float]) -> list[float]:
    w, x, y, z = a
    left = np.array([[w, -x, -y, -z], [x, w, -z, y], [y, z, w, -x], [z, -y, x, w]])
    return (left @ np.array(b)).tolist()


def by_chance(count: int, frames: int, aim: str, seed: int) -> dict:
    """Keys drawn by chance, with every kind of entry."""
    rng = np.random.default_rng(seed)
    times = np.sort(rng.choice(frames, count, replace=False))
    names = list(EASINGS)
    keys = []
    for time in times:
        q = rng.standard_normal(4)
        keys.append(
            key(
                int(time),
                rng.uniform(-3, 3, 3).round(4).tolist(),
                (q / np.linalg.norm(q)).tolist(),
                hfov_deg=round(float(rng.uniform(10, 120)), 2),
                interpolation=["smooth", "linear", "round"][int(np.searchsorted([0.4, 0.6], rng.random()))],
                easing=names[rng.integers(len(names))],
                hold=int(rng.integers(4)),
            )
        )
    return document(keys, frames, aim=aim, subject=[0.3, -0.2, 1.5], scale="relative")


DOCUMENTS = {
    "default": json.loads(raxel_path.DEFAULT_PATH),
    "one_key": document([key(7, [1, 2, 3], turned(10, 20, 30), hfov_deg=33.3)], 12),
    "two_keys": document([key(0, [0, 0, 0]), key(48, [1, -2, 0.5], turned(15, 80, -25), hfov_deg=20)]),
    "eased_smooth": eased("smooth"),
    "eased_round": eased("round"),
    "eased_linear": eased("linear"),
    "held": held(),
    "half_turns": document(
        [key(0, [0, 0, 0]), key(16, [0, 0, 1], HALF_TURN_ABOUT_X), key(32, [0, 0, 2], [0, 0, -0.8, 0.6]), key(48, [0, 0, 3])]
    ),
    "aimed": around([0, 0, 2], 0, 0),
    "aimed_rolled_and_offset": around([0, 0, 2], 12, 6),
    "through_the_subject": document(
        [key(0, [0, 0, 0]), key(24, [0, 0, 1]), key(48, [0, 0, 2], turned(y_deg=180))], aim="subject"
    ),
    "by_chance": by_chance(40, 241, "free", 1),
    "by_chance_aimed": by_chance(12, 61, "subject", 2),
}  # fmt: skip


def wrong(**changes: Any) -> str:
    """A text with one entry of the document changed."""
    return json.dumps(document([key(0, [0, 0, 0])]) | changes)


def wrong_key(**changes: Any) -> str:
    """A text with one entry of the second key changed."""
    return json.dumps(document([key(0, [0, 0, 0]), key(9, [0, 0, 1]) | changes]))


WRONG = [
    ["", "the text is empty"],
    [" \n\t", "the text is empty"],
    ["{", "not valid JSON"],
    ['{"format": "raxel-path", "version": 1, "frames": NaN}', "the text is not valid JSON: NaN is no JSON number"],
    ['{"format": "raxel-path", "frames": 1, "x": [Infinity, NaN]}', "JSON: Infinity is no JSON number"],
    ['["\\" NaN", [-Infinity]]', "JSON: -Infinity is no JSON number"],
    ['{"format": "raxel-path", "frames": NaN', "not valid JSON; was it cut off?"],
    ['{"format": "raxel-path", "frames": -NaN}', "not valid JSON; was it cut off?"],
    ['{"NaN": 1, "frames": "NaN}', "not valid JSON; was it cut off?"],
    ["[" * 65 + "NaN" + "]" * 65, "nested more than 64 levels deep"],
    ["null", 'no "format": "raxel-path"'],
    ["[]", 'no "format": "raxel-path"'],
    ['"raxel-path"', 'no "format": "raxel-path"'],
    ["[" * 65 + "]" * 65, "nested more than 64 levels deep"],
    ['{"format": "raxel-path", "a": ' + "[" * 64 + "]" * 64 + "}", "nested more than 64 levels deep"],
    [wrong(format="raxel-trajectory"), 'no "format": "raxel-path"'],
    [wrong(version=2), "this path has version 2, this Raxel reads up to version 1; please update Raxel"],
    [wrong(version=0), '"version" must be a whole number'],
    [wrong(version="1"), '"version" must be a whole number'],
    [wrong(version=True), '"version" must be a whole number'],
    [wrong(frames=0), '"frames" must be a whole number within 1 and 10000, got 0'],
    [wrong(frames=10_001), '"frames" must be a whole number within 1 and 10000, got 10001'],
    [wrong(frames=8.5), '"frames" must be a whole number within 1 and 10000, got 8.5'],
    [wrong(frames="81"), '"frames" must be a whole number'],
    [wrong(frames=None), '"frames" must be a whole number within 1 and 10000, got nothing'],
    [wrong(frames=[81]), '"frames" must be a whole number within 1 and 10000, got a list of 1'],
    [wrong(fps=0), '"fps" must be a number within 0.001 and 240, got 0'],
    [wrong(fps=241), '"fps" must be a number within 0.001 and 240, got 241'],
    [wrong(width=31), '"width" must be a whole number within 32 and 8192, got 31'],
    [wrong(height=8193), '"height" must be a whole number within 32 and 8192, got 8193'],
    [wrong(scale="feet"), '"scale" must be one of metric, relative'],
    [wrong(subject=[0, 0]), '"subject" must be 3 numbers, got a list of 2'],
    [wrong(subject=[0, 0, 2e9]), 'every value of "subject" must be a number within -1000000000 and 1000000000'],
    [wrong(aim="sun"), '"aim" must be one of free, subject'],
    [wrong(edited="yes"), '"edited" must be one of false, true'],
    [wrong(edited=0), '"edited" must be one of false, true'],
    [wrong(keys=[]), '"keys" must be a list of at least one key'],
    [wrong(keys={}), '"keys" must be a list of at least one key'],
    [wrong(keys=None), '"keys" must be a list of at least one key'],
    [wrong(keys=["<img src=x onerror=alert(1)>"]), "key 0 must be an object"],
    [wrong(keys=[{"frame": 0}]), 'key 0: "position" must be 3 numbers, got nothing'],
    [wrong_key(frame=None), 'key 1: "frame" must be a whole number'],
    [wrong_key(frame=0), "key 1: its frame 0 must come after frame 0 of the key before"],
    [wrong_key(frame=49), 'key 1: "frame" must be a whole number within 0 and 48, got 49'],
    [wrong_key(frame=-1), 'key 1: "frame" must be a whole number'],
    [wrong_key(frame="9"), 'key 1: "frame" must be a whole number'],
    [wrong_key(position="here"), 'key 1: "position" must be 3 numbers'],
    [wrong_key(position=[0, 0, True]), 'key 1: every value of "position" must be a number'],
    [wrong_key(position=[0, 0, 0]).replace("[0, 0, 0], ", "[0, 0, 1e999], "), '"position" must be a number'],
    [wrong_key(position=[0, 0, 0]).replace("[0, 0, 0], ", f"[0, 0, {'9' * 5000}], "), '"position" must be a number'],
    [wrong_key(rotation=[0, 0, 0, 0]), 'key 1: "rotation" must be a unit quaternion (w, x, y, z), its length is 0'],
    [wrong_key(rotation=[1, 0, 0, 0.1]), "its length is 1.005"],
    [wrong_key(rotation=[1, 0, 0]), 'key 1: "rotation" must be 4 numbers, got a list of 3'],
    [wrong_key(hfov_deg=0.5), 'key 1: "hfov_deg" must be a number within 1 and 170, got 0.5'],
    [wrong_key(hfov_deg=171), 'key 1: "hfov_deg" must be a number within 1 and 170, got 171'],
    [wrong_key(interpolation="cubic"), 'key 1: "interpolation" must be one of smooth, linear, round'],
    [wrong_key(easing="<b>bold</b>"), 'key 1: "easing" must be one of linear, ease_in, ease_out, ease_in_out'],
    [wrong_key(easing="toString"), 'key 1: "easing" must be one of'],
    [wrong_key(hold=-1), 'key 1: "hold" must be a whole number within 0 and 10000, got -1'],
    [wrong_key(hold=1.5), 'key 1: "hold" must be a whole number within 0 and 10000, got 1.5'],
]  # fmt: skip


def fixture(raw: dict) -> str:
    """A document and its cameras, x y z qw qx qy qz hfov_deg, one line a frame."""
    path = raxel_path.read(json.dumps(raw))
    trajectory = path.trajectory()
    rows = np.concatenate(
        [trajectory.c2w[:, :3, 3], quaternion_wxyz(trajectory.c2w[:, :3, :3]), trajectory.hfov_deg[:, None]],
        axis=1,
    )
    cameras = ",\n  ".join(json.dumps(row) for row in (rows.round(10) + 0.0).tolist())
    return f'{{\n "document": {json.dumps(raw)},\n "cameras": [\n  {cameras}\n ]\n}}\n'


def main() -> None:
    """Write every file."""
    paths, texts = FIXTURES / "paths", FIXTURES / "path_texts"
    for folder in (paths, texts):
        folder.mkdir(parents=True, exist_ok=True)
    for name, raw in DOCUMENTS.items():
        (paths / f"{name}.json").write_text(fixture(raw), encoding="utf-8")
    lines = ",\n".join(json.dumps(row) for row in WRONG)
    (texts / "wrong.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    (texts / "default.json").write_text(raxel_path.DEFAULT_PATH, encoding="utf-8")


if __name__ == "__main__":
    main()

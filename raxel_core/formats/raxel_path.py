"""Raxel's path JSON: keyframes as the editor in ComfyUI saves them. Page docs/path-json.md, schema docs/path.schema.json.

web/editor/document.mjs reads and writes the same text and makes the same checks. Entries that this version does not know
are ignored here and kept by the editor.
"""

import json
from typing import Any

from ..errors import RaxelError
from ..geometry.checks import whole
from ..geometry.keyframes import MAX_KEYS, Key, KeyframePath
from .format import Format
from .source import Source

FORMAT = "raxel-path"
VERSION = 1
MAX_CHARACTERS = 2_000_000
MAX_NESTING = 64
"""Levels of brackets; what is ignored must not exhaust the stack either."""

HEAD = ("frames", "fps", "width", "height", "scale", "subject", "aim", "edited")
KEY = ("frame", "position", "rotation", "hfov_deg", "interpolation", "easing", "hold")

DEFAULT_PATH = """{
 "format": "raxel-path",
 "version": 1,
 "frames": 81,
 "fps": 16,
 "width": 832,
 "height": 480,
 "scale": "metric",
 "subject": [0,0,1],
 "aim": "subject",
 "edited": false,
 "keys": [
  {"frame":0,"position":[0,0,0],"rotation":[1,0,0,0],"hfov_deg":60,"interpolation":"smooth","easing":"ease_in","hold":0},
  {"frame":40,"position":[0.2588190451,0,0.0340741737],"rotation":[0.9914448613738104,0,-0.13052619222005157,0],"hfov_deg":60,"interpolation":"smooth","easing":"ease_out","hold":0},
  {"frame":80,"position":[0.5,0,0.1339745962],"rotation":[0.9659258262890683,0,-0.25881904510252074,0],"hfov_deg":60,"interpolation":"smooth","easing":"linear","hold":0}
 ]
}
"""
"""What a new node holds: an arc of 30 degrees to the right, aimed at the subject, that starts and stops softly."""


def read(text: str) -> KeyframePath:
    """Keyframes of a JSON text; RaxelError says in one sentence what is wrong."""
    document = _parsed(text)
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise RaxelError(f'this is no camera path: it has no "format": "{FORMAT}"')
    version = whole(document.get("version"), '"version"', 1, 2**53 - 1)
    if version > VERSION:
        raise RaxelError(
            f"this path has version {version}, this Raxel reads up to version {VERSION}; please update Raxel"
        )
    return KeyframePath(keys=_keys(document.get("keys")), **_chosen(document, HEAD, ("frames",)))


def write(path: KeyframePath) -> str:
    """JSON text, one line a key; `read` gives the same path back exactly."""
    head = {"format": FORMAT, "version": VERSION, **{name: getattr(path, name) for name in HEAD}}
    lines = [f' "{name}": {_compact(value)}' for name, value in head.items()]
    keys = ",\n".join(f"  {_compact({name: getattr(key, name) for name in KEY})}" for key in path.keys)
    return "{\n" + ",\n".join(lines) + f',\n "keys": [\n{keys}\n ]\n}}\n'


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def _chosen(raw: dict[str, Any], names: tuple[str, ...], required: tuple[str, ...]) -> dict[str, Any]:
    """What is named; a required entry that is missing becomes None, which no check lets pass."""
    return {name: raw.get(name) for name in names if name in raw or name in required}


def _keys(value: object) -> tuple[Key, ...]:
    if not isinstance(value, list) or not value:
        raise RaxelError('"keys" must be a list of at least one key')
    if len(value) > MAX_KEYS:
        raise RaxelError(f"the path has {len(value)} keys, at most {MAX_KEYS} are possible")
    return tuple(_key(raw, index) for index, raw in enumerate(value))


def _key(raw: object, index: int) -> Key:
    if not isinstance(raw, dict):
        raise RaxelError(f"key {index} must be an object")
    try:
        return Key(**_chosen(raw, KEY, ("frame", "position", "rotation")))
    except RaxelError as error:
        raise RaxelError(f"key {index}: {error}") from error


def _parsed(text: str) -> object:
    if not isinstance(text, str):
        raise RaxelError("the path must be text")
    if len(text) > MAX_CHARACTERS:
        raise RaxelError(f"the text has {len(text)} characters, a path has at most {MAX_CHARACTERS}")
    body = text.removeprefix("\ufeff")
    if not body.strip():
        raise RaxelError("the text is empty")
    constants: list[str] = []
    try:
        document = json.loads(body, parse_constant=constants.append, parse_int=_bounded_int)
    except RecursionError as error:
        raise RaxelError(f"the text is nested more than {MAX_NESTING} levels deep") from error
    except ValueError as error:
        raise RaxelError("the text is not valid JSON; was it cut off?") from error
    if _deeper_than(document, MAX_NESTING):
        raise RaxelError(f"the text is nested more than {MAX_NESTING} levels deep")
    if constants:
        raise RaxelError(f"the text is not valid JSON: {constants[0]} is no JSON number")
    return document


def _bounded_int(digits: str) -> int | float:
    """A number of a million digits takes seconds as an int, and is infinite in JavaScript."""
    return int(digits) if len(digits) < 20 else float(digits)


def _deeper_than(document: object, levels: int) -> bool:
    level = [document]
    for _ in range(levels):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        level = [child for child in level if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def recognises(source: Source) -> bool:
    """Whether a JSON says that it is the editor's."""
    return (
        source.looks == "json"
        and isinstance(source.document, dict)
        and source.document.get("format") == FORMAT
    )


ENTRY = Format(
    name="path",
    title="Raxel path JSON (keys of the editor)",
    endings=(".json",),
    read=lambda source: read(source.text).trajectory(),
    write=None,
    recognises=recognises,
    holds=frozenset({"size", "fps", "lens", "zoom", "scale"}),
    axes="keys, camera-to-world, x right, y down, z forward",
)

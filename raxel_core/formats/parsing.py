"""JSON from outside, with bounds."""

import json
from typing import Any

from ..errors import RaxelError

MAX_BRACKETS, MAX_COMMAS, MAX_KEYS = 1_000_000, 8_000_000, 2_000_000
"""Bounds on the values of a text, so that one of 64 MB cannot become gigabytes of lists; keys are 20 a camera."""


def parse_json(text: str) -> Any:
    """Parsed JSON; RaxelError gives the line of a mistake."""
    if text.count("[") + text.count("{") > MAX_BRACKETS or text.count(",") > MAX_COMMAS:
        raise RaxelError(
            f"this JSON holds more than {MAX_BRACKETS} lists or {MAX_COMMAS} values; no camera path is that long"
        )
    if text.count(":") > MAX_KEYS:
        raise RaxelError(f"this JSON holds more than {MAX_KEYS} keys; no camera path has as many")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise RaxelError(
            f"line {error.lineno} is not valid JSON ({error.msg}); was the file cut off?"
        ) from error
    except (RecursionError, ValueError) as error:
        raise RaxelError("this JSON is nested too deeply or holds a number that is too long") from error

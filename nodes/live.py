"""A run as it forms, for the pages that draw it themselves: small frames and cameras, a few times a second. Knows no host.

A page says that it draws (``routes.live``); then it gets these messages in place of the host's own preview picture, which would show the same
thing a second time. Pages and scripts that say nothing keep the picture.
"""

from __future__ import annotations

import base64
import io
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from ..raxel_core.media.write import to_uint8
from ..raxel_core.sampling.preview import Preview
from .seeds import camera_rows

SECONDS_APART = 0.2
"""Five messages a second look alive; more only fill the wire."""
MOST_LISTENERS = 256
MOST_FRAMES = 48
"""Frames of a strip: 192 seconds of shot at 16 fps would otherwise be wider than a JPEG may be."""
WIDTHS = (96, 256)
"""Frames are drawn at least this wide, because JPEG smears smaller ones, and at most this wide."""


class Listeners:
    """Which pages draw the steps themselves, by their client ids; the oldest are forgotten first."""

    def __init__(self) -> None:
        """Nobody yet."""
        self._clients: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def tell(self, client: str, on: bool) -> None:
        """A page starts or stops drawing."""
        with self._lock:
            self._clients.pop(client, None)
            if on and 0 < len(client) <= 64:
                self._clients[client] = None
            while len(self._clients) > MOST_LISTENERS:
                self._clients.popitem(last=False)

    def __contains__(self, client: object) -> bool:
        """Whether this page draws."""
        with self._lock:
            return client in self._clients


LISTENERS = Listeners()


def draws_itself(client: str | None) -> bool:
    """Whether this is a page that said so."""
    return client is not None and client in LISTENERS


class Pace:
    """Lets through at most one message in ``SECONDS_APART``, and the last one always."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """``clock`` counts seconds."""
        self._clock, self._next = clock, float("-inf")

    def due(self, is_last: bool) -> bool:
        """Whether to send now."""
        now = self._clock()
        if now < self._next and not is_last:
            return False
        self._next = now + SECONDS_APART
        return True


def step_news(preview: Preview, step: int, total: int, take: int, takes: int) -> dict[str, Any]:
    """The message of one step: all but the node's name.

    Args:
        preview: what the run looks like.
        step: steps done, of ``total``.
        total: steps of this take.
        take: number of this take, from 0, of ``takes``.
        takes: how many there are.

    Returns:
        step, total, take, takes; frames: a data URL of ``count`` pictures ``width`` x ``height`` side by side, or None;
        cameras: rows as in ``seed_of``, in the frame of the first one, or None while the rays are no cameras.
    """
    news = {"step": step, "total": total, "take": take, "takes": takes}
    strip = None if preview.frames is None else strip_of(preview.frames)
    cameras = None if preview.path is None else camera_rows(preview.path.canonical(0))
    size = {"count": 0, "width": 0, "height": 0} if strip is None else strip[1]
    return {**news, "frames": None if strip is None else strip[0], **size, "cameras": cameras}


def strip_of(frames: Tensor) -> tuple[str, dict[str, int]]:
    """Frames [T, h, w, 3] in 0..1, first to last, as one JPEG data URL, with count, width and height."""
    chosen = np.linspace(0, len(frames) - 1, min(len(frames), MOST_FRAMES)).round().astype(int)
    high, wide = frames.shape[1:3]
    width = int(np.clip(wide, *WIDTHS))
    height = max(1, round(high * width / wide))
    strip = Image.new("RGB", (width * len(chosen), height))
    for place, pixels in enumerate(to_uint8(frames[chosen])):
        strip.paste(
            Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC), (place * width, 0)
        )
    file = io.BytesIO()
    strip.save(file, "JPEG", quality=85)
    url = "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
    return url, {"count": len(chosen), "width": width, "height": height}

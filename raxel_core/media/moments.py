"""Single frames of a clip by their numbers, for readers that know which frames they want."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import RaxelError
from .clips import decoded, open_clip, packet_times, pixel_aspect, to_tensor
from .write import Pixels, to_uint8

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame

SEEK_BEYOND = 50
"""Frames that are rather decoded in vain than sought past: a seek is not exact in every container."""


def frame_times(path: Path | str) -> np.ndarray:
    """Times of all frames in seconds from the first one, ascending, from the file's packets alone.

    Raises RaxelError where the file is no clip or cut short.
    """
    with open_clip(path) as container:
        times = np.array(packet_times(container, path))
    if not len(times):
        raise RaxelError(f"{path} holds no frame; export the clip again")
    return times - times[0]


def read_moments(path: Path | str, numbers: Sequence[int]) -> Iterator[Pixels]:
    """The frames of these numbers, upright and at square pixels, one at a time.

    Args:
        path: a file that FFmpeg can read.
        numbers: ascending, from 0; a number may repeat.

    Yields:
        [H, W, 3] uint8. Raises RaxelError where the clip is damaged or ends before.
    """
    with open_clip(path) as container:
        times = np.array(packet_times(container, path))
    if len(times) <= numbers[-1]:
        raise RaxelError(f"{path} has {len(times)} frames, so there is no frame {numbers[-1]}")
    wanted = iter(numbers)
    number = next(wanted)
    for index, aspect, frame in _numbered(path, times, number):
        if index < number:
            continue
        if frame.is_corrupt:  # the decoder made up what it could not read
            raise RaxelError(f"{path} is damaged at frame {index}; export the clip again")
        pixels = to_uint8(to_tensor(frame, aspect)[0])
        while number <= index:
            yield pixels
            following = next(wanted, None)
            if following is None:
                return
            number = following
    raise RaxelError(f"{path} cannot be decoded up to frame {number} of {len(times)}; export the clip again")


def _numbered(path: Path | str, times: np.ndarray, first: int) -> Iterator[tuple[int, float, VideoFrame]]:
    """Frames with their numbers and the pixels' aspect, from `first` or from some frame before it."""
    with open_clip(path) as container:
        aspect = pixel_aspect(container)
        if first > SEEK_BEYOND and _sought(container, path, times[first]):
            for frame in decoded(container, path):
                yield int(np.argmin(np.abs(times - frame.time))), aspect, frame
            return
    with open_clip(path) as container:
        yield from ((index, aspect, frame) for index, frame in enumerate(decoded(container, path)))


def _sought(container: InputContainer, path: Path | str, time: float) -> bool:
    """Whether the container now stands at a frame not after `time`; it stands there only if frames tell their times."""
    from av.error import FFmpegError

    stream = container.streams.video[0]
    if stream.time_base is None:
        return False
    try:
        container.seek(int(time / stream.time_base), stream=stream, backward=True)
        first = next(decoded(container, path), None)
        if first is None or first.time is None or first.time > time:
            return False
        container.seek(int(time / stream.time_base), stream=stream, backward=True)
    except (FFmpegError, RaxelError):
        return False
    return True

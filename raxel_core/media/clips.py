"""Read clips: any container and pixel format that FFmpeg knows, upright, at an even pace, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from ..errors import RaxelError
from .fit import fit_frames

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame

MOST_BYTES = 4 << 30
"""A clip that would take more memory than this as float32 is refused; ask for fewer frames or a smaller size."""


@dataclass(frozen=True)
class ClipInfo:
    """What a clip says about itself, before its frames are decoded."""

    num_frames: int
    """Frames in the file."""
    fps: float
    """Frames per second, averaged over the clip."""
    width: int
    """Pixels across, as shown: after the rotation flag and the pixel aspect."""
    height: int
    """Pixels down, as shown."""
    start: float
    """Time of the first frame in seconds."""
    seconds: float
    """Time from the first frame to the last."""


def probe_clip(path: Path | str) -> ClipInfo:
    """Look into a clip without decoding more than its first frame. Raises RaxelError for a file that holds no clip."""
    with open_clip(path) as container:
        times = packet_times(container, path)
    with open_clip(path) as container:
        first = next(decoded(container, path), None)
        if first is None:
            raise RaxelError(f"{path} holds no frame that can be decoded; export the clip again")
        height, width = _shown_size(first, pixel_aspect(container))
        rate = container.streams.video[0].average_rate
    seconds = times[-1] - times[0] if len(times) > 1 else 0.0
    fps = (len(times) - 1) / seconds if seconds > 0 else float(rate or 16)
    return ClipInfo(len(times), fps, width, height, times[0] if times else 0.0, seconds)


def read_clip(
    path: Path | str, height: int | None = None, width: int | None = None, num_frames: int | None = None
) -> tuple[Tensor, float]:
    """Read a clip, upright and at square pixels; alpha is laid over black.

    Args:
        path: a file that FFmpeg can read: mp4, mov, webm, mkv, gif, ...
        height: pixels down; with ``width``, every frame is fitted while it is decoded (``fit_frames``).
        width: pixels across; None for both keeps the clip's own size.
        num_frames: how many frames to take, evenly in time over the whole clip; None takes all.

    Returns:
        frames float32 [F, H, W, 3] in 0..1, and the frames per second of what is returned.

    Raises RaxelError where the file is missing, damaged, holds no picture, or would not fit into memory.
    """
    info = probe_clip(path)
    count = num_frames or info.num_frames
    shown = (height or info.height, width or info.width)
    if 12 * count * shown[0] * shown[1] > MOST_BYTES:
        raise RaxelError(
            f"{path} is too large to hold in memory: {count} frames of {shown[1]}x{shown[0]}; take fewer or smaller ones"
        )
    times = info.start + np.linspace(0, info.seconds, count)
    frames = torch.empty(count, *shown, 3)
    with open_clip(path) as container:
        filled, aspect = 0, pixel_aspect(container)
        for image, repeats in _nearest_frames(decoded(container, path), times, info.fps):
            frames[filled : filled + repeats] = fit_frames(to_tensor(image, aspect), *shown)
            filled += repeats
    fps = (count - 1) / info.seconds if count > 1 and info.seconds > 0 else info.fps
    return frames, fps


def _nearest_frames(
    frames: Iterator[VideoFrame], times: np.ndarray, fps: float
) -> Iterator[tuple[VideoFrame, int]]:
    """For each wanted time in turn the frame nearest to it, as (frame, for how many of the times)."""
    filled, previous, previous_time = 0, None, -np.inf
    for index, frame in enumerate(frames):
        time = frame.time if frame.time is not None else times[0] + index / fps
        until = int(np.searchsorted(times, (previous_time + time) / 2))
        if previous is not None and until > filled:
            yield previous, until - filled
            filled = until
        if filled == len(times):
            return
        previous, previous_time = frame, time
    if previous is not None and filled < len(times):
        yield previous, len(times) - filled


@contextmanager
def open_clip(path: Path | str) -> Iterator[InputContainer]:
    """An open container with a video stream. Raises RaxelError otherwise."""
    import av
    from av.error import FFmpegError

    if not Path(path).exists():
        raise RaxelError(f"there is no clip {path}; check its name")
    if Path(path).is_dir():
        raise RaxelError(f"{path} is a folder; name the clip in it")
    try:
        container = av.open(str(path))
    except (FFmpegError, OSError, ValueError) as error:
        raise RaxelError(
            f"{path} cannot be read as a clip ({_reason(error)}); is it damaged, or not a video?"
        ) from error
    with container:
        if not container.streams.video:
            raise RaxelError(f"{path} has no picture, only sound or data; name a clip with a video stream")
        container.streams.video[0].thread_type = "AUTO"
        yield container


def packet_times(container: InputContainer, path: Path | str) -> list[float]:
    """Times in seconds of all frames, sorted, from the packets alone; frame numbers over the rate where none are told."""
    from av.error import FFmpegError

    stream = container.streams.video[0]
    try:
        packets = [packet for packet in container.demux(stream) if packet.size]
    except FFmpegError as error:
        raise RaxelError(f"{path} is damaged ({_reason(error)}); export the clip again") from error
    if len(packets) < stream.frames:
        raise RaxelError(
            f"{path} is cut short: {len(packets)} of {stream.frames} frames; copy or export it again"
        )
    ticks = [packet.pts for packet in packets if not packet.is_discard]
    told = [tick for tick in ticks if tick is not None]
    if len(told) < len(ticks):
        rate = float(stream.average_rate or 16)
        return [index / rate for index in range(len(ticks))]
    return sorted(float(tick * (stream.time_base or 1)) for tick in told)


def decoded(container: InputContainer, path: Path | str) -> Iterator[VideoFrame]:
    """Frames in the order of showing. Raises RaxelError where decoding fails."""
    from av.error import FFmpegError

    try:
        yield from container.decode(container.streams.video[0])
    except FFmpegError as error:
        raise RaxelError(f"{path} is damaged ({_reason(error)}); export the clip again") from error


def _quarter_turns(frame: VideoFrame) -> int:
    """How many quarter turns counter-clockwise show the frame upright, from the display matrix."""
    return round(frame.rotation / 90) % 4


def _shown_size(frame: VideoFrame, pixel_aspect: float) -> tuple[int, int]:
    """Height and width after rotation and with square pixels."""
    height, width = frame.height, max(1, round(frame.width * pixel_aspect))
    return (width, height) if _quarter_turns(frame) % 2 else (height, width)


def pixel_aspect(container: InputContainer) -> float:
    """Width of a pixel over its height; 1 where the file does not say or says nonsense."""
    aspect = float(container.streams.video[0].sample_aspect_ratio or 1)
    return aspect if 0.1 < aspect < 10 else 1.0


def to_tensor(frame: VideoFrame, pixel_aspect: float) -> Tensor:
    """One decoded frame -> float32 [1, H, W, 3] in 0..1, upright, square pixels, alpha over black."""
    has_alpha = frame.format.has_palette or any(channel.is_alpha for channel in frame.format.components)
    array = frame.to_ndarray(format="rgba" if has_alpha else "rgb24")
    array = np.ascontiguousarray(np.rot90(array, _quarter_turns(frame)))
    picture = torch.from_numpy(array)[None].float() / 255
    if has_alpha:
        picture = picture[..., :3] * picture[..., 3:]
    shown = _shown_size(frame, pixel_aspect)
    if picture.shape[1:3] != shown:
        stretched = torch.nn.functional.interpolate(picture.permute(0, 3, 1, 2), shown, mode="bilinear")
        picture = stretched.permute(0, 2, 3, 1)
    return picture


def _reason(error: Exception) -> str:
    """FFmpeg's own words, short."""
    return str(getattr(error, "strerror", None) or error).splitlines()[0]

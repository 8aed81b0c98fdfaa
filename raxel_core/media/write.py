"""Write clips and pictures; each file appears whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from ..errors import RaxelError
from .atomic import replacing

Pixels = NDArray[np.uint8]


def to_uint8(frames: Tensor) -> Pixels:
    """[..., H, W, 3] in 0..1 -> the same shape in 0..255, clamped and rounded."""
    return (frames.clamp(0, 1) * 255).round().to(torch.uint8).cpu().numpy()


def write_mp4(path: Path | str, frames: Tensor, fps: float, crf: int = 14) -> None:
    """H.264, yuv420p, playable everywhere. [F, H, W, 3] in 0..1; an odd side is grown by repeating its last line."""
    import av
    from av.error import FFmpegError

    pixels = _even(to_uint8(_checked(frames)))
    rate = Fraction(fps).limit_denominator(1001)
    with replacing(path) as part:
        try:
            with av.open(str(part), "w", format="mp4", options={"movflags": "faststart"}) as container:
                # x264's macroblock tree reads memory that nobody wrote where pictures are small: other bytes every time.
                options = {"crf": str(crf), "preset": "medium", "x264-params": "mbtree=0"}
                stream = container.add_stream("libx264", rate, options=options)
                stream.height, stream.width = pixels.shape[1:3]
                stream.pix_fmt = "yuv420p"
                for picture in pixels:
                    container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
                container.mux(stream.encode(None))
        except FFmpegError as error:
            raise RaxelError(f"cannot write {path}: {error.strerror}; is the disk full?") from error


def write_gif(path: Path | str, frames: Tensor, fps: float, enlarge: int = 1) -> None:
    """A looping GIF of [F, H, W, 3] in 0..1, each pixel drawn ``enlarge`` times as large, smoothly."""
    height, width = frames.shape[1] * enlarge, frames.shape[2] * enlarge
    pictures = [
        Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC)
        for picture in to_uint8(_checked(frames))
    ]
    palette = [picture.quantize(256, dither=Image.Dither.FLOYDSTEINBERG) for picture in pictures]
    duration_ms = max(
        20, round(100 / fps) * 10
    )  # GIF counts hundredths of a second; players slow down below two
    with replacing(path) as part:
        palette[0].save(
            part, "GIF", save_all=True, append_images=palette[1:], duration=duration_ms, loop=0, disposal=1
        )


def write_png(path: Path | str, picture: Tensor | Pixels, text: Mapping[str, str] | None = None) -> None:
    """An 8-bit PNG of [H, W, 3], either in 0..1 or already uint8, with ``text`` as its text chunks."""
    pixels = to_uint8(picture) if isinstance(picture, Tensor) else picture
    chunks = PngInfo()
    for key, value in (text or {}).items():
        chunks.add_itxt(key, value)
    with replacing(path) as part:
        Image.fromarray(pixels).save(part, "PNG", pnginfo=chunks)


def _checked(frames: Tensor) -> Tensor:
    """The frames, or a RaxelError where they are no clip."""
    if frames.ndim != 4 or frames.shape[-1] != 3 or len(frames) == 0:
        raise RaxelError(f"a clip must be [F, H, W, 3] with at least one frame, got {list(frames.shape)}")
    if not torch.isfinite(frames).all():
        raise RaxelError("the clip holds pixels that are not finite numbers; nothing was written")
    return frames


def _even(pixels: Pixels) -> Pixels:
    """Repeat the last row and column where a side is odd, as yuv420p needs."""
    rows, columns = pixels.shape[1:3]
    return np.pad(pixels, ((0, 0), (0, rows % 2), (0, columns % 2), (0, 0)), mode="edge")

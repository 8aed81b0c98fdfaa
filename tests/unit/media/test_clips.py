"""Clips are read upright, evenly and in words: the truth is what was drawn into them."""

import struct

import av
import numpy as np
import pytest
import torch

from raxel_core.errors import RaxelError
from raxel_core.media import fit_frames, probe_clip, read_clip, write_gif, write_mp4


def brightness_ramp(frames, height=64, width=96):
    """Frame i is grey of brightness i / (frames - 1)."""
    ramp = torch.linspace(0, 1, frames)[:, None, None, None]
    return ramp.expand(frames, height, width, 3).contiguous()


def four_corners(height=64, width=96):
    """Red top left, green top right, blue bottom left, black bottom right."""
    picture = torch.zeros(height, width, 3)
    picture[: height // 2, : width // 2, 0] = 1
    picture[: height // 2, width // 2 :, 1] = 1
    picture[height // 2 :, : width // 2, 2] = 1
    return picture


def corner_colors(picture):
    """Name of the strongest channel near each corner: top left, top right, bottom left, bottom right."""
    height, width = picture.shape[:2]
    rows, columns = (height // 5, height - height // 5), (width // 5, width - width // 5)
    pixels = [picture[row, column] for row in rows for column in columns]
    return "".join("rgb"[int(pixel.argmax())] if pixel.max() > 0.5 else "k" for pixel in pixels)


def with_display_matrix(source, target, a, b, c, d):
    """Copy an mp4 with the 2x2 part of its track's display matrix replaced (ISO 14496-12, tkhd)."""
    data = bytearray(source.read_bytes())
    start = data.index(b"tkhd") + 4 + 4 + 20 + 16
    data[start : start + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    target.write_bytes(data)
    return target


def encode(path, pictures, pixel_format, codec="ffv1", rate=8, **options):
    """Write uint8 pictures [F, H, W, C] with any codec and pixel format."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate)
        stream.height, stream.width = pictures.shape[1:3]
        stream.pix_fmt = pixel_format
        for name, value in options.items():
            setattr(stream, name, value)
        for picture in pictures:
            name = {1: "gray", 3: "rgb24", 4: "rgba"}[picture.shape[-1]]
            frame = av.VideoFrame.from_ndarray(np.squeeze(picture), format=name)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_written_clip_reads_back_with_its_frames_and_pace(tmp_path):
    frames = brightness_ramp(9)
    write_mp4(tmp_path / "clip.mp4", frames, 12.5)
    again, fps = read_clip(tmp_path / "clip.mp4")
    assert again.shape == (9, 64, 96, 3) and again.dtype == torch.float32
    assert fps == pytest.approx(12.5)
    assert (again - frames).abs().max() < 0.02


@pytest.mark.parametrize(
    ("matrix", "corners"),
    [
        ((1, 0, 0, 1), "rgbk"),
        ((0, 1, -1, 0), "brkg"),  # a quarter turn clockwise, as phones write portrait clips
        ((-1, 0, 0, -1), "kbgr"),
        ((0, -1, 1, 0), "gkrb"),
    ],
)
def test_the_rotation_flag_is_obeyed(tmp_path, matrix, corners):
    write_mp4(tmp_path / "flat.mp4", four_corners().expand(5, -1, -1, -1), 8)
    turned = with_display_matrix(tmp_path / "flat.mp4", tmp_path / "turned.mp4", *matrix)
    frames, _ = read_clip(turned)
    info = probe_clip(turned)
    assert corner_colors(frames[0]) == corners
    assert frames.shape[1:3] == (info.height, info.width) == ((64, 96) if matrix[0] else (96, 64))


def test_frames_are_taken_evenly_from_first_to_last(tmp_path):
    write_mp4(tmp_path / "clip.mp4", brightness_ramp(33), 16)
    frames, fps = read_clip(tmp_path / "clip.mp4", 32, 32, num_frames=5)
    assert frames.shape == (5, 32, 32, 3)
    assert torch.allclose(frames.mean((1, 2, 3)), torch.linspace(0, 1, 5), atol=0.02)
    assert fps == pytest.approx(2.0)


def test_a_clip_shorter_than_wanted_repeats_its_frames(tmp_path):
    write_mp4(tmp_path / "clip.mp4", brightness_ramp(3), 16)
    frames, _ = read_clip(tmp_path / "clip.mp4", num_frames=5)
    levels = frames.mean((1, 2, 3))
    assert levels[0] < 0.02 and levels[-1] > 0.98 and (levels.diff() > -0.01).all()


def test_a_variable_frame_rate_is_sampled_in_time_not_in_numbers(tmp_path):
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", 1000)
        stream.height, stream.width, stream.pix_fmt = 32, 32, "gray"
        for milliseconds in (0, 10, 20, 30, 40, 500, 1000):
            level = np.full((32, 32), milliseconds // 4, np.uint8)
            frame = av.VideoFrame.from_ndarray(level, format="gray")
            frame.pts = milliseconds
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    frames, fps = read_clip(path, num_frames=3)
    assert torch.allclose(frames.mean((1, 2, 3)) * 255, torch.tensor([0.0, 125.0, 250.0]), atol=1.5)
    assert fps == pytest.approx(2.0)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv444p", "yuv422p10le", "gray", "bgr0", "rgb48le"])
def test_any_pixel_format_becomes_rgb(tmp_path, pixel_format):
    level = np.full((3, 32, 48, 1 if pixel_format == "gray" else 3), 128, np.uint8)
    frames, _ = read_clip(encode(tmp_path / "clip.mkv", level, pixel_format))
    assert frames.shape == (3, 32, 48, 3)
    assert (frames - 128 / 255).abs().max() < 0.02


def test_alpha_is_laid_over_black(tmp_path):
    pictures = np.full((3, 32, 48, 4), 255, np.uint8)
    pictures[:, :, 24:, 3] = 0
    frames, _ = read_clip(encode(tmp_path / "clip.mov", pictures, "rgba", "png"))
    assert frames[:, :, :23].min() > 0.99 and frames[:, :, 25:].max() < 0.01


def test_pixels_that_are_not_square_are_made_so(tmp_path):
    level = np.full((3, 32, 48, 3), 90, np.uint8)
    encode(tmp_path / "clip.mkv", level, "yuv420p", "libx264", sample_aspect_ratio=2)
    frames, _ = read_clip(tmp_path / "clip.mkv")
    assert frames.shape[1:3] == (32, 96)


def test_odd_sizes_survive_by_growing_to_even(tmp_path):
    write_mp4(tmp_path / "odd.mp4", brightness_ramp(5, 33, 47), 8)
    assert read_clip(tmp_path / "odd.mp4")[0].shape == (5, 34, 48, 3)


def test_a_gif_is_a_clip_too(tmp_path):
    write_gif(tmp_path / "clip.gif", brightness_ramp(6), 10, enlarge=2)
    frames, fps = read_clip(tmp_path / "clip.gif")
    assert frames.shape == (6, 128, 192, 3) and fps == pytest.approx(10)
    assert (frames.mean((1, 2, 3)) - torch.linspace(0, 1, 6)).abs().max() < 0.02


def test_fitting_covers_and_keeps_the_middle():
    wide = torch.zeros(1, 60, 200, 3)
    wide[:, :, 70:130] = 1
    fitted = fit_frames(wide, 30, 30)
    assert fitted.shape == (1, 30, 30, 3) and fitted.min() > 0.95


def write_sound(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", 8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 8000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def write_truncated(path):
    write_mp4(path, torch.rand(9, 64, 96, 3), 8)
    path.write_bytes(path.read_bytes()[:900])


def write_empty_track(path):
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", 8)
        stream.height, stream.width, stream.pix_fmt = 32, 32, "yuv420p"
        container.start_encoding()


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (lambda path: None, "there is no clip"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.write_bytes(b""), "cannot be read as a clip"),
        (lambda path: path.write_text("not a clip at all"), "cannot be read as a clip"),
        (write_truncated, "cut short: 0 of 9 frames"),
        (write_sound, "no picture, only sound"),
        (write_empty_track, "no picture"),
    ],
)
def test_what_is_no_clip_is_refused_in_one_sentence_that_names_it(tmp_path, write, says):
    path = tmp_path / "bad.mp4"
    write(path)
    with pytest.raises(RaxelError, match=says) as caught:
        read_clip(path)
    assert "bad.mp4" in str(caught.value) and "\n" not in str(caught.value)


def test_a_clip_too_large_for_memory_is_refused_before_it_is_decoded(tmp_path):
    write_mp4(tmp_path / "clip.mp4", brightness_ramp(5), 8)
    with pytest.raises(RaxelError, match="too large"):
        read_clip(tmp_path / "clip.mp4", 4096, 4096, num_frames=500)


def test_frames_that_are_not_numbers_are_not_written(tmp_path):
    with pytest.raises(RaxelError, match="not finite"):
        write_mp4(tmp_path / "clip.mp4", torch.full((5, 32, 32, 3), float("nan")), 8)
    assert list(tmp_path.iterdir()) == []

"""Pictures of every kind read as a person sees them."""

import numpy as np
import pytest
import torch
from PIL import Image

from raxel_core.errors import RaxelError
from raxel_core.media import read_still

RED_LEFT = np.zeros((20, 30, 3), np.uint8)
RED_LEFT[:, :15, 0] = 255


def save(path, array, mode=None, **options):
    image = Image.fromarray(array)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


def test_exif_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # shown after a quarter turn clockwise: the left half comes to the top
    picture = read_still(save(tmp_path / "a.png", RED_LEFT, exif=exif))
    assert picture.shape == (30, 20, 3)
    assert picture[5, 10, 0] > 0.9 and picture[25, 10, 0] < 0.1


def test_alpha_is_laid_over_black(tmp_path):
    array = np.full((8, 8, 4), 255, np.uint8)
    array[:, 4:, 3] = 0
    picture = read_still(save(tmp_path / "a.png", array))
    assert picture[:, :4].min() == 1 and picture[:, 4:].max() == 0


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "CMYK", "LA", "1", "YCbCr"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    grey = np.full((8, 8, 3), 255, np.uint8)
    picture = read_still(save(tmp_path / f"a.{'jpg' if mode in ('CMYK', 'YCbCr') else 'png'}", grey, mode))
    assert picture.shape == (8, 8, 3) and picture.dtype == torch.float32
    assert picture.min() > 0.97


def test_sixteen_bit_grey_keeps_its_brightness(tmp_path):
    picture = read_still(save(tmp_path / "a.png", np.full((8, 8), 32768, np.uint16)))
    assert torch.allclose(picture, torch.full((8, 8, 3), 32768 / 65535))


def test_a_transparent_palette_colour_is_transparent(tmp_path):
    image = Image.fromarray(np.zeros((8, 8), np.uint8), "P")
    image.putpalette([255, 255, 255] * 256)
    image.save(tmp_path / "a.png", transparency=0)
    assert read_still(tmp_path / "a.png").max() == 0


def test_an_animation_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    assert read_still(tmp_path / "a.gif")[0, 0].tolist() == [1, 0, 0]


def test_a_very_large_picture_is_halved_while_it_is_read(tmp_path):
    picture = read_still(save(tmp_path / "a.png", np.full((100, 9000, 3), 200, np.uint8)))
    assert picture.shape == (34, 3000, 3)


@pytest.mark.parametrize(
    ("write", "says"),
    [
        (lambda path: None, "there is no picture"),
        (lambda path: path.mkdir(), "is a folder"),
        (lambda path: path.write_bytes(b""), "cannot be read as a picture"),
        (lambda path: path.write_text("<html>"), "cannot be read as a picture"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_sentence_that_names_it(tmp_path, write, says):
    path = tmp_path / "bad.png"
    write(path)
    with pytest.raises(RaxelError, match=says) as caught:
        read_still(path)
    assert "bad.png" in str(caught.value) and "\n" not in str(caught.value)


def test_half_a_picture_is_refused(tmp_path):
    path = save(tmp_path / "bad.png", np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(RaxelError, match=r"bad\.png"):
        read_still(path)


def test_pixels_that_are_not_numbers_are_refused(tmp_path):
    path = save(tmp_path / "bad.tiff", np.full((8, 8), np.nan, np.float32))
    with pytest.raises(RaxelError, match="not finite"):
        read_still(path)

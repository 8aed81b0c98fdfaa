"""The judge of moves: pictures that move to the right, or out from the middle, move so."""

import pytest
import torch

from raxel_core.evaluation.signs import motion, rendered_signs
from raxel_core.training.render import render_clips


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    return render_clips("train", 0, [5], 5, 128, 192)[0].frames[0].float() / 255


def test_a_picture_that_slides_moves_that_way(picture) -> None:
    """A window that goes 1 pixel to the left a frame sees the picture go 1 to the right; smooth walls seem to move less."""
    clip = torch.stack([picture[32:96, 48 - i : 144 - i] for i in range(9)])
    assert 0.8 < motion(clip) < 9
    assert -9 < motion(clip.flip(0)) < -0.8


def test_a_picture_that_grows_moves_outwards(picture) -> None:
    frames = []
    for i in range(9):
        crop = picture[2 * i : 128 - 2 * i, 3 * i : 192 - 3 * i].permute(2, 0, 1)[None]
        frames.append(torch.nn.functional.interpolate(crop, (64, 96), mode="area")[0].permute(1, 2, 0))
    assert motion(torch.stack(frames), outwards=True) > 1
    assert motion(torch.stack(frames).flip(0), outwards=True) < -1


def test_the_renderers_own_moves_pass() -> None:
    """What the judge says of moves that are right: truck, pan and dolly as they must be, in every room."""
    found = rendered_signs("validation", 1, 2, 17, 64, 96)
    for pair in ("truck", "pan", "dolly"):
        assert found[f"opposite_{pair}_rendered"] == found[f"as_expected_{pair}_rendered"] == 1

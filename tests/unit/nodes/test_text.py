"""CONDITIONING of the host becomes one embedding, or a sentence."""

import pytest
import torch


@pytest.fixture
def text_of(pack):
    config = pack("raxel_core.model.config").PRESET_CONFIGS["raxel-1.3b"]
    return lambda conditioning, name="positive": pack("nodes.text").text_of(conditioning, name, config)


def encoded(tokens=7, width=4096, **others):
    return [[torch.randn(1, tokens, width, dtype=torch.float16), {"pooled_output": None, **others}]]


def test_the_embedding_comes_out_in_float32(text_of):
    conditioning = encoded()
    text = text_of(conditioning)
    assert text.dtype == torch.float32
    assert torch.equal(text, conditioning[0][0].float())


def test_nothing_connected_is_no_text(text_of):
    assert text_of(None) is None


def test_values_that_mean_nothing_and_what_text_encoders_add_are_let_through(text_of):
    neutral = {"strength": 1.0, "start_percent": 0.0, "end_percent": 1.0, "control": None}
    assert text_of(encoded(attention_mask=torch.ones(1, 7), **neutral)) is not None


@pytest.mark.parametrize(
    ("others", "word"),
    [
        ({"mask": torch.ones(1, 8, 8)}, "a mask"),
        ({"area": (8, 8, 0, 0)}, "an area"),
        ({"area": ("percentage", 0.5, 0.5, 0, 0)}, "an area"),
        ({"strength": 0.5}, "a strength"),
        ({"start_percent": 0.2, "end_percent": 1.0}, "a range of timesteps"),
        ({"start_percent": 0.0, "end_percent": 0.8}, "a range of timesteps"),
        ({"control": object()}, "a ControlNet"),
        ({"concat_latent_image": torch.ones(1, 16, 1, 8, 8)}, "pictures"),
        ({"camera_conditions": torch.ones(1)}, "cameras"),
    ],
)
def test_what_a_raxel_model_would_ignore_is_refused_by_input_and_name(pack, text_of, others, word):
    with pytest.raises(
        pack("raxel_core.errors").RaxelError, match=f"^negative carries {word} .*connect CLIP Text"
    ):
        text_of(encoded(**others), "negative")


def test_several_texts_are_refused_with_their_number(pack, text_of):
    with pytest.raises(pack("raxel_core.errors").RaxelError, match=r"^positive holds 2 texts"):
        text_of(encoded() + encoded())
    with pytest.raises(pack("raxel_core.errors").RaxelError, match=r"one text .* got \[3, 7, 4096\]"):
        text_of([[torch.randn(3, 7, 4096), {}]])


def test_text_of_another_encoder_is_refused_with_both_widths(pack, text_of):
    with pytest.raises(
        pack("raxel_core.errors").RaxelError, match=r"width 768, the model's is 4096.*umt5_xxl"
    ):
        text_of(encoded(width=768))


def test_a_model_that_learnt_no_texts_says_so(pack):
    config = pack("raxel_core.model.config").PRESET_CONFIGS["small"]
    with pytest.raises(pack("raxel_core.errors").RaxelError, match="leave positive unconnected"):
        pack("nodes.text").text_of(encoded(), "positive", config)


def test_values_that_are_no_numbers_are_refused(pack, text_of):
    broken = encoded()
    broken[0][0][0, 0, 0] = float("nan")
    with pytest.raises(
        pack("raxel_core.errors").RaxelError, match=r"^positive holds values that are not finite"
    ):
        text_of(broken)

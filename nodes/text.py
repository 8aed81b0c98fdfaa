"""Text as the host hands it over (CONDITIONING), as the one embedding that a Raxel model takes. Knows no host."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from ..raxel_core.errors import RaxelError
from ..raxel_core.model.config import RaxelConfig

Conditioning = list[list[Any]]
"""Entries [embedding (1, tokens, width), what else the host knows of it]."""

NEUTRAL = {"strength": 1.0, "start_percent": 0.0, "end_percent": 1.0, "control": None, "hooks": None}
"""Values with which these keys mean nothing."""
REFUSED = {
    "mask": "a mask",
    "area": "an area",
    "strength": "a strength",
    "start_percent": "a range of timesteps",
    "end_percent": "a range of timesteps",
    "clip_start_percent": "a range of timesteps",
    "clip_end_percent": "a range of timesteps",
    "control": "a ControlNet",
    "gligen": "a GLIGEN box",
    "hooks": "hooks",
    "concat_latent_image": "pictures",
    "reference_latents": "pictures",
    "clip_vision_output": "pictures",
    "vace_frames": "pictures",
    "time_dim_concat": "pictures",
    "camera_conditions": "cameras",
}
"""What a Raxel model has no place for. Other keys (pooled output, masks of padding) change nothing in Wan either."""


def texts_of(
    positive: Conditioning | None, negative: Conditioning | None, config: RaxelConfig
) -> dict[str, Tensor | None]:
    """Both texts under the names of SamplingOptions."""
    return {
        "context": text_of(positive, "positive", config),
        "negative": text_of(negative, "negative", config),
    }


def text_of(conditioning: Conditioning | None, name: str, config: RaxelConfig) -> Tensor | None:
    """The embedding [1, tokens, text_dim] float32 of one text, None where nothing is connected.

    Args:
        conditioning: of the host.
        name: of the input, for the sentences.
        config: of the model.

    Raises:
        RaxelError: several texts, an attachment that would be ignored, or text of another encoder.
    """
    if conditioning is None:
        return None
    if len(conditioning) != 1:
        raise RaxelError(
            f"{name} holds {len(conditioning)} texts, a Raxel model takes one; connect one CLIP Text Encode directly"
        )
    text, others = conditioning[0]
    carried = [k for k in REFUSED if k in others and (k not in NEUTRAL or others[k] != NEUTRAL[k])]
    if carried:
        raise RaxelError(
            f"{name} carries {REFUSED[carried[0]]} ({carried[0]}), which a Raxel model has no place for; connect CLIP "
            "Text Encode directly"
        )
    _check(text, name, config)
    return text.float()


def _check(text: Tensor, name: str, config: RaxelConfig) -> None:
    if text.ndim != 3 or len(text) != 1 or not text.shape[1]:
        raise RaxelError(
            f"{name} must be one text [1, tokens, width], got {list(text.shape)}; connect one text"
        )
    if text.shape[2] != config.text_dim:
        remedy = (
            f"this model learnt no texts: leave {name} unconnected"
            if config.text_len == 1
            else "use the text encoder that belongs to it: Load CLIP with umt5_xxl and type wan"
        )
        raise RaxelError(
            f"{name} comes from a text encoder of width {text.shape[2]}, the model's is {config.text_dim}; {remedy}"
        )
    if not bool(text.isfinite().all()):
        raise RaxelError(f"{name} holds values that are not finite numbers; look at the node that made it")

"""The pack's own sockets, and what travels through them.

RAXEL_TRAJECTORY carries a ``Trajectory``, RAXELS carries ``Raxels``, RAXEL_MODEL carries a ``LoadedModel``. None of them is
ever written into a workflow file.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, TypeVar

from comfy_api.latest import io

if TYPE_CHECKING:
    from comfy.model_patcher import ModelPatcher

    from ..raxel_core.engine.checkpoint import RaxelModel

CATEGORY = "Raxel"
ABSENT = object()
"""Default in ``validate_inputs``: the host passes a linked input as None, and leaves an unconnected one out."""

RaxelModelSocket = io.Custom("RAXEL_MODEL")
TrajectorySocket = io.Custom("RAXEL_TRAJECTORY")
RaxelsSocket = io.Custom("RAXELS")
CameraSocket = io.Custom("LOAD3D_CAMERA")

Widget = TypeVar("Widget", bound=io.Input)


def advanced(widget: Widget) -> Widget:
    """The widget, folded away until the user asks the node for its advanced inputs.

    Newer hosts have an argument for it; ComfyUI 0.3.64 has not, but hands on what stands in ``extra_dict``.
    """
    widget.extra_dict = {**(getattr(widget, "extra_dict", None) or {}), "advanced": True}
    return widget


NEWER_WORDS = ("search_aliases", "has_intermediate_output")
"""Arguments of ``io.Schema`` that ComfyUI 0.3.64 does not know: other words under which the node menu finds a node, and that
what a node shows comes back after the page was loaded again."""


def schema(**described: Any) -> io.Schema:
    """``io.Schema`` without those of ``NEWER_WORDS`` that this host does not know."""
    known = {field.name for field in fields(io.Schema)}
    return io.Schema(
        **{word: said for word, said in described.items() if word in known or word not in NEWER_WORDS}
    )


@dataclass(frozen=True)
class LoadedModel:
    """A Raxel model, and the handle by which the host moves its weights.

    The host keeps only a weak reference to the handle, so whoever holds the model holds it here.
    """

    raxel: RaxelModel
    patcher: ModelPatcher
    name: str

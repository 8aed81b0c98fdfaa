"""What the nodes tell the host while they work: progress with previews, messages; and how they hand results back.

Beside it only ``memory.py``, ``patcher.py``, ``folders.py`` and ``vae.py`` import the host's own modules, so that a change in
the host is mended in these five files.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import comfy.model_management
import comfy.utils
import torch
from comfy.cli_args import args
from comfy_execution.utils import get_executing_context
from server import PromptServer
from torch import Tensor

from ..raxel_core.sampling.preview import OnStep, Preview
from .live import Pace, draws_itself, step_news
from .preview import preview_picture

logger = logging.getLogger("raxel")


def to_host(frames: Tensor) -> Tensor:
    """A result as the host wants it: float32 on its intermediate device."""
    return frames.to(device=comfy.model_management.intermediate_device(), dtype=torch.float32)


def progress_of_takes(takes: int, workflow: str) -> Callable[[int], OnStep]:
    """For every take, counted from 0, an ``on_step`` for the pipeline: all move one bar of the node.

    It shows how the run is getting on where a browser looks on (to a page that draws by itself as ``raxel.step``, to others
    as the host's preview picture), and stops on Interrupt with the host's own exception, which the pipeline lets through.
    """
    bar, pace = comfy.utils.ProgressBar(1), Pace()

    def of_take(index: int) -> OnStep:
        def on_step(step: int, total: int, preview: Callable[[], Preview]) -> None:
            comfy.model_management.throw_exception_if_processing_interrupted()
            client, shown = watching_client(), None
            if draws_itself(client):
                if pace.due(is_last=step == total):
                    news = step_news(preview(), step, total, index, takes)
                    _send_step(client, {"workflow": workflow, **news})
            elif client is not None:
                picture = preview_picture(preview())
                shown = ("JPEG", picture, max(picture.size)) if picture is not None else None
            bar.update_absolute(index * total + step, takes * total, shown)

        return on_step

    return of_take


def _send_step(client: str | None, news: dict[str, Any]) -> None:
    """One step to one page, under the node that runs (``1:2:3`` inside subgraphs)."""
    context = get_executing_context()
    if context is not None:
        PromptServer.instance.send_sync("raxel.step", {"node": context.node_id, **news}, client)


def workflow_id(extra_pnginfo: Any) -> str:
    """Id of the workflow that was queued, by which a page with several open ones tells whose news these are; "" if unknown."""
    workflow = extra_pnginfo.get("workflow") if isinstance(extra_pnginfo, dict) else None
    name = workflow.get("id") if isinstance(workflow, dict) else None
    return name if isinstance(name, str) else ""


def metadata_of(prompt: Any, extra_pnginfo: Any) -> dict[str, Any]:
    """What the host writes into pictures on where they come from: the prompt and the workflow; nothing where it is told not to."""
    if args.disable_metadata:
        return {}
    extra = extra_pnginfo if isinstance(extra_pnginfo, dict) else {}
    return {**({"prompt": prompt} if prompt is not None else {}), **extra}


def watching_client() -> str | None:
    """The client that queued the running prompt and listens, if any; a script may queue without one."""
    return getattr(getattr(PromptServer, "instance", None), "client_id", None)


def say(node: str, message: str) -> None:
    """Tell the user what a node did to their input: one log line, and the same words under the node."""
    logger.info("Raxel %s: %s", node, message)
    context = get_executing_context()
    if context is not None and hasattr(PromptServer.instance, "send_progress_text"):
        PromptServer.instance.send_progress_text(message, context.node_id)


class Telling:
    """What one node says while it runs: the page shows one message under a node, so all is said together.

    Args:
        node: its name, for the log.
        notes: said in every message; may grow.
    """

    def __init__(self, node: str, notes: list[str]) -> None:
        self.node, self.notes, self._plan = node, notes, ""

    def say(self) -> None:
        """Say what there is to say."""
        words = [*self.notes, *([self._plan] if self._plan else [])]
        if words:
            say(self.node, "; ".join(words))

    def plan(self, line: str) -> None:
        """Where the weights are, as far as the user should know; "" takes it back."""
        self._plan = line
        self.say()

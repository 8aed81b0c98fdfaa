"""What a run says of itself while it lasts: a line of JSON for every step, a log line now and then, TensorBoard events."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from typing import Any

from ..errors import RaxelError

log = logging.getLogger(__name__)

LOG_EVERY = 50  # steps between lines of the log


class Metrics:
    """Writes `metrics.jsonl`, one line a step and none twice: lines after the step that a run goes on from are cut off.

    Args:
        folder: of the run; None writes no files (the other processes of a run).
        start: steps that are done already.
        tensorboard: also write event files into `folder`/tensorboard.
    """

    def __init__(self, folder: Path | None, start: int, tensorboard: bool = False) -> None:
        self.file = None
        self.events: Any = None
        self.recent: list[dict[str, float]] = []
        self.began, self.clips = time.monotonic(), 0
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "metrics.jsonl"
        _cut(path, start)
        self.file = path.open("a", encoding="utf-8")
        if tensorboard:
            self.events = _event_writer(folder / "tensorboard", start)

    def add(self, step: int, clips: int, values: dict[str, float]) -> None:
        """Note a step: how many steps are done with it, clips in its batch, and what was measured."""
        self.recent.append(values)
        self.clips += clips
        if self.file:
            self.file.write(json.dumps({"step": step, **values}) + "\n")
            self.file.flush()
        if self.events:
            for name, value in values.items():
                self.events.add_scalar(name, value, step)
        if step % LOG_EVERY == 0:
            self._report(step)

    def close(self) -> None:
        """Nothing more will come."""
        for writer in (self.file, self.events):
            if writer:
                writer.close()

    def _report(self, step: int) -> None:
        """Means since the last line, and clips a second."""
        names = ("loss", "z", "r")
        columns = {name: [row[name] for row in self.recent if name in row] for name in names}
        means = {name: round(sum(column) / len(column), 4) for name, column in columns.items() if column}
        pace = round(self.clips / (time.monotonic() - self.began), 1)
        if self.file:
            log.info("%s", json.dumps({"step": step, **means, "clips_per_second": pace}))
        if self.events:
            self.events.add_scalar("clips_per_second", pace, step)
            self.events.flush()
        self.recent, self.began, self.clips = [], time.monotonic(), 0


def _cut(path: Path, start: int) -> None:
    """Keep the lines of the first `start` steps; a line that a kill broke off goes too."""
    if not path.exists():
        return
    kept = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            step = json.loads(line)["step"]
        except (ValueError, KeyError, TypeError):
            continue
        if step <= start:
            kept.append(line + "\n")
    part = path.with_name(f".{path.name}.part")
    part.write_text("".join(kept), encoding="utf-8")
    part.replace(path)


def _event_writer(folder: Path, start: int) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter  # noqa: PLC0415  needs a package that is optional
    except ImportError:
        raise RaxelError(
            "--tensorboard needs the package tensorboard; run pip install tensorboard, or leave the option out: "
            "metrics.jsonl has the same numbers"
        ) from None
    return SummaryWriter(str(folder), purge_step=start + 1)

"""What the connections of a node mean, and the sentence for those that mean nothing. Knows no host."""

from __future__ import annotations

from ..raxel_core.errors import RaxelError

TASKS = ("auto", "pose_from_video", "video_from_trajectory", "joint")

NEEDS = {
    "pose_from_video": frozenset({"video"}),
    "video_from_trajectory": frozenset({"source_images", "raxels"}),
    "joint": frozenset({"source_images"}),
}
"""Exactly these of source_images, video and raxels must be connected for each task."""


def resolve_task(task: str, connected: set[str]) -> str:
    """The task to run; ``auto`` is read off the connections.

    Args:
        task: one of TASKS.
        connected: which of ``source_images``, ``video`` and ``raxels`` are connected.

    Returns:
        A key of NEEDS. Raises RaxelError where the connections fit no task, or not the chosen one.
    """
    if task not in TASKS:
        raise RaxelError(f"task {task!r} is unknown; choose one of {', '.join(TASKS)}")
    fitting = [name for name, needs in NEEDS.items() if needs == connected]
    if task == "auto":
        if not fitting:
            raise RaxelError(
                f"{_listed(connected)} connected, which is no task; connect video alone (camera path of a clip), "
                "source_images and raxels (shoot a still along a path), or source_images alone (clip and camera)"
            )
        return fitting[0]
    missing, extra = NEEDS[task] - connected, connected - NEEDS[task]
    if missing or extra:
        remedy = [f"connect {_joined(missing)}"] * bool(missing) + [f"disconnect {_joined(extra)}"] * bool(
            extra
        )
        raise RaxelError(f"task {task} takes {_joined(NEEDS[task])} and nothing else: {' and '.join(remedy)}")
    return task


def _joined(names: frozenset[str] | set[str]) -> str:
    return " and ".join(name for name in ("source_images", "video", "raxels") if name in names)


def _listed(connected: set[str]) -> str:
    if not connected:
        return "none of source_images, video and raxels is"
    return f"{_joined(connected)} {'is' if len(connected) == 1 else 'are'}"


def chosen_camera(has_trajectory: bool, has_camera: bool) -> bool | str:
    """True where exactly one of the two inputs of RaxelFromCamera is connected, else a sentence."""
    if has_trajectory and has_camera:
        return "trajectory and camera are both connected; a shot follows one of them: disconnect the other"
    if not (has_trajectory or has_camera):
        return "no camera: connect trajectory (a path) or camera (one camera of the 3D viewer)"
    return True

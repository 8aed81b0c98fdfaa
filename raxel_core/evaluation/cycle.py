"""Does the model agree with itself? Its path, shot again, must lead back to the path (paper 4.1).

cycle: clip -> path -> clip shot along it from the first frame -> path. joint: still -> clip and path -> path of that clip.
Errors are those of the last path against the one before it, beside a camera that stands still.
"""

from __future__ import annotations

from .frechet import FrechetMeter
from .generation import compared, means
from .path_summary import STILL, path_summary
from .setting import Numbers, Setting, path_of

OF_TRUTH = ("r_err_mean_rad", "r_err_mean_deg", "t_err_mean")
"""What Table 2 of the paper tells of the predicted path."""


def evaluate_cycle(setting: Setting) -> Numbers:
    """Estimate the path of clips, shoot their first frames along it in `setting.steps` steps, estimate again.

    `predicted_` compares the first estimate with the truth (R_err and T_err of Table 2), `recovered_` the second one.
    """
    rows, found, again, truth, meter = [], [], [], [], FrechetMeter(setting.extractor)
    for part in setting.parts():
        paths = part.paths_of(part.frames)
        videos = part.shot_along(paths)
        rows += compared(part, videos)
        meter.add(videos, part.frames)
        found, truth = found + paths, truth + part.truth
        again += part.paths_of(videos)
    predicted, recovered = path_summary(found, truth), path_summary(again, truth)
    return {
        "clips": len(rows),
        "steps": setting.steps,
        **path_summary(again, found),
        **means(rows),
        **{f"predicted_{name}": predicted[name] for name in OF_TRUTH},
        **{f"recovered_{name}": recovered[name] for name in OF_TRUTH},
        **{f"truth_{name}{STILL}": predicted[name + STILL] for name in OF_TRUTH},
        **meter.distances(),
    }


def evaluate_joint(setting: Setting) -> Numbers:
    """Let the model make clips and their paths from first frames; estimate the paths from the clips."""
    told, again, meter = [], [], FrechetMeter(setting.extractor)
    for part in setting.parts():
        clip = part.clips[0]
        videos, raxels = part.batch(making_paths_up=True).joint(
            part.stills, len(clip.frames), clip.trajectory.fps
        )
        meter.add(videos, part.frames)
        told += [path_of(rays) for rays in raxels]
        again += part.paths_of(videos)
    numbers = path_summary(again, told)
    return {"clips": len(told), "steps": setting.steps, **numbers, **meter.distances()}

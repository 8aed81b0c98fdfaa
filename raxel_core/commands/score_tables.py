"""How results of ``raxel evaluate`` are shown: which numbers in which order, under which words, in which unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..report.table import Table, number

Results = Mapping[str, float | str | None]
BASELINES = {
    "_standing_still": "standing still",
    "_repeating_the_still": "repeating the still",
    "_codec": "autoencoder",
    "_rendered": "the renderer's moves",
}

Row = tuple[str, str, str]
"""Words, name, unit: share (shown times 100), deg, rad, dB, or none."""


def _accuracies(of: str, words: str) -> list[Row]:
    names = ("rra5", "rra15", "rra30", "mrra30", "rta5", "rta15", "rta30", "mrta30", "auc30")
    shown = ("RRA@5", "RRA@15", "RRA@30", "mRRA@30", "RTA@5", "RTA@15", "RTA@30", "mRTA@30", "AUC@30")
    return [(f"{show}, {words}", of + name, "share") for show, name in zip(shown, names, strict=True)]


ROTATION: list[Row] = [
    ("rotation error", "rotation_deg", "deg"),
    ("its ratio to standing still's", "rotation_ratio_to_identity", ""),
]
TRANSLATION: list[Row] = [
    ("translation error", "translation", ""),
    ("its ratio to standing still's", "translation_ratio_to_identity", ""),
    ("translation direction, median", "translation_direction_median_deg", "deg"),
]
PATHS: list[Row] = [
    *ROTATION,
    *TRANSLATION,
    ("focal error", "focal_error", "share"),
    *_accuracies("", "to the first frame"),
    *_accuracies("pairs_", "all pairs"),
    ("R_err, mean over frames", "r_err_mean_deg", "deg"),
    ("R_err, mean over frames", "r_err_mean_rad", "rad"),
    ("R_err, sum over a clip", "r_err_sum_deg", "deg"),
    ("R_err, sum over a clip", "r_err_sum_rad", "rad"),
    ("T_err, mean over frames", "t_err_mean", ""),
    ("T_err, sum over a clip", "t_err_sum", ""),
    ("ATE after Sim(3)", "ate_sim3", ""),
    ("ATE after SE(3)", "ate_rigid", ""),
    ("RPE, translation, after Sim(3)", "rpe_translation_sim3", ""),
    ("RPE, translation, after SE(3)", "rpe_translation_rigid", ""),
    ("RPE, rotation", "rpe_rotation_deg", "deg"),
]
PICTURES: list[Row] = [
    ("PSNR, last frame", "psnr_last_frame", "dB"),
    ("PSNR, all frames but the first", "psnr", "dB"),
    ("SSIM, last frame", "ssim_last_frame", "3"),
    ("SSIM, all frames but the first", "ssim", "3"),
]
DISTANCES: list[Row] = [("Frechet distance, frames", "fid", "x"), ("Frechet distance, clips", "fvd", "x")]
PREDICTED: list[Row] = [
    ("R_err of the predicted path", "predicted_r_err_mean_rad", "rad"),
    ("T_err of the predicted path", "predicted_t_err_mean", ""),
    ("R_err of the recovered path", "recovered_r_err_mean_rad", "rad"),
    ("T_err of the recovered path", "recovered_t_err_mean", ""),
    ("R_err of standing still", "truth_r_err_mean_rad_standing_still", "rad"),
    ("T_err of standing still", "truth_t_err_mean_standing_still", ""),
]
ROWS: dict[str, list[Row]] = {
    "pose": PATHS,
    "generation": [
        *PICTURES,
        ("PSNR over repeating the still, last frame", "psnr_gain_last_frame", "dB"),
        *((f"path of the video, {words}", f"closed_loop_{name}", unit) for words, name, unit in (*ROTATION, *TRANSLATION[:2])),
        *DISTANCES,
    ],
    "cycle": [*PATHS, *PREDICTED, *PICTURES, *DISTANCES],
    "joint": [*PATHS, *DISTANCES],
    "signs": [
        *((f"opposite motion, {pair}", f"opposite_{pair}", "share") for pair in ("arc", "truck", "pan", "dolly")),
        ("opposite motion, mean", "opposite", "share"),
        *((f"as expected, {pair}", f"as_expected_{pair}", "share") for pair in ("truck", "pan", "dolly")),
    ],
}  # fmt: skip


def scores(what: str, results: Sequence[Results]) -> Table:
    """One column for every result, and one for every baseline that some number has."""
    rows = [row for row in ROWS[what] if row[1] in results[0]]
    baselines = [suffix for suffix in BASELINES if any(name + suffix in results[0] for _, name, _ in rows)]
    columns = [_steps(result) if len(results) > 1 else f"{result['clips']} clips" for result in results]
    return Table(
        [f"{what}", *columns, *(BASELINES[suffix] for suffix in baselines)],
        [
            [
                _words(words, unit),
                *(cell(result[name], unit) for result in results),
                *(cell(results[0].get(name + suffix, float("nan")), unit) for suffix in baselines),
            ]
            for words, name, unit in rows
        ],
    )


def cell(value: float | str | None, unit: str) -> str:
    """A number in its unit; a dash for what has none, words for what could not be measured."""
    if value is None or isinstance(value, str):
        return value or "no extractor"
    digits = {"share": 1, "deg": 2, "dB": 2, "rad": 4, "": 3, "3": 3, "x": 2}[unit]
    return number(100 * value if unit == "share" else value, digits)


def _words(words: str, unit: str) -> str:
    return {
        "share": f"{words} (%)",
        "deg": f"{words} (degrees)",
        "rad": f"{words} (radians)",
        "dB": f"{words} (dB)",
    }.get(unit, words)


def _steps(result: Results) -> str:
    return "1 step" if result["steps"] == 1 else f"{result['steps']} steps"

"""The words and tables of the model cards. Numbers come from `raxel evaluate`; a bar that is missed says so."""

from dataclasses import dataclass
from typing import Any

from raxel_core.engine.checkpoint import CheckpointInfo
from raxel_core.report.table import Table, number

Numbers = dict[str, Any]
EVALUATIONS = {"pose": "1,2,5,20", "generation": "20", "signs": "20", "cycle": "20", "joint": "20"}
"""What is measured for a card, and in how many steps."""
RAY_STEPS = 2
"""The pose bars are judged at these."""


@dataclass(frozen=True)
class Card:
    """All that a card tells."""

    info: CheckpointInfo
    parameters: int
    seed: int
    numbers: dict[str, list[Numbers]]
    """Evaluation -> results, one for each number of steps."""
    recipe: str
    stages: list[dict[str, Any]]
    peers: str
    notes: str


@dataclass(frozen=True)
class Bar:
    """One number that was asked for before it was measured."""

    what: str
    asked: str
    reached: str
    met: bool


def bars(numbers: dict[str, list[Numbers]]) -> list[Bar]:
    """Every bar of the small model, in the order of its tasks."""
    pose = next(row for row in numbers["pose"] if row["steps"] == RAY_STEPS)
    generation, signs = numbers["generation"][0], numbers["signs"][0]
    cycle, joint = numbers["cycle"][0], numbers["joint"][0]
    return [
        _share("pose: rotation error, of standing still's", pose["rotation_ratio_to_identity"], 0.35),
        Bar(
            "pose: RRA@5, times standing still's",
            "at least 2",
            f"{_ratio(pose, 'rra5'):.2f} ({pose['rra5']:.2f} to {pose['rra5_standing_still']:.2f})",
            _ratio(pose, "rra5") >= 2,
        ),
        _at_most("pose: translation direction, median", pose["translation_direction_median_deg"], 25, "°"),
        _share("pose: focal error", pose["focal_error"], 0.08),
        Bar(
            "clip along a path: PSNR over repeating the still, last frame",
            "at least 2 dB",
            f"{generation['psnr_gain_last_frame']:.2f} dB",
            generation["psnr_gain_last_frame"] >= 2,
        ),
        *(
            Bar(
                f"opposite moves, opposite motion: {pair} ({signs['clips']} stills)",
                "at least 90 %",
                f"{100 * signs[f'opposite_{pair}']:.1f} %",
                signs[f"opposite_{pair}"] >= 0.9,
            )
            for pair in ("arc", "truck", "pan", "dolly")
        ),
        _share("closed loop: R_err, of standing still's", cycle["rotation_ratio_to_identity"], 0.5),
        _share("closed loop: T_err, of standing still's", cycle["translation_ratio_to_identity"], 0.5),
        _share("joint: R_err of its own clip, of standing still's", joint["rotation_ratio_to_identity"], 0.6),
    ]


def bars_table(card: Card) -> Table:
    """Every bar beside what was reached."""
    rows = [(bar.what, bar.asked, bar.reached, "met" if bar.met else "missed") for bar in bars(card.numbers)]
    return Table((f"{card.numbers['pose'][0]['clips']} held-out clips", "asked", "reached", ""), rows)


def pose_table(rows: list[Numbers]) -> Table:
    """Errors at every number of steps, and those of standing still (the paper's Table 3, and more)."""
    names = ("rotation_deg", "rra5", "rra15", "mrra30", "translation")
    header = (
        "ray steps",
        "rotation °",
        "RRA@5",
        "RRA@15",
        "mRRA@30",
        "translation",
        "direction °",
        "focal %",
    )
    lines = [
        [
            str(row["steps"]),
            *(number(row[name], 3 if name == "translation" else 2) for name in names),
            number(row["translation_direction_median_deg"], 1),
            number(100 * row["focal_error"], 1),
        ]
        for row in rows
    ]
    still = [number(rows[0][f"{name}_standing_still"], 3 if name == "translation" else 2) for name in names]
    return Table(header, [*lines, ["standing still", *still, "-", "-"]])


def pictures_table(row: Numbers) -> Table:
    """PSNR and SSIM of one evaluation beside its baselines."""
    names = ("psnr_last_frame", "psnr", "ssim_last_frame", "ssim")
    header = ("against the truth", "PSNR, last frame", "PSNR, all", "SSIM, last frame", "SSIM, all")
    who = {
        "this model": "",
        "repeating the still": "_repeating_the_still",
        "the autoencoder alone, which is the ceiling": "_codec",
    }
    return Table(
        header, [[words, *(number(row.get(name + of)) for name in names)] for words, of in who.items()]
    )


def stages_table(stages: list[dict[str, Any]]) -> Table:
    """What each stage of training saw."""
    rows = [
        [
            str(stage["until"]),
            str(stage["batch"]),
            ", ".join(f"{task} {share:g}" for task, share in stage["mix"].items() if share),
        ]
        for stage in stages
    ]
    return Table(
        ("until step", "clips a step", "shares of the tasks, and of rays that start as pure noise"), rows
    )


def model_card(card: Card) -> str:
    """Of the model."""
    info, training, clips = card.info, card.info.training, card.numbers["pose"][0]["clips"]
    met = sum(bar.met for bar in bars(card.numbers))
    generation, cycle = card.numbers["generation"][0], card.numbers["cycle"][0]
    peers = f"\n## Beside other people's software\n\n{card.peers}\n" if card.peers else ""
    return f"""# {info.name}

The small model that ships with Raxel: {card.parameters / 1e6:.2f} million parameters, {info.frames} frames of {info.width}x{info.height}.
It runs on any CPU in seconds, so that every node and every workflow works right after installation. It knows one world,
rooms that a ray caster drew, and **no photograph and no film has ever been shown to it**.

## What was asked, and what it reaches

{met} of {len(bars(card.numbers))} bars are met. All numbers of this card are from clips of scenes, paths and lenses that training never saw: seed {card.seed} of
the renderer's test split, which was used once, for this card, and never to choose anything. Every one is printed again by

```sh
raxel evaluate pose --seed {card.seed} --clips {clips} --steps {EVALUATIONS["pose"]}      # and generation, signs, cycle, joint
```

{bars_table(card).markdown()}

Pose bars are judged at {RAY_STEPS} ray steps, all others at 20 video steps. "Standing still" is a camera that never moves.

{card.notes}

## Camera path from a clip

{pose_table(card.numbers["pose"]).markdown()}

Frame 0 is left out. Translation errors are in the renderer's units; directions count where the camera moved by more than 0.15, and
are medians.
{peers}
## Clip from a still and a path

The first frame of {generation["clips"]} clips, shot along the true path:

{pictures_table(generation).markdown()}

The path that the model reads from its own clip is {generation["closed_loop_rotation_deg"]:.2f} degrees off the path asked for; standing still is
{generation["closed_loop_rotation_deg_standing_still"]:.2f} degrees off.

Opposite moves are judged by OpenCV's optical flow between the frames made, from {card.numbers["signs"][0]["clips"]} stills.

## Closed loop: the path read from a clip, shot again from its first frame

{pictures_table(cycle).markdown()}

## Training

`recipes/{card.recipe}`, from nothing: {training["steps"]:,} steps, {training["clips_seen"]:,} clips seen of {training["different_clips"]:,} different ones, forwards
or backwards at random, each {info.frames} frames of its own scene, path and lens. Units are the renderer's; rooms are 5.6 to 8.8 wide, lenses 50 to 80 degrees.

{stages_table(card.stages).markdown()}

## What it cannot do

Photographs, people, anything that moves by itself, other sizes and lengths than its own. Pictures are soft and show the
8-pixel cells of the autoencoder.
"""


def vae_card(card: Card, width: int, steps: int) -> str:
    """Of the autoencoder."""
    generation = card.numbers["generation"][0]
    return f"""# {card.info.name}-vae

Wan 2.1's video autoencoder at width {width} (Wan's own has 96), under Wan's own tensor names: 16 latent channels, 4 frames of
8x8 pixels a latent. It starts in closed form (principal components stage by stage, then least squares) and its
last residual branches were trained for {steps} steps on rendered crops and raxels (`raxel train-vae recipes/{card.recipe} WORK`).
On the {generation["clips"]} clips of the generation table of {card.info.name}.md its last frames have {generation["psnr_last_frame_codec"]:.2f} dB against the truth. It shows the
edges of its 8-pixel cells; it is small and fast, not good.
"""


def _ratio(row: Numbers, name: str) -> float:
    still = row[f"{name}_standing_still"]
    return row[name] / still if still else float("inf")


def _share(what: str, value: float, most: float) -> Bar:
    return Bar(what, f"at most {100 * most:.0f} %", f"{100 * value:.1f} %", value <= most)


def _at_most(what: str, value: float, most: float, unit: str) -> Bar:
    return Bar(what, f"at most {most:g}{unit}", f"{value:.1f}{unit}", value <= most)

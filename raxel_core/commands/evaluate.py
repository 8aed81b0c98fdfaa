"""``raxel evaluate``: a model against held-out clips, beside the prediction that nothing moves."""

from __future__ import annotations

import argparse
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path

from ..evaluation.cycle import evaluate_cycle, evaluate_joint
from ..evaluation.generation import evaluate_generation
from ..evaluation.pose import evaluate_pose
from ..evaluation.setting import Numbers, Setting
from ..evaluation.signs import evaluate_signs, rendered_signs
from . import ablation
from .engine import Engine, load_engine
from .evaluate_clips import add_clips, asked, setting
from .options import DEFAULT_MODEL, whole
from .results import save_results, without_nan
from .score_tables import scores

PROTOCOLS: dict[str, tuple[Callable[[Setting], Numbers], int]] = {
    "pose": (evaluate_pose, 2),
    "generation": (evaluate_generation, 20),
    "cycle": (evaluate_cycle, 20),
    "joint": (evaluate_joint, 20),
    "signs": (evaluate_signs, 20),
}
"""What can be evaluated, and its default number of steps."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "what",
        choices=(*PROTOCOLS, "ablation"),
        help="pose: paths of clips; generation: clips along paths; cycle and joint: the model against itself; "
        "signs: opposite moves (needs opencv); ablation: variants of a recipe, trained where they are missing",
    )
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, help="a Raxel checkpoint")
    parser.add_argument(
        "--vae", type=Path, help="a Wan VAE (default: MODEL-vae.safetensors beside the model)"
    )
    parser.add_argument(
        "--steps", type=step_list, metavar="K[,K...]",
        help="denoising steps (default: 2 for pose, 20 for the others); a column for each of several",
    )  # fmt: skip
    add_clips(parser)
    ablation.add_arguments(parser)
    parser.add_argument("--out", type=Path, help="folder for results.json and table.md")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")


def run(args: Namespace) -> None:
    """Evaluate, print and save."""
    if args.what == "ablation":
        ablation.run(args)
        return
    engine = load_engine(args.model, args.vae)
    default = (PROTOCOLS[args.what][1],)
    results = [evaluated(args, engine, steps) for steps in args.steps or default]
    table = scores(args.what, results).markdown()
    shown = without_nan(results if len(results) > 1 else results[0])
    if args.out:
        save_results(args.out, table, {"model": args.model.name, **asked(args)}, shown)
    print(json.dumps(shown, indent=2) if args.json else table)


def evaluated(args: Namespace, engine: Engine, steps: int) -> Numbers:
    """One protocol at one number of steps, with a bar."""
    from tqdm import tqdm

    with tqdm(total=args.clips, unit="clip", file=sys.stderr) as bar:
        numbers = PROTOCOLS[args.what][0](setting(args, engine, steps, bar.update))
    if args.what == "signs" and not args.data:
        info = engine.model.info
        numbers |= rendered_signs(args.split, args.seed, args.clips, info.frames, info.height, info.width)
    return numbers


def step_list(text: str) -> tuple[int, ...]:
    """An argument type: 2, or 1,2,5,20."""
    try:
        return tuple(whole(1)(part) for part in text.split(","))
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of steps such as 2, nor a list such as 1,2,5,20"
        ) from None

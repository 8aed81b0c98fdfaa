"""``raxel evaluate``: a model against held-out clips, beside the prediction that nothing moves."""

from __future__ import annotations

import argparse
import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import RaxelError
from ..evaluation.clips import from_folder, rendered
from ..evaluation.cycle import evaluate_cycle, evaluate_joint
from ..evaluation.frechet import load_extractor
from ..evaluation.generation import evaluate_generation
from ..evaluation.pose import evaluate_pose
from ..evaluation.setting import Numbers, Setting
from ..evaluation.signs import evaluate_signs
from ..training.datasets import LAYOUTS, open_dataset
from ..training.render import Clip
from .engine import Engine, load_engine
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
        choices=tuple(PROTOCOLS),
        help="pose: paths of clips; generation: clips along paths; cycle and joint: the model against itself; "
        "signs: opposite moves (needs opencv)",
    )
    parser.add_argument("--model", type=Path, default=DEFAULT_MODEL, help="a Raxel checkpoint")
    parser.add_argument(
        "--vae", type=Path, help="a Wan VAE (default: MODEL-vae.safetensors beside the model)"
    )
    parser.add_argument("--clips", type=whole(1), default=64, help="how many held-out clips (default 64)")
    parser.add_argument("--seed", type=whole(0), default=0, help="of the clips and of the noise (default 0)")
    parser.add_argument(
        "--steps", type=step_list, metavar="K[,K...]",
        help="denoising steps (default: 2 for pose, 20 for the others); a column for each of several",
    )  # fmt: skip
    parser.add_argument(
        "--split",
        choices=("validation", "test", "all"),
        default="test",
        help="neither is seen in training (default test); all: every clip of --data",
    )
    add_data(parser)
    parser.add_argument(
        "--extractor", metavar="MODULE:FUNCTION", help="makes features of frames for the Frechet distances"
    )
    parser.add_argument("--out", type=Path, help="folder for results.json and table.md")
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")


def add_data(parser: ArgumentParser) -> None:
    """Other clips than the renderer's."""
    parser.add_argument("--data", type=Path, help="a folder of clips with cameras (default: the renderer)")
    parser.add_argument("--layout", choices=LAYOUTS, default="auto", help="of --data (default auto)")
    parser.add_argument(
        "--scale",
        default="metric",
        help="of --data: metric, normalised, or a file of factors (default metric)",
    )
    parser.add_argument(
        "--stride", type=whole(1), default=1, help="of --data: every so many frames (default 1)"
    )


def run(args: Namespace) -> None:
    """Evaluate, print and save."""
    engine = load_engine(args.model, args.vae)
    default = (PROTOCOLS[args.what][1],)
    results = [evaluated(args, engine, steps) for steps in args.steps or default]
    table = scores(args.what, results).markdown()
    shown = without_nan(results if len(results) > 1 else results[0])
    if args.out:
        save_results(args.out, table, asked(args), shown)
    print(json.dumps(shown, indent=2) if args.json else table)


def evaluated(args: Namespace, engine: Engine, steps: int) -> Numbers:
    """One protocol at one number of steps, with a bar."""
    from tqdm import tqdm

    extractor = load_extractor(args.extractor) if args.extractor else None
    with tqdm(total=args.clips, unit="clip", file=sys.stderr) as bar:
        setting = Setting(
            engine.model,
            engine.vae,
            held_out(args, engine),
            args.seed,
            steps,
            extractor=extractor,
            on_clip=bar.update,
        )
        return PROTOCOLS[args.what][0](setting)


def held_out(args: Namespace, engine: Engine) -> Iterator[Clip]:
    """The clips that the arguments name."""
    info = engine.model.info
    if args.data:
        dataset = open_dataset(args.data, args.layout, args.scale)
        return from_folder(dataset, info, args.split, args.seed, args.clips, args.stride)
    if args.split == "all":
        raise RaxelError("--split all is for --data; the renderer's clips are of --split validation or test")
    return rendered(info, args.split, args.seed, args.clips)


def asked(args: Namespace) -> dict[str, object]:
    """What a result must be told with."""
    return {
        "model": args.model.name,
        "data": str(args.data) if args.data else "renderer",
        "split": args.split,
        "seed": args.seed,
        "extractor": args.extractor or "no extractor",
    }


def step_list(text: str) -> tuple[int, ...]:
    """An argument type: 2, or 1,2,5,20."""
    try:
        return tuple(whole(1)(part) for part in text.split(","))
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of steps such as 2, nor a list such as 1,2,5,20"
        ) from None

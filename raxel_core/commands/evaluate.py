"""``raxel evaluate``: a model against fresh held-out clips, beside the prediction that nothing moves."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from ..evaluation.cycle import evaluate_cycle, evaluate_joint
from ..evaluation.generation import evaluate_generation
from ..evaluation.pose import evaluate_pose
from ..evaluation.signs import evaluate_signs
from .engine import load_engine
from .options import DEFAULT_MODEL, whole

PROTOCOLS = {
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
    parser.add_argument(
        "--clips", type=whole(1), default=64, help="how many fresh clips to render (default 64)"
    )
    parser.add_argument("--seed", type=whole(0), default=0, help="of the clips and of the noise (default 0)")
    parser.add_argument(
        "--steps", type=whole(1), help="denoising steps (default: 2 for pose, 20 for the others)"
    )
    parser.add_argument(
        "--split",
        choices=("validation", "test"),
        default="test",
        help="neither is seen in training (default test)",
    )
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")


def run(args: Namespace) -> None:
    """Evaluate and print."""
    from tqdm import tqdm

    engine = load_engine(args.model, args.vae)
    evaluate, steps = PROTOCOLS[args.what]
    with tqdm(total=args.clips, unit="clip", file=sys.stderr) as bar:
        numbers = evaluate(
            engine.model,
            engine.vae,
            args.split,
            args.seed,
            args.clips,
            args.steps or steps,
            lambda done: bar.update(),
        )
    if args.json:
        print(json.dumps(numbers, indent=2))
        return
    for name, value in numbers.items():
        print(f"{name:42} {value:.4g}")

"""``raxel calibrate MODEL``: fit the confidence of a model's paths to fresh clips, and keep it in the model's file."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from pathlib import Path

from ..engine.checkpoint import RaxelModel, load_model, save_model
from ..evaluation.calibration import calibrate, try_clips
from ..evaluation.clips import rendered
from .engine import load_engine
from .options import whole

SEED = 100
"""Of the validation split; its numbers say nothing about the test split."""


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("model", type=Path, metavar="MODEL", help="a Raxel checkpoint; it is written anew")
    parser.add_argument(
        "--vae", type=Path, help="a Wan VAE (default: MODEL-vae.safetensors beside the model)"
    )
    parser.add_argument("--clips", type=whole(1), default=128, help="fresh clips to render (default 128)")
    parser.add_argument(
        "--seed", type=whole(0), default=SEED, help=f"of the validation split (default {SEED})"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write another file than MODEL")
    parser.add_argument("--json", action="store_true", help="print the constants as JSON")


def run(args: Namespace) -> None:
    """Measure, fit, write, and say how good it is."""
    from tqdm import tqdm

    engine = load_engine(args.model, args.vae)
    model, info = engine.model, engine.model.info
    with tqdm(total=args.clips, unit="clip", file=sys.stderr) as bar:
        clips = rendered(info, "validation", args.seed, args.clips)
        found = calibrate(try_clips(model, engine.vae, clips, args.seed, bar.update))
    found = {**found, "seed": args.seed}
    out = args.out or args.model
    network = load_model(args.model).network
    save_model(out, RaxelModel(network, model.config, replace(info, confidence=found)))
    print(json.dumps(found, indent=2) if args.json else in_words(found, out))


def in_words(found: dict, out: Path) -> str:
    """What was measured on the half of the clips that was not fitted to."""
    measured = found["measured"]
    return (
        f"{out}: confidence {measured['confidence']:.2f} on average, {measured['right']:.2f} of the frames right to "
        f"{found['right_deg']:g} degrees (mean gap {measured['gap']:.2f}); the surer half of the clips is off by "
        f"{measured['error_of_surer_half_deg']:.1f} degrees, the other by {measured['error_of_other_half_deg']:.1f}"
    )

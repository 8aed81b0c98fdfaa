"""Which clips ``raxel evaluate`` measures on, and with which extractor."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

from ..errors import RaxelError
from ..evaluation.clips import from_folder, rendered
from ..evaluation.frechet import load_extractor
from ..evaluation.quick import quick
from ..evaluation.setting import Setting
from ..training.datasets import LAYOUTS, open_dataset
from ..training.render import Clip
from .engine import Engine
from .options import whole


def add_clips(parser: ArgumentParser) -> None:
    """How many clips, of which kind."""
    parser.add_argument("--clips", type=whole(1), default=64, help="how many held-out clips (default 64)")
    parser.add_argument("--seed", type=whole(0), default=0, help="of the clips and of the noise (default 0)")
    parser.add_argument(
        "--split",
        choices=("validation", "test", "all"),
        default="test",
        help="neither is seen in training (default test); all: every clip of --data",
    )
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
    parser.add_argument(
        "--extractor", metavar="MODULE:FUNCTION", help="makes features of frames for the Frechet distances"
    )


def setting(args: Namespace, engine: Engine, steps: int, on_clip: Callable[[], object]) -> Setting:
    """What the arguments ask for, for one model."""
    extractor = load_extractor(args.extractor) if args.extractor else None
    clips, vae = held_out(args, engine), quick(engine.vae)
    return Setting(engine.model, vae, clips, args.seed, steps, extractor=extractor, on_clip=on_clip)


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
        "data": str(args.data) if args.data else "renderer",
        "split": args.split,
        "seed": args.seed,
        "extractor": args.extractor or "no extractor",
    }

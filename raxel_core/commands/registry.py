"""The table of subcommands of ``raxel``: each one a name, a line of help, its arguments and the function that runs it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

from .. import demo
from . import (
    calibrate,
    check_dataset,
    compare,
    convert,
    evaluate,
    generate,
    inspect,
    joint,
    pose,
    quantize,
    stills,
    training,
    trajectory,
)


@dataclass(frozen=True)
class Command:
    """One subcommand."""

    help: str
    """One line for ``raxel --help``."""
    add_arguments: Callable[[ArgumentParser], None]
    """Declares its arguments."""
    run: Callable[[Namespace], int | None]
    """Does it, and may return an exit code; raises RaxelError for what the user can put right."""


COMMANDS: dict[str, Command] = {
    "pose": Command("camera path of a clip", pose.add_arguments, pose.run),
    "generate": Command("shoot a still along a camera path", generate.add_arguments, generate.run),
    "joint": Command("clip and camera path from a still", joint.add_arguments, joint.run),
    "poses-of-stills": Command("where pictures were taken", stills.add_poses_arguments, stills.run_poses),
    "stills-from-cameras": Command(
        "pictures of the same place from other cameras", stills.add_cameras_arguments, stills.run_cameras
    ),
    "demo": Command("the three tasks on one clip and one picture, with a page", demo.add_arguments, demo.run),
    "trajectory": Command(
        "camera files: convert, describe and draw them", trajectory.add_arguments, trajectory.run
    ),
    "compare": Command("how far one camera path is from another", compare.add_arguments, compare.run),
    "inspect": Command("what a file is, and what to do with it", inspect.add_arguments, inspect.run),
    "init-from-wan": Command(
        "a Raxel model to train, from a plain Wan 2.1", convert.add_arguments, convert.run
    ),
    "quantize": Command("a model in fewer bits: int8, nf4, fp8", quantize.add_arguments, quantize.run),
    "evaluate": Command("errors of a model on fresh held-out clips", evaluate.add_arguments, evaluate.run),
    "check-dataset": Command(
        "what of a folder of clips can be trained on", check_dataset.add_arguments, check_dataset.run
    ),
    "calibrate": Command("fit the confidence of a model's paths", calibrate.add_arguments, calibrate.run),
    "train-vae": Command("train a recipe's autoencoder", training.add_arguments, training.run_train_vae),
    "cache": Command(
        "render or read a recipe's clips, and encode them", training.add_cache_arguments, training.run_cache
    ),
    "train": Command("train a recipe's transformer", training.add_train_arguments, training.run_train),
}

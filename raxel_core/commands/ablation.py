"""``raxel evaluate ablation``: trains what is missing of the paper's Table 2, measures every run, prints the table."""

from __future__ import annotations

import json
import logging
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from ..engine.checkpoint import load_model
from ..engine.vae import load_vae
from ..errors import RaxelError
from ..evaluation.ablation import VARIANTS, run_of, spread
from ..evaluation.cycle import evaluate_cycle
from ..evaluation.setting import Numbers
from ..media.atomic import replacing
from ..report.table import Table, number
from ..training.recipe import Recipe, read_recipe
from .engine import Engine
from .evaluate_clips import asked, setting
from .results import save_results, without_nan
from .training import train_recipe, vae_file

log = logging.getLogger(__name__)

MEASURES = {
    "FID": ("fid", 2, "fid"),
    "FVD": ("fvd", 2, "fvd"),
    "R_err (radians)": ("predicted_r_err_mean_rad", 4, "truth_r_err_mean_rad_standing_still"),
    "T_err": ("predicted_t_err_mean", 3, "truth_t_err_mean_standing_still"),
    "R_err, regenerated": ("recovered_r_err_mean_rad", 4, "truth_r_err_mean_rad_standing_still"),
    "T_err, regenerated": ("recovered_t_err_mean", 3, "truth_t_err_mean_standing_still"),
    "PSNR (dB)": ("psnr", 2, "psnr_repeating_the_still"),
    "SSIM": ("ssim", 3, "ssim_repeating_the_still"),
}
"""Column -> (name of the number, decimals, name of the baseline's)."""


def add_arguments(parser: ArgumentParser) -> None:
    """What only the ablation takes."""
    parser.add_argument("--recipe", type=Path, help="ablation: the recipe, such as recipes/ablation.yaml")
    parser.add_argument(
        "--work", type=Path, help="ablation: the folder that `raxel cache` of this recipe filled"
    )
    parser.add_argument("--seeds", default="0,1", help="ablation: of the runs of every variant (default 0,1)")
    parser.add_argument("--threads", type=int, help="ablation: CPU threads of training (default: torch's)")


def run(args: Namespace) -> None:
    """Train what is missing, measure, print and save. Every run is resumed where it was stopped."""
    if not (args.recipe and args.work):
        raise RaxelError("the ablation needs --recipe and --work, as `raxel train` takes them")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    if args.threads:
        torch.set_num_threads(args.threads)
    results = {name: [numbers for _, numbers in runs] for name, runs in measured(args).items()}
    table = ablation_table(results).markdown()
    if args.out:
        record = {**asked(args), "recipe": args.recipe.name, "seeds": args.seeds}
        save_results(args.out, table, record, without_nan(results))
    print(json.dumps(without_nan(results), indent=2) if args.json else table)


def measured(args: Namespace) -> dict[str, list[tuple[Recipe, Numbers]]]:
    """Numbers of every run by variant; trained and measured where that has not been done."""
    recipe = read_recipe(args.recipe)
    vae = vae_file(recipe, args.work)
    found: dict[str, list[tuple[Recipe, Numbers]]] = {name: [] for name in VARIANTS}
    for seed in seeds(args.seeds):
        for name in VARIANTS:
            one = run_of(recipe, name, seed, vae)
            trained(one, args)
            found[name].append((one, numbers_of(one, args, vae)))
    return found


def trained(recipe: Recipe, args: Namespace) -> None:
    """Train a run, or go on with it; a finished one is left alone."""
    out = args.work / f"{recipe.name}.safetensors"
    steps = load_model(out).info.training.get("steps", 0) if out.exists() else 0
    if steps < recipe.training.steps:
        log.info("%s: from step %d to %d", recipe.name, steps, recipe.training.steps)
        torch.compiler.reset()  # what was compiled for the last variant is of no use, and counts against a limit
        train_recipe(recipe, args.work, args.recipe.name, torch.device("cpu"))


def numbers_of(recipe: Recipe, args: Namespace, vae_path: Path) -> Numbers:
    """The cycle's numbers of a run, measured once for the same clips, steps and extractor."""
    path = args.work / recipe.name / "cycle.json"
    key: dict[str, Any] = {**asked(args), "clips": args.clips, "steps": args.steps, "model": recipe.name}
    key["trained"] = recipe.training.steps
    if path.exists() and (known := json.loads(path.read_text()))["key"] == json.loads(json.dumps(key)):
        return known["numbers"]
    from tqdm import tqdm

    engine = Engine(load_model(args.work / f"{recipe.name}.safetensors"), load_vae(vae_path))
    with tqdm(total=args.clips, unit="clip", file=sys.stderr, desc=recipe.name) as bar:
        numbers = evaluate_cycle(setting(args, engine, (args.steps or (20,))[0], bar.update))
    with replacing(path) as part:
        part.write_text(json.dumps({"key": key, "numbers": without_nan(numbers)}, indent=2))
    return numbers


def ablation_table(results: dict[str, list[Numbers]]) -> Table:
    """Variants in rows, mean and half range over seeds in cells, and what standing still scores."""
    rows = [
        [VARIANTS[name].words, *(_cell([one[key] for one in runs], digits) for key, digits, _ in MEASURES.values())]
        for name, runs in results.items()
    ]  # fmt: skip
    first = next(iter(results.values()))[0]
    still = [_cell([first[key]] if key not in ("fid", "fvd") else [], d) for _, d, key in MEASURES.values()]
    return Table(["variant", *MEASURES], [*rows, ["standing still", *still]])


def seeds(text: str) -> Iterator[int]:
    """Seeds such as 0,1."""
    for part in text.split(","):
        if not part.strip().isdecimal():
            raise RaxelError(f"--seeds takes whole numbers such as 0,1, got {text!r}")
        yield int(part)


def _cell(values: list[float | None], digits: int) -> str:
    known = [value for value in values if value is not None]
    if not values:
        return "-"
    if not known:
        return "no extractor"
    mean, half = spread(known)
    return number(mean, digits) if len(known) == 1 else f"{number(mean, digits)} ± {number(half, digits)}"

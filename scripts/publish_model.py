"""Put a trained model into models/: weights, autoencoder, cards, and the README's table of what it reaches.

    python scripts/publish_model.py WORK --measure                    what is missing is measured, then all is written
    python scripts/publish_model.py WORK --measure pose generation    only these; two such commands share two cores
    python scripts/publish_model.py WORK                              write, from what was measured

WORK is the folder that `raxel train` worked in. Every number comes from WORK/held_out/WHAT/results.json, which
`raxel evaluate WHAT --seed TEST_SEED --clips 200 --out` wrote: that seed is used here and nowhere else, so that no number on
a card was tuned on. WORK/held_out/peers.md (or --peers), the output of `python -m bench.pose_peers --split test --seed
TEST_SEED`, goes into the card as it is; so does scripts/card_notes.md, what a person has to say about these numbers.
"""

import argparse
import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import yaml
from model_card import EVALUATIONS, Card, bars, bars_table, model_card, vae_card
from safetensors import safe_open

from raxel_core.engine.checkpoint import RaxelModel, load_model, save_model
from raxel_core.engine.vae import load_vae, save_vae
from raxel_core.evaluation.clips import TEST_SEED
from raxel_core.report.readme import inserted

ROOT = Path(__file__).resolve().parent.parent
NAME = "raxel-small"


def main() -> None:
    """Measure, and write once everything is there."""
    args = arguments()
    held_out = args.work / "held_out"
    for what in args.measure or ([] if args.measure is None else EVALUATIONS):
        if not results_file(held_out, what).exists():
            measure(args.work, held_out / what, what, args.clips)
    missing = [what for what in EVALUATIONS if not results_file(held_out, what).exists()]
    if missing:
        raise SystemExit(f"nothing written yet: {', '.join(missing)} not measured in {held_out}")
    publish(args.work, read_card(args))


def arguments() -> argparse.Namespace:
    """Options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--measure", nargs="*", choices=[*EVALUATIONS], metavar="WHAT")
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--peers", type=Path, help="default WORK/held_out/peers.md, where it exists")
    parser.add_argument("--notes", type=Path, default=ROOT / "scripts" / "card_notes.md")
    parser.add_argument("--recipe", type=Path, default=ROOT / "recipes" / "small.yaml")
    return parser.parse_args()


def measure(work: Path, folder: Path, what: str, clips: int) -> None:
    """One evaluation by the command that a reader would use."""
    asked = ["evaluate", what, "--model", work / f"{NAME}.safetensors", "--split", "test"]
    asked += ["--seed", TEST_SEED, "--clips", clips, "--steps", EVALUATIONS[what], "--out", folder]
    subprocess.run([sys.executable, "-m", "raxel_core.cli", *map(str, asked)], check=True, cwd=ROOT)


def results_file(held_out: Path, what: str) -> Path:
    """Where an evaluation lies."""
    return held_out / what / "results.json"


def read_card(args: argparse.Namespace) -> Card:
    """All that the cards tell, from files; other clips than those of the test seed are refused."""
    held_out, numbers = args.work / "held_out", {}
    for what in EVALUATIONS:
        whole = json.loads(results_file(held_out, what).read_text(encoding="utf-8"))
        if (whole["data"], whole["split"], whole["seed"]) != ("renderer", "test", TEST_SEED):
            raise SystemExit(f"{results_file(held_out, what)} was not measured on the test seed {TEST_SEED}")
        numbers[what] = whole["results"] if isinstance(whole["results"], list) else [whole["results"]]
    peers = args.peers or held_out / "peers.md"
    model = load_model(args.work / f"{NAME}.safetensors")
    return Card(
        info=model.info,
        parameters=sum(parameter.numel() for parameter in model.network.parameters()),
        seed=TEST_SEED,
        numbers=numbers,
        recipe=args.recipe.name,
        stages=yaml.safe_load(args.recipe.read_text(encoding="utf-8"))["training"].get("stages", []),
        peers=peers.read_text(encoding="utf-8").strip() if peers.exists() else "",
        notes=args.notes.read_text(encoding="utf-8").strip() if args.notes.exists() else "",
    )


def publish(work: Path, card: Card) -> None:
    """Write models/ and the README's table."""
    missed = [bar.what for bar in bars(card.numbers) if not bar.met]
    if missed and not card.notes:
        raise SystemExit(f"missed: {'; '.join(missed)}. Say in scripts/card_notes.md what would move them.")
    folder = ROOT / "models"
    model = load_model(work / f"{NAME}.safetensors")
    record = {**model.info.training, "held_out": {"seed": card.seed, **card.numbers}}
    info = dataclasses.replace(model.info, training=record)
    save_model(folder / f"{NAME}.safetensors", RaxelModel(model.network, model.config, info))
    steps, width = publish_vae(work / f"{NAME}-vae.safetensors", folder / f"{NAME}-vae.safetensors")
    (folder / f"{NAME}.md").write_text(model_card(card), encoding="utf-8")
    (folder / f"{NAME}-vae.md").write_text(vae_card(card, width, steps), encoding="utf-8")
    readme = ROOT / "README.md"
    text = inserted(readme.read_text(encoding="utf-8"), "held-out", bars_table(card).markdown())
    readme.write_text(text, encoding="utf-8")
    print(bars_table(card).markdown())


def publish_vae(source: Path, target: Path) -> tuple[int, int]:
    """Write the autoencoder with checksums; returns its training steps and its width."""
    with safe_open(source, framework="pt") as file:
        record = json.loads(file.metadata()["raxel_vae"])
    vae = load_vae(source)
    save_vae(target, vae.model, {name: record[name] for name in record if "crc32" not in name})
    return record.get("training", {}).get("steps_done", 0), vae.model.config["base_dim"]


if __name__ == "__main__":
    main()

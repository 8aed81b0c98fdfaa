"""Measure a trained model on the test split, write the numbers into its file and into its card.

    python scripts/publish_model.py WORK [--clips 200] [--seed N]

WORK is the folder that `raxel train` worked in. Writes models/raxel-small.safetensors, its VAE, and the two cards. The
seed is used here and nowhere else, so that no number on a card was tuned on.
"""

import argparse
import dataclasses
import json
from pathlib import Path

from safetensors import safe_open

from raxel_core.engine.checkpoint import RaxelModel, load_model, save_model
from raxel_core.engine.vae import load_vae
from raxel_core.evaluation.clips import TEST_SEED, rendered
from raxel_core.evaluation.generation import evaluate_generation
from raxel_core.evaluation.pose import evaluate_pose
from raxel_core.evaluation.setting import Setting

ROOT = Path(__file__).resolve().parent.parent
STEPS = (1, 2, 5, 20)
NAME = "raxel-small"


def measure(work: Path, clips: int, seed: int) -> tuple[RaxelModel, dict]:
    """All numbers of the card."""
    model, vae = load_model(work / f"{NAME}.safetensors"), load_vae(work / f"{NAME}-vae.safetensors")

    def setting(steps: int) -> Setting:
        return Setting(model, vae, rendered(model.info, "test", seed, clips), seed, steps)

    pose = [evaluate_pose(setting(steps)) for steps in STEPS]
    generation = evaluate_generation(setting(20))
    return model, {"seed": seed, "pose": pose, "generation": generation}


def pose_table(rows: list[dict]) -> str:
    """Errors at every number of steps, and those of standing still."""
    lines = [
        "| ray steps | rotation error | RRA@5 | RRA@15 | translation error | translation direction, median | focal error |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        lines.append(
            f"| {row['steps']} | {row['rotation_deg']:.2f} deg | {row['rra5']:.2f} | {row['rra15']:.2f} "
            f"| {row['translation']:.3f} | {row['translation_direction_median_deg']:.1f} deg | {row['focal_error_percent']:.1f} % |"
        )
    still = rows[0]
    lines.append(
        f"| standing still | {still['rotation_deg_standing_still']:.2f} deg | {still['rra5_standing_still']:.2f} "
        f"| {still['rra15_standing_still']:.2f} | {still['translation_standing_still']:.3f} | - | - |"
    )
    return "\n".join(lines)


def card(model: RaxelModel, numbers: dict) -> str:
    """The model card."""
    info, generation = model.info, numbers["generation"]
    parameters = sum(p.numel() for p in model.network.parameters())
    command = f"raxel evaluate pose --seed {numbers['seed']} --clips {numbers['pose'][0]['clips']} --steps N"
    return f"""# {info.name}

The small model that ships with Raxel: {parameters / 1e6:.2f} million parameters, {info.frames} frames of {info.width}x{info.height}.
It runs on any CPU in seconds, so that every node and every workflow works right after installation. It knows one world,
rooms that a ray caster drew, and **no photograph and no film has ever been shown to it**. On your own clips expect paths
that are rough at best.

Trained by `recipes/small.yaml` on a 2-core CPU: {info.training["steps"]} steps, {info.training["clips_seen"]:,} clips seen of {info.training["different_clips"]:,}
different ones (mirrored, dimmed and inverted at random). Units are the renderer's; rooms are 5 to 8 wide.

## Camera path from a clip

On {numbers["pose"][0]["clips"]} clips of the test split (scenes, paths and lenses that training never saw), `{command}`:

{pose_table(numbers["pose"])}

Frame 0 is left out; translation errors are in the renderer's units; directions count where the camera moved by 0.15 or more.

## Clip from a still and a path

On {generation["clips"]} clips of the same split, the first frame shot along the true path in {generation["steps"]} steps
(`raxel evaluate generation --seed {numbers["seed"]} --clips {generation["clips"]}`):

| last frame against the truth | PSNR |
|---|---|
| this model | {generation["psnr_last_frame"]:.2f} dB |
| repeating the still | {generation["psnr_last_frame_repeating_the_still"]:.2f} dB |
| the autoencoder alone, which is the ceiling | {generation["psnr_last_frame_codec"]:.2f} dB |

Estimating the path of the generated clips again: {generation["closed_loop_rotation_deg"]:.2f} degrees off the path that was asked for;
standing still is {generation["closed_loop_rotation_deg_standing_still"]:.2f} degrees off.

## What it cannot do

Photographs, people, anything that moves by itself, sizes and lengths far from its own, several stills with much parallax.
Pictures are soft and show the 8-pixel cells of the autoencoder.
"""


VAE_CARD = """# {name}-vae

Wan 2.1's video autoencoder at width {width} (Wan's own has 96), under Wan's own tensor names: 16 latent channels, 4 frames of
8x8 pixels a latent. It starts in closed form (principal components stage by stage, then least squares) and its
last residual branches were trained for {steps} steps on rendered crops and raxels (`raxel train-vae recipes/small.yaml WORK`).
On the clips of the generation table of {name}.md its last frames have {ceiling:.2f} dB against the truth. It shows the
edges of its 8-pixel cells; it is small and fast, not good.
"""


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--seed", type=int, default=TEST_SEED)
    args = parser.parse_args()
    model, numbers = measure(args.work, args.clips, args.seed)
    training = {**model.info.training, "held_out": numbers}
    model = RaxelModel(model.network, model.config, dataclasses.replace(model.info, training=training))
    folder = ROOT / "models"
    folder.mkdir(exist_ok=True)
    save_model(folder / f"{NAME}.safetensors", model)
    (folder / f"{NAME}.md").write_text(card(model, numbers))
    vae_file = args.work / f"{NAME}-vae.safetensors"
    (folder / vae_file.name).write_bytes(vae_file.read_bytes())
    width = load_vae(vae_file).model.config["base_dim"]
    with safe_open(vae_file, framework="pt") as file:
        steps = json.loads(file.metadata()["raxel_vae"])["training"]["steps_done"]
    ceiling = numbers["generation"]["psnr_last_frame_codec"]
    (folder / f"{NAME}-vae.md").write_text(
        VAE_CARD.format(name=NAME, width=width, steps=steps, ceiling=ceiling)
    )
    print(json.dumps(numbers, indent=2))


if __name__ == "__main__":
    main()

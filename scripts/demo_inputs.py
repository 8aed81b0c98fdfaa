"""Render what `make demo` reads: demo/clip.mp4, the truth about it (demo/clip.json), and demo/still.png; and for the example
workflows demo/still_2.png, the same place seen from elsewhere.

Both come from the renderer's test split, which training never sees, and from a seed that no model card uses:
python scripts/demo_inputs.py
"""

from pathlib import Path

from raxel_core.formats import write_trajectory
from raxel_core.media import write_mp4, write_png
from raxel_core.training.render import render_clips

SEED = 7
CLIP, STILL = 15, 18  # numbers of the clips in the split: rooms with boxes; both cameras go round them
HEIGHT, WIDTH, FRAMES = 256, 384, 33


def main() -> None:
    """Write the four files."""
    folder = Path(__file__).resolve().parent.parent / "demo"
    folder.mkdir(exist_ok=True)
    clip = render_clips("test", SEED, [CLIP], FRAMES, HEIGHT, WIDTH)[0]
    write_mp4(folder / "clip.mp4", clip.frames.float() / 255, clip.trajectory.fps)
    write_trajectory(folder / "clip.json", clip.trajectory.canonical(0))
    still = render_clips("test", SEED, [STILL], 5, HEIGHT, WIDTH)[0]
    write_png(folder / "still.png", still.frames[0].float() / 255)
    write_png(folder / "still_2.png", still.frames[-1].float() / 255)


if __name__ == "__main__":
    main()

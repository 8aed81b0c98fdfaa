"""From a folder to a trained model through the command line, in every layout."""

import json

import pytest
import torch
from diffusers import AutoencoderKLWan

from raxel_core.cli import main
from raxel_core.engine.checkpoint import load_model
from raxel_core.engine.vae import save_vae
from raxel_core.training.cache import load_shards

RECIPE = """
name: mine
vae: {{file: {vae}}}
clips: {{data: {data}, layout: {layout}, scale: {scale}, split: all, height: 32, width: 48, frames: 5}}
network: tiny
training:
  steps: 3
  warmup: 1
  stages:
    - until: 3
      batch: 4
      mix: {{pose_from_video: 0.4, video_from_trajectory: 0.4, joint: 0.2}}
      layouts: [{{share: 0.5}}, {{share: 0.5, sources: 1, targets: 1, clip: false, anywhere: 1.0}}]
"""


@pytest.fixture(scope="module")
def vae_file(tmp_path_factory):
    """A Wan VAE whose encoder is no matrix."""
    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("vae") / "vae.safetensors"
    save_vae(file, AutoencoderKLWan(base_dim=4).eval())
    return file


@pytest.mark.parametrize("layout", ["realestate10k", "nerfstudio", "clips"])
def test_a_model_trains_on_a_folder_of_every_layout(layout, make, clip, other_clip, vae_file, tmp_path):
    scale = "normalised" if layout == "nerfstudio" else "metric"
    make.LAYOUTS[layout](tmp_path / "data", clip, "a")
    make.LAYOUTS[layout](tmp_path / "data", other_clip, "b")
    recipe, work = tmp_path / "recipe.yaml", tmp_path / "work"
    recipe.write_text(RECIPE.format(vae=vae_file, data=tmp_path / "data", layout=layout, scale=scale))
    assert main(["check-dataset", str(tmp_path / "data"), "--frames", "5"]) == 0
    assert main(["cache", str(recipe), str(work)]) == 0
    assert len(load_shards(work / "latents", "all")["video_z"]) == 2
    assert main(["cache", str(recipe), str(work), "--shards", "1:4"]) == 2, "there is but one shard"
    assert main(["train", str(recipe), str(work)]) == 0
    info = load_model(work / "mine.safetensors").info
    assert (info.height, info.width, info.frames) == (32, 48, 5)
    assert info.scale_mode == ("relative" if layout == "nerfstudio" else "metric")
    assert info.training["data"] == "data" and "renderer_seed" not in info.training
    assert str(tmp_path) not in json.dumps(info.training), "a checkpoint tells where its maker keeps data"


def test_a_folder_without_a_usable_clip_stops_before_any_work(make, clip, vae_file, tmp_path, capsys):
    make.nerfstudio(tmp_path / "data", clip)
    (tmp_path / "data" / "scene" / "transforms.json").write_text("{")
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.format(vae=vae_file, data=tmp_path / "data", layout="auto", scale="metric"))
    assert main(["cache", str(recipe), str(tmp_path / "work")]) == 2
    assert "gives no clip of 5 frames" in capsys.readouterr().err
    recipe.write_text(RECIPE.format(vae=vae_file, data=tmp_path / "gone", layout="auto", scale="metric"))
    assert main(["cache", str(recipe), str(tmp_path / "work")]) == 2
    assert "there is no folder" in capsys.readouterr().err


@pytest.mark.slow
def test_wan_s_own_width_is_cached_too(make, clip, tmp_path):
    """127 M random weights under Wan's own names; the small model's trick is not tried on them."""
    torch.manual_seed(0)
    save_vae(tmp_path / "wan.safetensors", AutoencoderKLWan().eval())
    make.nerfstudio(tmp_path / "data", clip)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        RECIPE.format(vae=tmp_path / "wan.safetensors", data=tmp_path / "data", layout="auto", scale="metric")
    )
    assert main(["cache", str(recipe), str(tmp_path / "work")]) == 0
    assert load_shards(tmp_path / "work" / "latents", "all")["video_z"].shape == (1, 16, 2, 4, 6)

"""Shards of real clips: the right latents through any autoencoder, resumable, the same every time."""

import logging

import pytest
import torch
from diffusers import AutoencoderKLWan
from safetensors.torch import load_file

from raxel_core.engine.checkpoint import CheckpointInfo
from raxel_core.engine.latents import LatentCodec
from raxel_core.engine.vae import DiffusersVAE
from raxel_core.errors import RaxelError
from raxel_core.model import PRESET_CONFIGS
from raxel_core.training.batches import Clips
from raxel_core.training.cache import CacheRecipe, encode_shard, load_shards, shard_size, with_statistics
from raxel_core.training.config import Layout
from raxel_core.training.datasets import open_dataset
from raxel_core.training.encoders import NetworkEncoder, make_encoder
from raxel_core.training.patches import PatchEncoder
from raxel_core.training.rays import RayLatents
from raxel_core.training.rows import Rows
from raxel_core.training.sources import Folder
from raxel_core.training.vae import VaeTraining, new_vae

SIZE = (5, 32, 48)


@pytest.fixture(scope="module")
def linear_vae() -> DiffusersVAE:
    return DiffusersVAE(new_vae(VaeTraining(fit=2, batch=4, rays=2)).eval())


@pytest.fixture(scope="module")
def encoder(linear_vae):
    return make_encoder(linear_vae)


@pytest.fixture(scope="module")
def network_vae() -> DiffusersVAE:
    torch.manual_seed(0)
    return DiffusersVAE(AutoencoderKLWan(base_dim=4).eval())


@pytest.fixture
def data(make, clip, other_clip, tmp_path):
    """Two scenes of 9 frames; each gives one clip of 5 frames and one of 3 at stride 2."""
    make.nerfstudio(tmp_path / "data", clip, "a")
    make.nerfstudio(tmp_path / "data", other_clip, "b")
    return tmp_path / "data"


def recipe_of(data, **entries) -> CacheRecipe:
    return CacheRecipe(
        **{"split": "all", "height": 32, "width": 48, "frames": 5, "data": str(data), **entries}
    )


def cached(recipe, encoder, folder, size=2):
    source = Folder(recipe, folder)
    for number in range(-(-len(source) // size)):
        encode_shard(recipe, encoder, folder, number, size, source)
    return load_shards(folder, recipe.split)


def test_the_autoencoder_decides_which_encoder_it_gets(encoder, network_vae) -> None:
    assert isinstance(encoder, PatchEncoder)
    encoder = make_encoder(network_vae)
    assert isinstance(encoder, NetworkEncoder)
    x = torch.rand(2, 3, 5, 16, 24, generator=torch.Generator().manual_seed(1)) * 2 - 1
    assert torch.equal(encoder(x), network_vae.encode(x))
    for clip in range(2):
        for frame in range(5):
            single = network_vae.encode(x[clip : clip + 1, :, frame : frame + 1])
            assert torch.allclose(encoder.stills(x)[clip : clip + 1, :, frame : frame + 1], single, atol=1e-5)


@pytest.mark.parametrize("kind", ["linear", "network"])
def test_cached_latents_are_those_of_the_clips_that_the_data_set_reads(
    kind, data, linear_vae, network_vae, encoder, tmp_path
) -> None:
    vae, encoder = (linear_vae, encoder) if kind == "linear" else (network_vae, NetworkEncoder(network_vae))
    recipe = recipe_of(data)
    shards = cached(recipe, encoder, tmp_path / "latents")
    windows, dataset = Folder(recipe, tmp_path / "latents").windows, open_dataset(data)
    assert {name: len(value) for name, value in shards.items()} == dict.fromkeys(shards, 2)
    for row, window in enumerate(windows):
        clip = dataset.read(window.index, *SIZE, window.start, window.stride)
        pixels = clip.frames.permute(3, 0, 1, 2)[None].float() / 127.5 - 1
        for name, z in {
            "video_z": vae.encode(pixels),
            "reverse_z": vae.encode(pixels.flip(2)),
            "still_z": vae.encode(pixels[:, :, 2:3]),
        }.items():
            assert (shards[name][row].float() - z[0]).std() < 0.02 * z.std()
        assert torch.allclose(shards["c2w"][row].double(), torch.from_numpy(clip.trajectory.c2w.copy()))
        assert shards["hfov_deg"][row] == pytest.approx(clip.trajectory.hfov_deg[0])


def test_a_cache_that_goes_on_is_the_cache_that_was_never_stopped(data, encoder, tmp_path) -> None:
    recipe = recipe_of(data, strides=(1, 2))
    cached(recipe, encoder, tmp_path / "whole", size=1)
    files = sorted((tmp_path / "whole").glob("*.safetensors"))
    assert len(files) == 4  # of each of two scenes one clip of 5 frames in a row, and one of every second
    stopped = tmp_path / "stopped"
    encode_shard(recipe, encoder, stopped, 1, 1, Folder(recipe, stopped))
    before = (stopped / files[1].name).stat().st_mtime_ns
    cached(recipe, encoder, stopped, size=1)
    assert (stopped / files[1].name).stat().st_mtime_ns == before, "a shard that exists was made again"
    for file in files:
        assert (stopped / file.name).read_bytes() == file.read_bytes()


def test_clips_that_are_added_change_nothing_of_a_cache(make, other_clip, data, linear_vae, tmp_path) -> None:
    recipe, encoder = recipe_of(data), make_encoder(linear_vae)
    first = cached(recipe, encoder, tmp_path / "latents")
    make.nerfstudio(data, other_clip, "aa")
    assert len(open_dataset(data)) == 3
    assert torch.equal(cached(recipe, encoder, tmp_path / "latents")["video_z"], first["video_z"])


def test_a_folder_of_other_clips_is_refused(data, encoder, tmp_path) -> None:
    cached(recipe_of(data), encoder, tmp_path)
    with pytest.raises(RaxelError, match="lists clips of another recipe"):
        Folder(recipe_of(data, strides=(2,)), tmp_path)
    rendered = CacheRecipe(height=32, width=48, frames=5)
    encode_shard(rendered, encoder, tmp_path, 0, size=2)
    source = Folder(recipe_of(data, split="all"), tmp_path)
    with pytest.raises(RaxelError, match=r"train-0-00000.*holds clips with data '', the recipe asks for"):
        encode_shard(recipe_of(data, split="train"), encoder, tmp_path, 0, 2, source)


def test_clips_that_cannot_be_decoded_are_left_out_and_told(data, encoder, tmp_path, caplog) -> None:
    file = data / "a" / "images" / "frame_00005.png"  # in every window of 5 of 9 frames
    file.write_bytes(file.read_bytes()[:300])
    with caplog.at_level(logging.WARNING):
        shards = cached(recipe_of(data), encoder, tmp_path / "latents")
    assert len(shards["video_z"]) == 1
    assert "left out: a: frame_00005.png cannot be read" in caplog.text
    file = data / "b" / "images" / "frame_00005.png"
    file.write_bytes(b"")
    with pytest.raises(RaxelError, match="no clip of the shard all-0-00000"):
        cached(recipe_of(data), encoder, tmp_path / "again")


def test_a_split_without_clips_is_one_sentence(data, tmp_path) -> None:
    with pytest.raises(RaxelError, match="no clip of 13 frames for the split 'all' of its 2 scenes"):
        Folder(recipe_of(data, frames=13), tmp_path)


def test_shards_of_large_clips_are_smaller() -> None:
    assert shard_size(CacheRecipe()) == 256
    large = CacheRecipe(height=480, width=832, frames=81)
    assert 1 < shard_size(large) < 100


@pytest.mark.parametrize(
    "layout", [Layout(anywhere=1.0), Layout(sources=2, targets=1, clip=False, anywhere=1.0)]
)
def test_a_normalised_model_trains_on_paths_of_reach_one_from_any_canonical_camera(
    layout, data, linear_vae, encoder, tmp_path
) -> None:
    """Forwards and backwards, whichever frame is canonical: the farthest camera that is told is at distance 1."""
    recipe = recipe_of(data, scale="normalised", frames=9)
    shards = cached(recipe, encoder, tmp_path / "latents")
    assert torch.allclose(shards["c2w"][:, :, :3, 3].norm(dim=-1).amax(1), torch.ones(2))
    info = CheckpointInfo(name="t", height=32, width=48, frames=9, scale_mode=recipe.scale_mode)
    assert info.scale_mode == "relative"
    rays = RayLatents(PRESET_CONFIGS["tiny"], info, encoder)
    info = with_statistics(info, PRESET_CONFIGS["tiny"], linear_vae, rays, shards)
    told = []

    class Spy:
        """Notes the cameras that rays are made of."""

        encoder = rays.encoder

        def __call__(self, c2w, lens, stills=False):
            told.append(c2w[:, :, :3, 3].norm(dim=-1))
            return rays(c2w, lens, stills)

    clips = Clips(LatentCodec(PRESET_CONFIGS["tiny"], info, linear_vae), Spy(), shards)
    clips.batch(16, layout, torch.Generator().manual_seed(0))
    reach = torch.cat(told, dim=1).amax(dim=1)
    assert torch.allclose(reach, torch.ones(16), atol=1e-5)


def test_shards_hold_what_batches_of_every_kind_need(data, encoder, tmp_path) -> None:
    recipe = recipe_of(data)
    cached(recipe, encoder, tmp_path)
    rendered = CacheRecipe(height=32, width=48, frames=5)
    encode_shard(rendered, encoder, tmp_path, 0, size=2)
    ours, theirs = (load_file(tmp_path / f"{split}-0-00000.safetensors") for split in ("train", "all"))
    assert {name: (x.shape, x.dtype) for name, x in ours.items()} == {
        name: (x.shape, x.dtype) for name, x in theirs.items()
    }


def test_shards_on_disk_are_indexed_like_shards_in_memory(data, encoder, tmp_path) -> None:
    cached(recipe_of(data, frames=5, strides=(1, 2)), encoder, tmp_path, size=3)  # shards of three and one
    loaded, mapped = load_shards(tmp_path, "all"), load_shards(tmp_path, "all", in_memory=0)
    assert isinstance(mapped["video_z"], Rows) and isinstance(mapped["c2w"], torch.Tensor)
    for name in ("video_z", "still_z"):
        whole, rows = loaded[name], mapped[name].to("cpu")
        assert (len(rows), rows.shape) == (4, whole.shape)
        for key in (
            torch.tensor([3, 0, 3, 2]),
            slice(1, 4),
            slice(4096),
            2,
            -1,
            torch.tensor([], dtype=torch.long),
        ):
            assert torch.equal(rows[key], whole[key])
        numbers = torch.tensor([1, 3])
        assert torch.equal(rows[numbers, :, :1], whole[numbers, :, :1])


def test_batches_are_the_same_from_disk_and_from_memory(data, linear_vae, encoder, tmp_path) -> None:
    cached(recipe_of(data, strides=(1, 2)), encoder, tmp_path, size=3)
    network = PRESET_CONFIGS["tiny"]
    batches = []
    for in_memory in (0, 1 << 30):
        shards = load_shards(tmp_path, "all", in_memory)
        info = CheckpointInfo(name="t", height=32, width=48, frames=5)
        rays = RayLatents(network, info, encoder)
        info = with_statistics(info, network, linear_vae, rays, shards)
        clips = Clips(LatentCodec(network, info, linear_vae), rays, shards)
        batches.append(clips.batch(7, Layout(sources=2, anywhere=0.5), torch.Generator().manual_seed(0)))
    assert all(torch.equal(batches[0][name], batches[1][name]) for name in batches[0])

"""Laws of the two-branch network."""

import dataclasses
import random

import pytest
import torch

from raxel_core.model import PRESET_CONFIGS, SEGMENTS, RaxelConfig, RaxelTransformer, layers

TINY = PRESET_CONFIGS["tiny"]
ALL = {"source_z": 1, "target_z": 2, "video_z": 3, "source_r": 1, "target_r": 2, "video_r": 3}


def close(a, b, tolerance=1e-5):
    return (a - b).abs().max() <= tolerance * b.abs().max()


@pytest.mark.parametrize("training", [False, True])
def test_with_closed_gates_and_copied_rays_the_video_is_wans_bit_for_bit(make_network, make_inputs, training):
    network = make_network(dataclasses.replace(TINY, gate_init=0.0))
    network.copy_video_into_rays()
    latents, sigmas = make_inputs(**ALL)
    images = {name: x for name, x in latents.items() if name.endswith("_z")}
    with torch.set_grad_enabled(training):
        both, alone = network(latents, sigmas), network(images, sigmas)
    assert all(torch.equal(both[name], alone[name]) for name in images)


@pytest.mark.parametrize("seed", range(8))
def test_at_the_start_no_ray_changes_a_bit_of_the_video_of_any_small_network(make_network, seed):
    dice = random.Random(seed)
    head_dim, heads = dice.choice([6, 16, 22, 40]), dice.choice([1, 2, 3])
    config = RaxelConfig(head_dim * heads, 50, dice.choice([1, 3]), heads, text_dim=20, text_len=4)
    network = make_network(config, seed)
    network.copy_video_into_rays()
    names = [name for name in SEGMENTS if dice.random() < 0.7 or name.startswith("video")]
    batch, height, width = dice.choice([1, 3]), dice.randint(1, 7), dice.randint(1, 7)
    sizes = {"z": (2 * height, 2 * width), "r": (height, width)}
    latents = {
        name: 10.0 ** dice.randint(-3, 3) * torch.randn(batch, 16, dice.choice([1, 2, 21]), *sizes[name[-1]])
        for name in names
    }
    sigmas = {name: torch.rand(batch) for name in names}
    text = torch.randn(batch, dice.choice([1, 6, 90]), 20)
    images = {name: x for name, x in latents.items() if name.endswith("_z")}
    for training in (False, True):
        with torch.set_grad_enabled(training):
            both, alone = network(latents, sigmas, text), network(images, sigmas, text)
        assert all(torch.equal(both[name], alone[name]) for name in images)


@pytest.mark.parametrize("attention", ["decoupled", "joint"])
def test_the_arithmetic_without_gradients_is_that_with_gradients_for_any_chunk(
    make_network, make_inputs, attention, monkeypatch
):
    network = make_network(dataclasses.replace(TINY, text_len=3, attention=attention))
    latents, sigmas = make_inputs(**ALL)
    expected = network(latents, sigmas)
    for chunk in (1, 5, 64, 4096):
        network.ffn_chunk = chunk
        monkeypatch.setattr(layers, "NORM_CHUNK", chunk + 2)
        with torch.inference_mode():
            velocity = network(latents, sigmas)
        assert all(close(velocity[name], expected[name].detach()) for name in latents)


def test_a_chunk_of_no_tokens_is_refused(make_network):
    with pytest.raises(ValueError, match="at least 1 token, got 0"):
        make_network().ffn_chunk = 0


@pytest.mark.parametrize("attention", ["decoupled", "joint"])
def test_a_network_overwrites_none_of_its_inputs(make_network, make_inputs, attention):
    network = make_network(dataclasses.replace(TINY, attention=attention))
    latents, sigmas = make_inputs(**ALL)
    text = torch.randn(2, 3, TINY.text_dim)
    given = [*latents.values(), *sigmas.values(), text, *network.state_dict().values()]
    before = [tensor.clone() for tensor in given]
    with torch.no_grad():
        network(latents, sigmas, text)
    assert all(torch.equal(tensor, copy) for tensor, copy in zip(given, before, strict=True))


def test_tokens_that_wait_for_a_gradient_are_not_overwritten(make_network, make_inputs):
    """Reentrant checkpoints first run a block without gradients, and later again from the input that they kept."""
    network, (latents, sigmas) = make_network(), make_inputs(**ALL)
    calls = []
    network.blocks[0].register_forward_pre_hook(lambda _, arguments: calls.append(arguments))
    network(latents, sigmas)
    before = [stream.tokens.detach().clone() for stream in calls[0][0]]
    with torch.no_grad():
        network.blocks[0](*calls[0])
    assert all(torch.equal(s.tokens, x) for s, x in zip(calls[0][0], before, strict=True))


def test_joint_attention_has_no_gates_and_without_rays_it_is_the_same_network(make_network, make_inputs):
    joint = make_network(dataclasses.replace(TINY, attention="joint"))
    assert not [name for name in joint.state_dict() if "gate" in name]
    decoupled = make_network(TINY)
    decoupled.load_state_dict(joint.state_dict(), strict=False)
    latents, sigmas = make_inputs(source_z=1, video_z=2)
    with torch.no_grad():
        alone, same = joint(latents, sigmas), decoupled(latents, sigmas)
    assert all(torch.equal(alone[name], same[name]) for name in latents)


def test_in_joint_attention_images_feel_rays_and_rays_feel_images(make_network, make_inputs):
    network = make_network(dataclasses.replace(TINY, attention="joint", num_layers=1))
    latents, sigmas = make_inputs(**ALL)
    with torch.no_grad():
        before = network(latents, sigmas)
        for branch, other in (("z", "r"), ("r", "z")):
            changed = {name: x + (name == f"video_{branch}") for name, x in latents.items()}
            after = network(changed, sigmas)
            assert not close(after[f"video_{other}"], before[f"video_{other}"], 1e-3)


@pytest.mark.parametrize(("gate", "changes", "stays"), [("gate_z", "_z", "_r"), ("gate_r", "_r", "_z")])
def test_each_gate_opens_its_own_direction_only(make_network, make_inputs, gate, changes, stays):
    network = make_network(dataclasses.replace(TINY, gate_init=0.0, num_layers=1))
    network.copy_video_into_rays()
    latents, sigmas = make_inputs(**ALL)
    with torch.no_grad():
        before = network(latents, sigmas)
        getattr(network.blocks[0], gate).fill_(1.0)
        after = network(latents, sigmas)
    for name in latents:
        assert torch.equal(before[name], after[name]) == name.endswith(stays)
        assert close(before[name], after[name]) != name.endswith(changes)


def test_the_order_in_which_segments_are_given_does_not_matter(make_network, make_inputs):
    network, (latents, sigmas) = make_network(), make_inputs(**ALL)
    with torch.no_grad():
        forward = network(latents, sigmas)
        backward = network(dict(reversed(latents.items())), dict(reversed(sigmas.items())))
    assert list(backward) == list(reversed(latents))
    assert all(torch.equal(forward[name], backward[name]) for name in latents)


def test_a_still_in_its_slot_means_the_same_as_source_and_as_target(make_network, make_inputs):
    network, (latents, sigmas) = make_network(), make_inputs(source_z=3, video_z=2, source_r=3, video_r=2)
    renamed, levels = dict(latents), dict(sigmas)
    for branch in ("z", "r"):  # targets stand before sources
        stills = latents[f"source_{branch}"]
        renamed[f"target_{branch}"], renamed[f"source_{branch}"] = stills[:, :, :1], stills[:, :, 1:]
        levels[f"target_{branch}"] = sigmas[f"source_{branch}"]
    with torch.no_grad():
        expected, velocity = network(latents, sigmas), network(renamed, levels)
    assert close(velocity["video_z"], expected["video_z"])
    for branch in ("z", "r"):
        stills = torch.cat((velocity[f"target_{branch}"], velocity[f"source_{branch}"]), dim=2)
        assert close(stills, expected[f"source_{branch}"])


@pytest.mark.parametrize("name", ALL)
def test_every_segment_feels_its_own_noise_level(make_network, make_inputs, name):
    network, (latents, sigmas) = make_network(), make_inputs(**ALL)
    with torch.no_grad():
        before = network(latents, sigmas)[name]
        after = network(latents, {**sigmas, name: 1 - sigmas[name]})[name]
    assert not close(after, before, 1e-2)


def test_clips_of_a_batch_do_not_see_each_other(make_network, make_inputs):
    network, (latents, sigmas) = make_network(), make_inputs(batch=2, **ALL)
    with torch.no_grad():
        together = network(latents, sigmas)
        for i in range(2):
            alone = network(
                {n: x[i : i + 1] for n, x in latents.items()}, {n: s[i] for n, s in sigmas.items()}
            )
            assert all(close(together[n][i : i + 1], alone[n]) for n in latents)


@pytest.mark.parametrize("names", [("video_r",), ("source_z", "video_r"), ("target_z", "target_r")])
def test_any_choice_of_segments_runs_and_keeps_its_shapes(make_network, make_inputs, names):
    latents, sigmas = make_inputs(**{name: ALL[name] for name in names})
    with torch.no_grad():
        velocity = make_network()(latents, sigmas)
    assert {n: v.shape for n, v in velocity.items()} == {n: x.shape for n, x in latents.items()}


def test_text_replaces_the_stored_null_context(make_network, make_inputs):
    network, (latents, sigmas) = make_network(), make_inputs(**ALL)
    with torch.no_grad():
        default = network(latents, sigmas)
        stored = network(latents, sigmas, network.null_context.expand(2, -1, -1))
        text = network(latents, sigmas, torch.randn(2, 7, TINY.text_dim))
    assert torch.equal(default["video_z"], stored["video_z"])
    assert not close(text["video_z"], default["video_z"], 1e-2)


def test_a_single_word_of_text_takes_the_short_way_to_the_same_answer(make_network, make_inputs):
    network, (latents, sigmas) = make_network(), make_inputs(**ALL)
    word = torch.randn(2, 1, TINY.text_dim)
    with torch.no_grad():
        short, long = network(latents, sigmas, word), network(latents, sigmas, word.expand(-1, 5, -1))
    assert all(close(short[name], long[name]) for name in latents)


def test_a_network_from_nothing_lets_its_input_through_and_its_rays_are_its_video(make_inputs):
    network, (latents, sigmas) = RaxelTransformer(TINY), make_inputs(**ALL)
    with torch.no_grad():
        velocity = network(latents, sigmas)
    for (
        name,
        x,
    ) in latents.items():  # at sigma 1 the velocity is noise minus data, and noise is all that is seen
        assert torch.nn.functional.cosine_similarity(velocity[name].flatten(), x.flatten(), dim=0) > 0.6
    tensors = dict(network.named_parameters())
    pairs = [(name, name.replace("ray_", "")) for name in tensors if "ray_" in name]
    assert len(pairs) == 11 * TINY.num_layers + 11
    assert all(torch.equal(tensors[ray], tensors[video]) for ray, video in pairs)
    assert all((block.gate_z == 1).all() and (block.gate_r == 1).all() for block in network.blocks)


@pytest.mark.parametrize("attention", ["decoupled", "joint"])
def test_every_tensor_of_a_trained_network_gets_a_gradient(make_network, make_inputs, attention):
    config = dataclasses.replace(TINY, text_len=3, attention=attention)
    network, (latents, sigmas) = make_network(config), make_inputs(**ALL)
    sum(velocity.square().mean() for velocity in network(latents, sigmas).values()).backward()
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


def test_gradients_match_finite_differences_along_a_random_direction(make_network, make_inputs):
    network = make_network(dataclasses.replace(TINY, text_len=3)).double()
    latents, sigmas = make_inputs(batch=1, **ALL)
    latents = {name: x.double() for name, x in latents.items()}

    def loss():
        return sum(v.square().mean() for v in network(latents, sigmas).values())

    parameters = list(network.parameters())
    gradient = torch.autograd.grad(loss(), parameters)
    torch.manual_seed(2)
    direction = [torch.randn_like(p) for p in parameters]
    slope = sum((g * d).sum() for g, d in zip(gradient, direction, strict=True))
    values = []
    with torch.no_grad():
        for step in (1e-5, -2e-5):
            for p, d in zip(parameters, direction, strict=True):
                p += step * d
            values.append(loss())
    assert torch.isclose((values[0] - values[1]) / 2e-5, slope, rtol=1e-4)


@pytest.mark.parametrize("training", [False, True])
def test_bf16_autocast_stays_near_float32_and_returns_float32(make_network, make_inputs, training):
    network, (latents, sigmas) = make_network(), make_inputs(**ALL)
    exact = network(latents, sigmas)
    with torch.set_grad_enabled(training), torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = network(latents, sigmas)
    for name in latents:
        assert rounded[name].dtype == torch.float32
        assert (rounded[name] - exact[name]).norm() < 0.02 * exact[name].norm()


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("attention", ["decoupled", "joint"])
def test_blocks_compile_into_one_graph_and_give_the_same_numbers(
    make_network, make_inputs, attention, training
):
    torch.compiler.reset()
    network = make_network(dataclasses.replace(TINY, text_len=3, attention=attention))
    latents, sigmas = make_inputs(**ALL)
    with torch.set_grad_enabled(training):
        expected = network(latents, sigmas)
        for block in network.blocks:
            block.compile(fullgraph=True, backend="eager")
        velocity = network(latents, sigmas)
    assert all(close(velocity[name], expected[name], 1e-6) for name in latents)


def test_a_half_precision_network_takes_float32_latents(make_network, make_inputs):
    network, (latents, sigmas) = make_network(), make_inputs(**ALL)
    with torch.no_grad():
        exact = network(latents, sigmas)
        rounded = network.bfloat16()(latents, sigmas)
    for name in latents:
        assert rounded[name].dtype == torch.float32
        assert (rounded[name] - exact[name]).norm() < 0.05 * exact[name].norm()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"video_r": (1, 16, 3, 8, 12)}, "half resolution"),
        ({"video_z": (1, 16, 3, 7, 12)}, "half resolution"),
        ({"sound": (1, 16, 3, 8, 12)}, "sound"),
    ],
)
def test_latents_that_contradict_each_other_are_refused_with_their_sizes(make_network, change, words):
    shapes = {"video_z": (1, 16, 3, 8, 12), "video_r": (1, 16, 3, 4, 6), **change}
    latents = {name: torch.zeros(shape) for name, shape in shapes.items() if shape}
    with pytest.raises(ValueError, match=words):
        make_network()(latents, dict.fromkeys(latents, torch.zeros(1)))


def test_a_segment_without_a_sigma_is_refused(make_network, make_inputs):
    latents, sigmas = make_inputs(video_z=1, video_r=1)
    del sigmas["video_r"]
    with pytest.raises(ValueError, match="video_r"):
        make_network()(latents, sigmas)


def test_modulation_rows_are_never_expanded_to_all_tokens(make_network, make_inputs):
    """Six rows for each of N tokens would dwarf every other tensor; the largest one is the FFN's hidden layer."""
    network, (latents, sigmas) = make_network(), make_inputs(**ALL)
    tokens, sizes = 24 * 6, []

    class Record(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, function, types, args=(), kwargs=None):
            out = function(*args, **(kwargs or {}))
            sizes.extend(
                x.numel() for x in (out if isinstance(out, tuple | list) else [out]) if torch.is_tensor(x)
            )
            return out

    with torch.no_grad(), Record():
        network(latents, sigmas)
    assert max(sizes) <= 2 * tokens * TINY.ffn_dim

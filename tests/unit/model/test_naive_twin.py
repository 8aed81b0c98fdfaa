"""The whole network against a twin that walks token by token: no batch, no fused anything, float64 loops."""

import cmath
import dataclasses
import math

import pytest
import torch

from raxel_core.model import SEGMENTS, RaxelConfig, layers
from raxel_core.model.rope import THETA, axis_widths

CONFIG = RaxelConfig(
    dim=24, ffn_dim=32, num_layers=2, num_heads=2, in_channels=2, text_dim=8, text_len=3, freq_dim=10
)


class Twin:
    """The network's tensors under their names, and the network's sums written out."""

    def __init__(self, network):
        self.w = {name: value.detach().double() for name, value in network.state_dict().items()}
        self.joint = network.config.attention == "joint"

    def linear(self, name, x):
        return self.w[f"{name}.weight"].flatten(1) @ x + self.w[f"{name}.bias"]

    def mlp(self, name, activation, x):
        return self.linear(f"{name}.2", activation(self.linear(f"{name}.0", x)))

    def norm(self, x):
        return (x - x.mean()) / (x.var(correction=0) + CONFIG.eps).sqrt()

    def rms(self, name, x):
        return x / (x.square().mean() + CONFIG.eps).sqrt() * self.w[f"{name}.weight"]

    def turn(self, x, place):
        """Rotate the pairs of each head by the token's place."""
        out = []
        for head in x.view(CONFIG.num_heads, -1):
            pairs = iter(head.view(-1, 2).tolist())
            for position, width in zip(place, axis_widths(CONFIG.head_dim), strict=True):
                for i in range(width // 2):
                    number = complex(*next(pairs)) * cmath.exp(1j * position * THETA ** (-2 * i / width))
                    out += [number.real, number.imag]
        return torch.tensor(out, dtype=torch.float64)

    def attend(self, name, prefix_q, queries, memories):
        """Each query (x, place) looks at each (x, place) of each branch's memory; place None means unrotated."""
        keys, values = [], []
        for prefix, memory in memories.items():
            for x, place in memory:
                k = self.rms(f"{name}.{prefix}norm_k", self.linear(f"{name}.k", x))
                keys.append(k if place is None else self.turn(k, place))
                values.append(self.linear(f"{name}.v", x))
        updates, width = [], CONFIG.head_dim
        for x, place in queries:
            q = self.rms(f"{name}.{prefix_q}norm_q", self.linear(f"{name}.q", x))
            q = q if place is None else self.turn(q, place)
            mixed = torch.zeros(CONFIG.dim, dtype=torch.float64)
            for head in range(CONFIG.num_heads):
                part = slice(head * width, (head + 1) * width)
                weights = [math.exp(float(q[part] @ k[part]) / math.sqrt(width)) for k in keys]
                for weight, v in zip(weights, values, strict=True):
                    mixed[part] += weight / sum(weights) * v[part]
            updates.append(self.linear(f"{name}.o", mixed))
        return updates

    def tokens(self, latents, sigmas, prefix):
        """Every token of a branch: its state, place, time embedding, projected time, and home in the output."""
        branch = SEGMENTS[3:] if prefix else SEGMENTS[:3]
        counts = {name: latents[name].shape[1] if name in latents else 0 for name in branch}
        source, target = counts[branch[0]], counts[branch[1]]
        first = {branch[0]: -source, branch[1]: -source - target, branch[2]: 0}
        tokens = []
        for name in branch:
            for t, i, j in self.grid(latents.get(name)):
                height, width = latents[name].shape[2:]
                corner = [(a % height, b % width) for a in (2 * i, 2 * i + 1) for b in (2 * j, 2 * j + 1)]
                patch = torch.stack([latents[name][:, t, a, b] for a, b in corner], dim=1).flatten()
                state = self.linear(f"{prefix}patch_embedding", patch)
                if prefix and "ray_patch_mlp.1.weight" in self.w:
                    state = self.linear(
                        "ray_patch_mlp.1", torch.nn.functional.gelu(state, approximate="tanh")
                    )
                state = state + self.w["modality_embedding"][1 if prefix else 0]
                row, column = (2 * i + 0.5, 2 * j + 0.5) if prefix else (i, j)
                angles = [1000 * sigmas[name] * 10000 ** (-k / 5) for k in range(5)]
                waves = torch.tensor([*map(math.cos, angles), *map(math.sin, angles)], dtype=torch.float64)
                time = self.mlp(f"{prefix}time_embedding", torch.nn.functional.silu, waves)
                projected = self.linear(f"{prefix}time_projection.1", torch.nn.functional.silu(time)).view(
                    6, -1
                )
                tokens.append([state, (first[name] + t, row, column), time, projected, (name, t, i, j)])
        return tokens

    @staticmethod
    def grid(latent):
        if latent is None:
            return []
        frames, (rows, columns) = latent.shape[1], (math.ceil(side / 2) for side in latent.shape[2:])
        return [(t, i, j) for t in range(frames) for i in range(rows) for j in range(columns)]

    def __call__(self, latents, sigmas, text):
        def gelu(x):
            return torch.nn.functional.gelu(x, approximate="tanh")

        context = [(self.mlp("text_embedding", gelu, word), None) for word in text]
        branches = {prefix: self.tokens(latents, sigmas, prefix) for prefix in ("", "ray_")}
        for block in range(CONFIG.num_layers):
            self.block(f"blocks.{block}", branches, context, gelu)
        return self.heads(branches, latents)

    def block(self, b, branches, context, gelu):
        rows = {p: [self.w[f"{b}.{p}modulation"][0] + t[3] for t in tokens] for p, tokens in branches.items()}

        def seen(p):
            pairs = zip(branches[p], rows[p], strict=True)
            return [(self.norm(t[0]) * (1 + m[1]) + m[0], t[1]) for t, m in pairs]

        everything = {p: seen(p) for p in branches}
        for p, tokens in branches.items():
            memory = everything if self.joint else {p: everything[p]}
            updates = self.attend(f"{b}.self_attn", p, everything[p], memory)
            for token, m, update in zip(tokens, rows[p], updates, strict=True):
                token[0] = token[0] + update * m[2]
        if not self.joint:
            self.across(b, branches, {p: seen(p) for p in branches})
        for p, tokens in branches.items():
            weight, bias = self.w[f"{b}.{p}norm3.weight"], self.w[f"{b}.{p}norm3.bias"]
            queries = [(self.norm(token[0]) * weight + bias, None) for token in tokens]
            updates = self.attend(f"{b}.cross_attn", p, queries, {p: context})
            for token, m, update in zip(tokens, rows[p], updates, strict=True):
                token[0] = token[0] + update
                token[0] = token[0] + m[5] * self.mlp(
                    f"{b}.{p}ffn", gelu, self.norm(token[0]) * (1 + m[4]) + m[3]
                )

    def across(self, b, branches, seen):
        other = {"": "ray_", "ray_": ""}
        updates = {p: self.attend(f"{b}.self_attn", p, seen[p], {o: seen[o]}) for p, o in other.items()}
        for p, tokens in branches.items():
            for token, update in zip(tokens, updates[p], strict=True):
                token[0] = token[0] + update * self.w[f"{b}.gate_r" if p else f"{b}.gate_z"]

    def heads(self, branches, latents):
        velocity = {name: torch.zeros_like(x, dtype=torch.float64) for name, x in latents.items()}
        for p, tokens in branches.items():
            for state, _, time, _, (name, t, i, j) in tokens:
                shift, scale = self.w[f"{p}head.modulation"][0] + time
                patch = self.linear(f"{p}head.head", self.norm(state) * (1 + scale) + shift).view(2, 2, -1)
                room = velocity[name][:, t, 2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
                room.copy_(patch.permute(2, 0, 1)[:, : room.shape[1], : room.shape[2]])
        return velocity


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(
    ("attention", "rays"), [("decoupled", "raxels"), ("joint", "raxels"), ("decoupled", "plucker")]
)
@pytest.mark.parametrize(
    ("frames", "height", "width"),
    [
        ({"source_z": 2, "target_z": 1, "video_z": 2, "source_r": 2, "target_r": 1, "video_r": 2}, 4, 8),
        ({"source_z": 1, "video_z": 1, "source_r": 1, "video_r": 3}, 4, 4),
        ({"target_z": 1, "video_z": 1, "video_r": 1}, 6, 10),  # rays of 3 x 5 latents: padded to patches
    ],
)
def test_the_network_equals_its_naive_twin_on_every_path(
    make_network, monkeypatch, frames, height, width, attention, rays, training
):
    network = make_network(dataclasses.replace(CONFIG, attention=attention, rays=rays))
    network.ffn_chunk = 3
    monkeypatch.setattr(layers, "NORM_CHUNK", 2)
    torch.manual_seed(3)
    sizes = {"z": (height, width), "r": (height // 2, width // 2)}
    channels = {"z": CONFIG.in_channels, "r": network.config.ray_channels}
    latents = {
        name: torch.randn(2, channels[name[-1]], count, *sizes[name[-1]]) for name, count in frames.items()
    }
    sigmas, text = {name: torch.rand(2) for name in latents}, torch.randn(2, 4, 8)
    with torch.set_grad_enabled(training):
        velocity = network(latents, sigmas, text)
    twin = Twin(network)
    for i in range(2):
        clip = {name: x[i].double() for name, x in latents.items()}
        expected = twin(clip, {name: float(s[i]) for name, s in sigmas.items()}, text[i].double())
        for name in latents:
            error = (velocity[name][i] - expected[name]).abs().max() / expected[name].abs().max()
            assert error < 1e-5, (name, float(error))

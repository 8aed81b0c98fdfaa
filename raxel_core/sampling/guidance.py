"""What stands between the network and the solver: text guidance, camera guidance, and what must hold on the way.

All of it turns one function from latents and sigmas to velocities into another.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from .noise import Noise
from .options import SamplingOptions
from .solvers import Denoise, Latents, Levels

TextDenoise = Callable[[Latents, Levels, "Tensor | None"], Latents]
"""(latents, sigmas, text or None) -> velocity of every segment: the network."""

Impose = Callable[[Latents], Latents]
"""Estimates of the clean latents of the rays -> what they must be."""


def guided(network: TextDenoise, options: SamplingOptions, noise: Noise, follows_cameras: bool) -> Denoise:
    """The network led away from the negative text, and towards the given cameras.

    Text: `v_neg + cfg (v_pos - v_neg)`. Cameras [ours]: `+ w (v(rays clean) - v(rays at noise))`, for pictures, and only
    while all rays are clean. Each costs one more forward, and none where it changes nothing.

    Args:
        network: the velocity under a text.
        options: texts and both weights.
        noise: of the run; drawn from only after the run has drawn its own.
        follows_cameras: the task has given cameras; else camera guidance is off.
    """
    by_text = options.guides_by_text
    weight = options.camera_guidance if follows_cameras else 0.0
    noisy_rays: Latents = {}  # one draw for the whole run

    def denoise(latents: Latents, levels: Levels) -> Latents:
        told = network(latents, levels, options.context)
        velocity = dict(told)
        if by_text:
            away = network(latents, levels, options.negative)
            velocity = {name: away[name] + options.cfg * (told[name] - away[name]) for name in told}
        rays = [name for name in latents if name.endswith("_r")]
        if weight and not any(levels[name] for name in rays):
            for name in rays:
                noisy_rays.setdefault(name, noise.like(latents[name], latents[name].shape))
            blind = network(
                {**latents, **noisy_rays}, {**levels, **dict.fromkeys(rays, 1.0)}, options.context
            )
            images = [name for name in latents if name not in rays]
            velocity |= {name: velocity[name] + weight * (told[name] - blind[name]) for name in images}
        return velocity

    return denoise


def imposed(denoise: Denoise, impose: Impose) -> Denoise:
    """Velocities that lead to estimates of the clean rays which hold what must hold; while the rays are not clean."""

    def held(latents: Latents, levels: Levels) -> Latents:
        velocity = denoise(latents, levels)
        noisy = [name for name in latents if name.endswith("_r") and levels[name] > 0]
        if not noisy:
            return velocity
        clean = impose({name: latents[name] - levels[name] * velocity[name] for name in noisy})
        return velocity | {name: (latents[name] - clean[name]) / levels[name] for name in noisy}

    return held

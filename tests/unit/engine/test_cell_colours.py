"""The maps that previews are made with: exact for an autoencoder that is linear cell by cell."""

import torch

from raxel_core.engine.cell_colours import cell_means, fit_cell_colours, probe_latents, remembered

generator = torch.Generator().manual_seed(0)
FIRST, LATER = (torch.randn(3, 16, generator=generator) for _ in range(2))
BIAS = torch.tensor([0.1, -0.2, 0.3]).view(1, 3, 1, 1, 1)


def decoded(z):
    """Flat cells; the first frame by one matrix, the four of each later latent by another, brighter and brighter."""
    first = torch.einsum("dc,bcthw->bdthw", FIRST, z[:, :, :1])
    later = torch.einsum("dc,bcthw->bdthw", LATER, z[:, :, 1:])
    four = torch.stack([share * later for share in (0.4, 0.8, 1.2, 1.6)], dim=3).flatten(2, 3)
    cells = torch.cat((first, four), dim=2) + BIAS
    return cells.repeat_interleave(8, dim=3).repeat_interleave(8, dim=4)


def test_first_and_later_frames_of_a_clip_have_maps_of_their_own():
    colours = fit_cell_colours(probe_latents(16), decoded(probe_latents(16)))
    z = torch.randn(1, 16, 4, 5, 6)
    assert torch.allclose(colours(z), cell_means(decoded(z))[0], atol=1e-3)
    each = torch.cat([cell_means(decoded(z[:, :, i : i + 1]))[0] for i in range(4)])
    assert torch.allclose(colours(z, stills=True), each, atol=1e-3)


def test_the_mean_of_a_cell_is_over_its_pixels_and_frames():
    pixels = torch.rand(2, 3, 9, 16, 24)
    means = cell_means(pixels)
    assert means.shape == (2, 3, 2, 3, 3)
    assert torch.allclose(means[1, 0, 1, 2], pixels[1, :, 0, 8:, 16:].mean(dim=(1, 2)), atol=1e-6)
    assert torch.allclose(means[1, 2, 0, 1], pixels[1, :, 5:9, :8, 8:16].mean(dim=(1, 2, 3)), atol=1e-6)


def test_maps_are_found_once_for_the_weights_and_their_statistics():
    class Adapter:
        def __init__(self, model):
            self.model = model

    weights, found = torch.nn.Linear(1, 1), []

    def fit():
        found.append(fit_cell_colours(probe_latents(16), decoded(probe_latents(16))))
        return found[-1]

    first = remembered(Adapter(weights), "a", fit)
    assert remembered(Adapter(weights), "a", fit) is first and len(found) == 1
    assert remembered(Adapter(weights), "b", fit) is not first
    assert remembered(Adapter(torch.nn.Linear(1, 1)), "a", fit) is not first

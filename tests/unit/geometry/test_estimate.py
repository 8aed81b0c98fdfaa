"""Both estimators: exact on exact raxels, equal to slow twins on noisy ones, frank about what is no camera."""

from dataclasses import replace

import numpy as np
import pytest
import roma
import torch
from scipy.optimize import least_squares
from scipy.spatial.transform import Rotation

from raxel_core.errors import RaxelError
from raxel_core.geometry.estimate import estimate_trajectory
from raxel_core.geometry.presets import preset_trajectory
from raxel_core.geometry.raxels import Raxels, raxels_from_trajectory
from raxel_core.geometry.rays import intrinsics, pixel_centers
from raxel_core.geometry.rotation import rotation_angle_deg, rotation_exp
from raxel_core.geometry.solve import median_focal, procrustes
from raxel_core.geometry.trajectory import Trajectory

METHODS = ["paper", "joint"]


def wander(num_frames=5, width=96, height=64, hfov_deg=60.0, seed=0, largest_deg=60.0):
    """Random cameras at distance 1 from the first, which is the identity."""
    rng = np.random.default_rng(seed)
    axis, T = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in rng.standard_normal((2, num_frames, 3)))
    c2w = np.tile(np.eye(4), (num_frames, 1, 1))
    c2w[1:, :3, :3] = rotation_exp(np.radians(largest_deg) * rng.random((num_frames, 1)) * axis)[1:]
    c2w[1:, :3, 3] = T[1:]
    return Trajectory(c2w, intrinsics(np.full(num_frames, hfov_deg), width, height), width, height)


def noisy(raxels, sigma, seed=0):
    noise = torch.randn(raxels.images.shape, generator=torch.Generator().manual_seed(seed))
    return replace(raxels, images=raxels.images + raxels.alpha * sigma * noise)


def assert_cameras_close(seen, truth, turn_deg=1e-4, shift=2e-6, zoom=1e-5):
    assert rotation_angle_deg(seen.c2w[:, :3, :3], truth.c2w[:, :3, :3]).max() < turn_deg
    assert np.abs(seen.c2w[:, :3, 3] - truth.c2w[:, :3, 3]).max() < shift
    np.testing.assert_allclose(seen.K, truth.K, rtol=zoom)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [(96, 64), (64, 96), (62, 62), (416, 240)])
@pytest.mark.parametrize("hfov_deg", [20.0, 60.0, 130.0])
def test_exact_raxels_give_their_cameras_back(method, size, hfov_deg):
    truth = wander(3, *size, hfov_deg=hfov_deg)
    found = estimate_trajectory(raxels_from_trajectory(truth), method)
    assert_cameras_close(found.trajectory, truth)
    assert found.confidence.min() > 1 - 1e-9
    assert found.residual.max() < 1e-6


@pytest.mark.parametrize("method", METHODS)
def test_half_turns_come_back(method):
    c2w = np.tile(np.eye(4), (4, 1, 1))
    c2w[1:, :3, :3] = [np.diag([1.0, -1, -1]), np.diag([-1.0, 1, -1]), np.diag([-1.0, -1, 1])]
    truth = Trajectory(c2w, intrinsics(np.full(4, 60), 64, 48), 64, 48)
    assert_cameras_close(estimate_trajectory(raxels_from_trajectory(truth), method).trajectory, truth)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["static", "pan_left", "dolly_in", "orbit_left", "spiral"])
def test_presets_come_back_in_the_users_units(method, name):
    truth = preset_trajectory(name, 6, 96, 64, subject_distance=250.0)
    found = estimate_trajectory(raxels_from_trajectory(truth), method).trajectory
    assert_cameras_close(found, truth, shift=250 * 2e-6)
    assert found.scale == "metric"


@pytest.mark.parametrize("method", METHODS)
def test_one_frame_is_enough(method):
    truth = wander(1)
    assert_cameras_close(estimate_trajectory(raxels_from_trajectory(truth), method).trajectory, truth)


def test_two_by_two_raxels_are_enough():
    truth = wander(3, 4, 4)
    assert_cameras_close(estimate_trajectory(raxels_from_trajectory(truth)).trajectory, truth)


@pytest.mark.parametrize("method", METHODS)
def test_pixels_that_are_not_square_are_read_when_asked_for_and_spare_the_rotation_when_not(method):
    truth = wander()
    K = truth.K.copy()
    K[:, 1, 1] *= 1.1
    truth = replace(truth, K=K)
    raxels = raxels_from_trajectory(truth)
    assert_cameras_close(estimate_trajectory(raxels, method, square_pixels=False).trajectory, truth)
    square = estimate_trajectory(raxels, method).trajectory
    assert rotation_angle_deg(square.c2w[:, :3, :3], truth.c2w[:, :3, :3]).max() < 1e-3
    assert K[0, 0, 0] < square.K[0, 0, 0] < K[0, 1, 1]


def test_a_lens_zoom_is_read_frame_by_frame():
    truth = preset_trajectory("dolly_zoom", 6, 96, 64)
    found = estimate_trajectory(raxels_from_trajectory(truth), focal="frame").trajectory
    assert_cameras_close(found, truth)


def test_one_lens_for_the_clip_is_the_same_in_every_frame():
    raxels = noisy(raxels_from_trajectory(wander()), 0.02)
    for method in METHODS:
        assert np.ptp(estimate_trajectory(raxels, method, "clip").trajectory.K[:, 0, 0]) == 0
        assert np.ptp(estimate_trajectory(raxels, method, "frame").trajectory.K[:, 0, 0]) > 0


@pytest.mark.parametrize("method", METHODS)
def test_a_fixed_lens_is_kept(method):
    raxels = noisy(raxels_from_trajectory(wander()), 0.02)
    found = estimate_trajectory(raxels, method, focal=60.0).trajectory
    np.testing.assert_allclose(found.hfov_deg, 60)


def test_reading_commutes_with_moving_the_canonical_camera():
    raxels = noisy(raxels_from_trajectory(wander(), alpha=1.0), 0.01)
    R, T = rotation_exp([0.4, -1.0, 0.2]), np.array([0.3, 0.1, -0.2])
    images = (raxels.images.double() @ torch.from_numpy(R.T) + torch.from_numpy(T)).float()
    before = estimate_trajectory(raxels).trajectory.c2w
    after = estimate_trajectory(replace(raxels, images=images)).trajectory.c2w
    np.testing.assert_allclose(after[:, :3, :3], R @ before[:, :3, :3], atol=2e-6)
    np.testing.assert_allclose(after[:, :3, 3], before[:, :3, 3] @ R.T + T, atol=2e-6)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("reference", [0, 2, -1])
def test_the_reference_frame_becomes_the_identity(method, reference):
    raxels = noisy(raxels_from_trajectory(wander()), 0.01)
    found = estimate_trajectory(raxels, method, reference=reference).trajectory
    np.testing.assert_array_equal(found.c2w[reference], np.eye(4))


def test_procrustes_is_romas():
    rng = torch.Generator().manual_seed(3)
    source = torch.randn(4, 3, 50, generator=rng)
    target = torch.randn(4, 3, 50, generator=rng)
    R, T = procrustes(source, target)
    R_roma, T_roma = roma.rigid_points_registration(source.transpose(1, 2), target.transpose(1, 2))
    torch.testing.assert_close(R.float(), R_roma, atol=1e-5, rtol=0)
    torch.testing.assert_close(T.float(), T_roma, atol=1e-5, rtol=0)
    torch.testing.assert_close(torch.linalg.det(R), torch.ones(4, dtype=torch.float64))


def test_focal_by_median_of_ratios_is_the_loops():
    rng = np.random.default_rng(0)
    local, pixels = rng.standard_normal((3, 3, 35)), rng.integers(-3, 4, (2, 35)).astype(float)
    focal = median_focal(torch.from_numpy(local), torch.from_numpy(pixels)).numpy()
    for frame in range(3):
        for axis in range(2):
            ratios = sorted(
                pixels[axis, n] * local[frame, 2, n] / local[frame, axis, n]
                for n in range(35)
                if pixels[axis, n]
            )
            assert focal[frame, axis] == pytest.approx(ratios[len(ratios) // 2])


def naive_fit(raxels, frame, start):
    """Least squares over (rotation vector, T, log f) of one frame by scipy, rays drawn pixel by pixel."""
    height, width = raxels.images.shape[1:3]
    seen = raxels.images[frame].double().numpy().reshape(-1, 3) / raxels.alpha
    pixels = pixel_centers(height, width).reshape(-1, 2).numpy() - [width / 2, height / 2]

    def residuals(parameters):
        R, T, focal = Rotation.from_rotvec(parameters[:3]), parameters[3:6], np.exp(parameters[6])
        rays = [
            np.array([u / focal, v / focal, 1]) / np.linalg.norm([u / focal, v / focal, 1]) for u, v in pixels
        ]
        return (R.apply(rays) + T - seen).ravel()

    return least_squares(residuals, start, xtol=1e-14, ftol=1e-14, gtol=1e-14).x


def test_joint_without_outliers_is_the_naive_least_squares_fit():
    truth = wander(3, 24, 16)
    clean = raxels_from_trajectory(truth, scale=1.0)
    noise = 0.04 * (torch.rand(clean.images.shape, generator=torch.Generator().manual_seed(0)) - 0.5)
    raxels = replace(clean, images=clean.images + noise)  # bounded noise never reaches the Huber bound
    found = estimate_trajectory(raxels, "joint", "frame").trajectory
    for frame in range(3):
        start = [*Rotation.from_matrix(truth.c2w[frame, :3, :3]).as_rotvec(), *truth.c2w[frame, :3, 3], 2.3]
        slow = naive_fit(raxels, frame, start)
        R = Rotation.from_rotvec(slow[:3]).as_matrix()
        assert rotation_angle_deg(found.c2w[frame, :3, :3], R) < 1e-4
        np.testing.assert_allclose(found.c2w[frame, :3, 3], slow[3:6], atol=2e-6)
        np.testing.assert_allclose(found.K[frame, 0, 0] / 2, np.exp(slow[6]), rtol=2e-6)


def test_frames_with_their_own_lens_do_not_disturb_each_other():
    raxels = noisy(raxels_from_trajectory(wander(4)), 0.02)
    together = estimate_trajectory(raxels, focal="frame").trajectory
    for frame in range(4):
        alone = estimate_trajectory(
            replace(raxels, images=raxels.images[frame : frame + 1]), focal="frame"
        ).trajectory
        np.testing.assert_allclose(alone.c2w[0], together.c2w[frame], atol=2e-6)
        np.testing.assert_allclose(alone.K[0], together.K[frame], rtol=2e-6)


def test_a_third_of_wild_raxels_does_not_move_the_joint_fit():
    truth = wander()
    raxels = raxels_from_trajectory(truth)
    generator = torch.Generator().manual_seed(0)
    wild = torch.rand(raxels.images.shape[:3], generator=generator) < 0.33
    images = raxels.images.clone()
    images[wild] = torch.randn(int(wild.sum()), 3, generator=generator)
    assert_cameras_close(
        estimate_trajectory(replace(raxels, images=images)).trajectory, truth, 1e-3, 1e-5, 1e-4
    )


@pytest.mark.parametrize("method", METHODS)
def test_noise_and_photographs_get_no_confidence(method):
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(2, 40, 60, 3, generator=generator)
    photograph = torch.nn.functional.interpolate(
        torch.rand(2, 3, 5, 7, generator=generator), (40, 60), mode="bicubic"
    )
    for images in (noise, photograph.permute(0, 2, 3, 1)):
        assert estimate_trajectory(Raxels(images, 0.5, 1.0, 120, 80), method).confidence.max() < 0.2


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("spoil", [lambda image: torch.full_like(image, 0.3), torch.randn_like])
def test_one_spoilt_frame_gets_no_confidence_and_leaves_the_others_alone(method, spoil):
    truth = wander(5)
    raxels = raxels_from_trajectory(truth)
    images = raxels.images.clone()
    torch.manual_seed(0)
    images[3] = spoil(images[3])
    found = estimate_trajectory(replace(raxels, images=images), method)
    good = [0, 1, 2, 4]
    assert found.confidence[3] < 0.01
    assert found.confidence[good].min() > 0.999
    assert rotation_angle_deg(found.trajectory.c2w[good, :3, :3], truth.c2w[good, :3, :3]).max() < 1e-4


def test_confidence_falls_as_noise_grows():
    raxels = raxels_from_trajectory(wander())
    confidences = [
        estimate_trajectory(noisy(raxels, sigma)).confidence.mean() for sigma in (0.0, 0.05, 0.2, 1.0)
    ]
    assert confidences == sorted(confidences, reverse=True)
    assert confidences[0] > 0.999 and confidences[-1] < 0.5


def test_residual_is_the_noise_that_was_added():
    found = estimate_trajectory(noisy(raxels_from_trajectory(wander(3, 200, 160)), 0.03))
    np.testing.assert_allclose(found.residual, 0.03 * 3**0.5, rtol=0.02)


def spoilt(change):
    raxels = raxels_from_trajectory(wander())
    images = raxels.images.clone()
    change(images)
    return replace(raxels, images=images)


def put(index, value):
    def change(images):
        images[index] = value

    return change


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (put((2, 5, 5, 1), float("nan")), "frame 2 of 5 .* not finite"),
        (put((4, 0, 0, 0), float("inf")), "frame 4 of 5 .* not finite"),
        (put(slice(None), 0.25), "5 frames are all equal"),
    ],
)
def test_what_holds_no_rays_is_refused_in_words(method, change, sentence):
    with pytest.raises(RaxelError, match=sentence):
        estimate_trajectory(spoilt(change), method)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"method": "guess"}, "unknown method 'guess'"),
        ({"focal": "sometimes"}, "'sometimes'"),
        ({"focal": 0.5}, "within 1 and 178"),
        ({"focal": float("nan")}, "within 1 and 178"),
        ({"reference": 5}, "reference frame 5 is outside"),
        ({"reference": 5, "method": "paper"}, "reference frame 5 is outside"),
    ],
)
def test_impossible_requests_are_refused_in_words(options, sentence):
    with pytest.raises(RaxelError, match=sentence):
        estimate_trajectory(raxels_from_trajectory(wander()), **options)


def test_too_small_raxels_are_refused_in_words():
    with pytest.raises(RaxelError, match="1x4 pixels are too small"):
        estimate_trajectory(Raxels(torch.zeros(1, 4, 1, 3), 0.5, 1.0, 2, 8))

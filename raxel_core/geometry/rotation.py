"""Rotations as float64 matrices (..., 3, 3): exponential and logarithm, slerp, look-at.

Active, right-handed, column vectors: ``R @ x`` turns x. Angles in degrees where a name says so, else radians.
Camera axes are OpenCV's: x right, y down, z forward.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def hat(vector: ArrayLike) -> Array:
    """Cross-product matrix: ``hat(a) @ b == cross(a, b)``. (..., 3) -> (..., 3, 3)."""
    x, y, z = np.moveaxis(np.asarray(vector, dtype=np.float64), -1, 0)
    zero = np.zeros_like(x)
    rows = [[zero, -z, y], [z, zero, -x], [-y, x, zero]]
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def rotation_exp(rotvec: ArrayLike) -> Array:
    """Rotation of |rotvec| radians about rotvec, by Rodrigues' formula. (..., 3) -> (..., 3, 3)."""
    rotvec = np.asarray(rotvec, dtype=np.float64)
    angle = np.linalg.norm(rotvec, axis=-1)[..., None, None]
    skew = hat(rotvec)
    # sinc is the stable form of sin(a)/a and of (1 - cos a)/a^2 = sinc(a/2)^2 / 2
    return np.eye(3) + np.sinc(angle / np.pi) * skew + 0.5 * np.sinc(angle / (2 * np.pi)) ** 2 * (skew @ skew)


def quaternion_wxyz(R: ArrayLike) -> Array:
    """Unit quaternion, scalar first and >= 0, of a rotation matrix. (..., 3, 3) -> (..., 4).

    Shepperd's method: of the four equivalent formulas the one with the largest divisor, so that half turns are exact.
    """
    R = np.asarray(R, dtype=np.float64)
    m00, m11, m22 = R[..., 0, 0], R[..., 1, 1], R[..., 2, 2]
    wx, wy, wz = R[..., 2, 1] - R[..., 1, 2], R[..., 0, 2] - R[..., 2, 0], R[..., 1, 0] - R[..., 0, 1]
    xy, xz, yz = R[..., 0, 1] + R[..., 1, 0], R[..., 0, 2] + R[..., 2, 0], R[..., 1, 2] + R[..., 2, 1]
    candidates = np.stack(  # row i is 4 q_i q, so its norm is 4 |q_i|
        [
            np.stack([1 + m00 + m11 + m22, wx, wy, wz], axis=-1),
            np.stack([wx, 1 + m00 - m11 - m22, xy, xz], axis=-1),
            np.stack([wy, xy, 1 - m00 + m11 - m22, yz], axis=-1),
            np.stack([wz, xz, yz, 1 - m00 - m11 + m22], axis=-1),
        ],
        axis=-2,
    )
    norms = np.linalg.norm(candidates, axis=-1)
    best = norms.argmax(axis=-1)[..., None]
    q = np.take_along_axis(candidates, best[..., None], axis=-2)[..., 0, :]
    q = q / np.take_along_axis(norms, best, axis=-1)
    return np.where(q[..., :1] < 0, -q, q)


def matrix_from_quaternion(q_wxyz: ArrayLike) -> Array:
    """Rotation matrix of a unit quaternion, scalar first. (..., 4) -> (..., 3, 3)."""
    q = np.asarray(q_wxyz, dtype=np.float64)
    skew = hat(q[..., 1:])
    return np.eye(3) + 2 * q[..., :1, None] * skew + 2 * (skew @ skew)


def quaternion_multiply(a_wxyz: ArrayLike, b_wxyz: ArrayLike) -> Array:
    """The rotation a @ b of unit quaternions, scalar first. (..., 4) x2 -> (..., 4)."""
    a, b = np.asarray(a_wxyz, dtype=np.float64), np.asarray(b_wxyz, dtype=np.float64)
    w = a[..., :1] * b[..., :1] - (a[..., 1:] * b[..., 1:]).sum(axis=-1, keepdims=True)
    xyz = a[..., :1] * b[..., 1:] + b[..., :1] * a[..., 1:] + np.cross(a[..., 1:], b[..., 1:])
    return np.concatenate([w, xyz], axis=-1)


def quaternion_conjugate(q_wxyz: ArrayLike) -> Array:
    """The inverse rotation of unit quaternions. (..., 4) -> (..., 4)."""
    return np.asarray(q_wxyz, dtype=np.float64) * np.array([1.0, -1.0, -1.0, -1.0])


def rotation_log(R: ArrayLike) -> Array:
    """Rotation vector (radians, length 0..pi) of a rotation matrix. (..., 3, 3) -> (..., 3)."""
    q = quaternion_wxyz(R)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    half_angle = np.arctan2(sine, q[..., :1])
    return q[..., 1:] * np.where(sine > 0, 2 * half_angle / np.maximum(sine, 1e-300), 2.0)


def rotation_angle_deg(R_a: ArrayLike, R_b: ArrayLike) -> Array:
    """Geodesic angle between rotations, in degrees 0..180, exact near both ends. (..., 3, 3) x2 -> (...)."""
    relative = np.swapaxes(np.asarray(R_a, dtype=np.float64), -1, -2) @ np.asarray(R_b, dtype=np.float64)
    return np.degrees(np.linalg.norm(rotation_log(relative), axis=-1))


def slerp(R_a: ArrayLike, R_b: ArrayLike, t: ArrayLike) -> Array:
    """Constant-speed shortest turn from R_a (t = 0) to R_b (t = 1). (..., 3, 3) x2, (...) -> (..., 3, 3)."""
    R_a = np.asarray(R_a, dtype=np.float64)
    turn = rotation_log(np.swapaxes(R_a, -1, -2) @ np.asarray(R_b, dtype=np.float64))
    return R_a @ rotation_exp(turn * np.asarray(t, dtype=np.float64)[..., None])


def nearest_rotation(M: ArrayLike) -> Array:
    """Rotation closest to M in the Frobenius norm (orthogonal Procrustes with det correction). (..., 3, 3)."""
    U, _, Vt = np.linalg.svd(np.asarray(M, dtype=np.float64))
    sign = np.sign(np.linalg.det(U @ Vt))
    U = np.concatenate([U[..., :2], U[..., 2:] * sign[..., None, None]], axis=-1)
    return U @ Vt


def axis_rotation(axis: int, angle_deg: ArrayLike) -> Array:
    """Rotation about coordinate axis 0 (x), 1 (y) or 2 (z). Degrees (...) -> (..., 3, 3)."""
    return rotation_exp(np.radians(np.asarray(angle_deg, dtype=np.float64))[..., None] * np.eye(3)[axis])


def look_at(position: ArrayLike, target: ArrayLike, down: ArrayLike = (0.0, 1.0, 0.0)) -> Array:
    """Camera-to-world matrix (..., 4, 4), OpenCV axes, at ``position`` with its optical axis through ``target``.

    ``down`` is the world direction that the image's y axis leans to; it must not be parallel to the view direction.
    """
    position = np.asarray(position, dtype=np.float64)
    forward = np.asarray(target, dtype=np.float64) - position
    forward = forward / np.linalg.norm(forward, axis=-1, keepdims=True)
    c2w = np.zeros((*forward.shape[:-1], 4, 4))
    c2w[..., :3, :3] = facing(forward, down)
    c2w[..., :3, 3] = position
    c2w[..., 3, 3] = 1.0
    return c2w


def facing(forward: ArrayLike, down: ArrayLike = (0.0, 1.0, 0.0)) -> Array:
    """Camera-to-world rotation (..., 3, 3) that looks along unit vectors ``forward`` (..., 3); ``down`` as in look_at."""
    forward = np.asarray(forward, dtype=np.float64)
    right: Array = np.cross(np.broadcast_to(np.asarray(down, dtype=np.float64), forward.shape), forward)
    right = right / np.linalg.norm(right, axis=-1, keepdims=True)
    below: Array = np.cross(forward, right)
    return np.stack([right, below, forward], axis=-1)

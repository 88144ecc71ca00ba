"""Bundle adjustment: the sum of the squared, weighted reprojection errors of 10,000 observations, with GradBench's camera of 11 parameters.

By hand: an observation's reverse follows its forward with sine and cosine at hand, and one division for all that is divided by the depth
or the angle; turning a turned vector further is one cross product, so the rotation costs little more than once.
"""
import math
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem

FOCAL, MIDDLE, RADIAL = 6, 7, 9              # after three numbers of the rotation and three of the centre


@njit
def cross(a, b):
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@njit
def dot(a, b):
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@njit
def rotated(r, x):
    """x turned by the angle |r| about r."""
    square = dot(r, r)
    if square == 0:
        c = cross(r, x)
        return x[0] + c[0], x[1] + c[1], x[2] + c[2]
    angle = math.sqrt(square)
    cosine, sine = math.cos(angle), math.sin(angle)
    k = r[0] / angle, r[1] / angle, r[2] / angle
    c, along = cross(k, x), dot(k, x) * (1 - cosine)
    return (
        x[0] * cosine + c[0] * sine + k[0] * along,
        x[1] * cosine + c[1] * sine + k[1] * along,
        x[2] * cosine + c[2] * sine + k[2] * along,
    )


@njit
def squares(cameras, points, weights, features, camera_of, point_of):
    s = 0.0
    for i in range(weights.size):
        c, p = camera_of[i], point_of[i]
        r = cameras[c, 0], cameras[c, 1], cameras[c, 2]
        x, y, z = rotated(r, (points[p, 0] - cameras[c, 3], points[p, 1] - cameras[c, 4], points[p, 2] - cameras[c, 5]))
        u, v = x / z, y / z
        square = u * u + v * v
        scale = cameras[c, FOCAL] * (1 + cameras[c, RADIAL] * square + cameras[c, RADIAL + 1] * square * square)
        du = weights[i] * (u * scale + cameras[c, MIDDLE] - features[i, 0])
        dv = weights[i] * (v * scale + cameras[c, MIDDLE + 1] - features[i, 1])
        s += du * du + dv * dv
    return s


@njit
def turned_by(k, cosine, sine, x):
    """x turned about the unit vector k."""
    c, along = cross(k, x), dot(k, x) * (1 - cosine)
    return (
        x[0] * cosine + c[0] * sine + k[0] * along,
        x[1] * cosine + c[1] * sine + k[1] * along,
        x[2] * cosine + c[2] * sine + k[2] * along,
    )


@njit(error_model="numpy")
def turn(r):
    """The unit vector, cosine and sine of the rotation, and sine / angle and (1 - cosine) / angle, by which it changes with r."""
    square = dot(r, r)
    if square == 0:
        return (0.0, 0.0, 0.0), 1.0, 0.0, 1.0, 0.0
    angle = math.sqrt(square)
    inverse, cosine, sine = 1 / angle, math.cos(angle), math.sin(angle)
    return (r[0] * inverse, r[1] * inverse, r[2] * inverse), cosine, sine, sine * inverse, (1 - cosine) * inverse


@njit
def by_rotation(k, a, b, q):
    """The derivative by r, where q is the turned vector x the derivative by it (the left Jacobian of the rotations, transposed)."""
    c, along = cross(k, q), dot(k, q) * (1 - a)
    return a * q[0] - b * c[0] + along * k[0], a * q[1] - b * c[1] + along * k[1], a * q[2] - b * c[2] + along * k[2]


@njit(error_model="numpy")
def handwritten(cameras, points, weights, features, camera_of, point_of, d_cameras, d_points, d_weights):
    s = 0.0
    for i in range(weights.size):
        c, p, w = camera_of[i], point_of[i], weights[i]
        r = cameras[c, 0], cameras[c, 1], cameras[c, 2]
        centred = points[p, 0] - cameras[c, 3], points[p, 1] - cameras[c, 4], points[p, 2] - cameras[c, 5]
        k, cosine, sine, a, b = turn(r)
        turned = turned_by(k, cosine, sine, centred)
        depth = 1 / turned[2]
        u, v = turned[0] * depth, turned[1] * depth
        square = u * u + v * v
        focal, k1, k2 = cameras[c, FOCAL], cameras[c, RADIAL], cameras[c, RADIAL + 1]
        radial = 1 + square * (k1 + square * k2)
        scale = focal * radial
        du = u * scale + cameras[c, MIDDLE] - features[i, 0]
        dv = v * scale + cameras[c, MIDDLE + 1] - features[i, 1]
        error = du * du + dv * dv
        s += w * w * error
        d_weights[i] += 2 * w * error
        gu, gv = 2 * w * w * du, 2 * w * w * dv
        d_scale = gu * u + gv * v
        d_radial = d_scale * focal
        d_square = 2 * d_radial * (k1 + 2 * k2 * square)
        dx, dy = depth * (gu * scale + d_square * u), depth * (gv * scale + d_square * v)
        d_turned = dx, dy, -(dx * u + dy * v)
        dr, d_centred = by_rotation(k, a, b, cross(turned, d_turned)), turned_by(k, cosine, -sine, d_turned)
        for j in range(3):
            d_cameras[c, j] += dr[j]
            d_cameras[c, 3 + j] -= d_centred[j]
            d_points[p, j] += d_centred[j]
        d_cameras[c, FOCAL] += d_scale * radial
        d_cameras[c, MIDDLE] += gu
        d_cameras[c, MIDDLE + 1] += gv
        d_cameras[c, RADIAL] += d_radial * square
        d_cameras[c, RADIAL + 1] += d_radial * square * square
    return s


def derive():
    from irad import Const, Duplicated, ReverseWithPrimal, autodiff

    @njit
    def gradient(cameras, points, weights, features, camera_of, point_of, d_cameras, d_points, d_weights):
        return autodiff(
            ReverseWithPrimal,
            squares,
            Duplicated(cameras, d_cameras),
            Duplicated(points, d_points),
            Duplicated(weights, d_weights),
            Const(features),
            Const(camera_of),
            Const(point_of),
        )[1]

    return gradient


def problem(cameras=20, points=2000, observations=10_000):
    """The cameras stand around (0, 0, -6) and look more or less at the points around (0, 0, 0); one camera is not turned at all."""
    rng = np.random.default_rng(12)
    camera = np.empty((cameras, 11))
    camera[:, :3] = 0.3 * rng.standard_normal((cameras, 3))
    camera[-1, :3] = 0.0
    camera[:, 3:6] = rng.uniform(-1, 1, (cameras, 3)) - [0, 0, 6]
    camera[:, 6:] = [500, 320, 240, -0.1, 0.02]
    point = rng.uniform(-1, 1, (points, 3))
    weights = rng.uniform(0.5, 1.5, observations)
    features = rng.uniform(0, 500, (observations, 2))
    k = np.arange(observations)
    inputs = camera, point, weights
    return Problem((*inputs, features, k % cameras, k % points), tuple(map(np.zeros_like, inputs)))


def jax():
    import jax.numpy as jnp

    def rotated(r, x):
        square = (r * r).sum(axis=1, keepdims=True)
        still = square == 0
        angle = jnp.sqrt(jnp.where(still, 1.0, square))
        k = r / angle
        cosine = jnp.cos(angle)
        turned = x * cosine + jnp.cross(k, x) * jnp.sin(angle) + k * ((k * x).sum(axis=1, keepdims=True) * (1 - cosine))
        return jnp.where(still, x + jnp.cross(r, x), turned)

    def squares(cameras, points, weights, features, camera_of, point_of):
        c = cameras[camera_of]
        turned = rotated(c[:, :3], points[point_of] - c[:, 3:6])
        p = turned[:, :2] / turned[:, 2:]
        square = (p * p).sum(axis=1, keepdims=True)
        scale = c[:, 6:7] * (1 + c[:, 9:10] * square + c[:, 10:] * square * square)
        return ((weights[:, None] * (p * scale + c[:, 7:9] - features)) ** 2).sum()

    return squares


KERNELS = (
    Kernel("bundle adjustment, 10,000 observations", squares, handwritten, derive, problem, 3, partial(problem, 3, 4, 10), jax),
)

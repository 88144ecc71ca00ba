"""Bundle adjustment: the sum of the squared, weighted reprojection errors of 10,000 observations, with GradBench's camera of 11 parameters.

By hand: 32 observations at a time are gathered into the rows of one buffer, where all but sine and cosine vectorises, forward and
reverse in one loop. A turned vector changes with the rotation by the left Jacobian: two cross products and a scalar product.
"""
import math
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem

CENTRE, FOCAL, MIDDLE, RADIAL = 3, 6, 7, 9      # of a camera, after the three numbers of its rotation
POINT, FEATURE, WEIGHT, ANGLE, COSINE, SINE = 11, 14, 16, 17, 18, 19    # more rows of the buffer
BLOCK = 32


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


@njit
def by_rotation(k, a, b, q):
    """The derivative by r, where q is the turned vector x the derivative by it (the left Jacobian of the rotations, transposed)."""
    c, along = cross(k, q), dot(k, q) * (1 - a)
    return a * q[0] - b * c[0] + along * k[0], a * q[1] - b * c[1] + along * k[1], a * q[2] - b * c[2] + along * k[2]


@njit
def gather(buffer, cameras, points, weights, features, camera_of, point_of, start, size):
    for j in range(size):
        i = start + j
        c, p = camera_of[i], point_of[i]
        for row in range(11):
            buffer[row * BLOCK + j] = cameras[c, row]
        for row in range(3):
            buffer[(POINT + row) * BLOCK + j] = points[p, row]
        buffer[FEATURE * BLOCK + j], buffer[(FEATURE + 1) * BLOCK + j] = features[i, 0], features[i, 1]
        buffer[WEIGHT * BLOCK + j] = weights[i]


@njit
def angles(buffer):
    for j in range(BLOCK):
        buffer[ANGLE * BLOCK + j] = math.sqrt(buffer[j] ** 2 + buffer[BLOCK + j] ** 2 + buffer[2 * BLOCK + j] ** 2)
    for j in range(BLOCK):
        buffer[COSINE * BLOCK + j] = math.cos(buffer[ANGLE * BLOCK + j])
    for j in range(BLOCK):
        buffer[SINE * BLOCK + j] = math.sin(buffer[ANGLE * BLOCK + j])


@njit
def three(buffer, row, j):
    return buffer[row * BLOCK + j], buffer[(row + 1) * BLOCK + j], buffer[(row + 2) * BLOCK + j]


@njit
def put_three(buffer, row, j, x):
    buffer[row * BLOCK + j], buffer[(row + 1) * BLOCK + j], buffer[(row + 2) * BLOCK + j] = x


@njit(error_model="numpy")
def differentiate(buffer):
    """The derivatives by camera and point in their places, the square in that of the feature, its derivative in that of the weight."""
    for j in range(BLOCK):
        angle, cosine, sine = three(buffer, ANGLE, j)
        still = angle == 0
        inverse = 1 / (1.0 if still else angle)
        a = 1.0 if still else sine * inverse
        r, point, centre = three(buffer, 0, j), three(buffer, POINT, j), three(buffer, CENTRE, j)
        k = r[0] * inverse, r[1] * inverse, r[2] * inverse
        turned = turned_by(k, cosine, sine, (point[0] - centre[0], point[1] - centre[1], point[2] - centre[2]))
        depth = 1 / turned[2]
        u, v = turned[0] * depth, turned[1] * depth
        square = u * u + v * v
        focal, k1, k2 = buffer[FOCAL * BLOCK + j], buffer[RADIAL * BLOCK + j], buffer[(RADIAL + 1) * BLOCK + j]
        radial = 1 + square * (k1 + square * k2)
        scale = focal * radial
        du = u * scale + buffer[MIDDLE * BLOCK + j] - buffer[FEATURE * BLOCK + j]
        dv = v * scale + buffer[(MIDDLE + 1) * BLOCK + j] - buffer[(FEATURE + 1) * BLOCK + j]
        w, error = buffer[WEIGHT * BLOCK + j], du * du + dv * dv
        gu, gv = 2 * w * w * du, 2 * w * w * dv
        d_scale = gu * u + gv * v
        d_radial = d_scale * focal
        d_square = 2 * d_radial * (k1 + 2 * k2 * square)
        dx, dy = depth * (gu * scale + d_square * u), depth * (gv * scale + d_square * v)
        d_turned = dx, dy, -(dx * u + dy * v)
        put_three(buffer, 0, j, by_rotation(k, a, (1 - cosine) * inverse, cross(turned, d_turned)))
        put_three(buffer, POINT, j, turned_by(k, cosine, -sine, d_turned))
        put_three(buffer, FOCAL, j, (d_scale * radial, gu, gv))
        buffer[RADIAL * BLOCK + j], buffer[(RADIAL + 1) * BLOCK + j] = d_radial * square, d_radial * square * square
        buffer[FEATURE * BLOCK + j], buffer[WEIGHT * BLOCK + j] = w * w * error, 2 * w * error


@njit
def scatter(buffer, d_cameras, d_points, d_weights, camera_of, point_of, start, size, s):
    for j in range(size):
        i = start + j
        c, p = camera_of[i], point_of[i]
        s += buffer[FEATURE * BLOCK + j]
        d_weights[i] += buffer[WEIGHT * BLOCK + j]
        for row in range(3):
            d_cameras[c, row] += buffer[row * BLOCK + j]
            d_cameras[c, CENTRE + row] -= buffer[(POINT + row) * BLOCK + j]
            d_points[p, row] += buffer[(POINT + row) * BLOCK + j]
        for row in range(FOCAL, 11):
            d_cameras[c, row] += buffer[row * BLOCK + j]
    return s


@njit
def handwritten(cameras, points, weights, features, camera_of, point_of, d_cameras, d_points, d_weights, buffer):
    s = 0.0
    for start in range(0, weights.size, BLOCK):
        size = min(BLOCK, weights.size - start)
        gather(buffer, cameras, points, weights, features, camera_of, point_of, start, size)
        angles(buffer)
        differentiate(buffer)
        s = scatter(buffer, d_cameras, d_points, d_weights, camera_of, point_of, start, size, s)
    return s


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
    return Problem((*inputs, features, k % cameras, k % points), tuple(map(np.zeros_like, inputs)), (np.empty(20 * BLOCK),))


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
    Kernel("bundle adjustment, 10,000 observations", squares, handwritten, problem, 3, partial(problem, 3, 4, BLOCK + 3), jax),
)

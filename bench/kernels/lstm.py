"""The loss of a character model: two layers of LSTM with diagonal weights, width 14, 100 characters, as in GradBench.

By hand: gates and states are kept; what the loss asks of a step's last layer is known when the step is done, so only the layers run back
through time, in loops over the width that vectorise.
"""
import math
from functools import partial

import numpy as np
from numba import njit

from bench.kernels.kernel import Kernel, Problem


@njit
def sigmoid(x):
    return 1 / (1 + math.exp(-x))


@njit
def loss(main, extra, start, sequence):
    """`main` has a row of weights and one of biases for each layer (forget, ingate, outgate, change), `start` the hidden and cell state."""
    width = extra.shape[1]
    steps = sequence.shape[0] - 1
    state = start.copy()
    x = np.empty(width)
    total = 0.0
    for t in range(steps):
        for j in range(width):
            x[j] = sequence[t, j] * extra[0, j]
        for i in range(0, main.shape[0], 2):
            for j in range(width):
                hidden = state[i, j]
                forget = sigmoid(x[j] * main[i, j] + main[i + 1, j])
                ingate = sigmoid(hidden * main[i, width + j] + main[i + 1, width + j])
                outgate = sigmoid(x[j] * main[i, 2 * width + j] + main[i + 1, 2 * width + j])
                change = math.tanh(hidden * main[i, 3 * width + j] + main[i + 1, 3 * width + j])
                state[i + 1, j] = state[i + 1, j] * forget + ingate * change
                state[i, j] = outgate * math.tanh(state[i + 1, j])
                x[j] = state[i, j]
        s = 2.0
        for j in range(width):
            x[j] = x[j] * extra[1, j] + extra[2, j]
            s += math.exp(x[j])
        log_s = math.log(s)
        for j in range(width):
            total += sequence[t + 1, j] * (x[j] - log_s)
    return -total / (steps * width)


@njit(error_model="numpy")
def forward(main, extra, start, sequence, inputs, gates, cells, tanh_cells, slopes, d_extra):
    """The loss; fills what is kept, and `slopes` with its derivatives by the last layer's output at each step."""
    width, layers = extra.shape[1], main.shape[0] // 2
    steps = sequence.shape[0] - 1
    x, e = np.empty(width), np.empty(width)
    hidden = np.empty((layers, width))
    for i in range(layers):
        for j in range(width):
            hidden[i, j], cells[0, i, j] = start[2 * i, j], start[2 * i + 1, j]
    total = 0.0
    for t in range(steps):
        for j in range(width):
            x[j] = sequence[t, j] * extra[0, j]
        for i in range(layers):
            w, b, h, z = main[2 * i], main[2 * i + 1], hidden[i], gates[t, i]
            given, before, cell, tanh_cell = inputs[t, i], cells[t, i], cells[t + 1, i], tanh_cells[t, i]
            for j in range(width):
                given[j] = given[2 * width + j] = x[j]
                given[width + j] = given[3 * width + j] = h[j]
            for j in range(4 * width):
                z[j] = given[j] * w[j] + b[j]
            for j in range(3 * width):
                z[j] = math.exp(-z[j])
            for j in range(3 * width):
                z[j] = 1 / (1 + z[j])
            for j in range(3 * width, 4 * width):
                z[j] = math.tanh(z[j])
            for j in range(width):
                cell[j] = before[j] * z[j] + z[width + j] * z[3 * width + j]
            for j in range(width):
                tanh_cell[j] = math.tanh(cell[j])
            for j in range(width):
                x[j] = h[j] = z[2 * width + j] * tanh_cell[j]
        s, ones = 2.0, 0.0
        for j in range(width):
            slopes[t, j] = x[j] * extra[1, j] + extra[2, j]
            e[j] = math.exp(slopes[t, j])
            s += e[j]
            ones += sequence[t + 1, j]
        log_s, share = math.log(s), ones / s
        for j in range(width):
            total += sequence[t + 1, j] * (slopes[t, j] - log_s)
        for j in range(width):
            slope = (share * e[j] - sequence[t + 1, j]) / (steps * width)
            d_extra[1, j] += slope * x[j]
            d_extra[2, j] += slope
            slopes[t, j] = slope * extra[1, j]
    return -total / (steps * width)


@njit
def backward(main, sequence, inputs, gates, cells, tanh_cells, slopes, d_main, d_extra):
    steps, layers, width = tanh_cells.shape
    d_hidden, d_cells = np.zeros((layers, width)), np.zeros((layers, width))
    dz, by_input = np.empty(4 * width), np.empty(4 * width)
    for t in range(steps - 1, -1, -1):
        dx = slopes[t]
        for i in range(layers - 1, -1, -1):
            w, dw, db, dh, dc = main[2 * i], d_main[2 * i], d_main[2 * i + 1], d_hidden[i], d_cells[i]
            given, gate, before, tanh_cell = inputs[t, i], gates[t, i], cells[t, i], tanh_cells[t, i]
            for j in range(width):
                forget, ingate, outgate, change = gate[j], gate[width + j], gate[2 * width + j], gate[3 * width + j]
                by_hidden = dx[j] + dh[j]
                by_cell = dc[j] + by_hidden * outgate * (1 - tanh_cell[j] * tanh_cell[j])
                dc[j] = by_cell * forget
                dz[j] = by_cell * before[j] * forget * (1 - forget)
                dz[width + j] = by_cell * change * ingate * (1 - ingate)
                dz[2 * width + j] = by_hidden * tanh_cell[j] * outgate * (1 - outgate)
                dz[3 * width + j] = by_cell * ingate * (1 - change * change)
            for j in range(4 * width):
                dw[j] += dz[j] * given[j]
                db[j] += dz[j]
                by_input[j] = dz[j] * w[j]
            for j in range(width):
                dx[j] = by_input[j] + by_input[2 * width + j]
                dh[j] = by_input[width + j] + by_input[3 * width + j]
        for j in range(width):
            d_extra[0, j] += dx[j] * sequence[t, j]


@njit
def handwritten(main, extra, start, sequence, d_main, d_extra, inputs, gates, cells, tanh_cells, slopes):
    value = forward(main, extra, start, sequence, inputs, gates, cells, tanh_cells, slopes, d_extra)
    backward(main, sequence, inputs, gates, cells, tanh_cells, slopes, d_main, d_extra)
    return value


def problem(layers=2, width=14, characters=100):
    rng = np.random.default_rng(11)
    main, extra = rng.standard_normal((2 * layers, 4 * width)), rng.standard_normal((3, width))
    start = rng.random((2 * layers, width))
    sequence = (rng.random((characters, width)) < 0.5).astype(float)
    steps = characters - 1
    gates, states = (steps, layers, 4 * width), (steps, layers, width)
    workspace = *map(np.empty, (gates, gates, (characters, layers, width), states, (steps, width))),
    return Problem((main, extra, start, sequence), (np.zeros_like(main), np.zeros_like(extra)), workspace)


def jax():
    import jax.numpy as jnp
    from jax import lax, nn

    def layer(x, parts):
        (w, b), (hidden, cell) = parts
        forget, outgate = nn.sigmoid(x * w[0] + b[0]), nn.sigmoid(x * w[2] + b[2])
        ingate, change = nn.sigmoid(hidden * w[1] + b[1]), jnp.tanh(hidden * w[3] + b[3])
        cell = cell * forget + ingate * change
        hidden = outgate * jnp.tanh(cell)
        return hidden, jnp.stack((hidden, cell))

    def loss(main, extra, start, sequence):
        width = extra.shape[1]
        weights, first = main.reshape(-1, 2, 4, width), start.reshape(-1, 2, width)

        def step(state, characters):
            now, following = characters
            x, state = lax.scan(layer, now * extra[0], (weights, state))
            y = x * extra[1] + extra[2]
            return state, (following * (y - jnp.log(2 + jnp.exp(y).sum()))).sum()

        return -lax.scan(step, first, (sequence[:-1], sequence[1:]))[1].sum() / ((sequence.shape[0] - 1) * width)

    return loss


KERNELS = (Kernel("LSTM, 2 layers of 14, 100 characters", loss, handwritten, problem, 2, partial(problem, 2, 2, 5), jax),)

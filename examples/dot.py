"""Dot products of 3-vectors: tuples, arrays, sub-views, and products with selection matrices. Checked against closed forms."""
import numpy as np
from checks import conclude, dual_gradient, show
from numba import njit

from irad import Active, Const, Duplicated, Reverse, autodiff


@njit
def dot_tuples(x, y):
    return x[0] * y[0] + x[1] * y[1] + x[2] * y[2]


@njit
def dot(x, y):
    s = 0.0
    for k in range(x.size):
        s += x[k] * y[k]
    return s


@njit
def dot_of_views(x, y):
    return dot(x[0:2], y[1:3])


@njit
def row_times(v, M):
    """v@M, written as loops."""
    out = np.zeros(M.shape[1])
    for c in range(M.shape[1]):
        for r in range(M.shape[0]):
            out[c] += v[r] * M[r, c]
    return out


@njit
def dot_of_selected(i, A, j, B):
    return dot(row_times(i, A), row_times(j, B))


def main():
    x, y = np.array([1.0, -2.0, 3.5]), np.array([0.25, 4.0, -1.5])
    errors = []

    px, py = tuple(x.tolist()), tuple(y.tolist())
    both = autodiff(Reverse, dot_tuples, Active(px), Active(py))
    errors.append(show("3-vectors as tuples", both, dual_gradient(dot_tuples.py_func, px, py), "dual numbers"))

    errors.append(show("3-vectors as arrays", autodiff(Reverse, dot, Active(x), Active(y)), (y, x), "closed form"))

    expected = (np.array([y[1], y[2], 0.0]), np.array([0.0, x[0], x[1]]))
    both = autodiff(Reverse, dot_of_views, Active(x), Active(y))
    errors.append(show("views [0:2] and [1:3] taken in the function", both, expected, "closed form"))

    dx, dy = np.zeros(3), np.zeros(3)
    autodiff(Reverse, dot, Duplicated(x[0:2], dx[0:2]), Duplicated(y[1:3], dy[1:3]))
    errors.append(show("views [0:2] and [1:3] given by the caller", (dx, dy), expected, "closed form"))

    i, j = np.array([1.5, -0.5]), np.array([2.0, 3.0])
    A, B = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]), np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    di, _, dj, _ = autodiff(Reverse, dot_of_selected, Active(i), Const(A), Active(j), Const(B))
    errors.append(show("i@A and j@B, the matrices constant", (di, dj), (A @ (j @ B), B @ (i @ A)), "closed form"))

    every = autodiff(Reverse, dot_of_selected, Active(i), Active(A), Active(j), Active(B))
    expected = (A @ (j @ B), np.outer(i, j @ B), B @ (i @ A), np.outer(j, i @ A))
    errors.append(show("i@A and j@B, the matrices differentiated too", every, expected, "closed form"))
    return conclude(errors)


if __name__ == "__main__":
    main()

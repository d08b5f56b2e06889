"""Programs that join, split, pad, grid, insert and take, and that write to what comes out."""

import numpy as np

from tests.corpus import program, sample

X = np.linspace(0.3, 1.7, 6).reshape(2, 3)
ROW = np.array([0.3, -0.4, 0.9, 1.1])
cubed = np.vectorize(lambda t: t * t * t if t > 0.5 else 3 * t)


@program(X, float32=True)
def sums_along_an_axis(x):
    return np.sum(np.apply_along_axis(lambda row: np.sum(row**2), 1, x) ** 2)


@program(X)
def normalised_columns(x):
    return np.sum(np.apply_along_axis(lambda row: row / np.sum(row), 0, x) ** 2 * x)


@program(ROW)
def a_function_along_a_vector(x):
    return np.apply_along_axis(lambda row, p: np.sum(row**p), 0, x, 3) * x[0]


@program(X)
def over_axes(x):
    return np.sum(np.apply_over_axes(np.sum, x**2, [0, -1]) * x)


@program(X)
def vectorized(x):
    return np.sum(cubed(x) * x)


@program(X)
def vectorized_here(x):
    product = np.vectorize(lambda a, b: a * b + a)
    return np.sum(product(x, 2.0) * product(x, x[0]))


@program(X)
def from_a_function_of_indices(x):
    return np.sum(np.fromfunction(lambda i, j: x[0, 0] * i + x[1, 1] * j**2, (2, 3)) * x)


@program(ROW)
def from_an_iterator(x):
    return np.sum(np.fromiter((t * t for t in x), float) * 3.0)


@program(X)
def lists_of_numbers(x):
    rows = x.tolist()
    return rows[0][1] * rows[1][2] + sum(t * t for t in x[0].tolist())


@program(X)
def put_along(x):
    y = x * 1.0
    np.put_along_axis(y, np.array([[0], [2]]), 7.0 * x[0, 0], 1)
    return np.sum(y * y)


@program(ROW)
def diagonals_filled(x):
    cube = np.zeros((4, 4, 4)) + x
    np.fill_diagonal(cube, 2.0 * x)
    return np.sum(cube**2)


@program(X)
def grids(x):
    a, b = np.ogrid[0:2, 0:1:3j]
    c = np.mgrid[0:2, 0:3]
    return np.sum((a + b) * x + c[0] * x**2 + c[1] * x)


@program(X, float32=True)
def mesh(x):
    first, second = np.meshgrid(x[0], x[1], indexing="ij")
    return np.sum(np.sin(first) * second)


@program(X)
def rows_and_columns(x):
    joined = np.r_[x[0], 1.0, x[1], 0:3]
    pairs = np.c_[x[0], x[1]]
    return np.sum(joined**2) + np.sum(pairs @ pairs.T)


@program(X)
def an_index_with_a_name(x):
    right = np.s_[:, 1:]
    return np.sum(x[right] ** 2) + np.sum(x[np.ix_([0, 1], [2, 0])] ** 3)


@program(ROW)
def parts_in_a_loop(x):
    total = 0.0
    for k, part in enumerate(np.split(x, 2)):
        total += (k + 1) * np.sum(part) ** 2
    return total


@program(X)
def parts_by_name(x):
    a, b, c = np.hsplit(x, 3)
    d, e = np.unstack(x)
    return np.sum(a * b + c * c) + np.sum(d * e**2)


@program(ROW)
def a_number_of_parts_from_the_run(x):
    parts = np.array_split(x, len(x) - 1)
    return sum(np.sum(p) ** 2 for p in parts)


@program(ROW)
def reshaped_and_written(x):
    y = np.zeros(4)
    turned = np.flipud(y)
    turned[1:] = x[:3]
    z = np.rollaxis(np.zeros((2, 2)), 1)
    z[0] = x[2:]
    return np.sum(y * x) + np.sum(z[:, 0] * x[:2])


@program(X)
def a_block_matrix(x):
    return np.sum(np.block([[x @ x.T, np.eye(2)], [np.zeros((1, 2)), x[:1, :2]]]) ** 3)


@program(ROW)
def joined_then_changed(x):
    y = np.concatenate([x, x])
    y[0] = 3.0 * x[1]
    z = np.stack([x, y[:4]])
    z[1] *= x
    return np.sum(y**2) + np.sum(z**2)


@program(X)
def rolling_columns(x):
    for k in range(2):
        x = np.insert(np.delete(x, 0, axis=1), 1, x[:, k], axis=1)
    return np.sum(x**2)


@program(ROW, also=[(np.array([0.7]),)])
def heat_with_mirrors(x):
    for _ in range(3):
        wide = np.pad(x, 1, mode="edge")
        x = x + 0.1 * (wide[2:] - 2.0 * x + wide[:-2])
    return np.sum(x**2)


@program(ROW)
def periodic(x):
    wide = np.pad(x, (1, 2), mode="wrap")
    return np.sum(wide[:-3] * wide[3:] * x)


@program(ROW, 0.7, wrt=(0, 1))
def padded_with_a_parameter(x, c):
    return np.sum(np.pad(x, (1, 2), constant_values=c) ** 2)


@program(X)
def what_types_tell(x):
    small = np.finfo(x.dtype).eps
    size = x.nbytes // x.itemsize
    return np.sum(x * np.hanning(3)) * size + small


@program(X)
def the_same_memory(x):
    y = x.astype(float, copy=False)
    z = np.require(np.asarray(y, dtype=x.dtype), requirements=["C"])
    return np.sum(z**2) + np.sum(x.view() * x.mT.mT)


@program(ROW)
def a_view_is_written(x):
    y = x * 1.0
    z = y.view()
    z[0] = 2.0 * x[1]
    return np.sum(z**2)


@program(ROW)
def several_at_once(x):
    a, b = np.atleast_2d(x, 3.0)
    c, d = np.broadcast_arrays(x, x[:, None])
    return np.sum(a * b) + np.sum(c * d**2)


@program(0.3, 1.7, wrt=(0, 1))
def geometric(low, high):
    return np.sum(np.geomspace(low, high, 4)) + np.sum(np.logspace(low, high, num=3, base=high))


@program(ROW)
def lists_of_numbers_between_arrays(x):
    w = np.arange(10.0)
    a = np.concatenate(([x[0] ** 2, 1.0], x, [0.5])) @ w[:7]
    b = np.append([x[1]], x) @ w[:5] + np.append(x, [x[0], 2.0]) @ w[:6]
    c = np.stack([x, [1.0, 2.0, 3.0, x[3]]]) @ x
    return a + b + np.sum(c) + np.sum(np.concatenate([x[None], [[1.0, x[2], 3.0, 4.0]]]) @ x)


@program(ROW)
def grown_by_append(x):
    z, rows = np.array([]), np.empty((0, 2))
    for v in x:
        z = np.append(z, v * v)
        rows = np.vstack([rows, [v, v * z[-1]]])
    return z @ np.arange(4.0) + np.sum(rows[:, 1])


@program(sample(4, 4))
def rows_swapped_for_the_pivot(a):
    b, total = a.copy(), np.float64(0)
    for i in range(3):
        p = i + np.argmax(np.abs(b[i:, i]))
        if p != i:
            b[[i, p]] = b[[p, i]]
        b[i + 1] -= b[i + 1, i] / b[i, i] * b[i]
        total += b[i, i] * float(i + 1)
    return total

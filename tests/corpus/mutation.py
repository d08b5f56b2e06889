"""Arrays that change: every kind of target, store and order; in loops, branches and helpers."""

import math

import numpy as np

from tests.corpus import program, sample


@program(sample(4), float32=True)
def store_one_element(x):
    y = np.zeros_like(x)
    y[1] = x[0] * x[2]
    y[3] = np.sin(x[1])
    return y[1] * y[3] + y[0]


@program(sample(4), 2.5, wrt=(0, 1))
def store_into_the_parameter(x, v):
    """The gradient is the one at entry: x[1] has none after the store."""
    x[1] = v * x[0]
    return np.sum(x * x) * x[1]


@program(sample(4))
def parameter_overwritten_by_a_constant(x):
    x[2] = 3.0
    return x[2] * x[0] + x[3] ** 2


@program(sample(3))
def the_backward_pass_needs_the_old_element(x):
    y = x[0] * x[0]
    x[0] = 5.0
    return y * x[1] + x[0] * x[2]


@program(sample(4))
def sine_then_overwrite(x):
    y = np.sin(x)
    x[:] = 2.0
    return np.sum(y * y) + np.sum(x)


@program(sample(4), 3, also=[(sample(4), 0)])
def buffer_squared_and_refilled(x, n):
    buf = np.empty_like(x)
    total = 0.0
    for k in range(n):
        buf[:] = x * (k + 1)
        total += np.sum(buf**2 * np.cos(buf))
    return total + x[0]


@program(sample(3, 4), float32=True)
def store_a_row_and_a_column(A):
    B = np.ones((3, 4), dtype=A.dtype)
    B[1, :] = A[0] ** 2
    B[:, 2] = A[:, 1] * A[:, 3]
    return np.sum(B * A)


@program(sample(5), sample(3, seed=1), wrt=(0, 1))
def store_into_the_inside(x, v):
    y = x * x
    y[1:-1] = np.exp(v)
    return np.sum(y * x)


@program(sample(6))
def store_at_negative_and_strided_places(x):
    y = x.copy()
    y[-1] = x[0] * x[1]
    y[::2] = x[1::2] ** 2
    y[-2::-3] = 0.5
    return np.sum(y * np.arange(1.0, 7.0) * y)


@program(sample(5))
def reversed_in_place_copy(x):
    y = np.zeros(5)
    y[::-1] = x * x
    return y[0] * y[1] + y[4] * x[4]


@program(sample(2, 3, 4))
def store_with_ellipsis(A):
    B = A * 2.0
    B[..., 0] = A[..., 1] * A[..., 2]
    B[0, ..., -1] = 1.5
    B[1, ...] *= A[0]
    return np.sum(B * B)


@program(sample(3), sample(3, seed=1), wrt=(0, 1))
def store_with_newaxis(u, v):
    A = np.zeros((3, 3))
    A[:, :] = u[:, None]
    A[np.newaxis, 0] += v
    A[:, 1:2] = v[:, np.newaxis] * A[:, :1]
    return np.sum(A**2)


@program(0.7, sample(4))
def scalar_broadcast_into_a_slice(s, x):
    x[1:3] = s * s
    return np.sum(x * x) + np.prod(x)


@program(sample(3), sample(4, 3, seed=1), wrt=(0, 1))
def row_broadcast_into_a_matrix(v, A):
    A[1:3] = v
    return np.sum(np.sin(A) * A)


@program(sample(5), np.array([3, 0, 4]), sample(3, seed=1), wrt=(0, 2))
def store_at_integer_arrays(x, index, v):
    y = x**2
    y[index] = v * 2.0
    return np.sum(y * np.arange(5.0) + y**2)


@program(sample(4), sample(3, seed=1), wrt=(0, 1))
def last_write_wins(x, v):
    x[np.array([2, 0, 2])] = v
    return np.sum(x**3)


@program(sample(3, 4), sample(3, seed=1), wrt=(0, 1))
def one_element_of_every_row(A, v):
    A[np.arange(3), [1, 3, 0]] = v * A[:, 2]
    return np.sum(A * A)


@program(sample(6), also=[(np.abs(sample(6)),)])
def relu_by_mask(x):
    y = x * 1.5
    y[y < 0.0] = 0.0
    return np.sum(y * y)


@program(sample(6), sample(6, seed=1), wrt=(0, 1))
def values_of_another_array_by_mask(x, v):
    mask = x > 0.1
    x[mask] = v[mask] ** 2
    x[~mask] *= v[~mask]
    return np.sum(x * v)


@program(sample(3, 4))
def mask_of_rows(A):
    big = np.sum(A, axis=1) > 0.0
    A[big] = 1.0 + A[big] ** 2
    A[big, 1] = 0.3
    return np.sum(A * A)


@program(sample(4), 0.8, wrt=(0, 1))
def augmented_elements(x, s):
    x[0] += s * x[1]
    x[1] -= x[0] ** 2
    x[2] *= x[1]
    x[3] /= 2.0 + s
    x[0] **= 3
    return np.sum(x) * x[2]


@program(sample(5), 2.0 * sample(5, seed=1) + 3.0, wrt=(0, 1))
def augmented_slices(x, y):
    y[1:] += x[:-1]
    y[::2] *= x[::2] + 2.0
    y[:2] /= x[3:] + 1.5
    y[-2:] -= 0.5
    return np.sum(np.log(y + 9.0) * y)


@program(sample(6), 1.3, wrt=(0, 1))
def augmented_mask(x, s):
    x[x > 0.0] *= 2.0 * s
    x[x < -0.2] += s
    return np.sum(x**2)


@program(sample(4), sample(3, seed=1), wrt=(0, 1))
def augmented_repeats_count_once(x, v):
    """The last of the repeated places wins: x[1] gets v[2], not v[0] + v[2]."""
    x[np.array([1, 3, 1])] += v
    return np.sum(x * x)


@program(sample(4), sample(5, seed=1), wrt=(0, 1))
def add_at_counts_all(x, v):
    np.add.at(x, np.array([1, 3, 1, 0, 1]), v * v)
    return np.sum(x**2)


@program(sample(6), np.array([0, 2, 1, 0, 2, 2]))
def histogram_of_weights(weights, bins):
    totals = np.zeros(3)
    np.add.at(totals, bins, weights**2)
    return np.sum(np.sqrt(totals + 0.1))


@program(sample(2, 3), sample(4, 3, seed=1), wrt=(0, 1))
def scatter_of_messages(nodes, messages):
    """One step of message passing along the edges of a graph."""
    received = np.zeros_like(nodes)
    np.add.at(received, [0, 1, 1, 0], messages * nodes[[1, 0, 0, 1]])
    return np.sum(np.tanh(received + nodes))


@program(sample(4))
def subtract_at(x):
    y = np.ones(4)
    np.subtract.at(y, [0, 0, 2], x[:3])
    return np.sum(y**2 * x)


@program(sample(4), sample(4, seed=1), wrt=(0, 1))
def results_into_out(x, y):
    buf = np.empty(4)
    np.multiply(x, y, out=buf)
    np.exp(buf, out=buf)
    np.add(buf, x, out=x)
    return np.sum(x * buf)


@program(sample(3, 2), sample(2, 3, seed=1), wrt=(0, 1))
def product_into_out(A, B):
    C = np.zeros((3, 3))
    np.matmul(A, B, out=C)
    first = np.sum(C * C)
    np.dot(A, B * 2.0, out=C)
    return first + np.prod(C[0])


@program(sample(3, 4))
def reduction_into_out(A):
    row = np.zeros(4)
    np.sum(A * A, axis=0, out=row)
    np.cumsum(row, out=row)
    return row[-1] * row[0] + row[2]


@program(sample(4), 0.7, wrt=(0, 1))
def fill(x, s):
    total = np.sum(x * x)
    x.fill(s * s)
    x[0] = total
    return np.prod(x)


@program(sample(5))
def sort_in_place(x):
    before = x[0]
    x.sort()
    return np.sum(x * np.arange(5.0)) + before * x[0]


@program(sample(3, 4))
def sort_rows_in_place(A):
    A.sort(axis=0)
    return np.sum(A[0] ** 2) + np.sum(A[1] * A[2])


@program(sample(4), sample(4, seed=1), wrt=(0, 1))
def copyto(x, y):
    np.copyto(x[1:], y[:-1] ** 2)
    np.copyto(y, 0.5, where=y < 0.0)
    return np.sum(x * y) + np.sum(x**2)


@program(sample(2, 3), sample(2, seed=1), wrt=(0, 1))
def put_by_flat_index(A, v):
    np.put(A, [1, 5], v)
    return np.sum(A * A)


@program(sample(3, 3), 0.4, wrt=(0, 1))
def fill_diagonal(A, s):
    B = A @ A
    np.fill_diagonal(B, s * s)
    A[np.diag_indices(3)] += s
    return np.sum(B * A)


@program(sample(3, 3))
def rows_swapped_by_index(A):
    A[[0, 1]] = A[[1, 0]]
    return np.sum(A[0] * np.array([1.0, 2.0, 3.0])) * A[1, 1] + A[2, 0]


@program(sample(3, 3))
def columns_swapped_by_index(A):
    A[:, [0, 1]] = A[:, [1, 0]]
    return np.sum(A[:, 0] * np.array([1.0, 2.0, 3.0])) * A[1, 1] + A[0, 2]


@program(sample(3, 3))
def rows_swapped_by_copies(A):
    A[0], A[1] = A[1].copy(), A[0].copy()
    return A[0, 0] * A[1, 1] + A[0, 2] ** 2


@program(sample(3, 3))
def rows_swapped_without_copies(A):
    """The known mistake: both rows are the old second one."""
    A[0], A[1] = A[1], A[0]
    return A[0, 0] * A[1, 1] + A[0, 2] ** 2 + A[2, 0]


@program(sample(4))
def elements_swapped(x):
    x[0], x[3] = x[3], x[0]
    x[1], x[2] = x[2] * x[0], x[1]
    return np.sum(x * np.array([1.0, 2.0, 3.0, 4.0]) * x)


@program(sample(4), sample(4, seed=1), wrt=(0, 1))
def whole_array_augmented(x, y):
    x += y
    y *= x
    x -= 0.5
    y /= 3.0
    x **= 2
    return np.sum(x * y)


@program(0.6, 6, also=[(0.6, 1)])
def preallocate_and_fill(x, n):
    values = np.zeros(n)
    for i in range(n):
        values[i] = math.sin(x * (i + 1)) / (i + 1)
    return np.sum(values**2)


@program(0.6, 6, also=[(0.6, 3)])
def recurrence_in_a_table(x, n):
    f = np.zeros(n)
    f[0], f[1] = x, 1.0
    for i in range(2, n):
        f[i] = x * f[i - 1] + f[i - 2] ** 2
    return f[-1] + f[n // 2]


@program(sample(5), 0.3, wrt=(0, 1))
def outer_product_by_loops(x, s):
    n = len(x)
    A = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            if i == j:
                A[i, j] = s
            else:
                A[i, j] = x[i] * x[j] / abs(i - j)
    return np.sum(np.sin(A))


@program(sample(6), 3, also=[(sample(6), 0)])
def stencil_from_a_copy(u, steps):
    for _ in range(steps):
        old = u.copy()
        u[1:-1] = old[1:-1] + 0.3 * (old[2:] - 2.0 * old[1:-1] + old[:-2]) * old[1:-1]
    return np.sum(u**2)


@program(sample(5))
def overlapping_slices(y):
    """NumPy reads all of the right side before it writes."""
    y[1:] += y[:-1]
    y[:-1] = y[1:] * y[:-1]
    y[2:] -= y[:-2] ** 2
    return np.sum(y)


@program(sample(5))
def running_sum_in_place(x):
    for i in range(1, len(x)):
        x[i] += x[i - 1] * x[i]
    return x[-1] + np.sum(x)


@program(sample(3), 6, also=[(sample(3), 0)])
def gauss_seidel(b, sweeps):
    A = np.array([[4.0, 1.0, 0.5], [1.0, 5.0, -1.0], [0.5, -1.0, 3.0]])
    x = np.zeros(3)
    for _ in range(sweeps):
        for i in range(3):
            x[i] += (b[i] - A[i] @ x) / A[i, i]
    return np.sum(x**2) + b[0]


@program(sample(3, 4, low=0.1))
def cheapest_path(cost):
    """Dynamic programming over a grid; soft, so that all paths count."""
    m, n = cost.shape
    table = np.full((m + 1, n + 1), 50.0)
    table[0, 1] = 0.0
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            a, b = table[i - 1, j], table[i, j - 1]
            table[i, j] = cost[i - 1, j - 1] - np.logaddexp(-a, -b)
    return table[m, n]


@program(np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.7], [0.5, -0.7, 2.0]]))
def cholesky_in_place(A):
    n = A.shape[0]
    for j in range(n):
        A[j, j] = np.sqrt(A[j, j])
        A[j + 1 :, j] /= A[j, j]
        for k in range(j + 1, n):
            A[k:, k] -= A[k:, j] * A[k, j]
    return np.log(A[0, 0] * A[1, 1] * A[2, 2]) + A[2, 0] * A[2, 1]


@program(sample(3, 3) + 3.0 * np.eye(3), sample(3, seed=1), wrt=(0, 1))
def elimination_and_back_substitution(A, b):
    n = len(b)
    for k in range(n - 1):
        for i in range(k + 1, n):
            factor = A[i, k] / A[k, k]
            A[i, k:] -= factor * A[k, k:]
            b[i] -= factor * b[k]
    x = np.zeros(n)
    for i in range(n - 1, -1, -1):
        x[i] = (b[i] - A[i, i + 1 :] @ x[i + 1 :]) / A[i, i]
    return np.sum(x**2)


@program(sample(3, 3) + np.fliplr(3.0 * np.eye(3)))
def pivoted_determinant(A):
    sign, n = 1.0, len(A)
    for k in range(n):
        p = k + int(np.argmax(np.abs(A[k:, k])))
        if p != k:
            A[[k, p]] = A[[p, k]]
            sign = -sign
        A[k + 1 :, k:] -= np.outer(A[k + 1 :, k] / A[k, k], A[k, k:])
    return sign * np.prod(np.diag(A))


@program(sample(5))
def sorting_network(x):
    n = len(x)
    for i in range(n):
        for j in range(n - 1 - i):
            low, high = np.minimum(x[j], x[j + 1]), np.maximum(x[j], x[j + 1])
            x[j] = low
            x[j + 1] = high
    return x[0] * x[-1] + x[2] ** 2


@program(sample(5))
def bubble_sort(x):
    for end in range(len(x) - 1, 0, -1):
        for j in range(end):
            if x[j] > x[j + 1]:
                x[j], x[j + 1] = x[j + 1], x[j]
    return np.sum(x * np.array([1.0, 0.0, 2.0, 0.0, 3.0]) * x)


@program(sample(3), also=[(-sample(3),)])
def store_in_a_branch(x):
    y = x * x
    if x[0] > 0.0:
        y[0] = x[1] * x[2]
    else:
        y[1:] = x[0]
        x[2] = 4.0 * x[1]
    return np.sum(y * x)


@program(np.array([0.7, 1.9, -0.2]))
def stores_in_while(x):
    steps = 0
    while x[0] < 3.0:
        x[0] = x[0] * 1.4 + 0.1 * x[1]
        x[1] *= 0.9
        steps += 1
    return x[0] * x[1] + steps * x[2]


@program(sample(6), 0.5, wrt=(0, 1), also=[(sample(6), 9.0)])
def stores_with_break_and_continue(x, limit):
    y = np.zeros(6)
    for i in range(6):
        if x[i] < -0.5:
            continue
        y[i] = np.exp(x[i]) * limit
        if x[i] > limit:
            y[i] *= x[i - 1]
            break
    return np.sum(y * y)


def fill_with_powers(buf, x):
    for i in range(len(buf)):
        buf[i] = x**i


def scale_in_place(v, factor):
    v *= factor
    return v


@program(0.8, 4)
def helper_fills_its_argument(x, n):
    buf = np.empty(n)
    fill_with_powers(buf, x)
    first = np.sum(buf)
    fill_with_powers(buf[1:], x * x)
    return first * buf[-1] + buf[0]


@program(sample(3), 1.7, wrt=(0, 1))
def helper_scales_its_argument(x, s):
    y = scale_in_place(x, s)
    y[0] += 1.0
    return np.sum(x * x)


@program(sample(5), np.array([3, 1, 4]))
def run_time_index(x, places):
    y = np.zeros(5)
    at = 0
    for p in places:
        at = (at + int(p)) % 5
        y[at] += x[p] ** 2
    k = int(np.argmax(x))
    y[k] = x[k - 1] * x[k]
    return np.sum(y * x)


@program(sample(4, 3), float32=True)
def single_precision_buffer(A):
    out = np.zeros(4, dtype=A.dtype)
    for i in range(4):
        out[i] = np.tanh(A[i] @ A[i - 1])
    out[1:3] *= out[:2]
    return np.sum(out)


@program(sample(4), sample(4, seed=1), wrt=(0, 1))
def store_whole_array_by_ellipsis(x, y):
    p = x * y
    x[...] = np.sin(y)
    y[()] = p
    return np.sum(x * y * y)


@program(sample(5), 3)
def momentum_in_place(w, steps):
    """Gradient descent as it is written with buffers."""
    m = np.zeros_like(w)
    for _ in range(steps):
        g = 2.0 * w + np.cos(w)
        m *= 0.9
        m += g
        w -= 0.1 * m
    return np.sum(w**2)


@program(sample(3, 3))
def triangles(A):
    A[np.tril_indices(3, -1)] = 0.0
    A[np.triu_indices(3, 1)] *= 2.0
    return np.sum(A @ A)


@program(sample(4))
def zero_dimensional_buffer(x):
    total = np.zeros(())
    for v in x:
        total[...] = total * 0.5 + v * v
    total += x[0]
    return float(total) * x[1]


@program(sample(2, 3))
def index_of_tuples_and_negative_steps(A):
    place = (1, -1)
    A[place] = A[0, 0] * A[0, 1]
    A[:, ::-1][0] = A[1] ** 2
    return np.sum(A * A)

"""Arrays with more than one name: views, aliases, copies; who sees a write and who does not."""

# ruff: noqa: B905, B007 (users write zip without strict, and loop variables they do not use)

import numpy as np

from tests.corpus import program, sample


@program(sample(5), 0.7, wrt=(0, 1))
def write_through_a_slice(x, s):
    inner = x[1:-1]
    inner[0] = s * x[0]
    inner[1:] *= s
    return np.sum(x**2)


@program(sample(4))
def whole_view_assigned(x):
    y = x * 2.0
    tail = y[2:]
    tail[:] = x[:2] ** 2
    return np.sum(y * y * x)


@program(sample(2, 3))
def write_through_the_transpose(A):
    B = A * A
    T = B.T
    T[2, 0] = A[1, 1]
    T[1] += A[:, 0]
    return np.sum(B * A)


@program(sample(6))
def write_through_reshape(x):
    A = x.reshape(2, 3)
    A[1, 0] = x[0] * x[1]
    A[0] *= A[1]
    return np.sum(x * x)


@program(sample(2, 3), float32=True)
def write_through_ravel(A):
    flat = A.ravel()
    flat[4] = flat[0] ** 2
    flat[1:3] += 1.0
    return np.sum(A[0] * A[1])


@program(sample(2, 3))
def ravel_of_the_transpose_is_a_copy(A):
    flat = A.T.ravel()
    flat[0] = 100.0
    flat[1:] *= 2.0
    return np.sum(A**2) + flat[0] * flat[3]


@program(sample(6))
def ravel_of_a_strided_slice_is_a_copy(x):
    a = x[::2]
    r = a.ravel()
    r[0] = 100.0
    return np.sum(a * a) * r[1] + r[0] * x[1]


@program(sample(5))
def ravel_of_a_slice_is_a_view(x):
    r = x[1:4].ravel()
    r[0] = 2.0
    r *= r
    return np.sum(x * np.arange(5.0))


@program(sample(2, 3, 2))
def write_through_swapaxes(A):
    B = A * 3.0
    S = np.swapaxes(B, 0, 1)
    S[2, 0] = A[0, 0] * A[1, 1]
    B.swapaxes(1, 2)[0, 1] -= 0.5
    return np.sum(B * B * A)


@program(sample(3, 3))
def write_through_a_step_of_ravel(A):
    """The diagonal, as it is written by those who know strides."""
    B = A * 1.0
    B.ravel()[:: 3 + 1] = 1.0 + A[0] ** 2
    B.reshape(-1)[1] = A[2, 2]
    return np.sum(B * A)


@program(sample(3, 2))
def write_through_flat(A):
    A.flat[3] = A[0, 0] * A[0, 1]
    A.flat[::5] = 0.5
    return np.sum(A * A)


@program(sample(4))
def asarray_is_an_alias(x):
    y = np.asarray(x)
    y[1] = y[0] * y[2]
    return np.sum(x**2)


@program(sample(4))
def array_is_a_copy(x):
    y = np.array(x)
    y[1] = y[0] * y[2]
    x[3] = 2.0 * x[3]
    return np.sum(x * y)


@program(sample(4))
def astype_is_a_copy(x):
    y = x.astype(float)
    y *= x
    y[0] = x[1]
    return np.sum(x * x * y)


@program(sample(3, 2))
def rows_are_written_in_a_loop(A):
    for row in A:
        row[0] = row[0] * row[1] + 1.0
    return np.sum(A * A)


@program(sample(3, 2), sample(3, seed=1), wrt=(0, 1))
def rows_are_augmented_by_enumerate(A, v):
    for i, row in enumerate(A):
        row[i % 2] += v[i] * row[1 - i % 2]
        row *= 1.0 + i
    return np.sum(np.sin(A))


@program(sample(3, 2), sample(3, 2, seed=1), wrt=(0, 1))
def rows_are_written_by_zip(A, B):
    for a, b in zip(A, B):
        a[:] = a + b**2
        b[1] = a[0]
    return np.sum(A * B)


@program(sample(3, 4))
def rows_are_normalised_in_place(A):
    for row in A:
        row -= row.mean()
        row /= np.sqrt(np.sum(row * row) + 0.1)
    return np.sum(A[0] * A[1]) + A[2, 3]


@program(sample(3, 4))
def columns_by_the_transpose(A):
    for k, column in enumerate(A.T):
        column[k % 3] = np.sum(column**2)
    return np.sum(A * A)


@program(sample(5))
def view_reads_the_change_of_its_base(x):
    y = x * x
    head = y[:2]
    before = head[0] * 1.0
    y[0] = x[3] * x[4]
    y *= 2.0
    return np.sum(head) * before + head[0]


@program(sample(5))
def base_reads_the_change_of_its_view(x):
    y = x * x
    total = np.sum(np.cos(y))
    y[1::2][1] = x[0]
    tail = y[-3:]
    tail += x[:3]
    return np.sum(y * y) * total


@program(sample(6))
def view_of_a_view(x):
    y = x.copy()
    inner = y[1:]
    tail = inner[2:]
    tail[0] = x[0] * x[1]
    inner[2] *= x[5]
    return y[3] * tail[0] + np.sum(inner)


@program(sample(6))
def two_views_that_overlap(x):
    left, right = x[:4], x[2:]
    left *= 2.0
    right += left
    left[3] = right[0] * right[1]
    return np.sum(x * x) + np.sum(left * right)


@program(sample(3, 3))
def chained_index(A):
    A[0][1] = A[2][2] * A[1][0]
    A[1][1:] += A[0][:2]
    A[2][0] *= A[0][1]
    return np.sum(A * A)


@program(sample(2, 2, 2))
def chained_index_twice(A):
    A[0][1][0] = A[1, 1, 1] ** 2
    A[1][0][:] = A[0][1]
    return np.prod(A[1]) + np.sum(A**2)


@program(sample(4))
def chained_copy_is_not_seen(x):
    """x[index] is a copy, and the store into it is lost."""
    x[np.array([0, 1])][0] = 50.0
    x[x > -2.0][1] = 50.0
    return np.sum(x * x)


@program(sample(4))
def alias(x):
    y = x
    y[0] = x[1] * x[2]
    x[3] = y[0] ** 2
    return np.sum(y * x)


@program(sample(3), sample(3, seed=1), wrt=(0, 1))
def alias_sees_augmented_assignment(x, y):
    z = y
    y += x
    return np.sum(z * z * x)


@program(sample(3), sample(3, seed=1), wrt=(0, 1))
def alias_does_not_see_a_new_array(x, y):
    z = y
    y = y + x
    y[0] = 7.0
    return np.sum(z * z * x) + np.sum(y * y)


@program(sample(3), 0.5, wrt=(0, 1))
def number_is_no_alias(x, s):
    t = s
    s += x[0]
    a = x[1]
    x[1] = 3.0 * s
    return s * t + a * x[1]


@program(sample(3), sample(3, seed=1), wrt=(0, 1))
def alias_through_a_list(a, b):
    xs = [a, b]
    xs[0][1] = xs[1][2] ** 2
    xs[-1] += a
    return np.sum(a * b)


@program(sample(3), sample(3, seed=1), wrt=(0, 1))
def alias_through_a_tuple_in_a_loop(a, b):
    for v in (a, b):
        v[0] = v[1] * v[2]
        v *= v
    return np.sum(a * b)


@program({"W": sample(2, 2), "b": sample(2, seed=1)}, sample(2, seed=2), wrt=(0, 1))
def alias_through_a_dict(p, x):
    W = p["W"]
    W[0, 1] = p["b"][0] * 2.0
    p["b"] -= 0.1 * (W @ x)
    for v in p.values():
        v *= 0.9
    return np.sum(np.tanh(p["W"] @ x + p["b"]))


def swap_ends(v):
    v[0], v[-1] = v[-1], v[0]


def inner_part(v):
    return v[1:-1]


@program(sample(4))
def alias_through_a_call(x):
    y = x * x
    swap_ends(y)
    middle = inner_part(y)
    middle[0] = x[0]
    swap_ends(x[1:])
    return np.sum(y * x * x)


@program(sample(3), 3)
def alias_through_a_closure(x, n):
    state = np.zeros(3)

    def step(k):
        state[k % 3] += x[k % 3] ** 2
        state[:] = np.sin(state + x)

    for k in range(n):
        step(k)
    return np.sum(state * state)


@program(sample(5), 4, also=[(sample(5), 0), (sample(5), 1)])
def double_buffer(u, steps):
    v = np.zeros_like(u)
    for _ in range(steps):
        v[0], v[-1] = u[0], u[-1]
        for i in range(1, len(u) - 1):
            v[i] = u[i] + 0.2 * (u[i + 1] - 2.0 * u[i] + u[i - 1]) * u[i]
        u, v = v, u
    return np.sum(u**2) + u[0]


@program(sample(5), sample(5, seed=1), 3, wrt=(0, 1))
def wave_equation_with_three_buffers(u, previous, steps):
    new = np.empty_like(u)
    for _ in range(steps):
        new[0] = new[-1] = 0.0
        new[1:-1] = 2.0 * u[1:-1] - previous[1:-1] + 0.1 * np.sin(u[2:] + u[:-2])
        previous, u, new = u, new, previous
    return np.sum(u * previous)


@program(sample(4))
def same_array_twice_in_a_call(x):
    def accumulate(target, source):
        target[1:] += source[:-1]
        return np.sum(source * source)

    return accumulate(x, x) * x[0] + x[-1]


@program(sample(2, 4))
def unpacked_rows_are_views(A):
    first, second = A
    first[0] = second[1] ** 2
    second += first
    return np.sum(A * A)


@program(sample(3, 4))
def column_as_a_view(A):
    column = A[:, 1]
    column[:] = A[:, 0] * A[:, 2]
    A[0, 1] = 4.0
    block = A[1:, 2:]
    block[...] = block * block
    return np.sum(A * A) + column[0] * column[2]


@program(sample(4))
def newaxis_and_squeeze_are_views(x):
    column = x[:, None]
    column[1, 0] = x[0] * x[3]
    row = np.expand_dims(x, 0)
    row[0, 2:] *= 2.0
    np.squeeze(column)[0] = 0.5
    return np.sum(x * x)


@program(sample(4))
def reversed_view(x):
    back = x[::-1]
    back[0] = back[1] * back[2]
    back += x[0]
    return np.sum(x * np.arange(1.0, 5.0) * x)


@program(sample(4), also=[(-sample(4),)])
def view_taken_in_a_branch(x):
    y = x * 2.0
    part = y[:2] if x[0] > 0.0 else y[1:3]
    part[0] = x[3] ** 2
    part *= 3.0
    return np.sum(y * y)


@program(sample(6), 2)
def sliding_window(x, width):
    for start in range(len(x) - width):
        window = x[start : start + width]
        window *= 1.0 + x[start + width]
    return np.sum(x * x)


@program(sample(4))
def copy_keeps_the_old(x):
    old = x.copy()
    history = [x.copy()]
    x *= 2.0
    history.append(x.copy())
    x[:] = np.sin(x)
    return np.sum(old * x) + np.sum(history[0] * history[1] * x)


@program(sample(4))
def list_holds_the_same_array_again_and_again(x):
    """The known mistake: every entry is the array as it is at the end."""
    history = []
    for k in range(3):
        x *= 1.0 + 0.1 * k
        history.append(x)
    return np.sum(history[0] * history[2])


@program(sample(3, 3), also=[(np.asfortranarray(sample(2, 4)),)])
def flat_goes_through_whatever_the_layout(A):
    A.flat[1] = A[0, 0] ** 2
    A.flat[2:] += A[0, 1]
    A.T.flat[[0, 3]] = A[1, :2]
    return np.sum(A**3)

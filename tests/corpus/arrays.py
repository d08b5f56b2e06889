"""NumPy: products, shapes, indexing, constructors, array methods, and longer programs."""

# ruff: noqa: B905 (users write zip without strict)

import numpy as np

from tests.corpus import program, sample

V = sample(5)
P = sample(5, low=0.3, high=2.0, seed=9)
A = sample(3, 4, seed=1)
B = sample(4, 2, seed=2)
T = sample(2, 3, 4, seed=3)

# --- products -----------------------------------------------------------------------------------


@program(V, P, wrt=(0, 1))
def vector_products(x, y):
    return np.dot(x, y) * np.inner(x, x) + x @ y + np.matmul(x, y) ** 2


@program(A, B, wrt=(0, 1), float32=True)
def matrix_products(A, B):
    return np.sum(np.dot(A, B) ** 2) + np.sum(np.matmul(A, B) * (A @ B))


@program(A, sample(4, seed=5), sample(3, seed=6), wrt=(0, 1, 2))
def matrix_times_vector(A, x, y):
    return np.sum(np.sin(A @ x)) + np.sum(np.dot(A, x) ** 2) + np.sum(y @ A * x) + np.dot(y, A) @ x


@program(T, sample(2, 4, 3, seed=6), B, sample(4, seed=7), wrt=(0, 1, 2, 3))
def stacks_of_matrices(S, R, B, x):
    return np.sum((S @ R) ** 2) + np.sum(np.matmul(S, B)) + np.sum((S @ x) ** 2)


@program(T, B, wrt=(0, 1))
def dot_of_higher_rank(T, B):
    return np.sum(np.dot(T, B) ** 2) + np.sum(T.dot(B)) + np.dot(2.0, np.sum(B))


@program(sample(3), sample(4, seed=1), wrt=(0, 1))
def outer_products(x, y):
    M = np.outer(x, y)
    return np.sum(M * M) + np.sum(np.outer(x, x)[0]) + np.sum(np.sin(np.outer(y, x)))


@program(A, sample(2, 4, seed=5), wrt=(0, 1))
def inner_products(A, C):
    return np.sum(np.inner(A, C) ** 2) + np.sum(np.inner(A[0], C)) + np.inner(A[0], C[1])


@program(A, B, wrt=(0, 1), float32=True)
def einsum_of_matrices(A, B):
    C = np.einsum("ij,jk->ik", A, B)
    return np.sum(C**2) + np.einsum("ij,ij->", A, A) + np.sum(np.einsum("ij->ji", A) ** 2)


@program(T, sample(4, seed=5), sample(2, seed=6), wrt=(0, 1, 2))
def einsum_of_tensors(T, x, y):
    return np.sum(np.einsum("bij,j,b->i", T, x, y) ** 2) + np.sum(np.einsum("bij->bj", T) ** 3)


@program(sample(3, 3), sample(2, 3, 3, seed=1), wrt=(0, 1))
def einsum_of_diagonals(M, S):
    trace = np.einsum("ii->", M)
    diagonal = np.einsum("ii->i", M)
    return trace**2 + np.sum(diagonal**3) + np.sum(np.einsum("...ij,jk->...ik", S, M) ** 2)


@program(A, sample(4, 3, seed=4), wrt=(0, 1))
def product_chain(A, C):
    M = A.dot(C)
    return np.sum(M @ M @ M) + np.dot(M[0], M[1]) + M[0].dot(M[2])


# --- shapes -------------------------------------------------------------------------------------


@program(A, sample(4, 3, seed=5), wrt=(0, 1))
def transposes(A, C):
    return np.sum(A.T * C) + np.sum(np.transpose(A) @ A) + np.sum(A.transpose() ** 2 * C)


@program(T)
def transposes_of_higher_rank(T):
    weights = np.arange(24.0).reshape(4, 2, 3)
    return np.sum(np.transpose(T, (2, 0, 1)) * weights) + np.sum(
        T.transpose(2, 0, 1) ** 2 * weights
    )


@program(T)
def axes_swapped(T):
    S = np.swapaxes(T, 0, 2)
    return (
        np.sum(S**2 * S.shape[0]) + np.sum(T.swapaxes(1, -1)[:, 0] ** 3) + np.sum(S @ T[0, 0, :2])
    )


@program(sample(3, 3))
def symmetric_part(M):
    S = 0.5 * (M + M.T)
    W = 0.5 * (M - np.swapaxes(M, 0, 1))
    return np.sum(S @ S) - np.sum(np.matmul(W, W.T)) * np.sum(S**3)


@program(A)
def reshaped(A):
    flat = np.reshape(A, -1)
    tall = A.reshape(6, 2)
    again = A.reshape((2, -1))
    return flat[0] * flat[-1] + np.sum(tall[:, 0] * tall[:, 1]) + np.sum(again[0] * again[1])


@program(A)
def flattened(A):
    return (
        np.sum(np.ravel(A) ** 2 * np.arange(12))
        + A.ravel() @ A.flatten()
        + np.sum(np.ravel(A.T)[:3])
    )


@program(sample(1, 3, 1))
def squeezed(x):
    return np.sum(np.squeeze(x) ** 2) + np.sum(np.squeeze(x, axis=0) ** 3) + x.squeeze()[1]


@program(V)
def expanded(x):
    column = np.expand_dims(x, 1)
    row = np.expand_dims(x, axis=0)
    return (
        np.sum((column - row) ** 2)
        + np.sum(np.squeeze(row) * x)
        + np.sum(x[:, None] * x[None, :] ** 2)
    )


@program(sample(3, 2), sample(4, 2, seed=1), wrt=(0, 1))
def pairwise_distances(X, Y):
    difference = np.expand_dims(X, 1) - np.expand_dims(Y, 0)
    return np.sum(np.sqrt(np.sum(difference**2, axis=-1)))


@program(sample(4), sample(3, 1, seed=1), wrt=(0, 1))
def broadcast(x, y):
    wide = np.broadcast_to(x, (3, 4)) * np.broadcast_to(y, (3, 4))
    return np.sum(wide**2) + np.sum(np.broadcast_to(np.sum(x), (2, 2)))


@program(V, P, 0.4, wrt=(0, 1, 2))
def concatenated(x, y, s):
    both = np.concatenate([x, y * 2.0])
    three = np.concatenate((x[:2], np.array([s, 1.0]), y[3:]))
    return np.sum(both**3) + three[2] * three[-1] + np.sum(three**2)


@program(A, sample(2, 4, seed=4), sample(3, 1, seed=5), wrt=(0, 1, 2))
def concatenated_matrices(A, C, D):
    tall = np.concatenate([A, C], axis=0)
    wide = np.concatenate((A, D), axis=-1)
    return np.sum(tall[1:] * tall[:-1]) + np.sum(wide[:, -1] * wide[:, 0])


@program(V, P, wrt=(0, 1))
def stacked(x, y):
    rows = np.stack([x, y])
    columns = np.stack((x, x * y, y), axis=1)
    last = np.stack([x, y], axis=-1)
    return np.sum(rows @ columns) + np.sum(last[:, 0] * last[:, 1] ** 2)


@program(sample(2), 0.6, wrt=(0, 1))
def rotated(point, angle):
    c, s = np.cos(angle), np.sin(angle)
    R = np.stack([np.stack([c, -s]), np.stack([s, c])])
    q = R @ point
    return q[0] ** 2 * q[1] + q[0]


@program(sample(2, 3), sample(2, 3, seed=1), wrt=(0, 1))
def shapes_as_numbers(X, Y):
    n, d = X.shape
    Z = np.reshape(X * Y, (d, n)) / n
    return np.sum(Z**2) * d + X.size * np.sum(Y) + X.ndim * Y[0, 0] + len(X) * X[1, 1]


# --- indexing -----------------------------------------------------------------------------------


@program(A)
def indexed_by_numbers(A):
    return A[0, 1] * A[-1, -2] + A[2][3] ** 2 + np.sum(A[1])


@program(A)
def sliced(A):
    return (
        np.sum(A[1:] * A[:-1])
        + np.sum(A[::2, 1:3] ** 2)
        + np.sum(A[:, ::-1] * A)
        + np.sum(A[-1:, :1])
    )


@program(T)
def sliced_with_ellipsis(T):
    return (
        np.sum(T[..., 0] ** 2)
        + np.sum(T[0, ..., 1:] * T[1, ..., :-1])
        + np.sum(T[:, None, 1, ...] ** 3)
    )


@program(V, 2, also=[(V, 0), (V, -1)])
def indexed_by_an_argument(x, i):
    return x[i] ** 2 * np.sum(x[: i + 1]) + x[i - 1]


@program(V, np.array([0, 2, 2, 4]))
def gathered(x, index):
    return np.sum(x[index] ** 2) + x[[0, 1, 1]].prod() + np.sum(x[np.array([3, -1])])


@program(A, np.array([0, 2, 0]), np.array([1, 3, 1]))
def gathered_pairs(A, i, j):
    return np.sum(A[i, j] ** 2) + np.sum(A[i] * A[:, j].T[:, :1]) + np.sum(A[i, 1:] ** 3)


@program(sample(6, 3), np.array([[0, 5], [2, 2]]), sample(3, 2, seed=1), wrt=(0, 2))
def embedding_lookup(table, tokens, W):
    vectors = table[tokens]
    return np.sum(np.tanh(np.mean(vectors, axis=1) @ W))


@program(V)
def masked(x):
    positive = x[x > 0.0]
    return np.sum(positive**2) + np.sum(x[~(x > 0.0)]) + np.prod(x[np.abs(x) < 2.0])


@program(A, np.array([True, False, True]))
def masked_rows(A, keep):
    chosen = A[keep]
    return np.sum(chosen**2) + np.sum(A[keep, 1]) * np.sum(A[A > 0.2])


@program(V)
def masked_and_combined(x):
    inside = (x > -0.5) & (x < 0.9)
    outside = np.logical_or(x < -0.5, x > 0.9)
    return np.sum(x[inside] ** 2) + np.sum(np.where(outside | (x > 0.5), x**3, x))


@program(V)
def differences(x):
    first = x[1:] - x[:-1]
    second = first[1:] - first[:-1]
    return np.sum(first**2) + 10.0 * np.sum(second**2)


@program(V)
def largest_by_position(x):
    i = np.argmax(x)
    order = np.argsort(x)
    return x[i] ** 2 + np.sum(x[order] * np.arange(5))


# --- constructors -------------------------------------------------------------------------------


@program(0.7, 3, wrt=0)
def filled(x, n):
    return np.sum(x * np.ones(n) + np.zeros(n)) * np.sum(np.full(n, 2.0)) + np.sum(
        np.full((2, n), x) ** 2
    )


@program(V)
def like_another(x):
    return np.sum(np.zeros_like(x) + x) * np.sum(np.ones_like(x) * x**2) + np.sum(
        np.full_like(x, 3.0) * x
    )


@program(A, float32=True)
def like_a_matrix(A):
    state = np.zeros_like(A)
    for _ in range(2):
        state = state + np.sin(A + state) * np.ones_like(A)
    return np.sum(state) + np.sum(np.full_like(A, 0.5) * A)


@program(0.7)
def full_of_active_numbers(x):
    a = np.full(3, x)
    b = np.full_like(a, x * x)
    return a @ b + np.sum(a)


@program(sample(3, 3), 0.3, wrt=(0, 1))
def ridge(M, penalty):
    K = M @ M.T + penalty * np.eye(3)
    return np.sum(K @ K) + np.sum(np.eye(3, 4)[:, 0] * K[0]) + np.sum(np.eye(2) * K[:2, :2])


@program(0.7, also=[(-0.2,)])
def grids(x):
    t = np.linspace(0.0, 1.0, 5)
    k = np.arange(5)
    return (
        np.sum(np.sin(x * t) * k)
        + np.sum(x * np.arange(1.0, 4.0))
        + np.sum(x ** np.arange(1, 6, 2))
    )


@program(0.7, 1.9, wrt=(0, 1))
def linspace_between_active_ends(low, high):
    t = np.linspace(low, high, 4)
    return np.sum(np.sin(t) * t) + np.sum(np.linspace(0.0, high, num=3) ** 2)


@program(0.7)
def trapezoid_rule(a):
    t = np.linspace(0.0, 2.0, 9)
    y = np.exp(-a * t * t)
    return np.sum(0.5 * (y[1:] + y[:-1]) * (t[1] - t[0]))


@program(0.7, sample(2), wrt=(0, 1))
def arrays_of_arrays(x, v):
    M = np.array([[x, x**2], [1.0, 2.0]])
    return (
        np.sum(M @ v) + np.sum(np.asarray([x, 1.0, x * 2.0])) + np.sum(np.array([v, v * v]) ** 2)
    )


@program(V)
def conversions(x):
    y = np.asarray(x)
    z = np.array(y)
    return np.sum(np.asarray(y * z) ** 2) + np.sum(np.asarray([1, 2, 3]) * z[:3])


@program(sample(3), 0.5, 0.2, wrt=(0, 1, 2))
def spherical(x, theta, phi):
    n = np.array([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)])
    return (n @ x) ** 2 + np.sum(n * np.arange(3))


@program(0.4, sample(4), wrt=(0, 1))
def harmonic_features(x, w):
    k = np.arange(1, 5)
    features = np.cos(k * x) / k
    return (
        features @ w + np.linspace(-1.0, 1.0, 4) @ (w * x) + np.sum(np.zeros(4) + np.eye(4)[1] * w)
    )


# --- methods ------------------------------------------------------------------------------------


@program(A)
def reduction_methods(A):
    return A.sum() * A.mean() + A.prod() + A.max() - A.min() + A.var() * A.std()


@program(A)
def reduction_methods_with_axis(A):
    return (
        (A.sum(axis=0) * A.mean(axis=0)).sum()
        + (A.max(axis=1) * A.min(axis=1)).sum()
        + A.std(0).prod()
    )


@program(A)
def chained_methods(A):
    return (A - A.mean(axis=0)).T.reshape(2, 6).clip(-0.4, 0.4).ravel().dot(np.arange(12.0))


@program(sample(2, 2))
def other_methods(M):
    return M.copy().flatten()[0] * M.item(3) + M.astype(float).sum() + np.sum(M.transpose() @ M)


# --- the same once more, in other ways -----------------------------------------------------------


@program(sample(4), sample(3, seed=1), wrt=(0, 1))
def covariance(x, y):
    c = np.outer(x - np.mean(x), y - np.mean(y))
    return np.sum(np.inner(c, c) ** 2) + np.sum(np.ravel(np.outer(x, np.ones(3)) * c) ** 3)


@program(sample(2, 3))
def shape_methods(A):
    cube = np.expand_dims(A, 1).swapaxes(0, 2)
    flat = cube.squeeze().ravel()
    back = flat.reshape(3, 2).transpose()
    return np.sum(back * A) + flat @ np.ravel(A) + np.sum(np.squeeze(cube, axis=(1,)) ** 2)


@program(sample(4, 6), float32=True)
def split_into_heads(x):
    heads = np.transpose(np.reshape(x, (4, 2, 3)), (1, 0, 2))
    scores = heads @ np.swapaxes(heads, -1, -2)
    merged = np.reshape(np.swapaxes(scores @ heads, 0, 1), (4, 6))
    return np.sum(np.sin(merged))


@program(sample(4, 3), sample(3, seed=1), wrt=(0, 1))
def broadcast_explicitly(A, row):
    full = np.broadcast_to(row, A.shape)
    column = np.broadcast_to(np.expand_dims(A[:, 0], -1), (4, 3))
    return np.sum(full * A) + np.sum(column * full**2)


@program(0.6, sample(1, 3), wrt=(0, 1))
def broadcast_numbers(x, row):
    return np.sum(np.broadcast_to(x, (2, 3)) * np.broadcast_to(row, (2, 3))) * x


@program(sample(3))
def squeezed_product(x):
    row, column = np.expand_dims(x, 0), x.reshape(3, 1)
    value = (row @ column).squeeze()
    return value * np.squeeze(row)[0] + np.sum(np.squeeze(column * row) ** 2)


@program(0.6, 4)
def ones_and_zeros(x, n):
    a = x * np.ones((n, 2))
    b = np.concatenate([np.zeros(2), np.full(2, x), np.ones(1)])
    return np.sum(np.dot(a, np.ones(2)) ** 2) + b @ b + np.sum(np.ones_like(b) * x)


@program(sample(3))
def ones_of_the_right_kind(v):
    padded = np.stack([np.ones_like(v), v, v**2])
    return np.sum(padded @ v) + np.prod(np.full(3, 2.0) * v) + np.inner(np.ones(3), v)


@program(sample(4, 2), sample(4, seed=2), wrt=(0, 1))
def least_squares_through_the_normal_equations(X, y):
    M = np.matmul(X.transpose(), X) + 0.1 * np.eye(2)
    r = np.dot(X.T, y)
    determinant = M[0, 0] * M[1, 1] - M[0, 1] * M[1, 0]
    inverse = np.array([[M[1, 1], -M[0, 1]], [-M[1, 0], M[0, 0]]]) / determinant
    return np.inner(r, inverse @ r)


@program(sample(2, 3))
def methods_of_a_product(A):
    gram = A.dot(A.T)
    return gram.flatten().sum() * A.copy().swapaxes(0, 1).ravel()[1] + gram.squeeze().mean()


# --- longer programs ----------------------------------------------------------------------------


@program(sample(7), sample(3, seed=1), wrt=(0, 1))
def convolution_in_a_loop(signal, kernel):
    n = len(kernel)
    total = 0.0
    for i in range(len(signal) - n + 1):
        window = signal[i : i + n]
        total += np.maximum(window @ kernel, 0.1 * (window @ kernel)) ** 2
    return total


@program(sample(2, 5, 5), sample(3, 2, 2, 2, seed=1), wrt=(0, 1))
def two_dimensional_convolution(image, kernels):
    out = np.zeros((3, 4, 4))
    for i in range(2):
        for j in range(2):
            patch = image[:, i : i + 4, j : j + 4]
            out = out + np.einsum("oc,cij->oij", kernels[:, :, i, j], patch)
    pooled = np.max(np.tanh(out).reshape(3, 2, 2, 2, 2), axis=(2, 4))
    return np.sum(pooled**2)


@program(
    sample(4, 3),
    sample(3, 3, seed=1),
    sample(3, 3, seed=2),
    sample(3, 3, seed=3),
    wrt=(0, 1, 2, 3),
)
def causal_attention(x, W_q, W_k, W_v):
    n, d = x.shape
    scores = np.einsum("id,jd->ij", x @ W_q, x @ W_k) / d**0.5
    future = np.arange(n)[None, :] > np.arange(n)[:, None]
    scores = np.where(future, -1e9, scores)
    weights = np.exp(scores - np.max(scores, axis=1, keepdims=True))
    weights = weights / np.sum(weights, axis=1, keepdims=True)
    return np.sum(np.tanh(weights @ (x @ W_v)))


@program(sample(6, 2), np.array([[0.2, 0.1], [-0.5, 0.4]]), np.array([0.3, -0.2]), wrt=(0, 1, 2))
def gaussian_mixture(points, means, log_scale):
    difference = points[:, None, :] - means[None, :, :]
    square = np.sum(difference**2, axis=2) / np.exp(log_scale) ** 2
    log_density = -0.5 * square - 2.0 * log_scale
    top = log_density.max(axis=1)
    return np.sum(top + np.log(np.sum(np.exp(log_density - top[:, None]), axis=1)))


@program(
    sample(5, 3),
    sample(3, 4, seed=1),
    sample(4, seed=2),
    sample(4, 2, seed=3),
    np.array([0, 1, 1, 0, 1]),
    wrt=(1, 2, 3),
    float32=True,
)
def classifier(x, W1, b1, W2, labels):
    h = np.maximum(x @ W1 + b1, 0.0)
    logits = h @ W2
    log_p = logits - np.log(np.sum(np.exp(logits), axis=1, keepdims=True))
    one_hot = np.eye(2)[labels]
    return -np.mean(np.sum(one_hot * log_p, axis=1))


@program(sample(4), np.eye(4) + 0.1 * sample(4, 4, seed=2), wrt=(0, 1))
def conjugate_gradients(b, M):
    K = M @ M.T
    x = np.zeros_like(b)
    r = b - K @ x
    p = r
    for _ in range(3):
        Kp = K @ p
        alpha = (r @ r) / (p @ Kp)
        x = x + alpha * p
        r_next = r - alpha * Kp
        beta = (r_next @ r_next) / (r @ r)
        p = r_next + beta * p
        r = r_next
    return x @ b


@program(sample(3, 3) + 2.0 * np.eye(3))
def determinant_by_cofactors(M):
    a, b, c = M[0]
    minor = M[1, 1] * M[2, 2] - M[1, 2] * M[2, 1]
    return (
        a * minor
        - b * (M[1, 0] * M[2, 2] - M[1, 2] * M[2, 0])
        + c * (M[1, 0] * M[2, 1] - M[1, 1] * M[2, 0])
    )


@program(
    sample(5, 2), sample(2, 4, seed=1), sample(4, 4, seed=2), sample(4, seed=3), wrt=(1, 2, 3)
)
def gated_recurrent_unit(inputs, W, U, bias):
    h = np.zeros(4)
    for x in inputs:
        gate = 1.0 / (1.0 + np.exp(-(x @ W + h @ U)))
        candidate = np.tanh(x @ W + (gate * h) @ U + bias)
        h = (1.0 - gate) * h + gate * candidate
    return h @ h


@program(V, [0, 2, 2])
def gathered_by_a_list(x, index):
    """A list argument that names an element twice."""
    return np.sum(x[index] * np.arange(1.0, 1.0 + len(index)))


@program(sample(4, 3), [0, 2, 2], 1)
def gathered_rows(A, index, column):
    return np.sum(A[index] ** 2) + np.sum(A[index, column] * np.arange(1.0, 4.0))


@program(np.arange(1.0, 9.0))
def filtered(x):
    """In forward mode over reverse mode the shape of x was taken for x itself."""
    y = np.convolve(x, np.hanning(5), mode="same")
    return np.sum(y[::2] ** 3)

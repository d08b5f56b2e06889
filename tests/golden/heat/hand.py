"""The gradient of `roughness` in primal.py, by hand."""


def gradient(u, alpha, steps):
    # forward
    u = u.copy()
    u[0] = u[-1] = 0.0
    states = []
    for _ in range(steps):
        states.append(u.copy())
        left = u[0]
        for i in range(1, len(u) - 1):
            here = u[i]
            u[i] += alpha * (left - 2.0 * here + u[i + 1])
            left = here

    # backward
    u_bar = 2.0 * u
    alpha_bar = 0.0
    for u in reversed(states):
        left_bar = 0.0
        for i in reversed(range(1, len(u) - 1)):
            g = u_bar[i]
            alpha_bar += g * (u[i - 1] - 2.0 * u[i] + u[i + 1])
            u_bar[i + 1] += alpha * g
            u_bar[i] += left_bar - 2.0 * alpha * g
            left_bar = alpha * g
        u_bar[0] += left_bar
    u_bar[0] = u_bar[-1] = 0.0
    return u_bar, alpha_bar

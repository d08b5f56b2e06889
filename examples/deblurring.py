"""Sharpen a picture: undo a blur by the gradient of what it would look like blurred.

The unknown is the picture itself. Blurred by the same lens it should look like the photograph, and
it should have few edges (Rudin, Osher and Fatemi, "Nonlinear total variation based noise removal
algorithms", 1992). The blur is a product of Fourier transforms.
"""

import numpy as np

from adjoint import optim, value_and_grad

SIZE = 64


def scene():
    """A picture of a ring, a bar and a square."""
    y, x = np.mgrid[:SIZE, :SIZE]
    distance = np.hypot(x - 22, y - 24)
    ring = (distance < 14) & (distance > 8)
    bar = (np.abs(x - y - 4) < 3) & (x > 34)
    square = (np.abs(x - 16) < 7) & (np.abs(y - 50) < 7)
    return 0.9 * ring + 0.7 * bar + 0.5 * square


def lens(width=2.5):
    """The transfer function of a Gaussian blur."""
    frequency = np.fft.fftfreq(SIZE)
    decay = np.exp(-2.0 * (np.pi * width * frequency) ** 2)
    return np.outer(decay, decay)


def blurred(image, transfer):
    return np.real(np.fft.ifft2(np.fft.fft2(image) * transfer))


@value_and_grad
def loss(image, photograph, transfer, weight):
    """The misfit to the photograph, and the length of the edges."""
    wrong = blurred(image, transfer) - photograph
    down, right = np.diff(image, axis=0)[:, :-1], np.diff(image, axis=1)[:-1]
    return 0.5 * np.sum(wrong**2) + weight * np.sum(np.sqrt(down**2 + right**2 + 1e-6))


def main(rounds: int = 200) -> dict[str, np.ndarray]:
    """The scene, its photograph, and the picture that was found."""
    true, transfer = scene(), lens()
    noise = np.random.default_rng(0).normal(size=true.shape)
    photograph = blurred(true, transfer) + 0.01 * noise
    image, state = photograph, optim.adam.init(photograph)
    for k in range(rounds):
        value, slope = loss(image, photograph, transfer, 0.002)
        image, state = optim.adam.update(slope, state, image, optim.cosine_decay(k, 0.05, rounds))
        if k % (rounds // 5) == 0:
            wrong = np.sqrt(np.mean((image - true) ** 2))
            print(f"round {k:3d}  loss {value:.4f}  error of a pixel {wrong:.4f}")
    return {"scene": true, "photograph": photograph, "sharpened": image}


def picture(figure) -> None:
    """The three pictures."""
    found = main()
    for axes, (name, image) in zip(figure.subplots(1, 3), found.items(), strict=True):
        axes.imshow(image, cmap="gray", vmin=0.0, vmax=1.0)
        axes.set_title(name, fontsize=10)
        axes.set_axis_off()


if __name__ == "__main__":
    main()

"""A filter in the frequency domain: the response that turns one signal into another."""

import numpy as np


def dft_filter(response, delay, signal, wanted):
    n = len(signal)
    frequencies = 2 * np.pi * np.fft.rfftfreq(n)
    spectrum = np.fft.rfft(signal)
    filtered = np.fft.irfft(response * np.exp(-1j * frequencies * delay) * spectrum, n)
    return 0.5 * np.sum((filtered - wanted) ** 2)


def by_hand(response, delay, signal, wanted):
    n = len(signal)
    frequencies = 2 * np.pi * np.fft.rfftfreq(n)
    shifted = np.exp(-1j * frequencies * delay) * np.fft.rfft(signal)
    filtered = np.fft.irfft(response * shifted, n)

    # The transpose of irfft: rfft over n, with the frequencies that stand for two twice.
    filtered_bar = np.fft.rfft(filtered - wanted) / n
    filtered_bar[1 : (n + 1) // 2] *= 2.0
    correlation = np.conj(filtered_bar) * shifted
    return correlation.real, np.sum(response * frequencies * correlation.imag)


ARGNUMS = (0, 1)


def example():
    rng = np.random.default_rng(15)
    return rng.uniform(0.5, 1.5, size=65), 0.4, rng.normal(size=128), rng.normal(size=128)

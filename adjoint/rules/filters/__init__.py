"""Filters of scipy.ndimage and scipy.signal, and the resampling of images and signals."""

from adjoint.rules.filters import correlations, kernels, resampling, signals

__all__ = ["correlations", "kernels", "resampling", "signals"]

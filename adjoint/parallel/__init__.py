"""Gradients of sums over chunks of data, on Dask and on executors of `concurrent.futures`."""

from adjoint.parallel.functions import ChunkedFunction, hvp, jacobian, value_and_grad

__all__ = ["ChunkedFunction", "hvp", "jacobian", "value_and_grad"]

"""Reverse mode: the walk over regions, cotangents, calls, checkpoints."""

"""Residuals: what the backward half saves, reads again or computes again."""

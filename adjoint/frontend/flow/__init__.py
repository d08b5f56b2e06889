"""Joins of branches, fixpoints of loops, exits, and what may raise."""

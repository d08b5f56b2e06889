"""Random programs against differences; `python -m tests.fuzz` runs many of them."""

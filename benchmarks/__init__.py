"""How fast the generated gradients are: `python -m benchmarks --help`."""

"""One file for each problem: the program as a user of NumPy writes it, and its derivatives.

Each has `FUNCTIONS` (by GradBench's names, of what `read` returns), `read` (JSON to arguments),
`VARIABLES` (the fields of the input that a gradient is taken of), and `example`, which makes a
small input.
"""

"""The text for Numba: the same SSA, written as loops and arrays that compile to machine code."""

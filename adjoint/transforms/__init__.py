"""SSA to SSA, one pass a file; here those that put the passes of the folders in their order."""

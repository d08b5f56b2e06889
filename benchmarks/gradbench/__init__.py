"""The twelve problems of GradBench (github.com/gradbench/gradbench), and its protocol."""

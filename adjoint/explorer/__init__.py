"""The explorer: a page with a program, its derivative, a run of both, and what links them."""

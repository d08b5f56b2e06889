"""The explorer: a page that shows a program, its derivative, a run of both, and what links them."""

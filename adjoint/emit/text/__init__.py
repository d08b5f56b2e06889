"""Python's syntax as text: nodes, line breaks, comments, imports; astor is used here only."""

"""The gradient of `accumulate` in primal.py, by hand."""

import math


def gradient(x, rows, columns):
    # forward
    tape = []
    for i in range(rows):
        term = x
        terms = []
        broke = False
        for _ in range(columns):
            terms.append(term)
            term = term * math.sin(x + i)
            if term < 0.3:
                broke = True
                break
        tape.append((i, terms, broke))

    # backward
    x_bar = 0.0
    total_bar = 1.0
    for i, terms, broke in reversed(tape):
        total_bar = total_bar * 0.5
        term_bar = 0.0
        for j in range(len(terms) - 1, -1, -1):
            # The last term is not added to the total if it was what ended the loop.
            if not (broke and j == len(terms) - 1):
                term_bar += total_bar / (j + 1)
            x_bar += term_bar * terms[j] * math.cos(x + i)
            term_bar = term_bar * math.sin(x + i)
        x_bar += term_bar
    return x_bar

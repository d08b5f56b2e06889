"""A recursive network over a binary tree of words: a node is a word, or a pair of nodes."""

import numpy as np


def encode(node, words, W, b):
    if isinstance(node, int):
        return words[node]
    left, right = node
    children = np.concatenate([encode(left, words, W, b), encode(right, words, W, b)])
    return np.tanh(W @ children + b)


def tree_network(words, W, b, tree, target):
    return np.sum((encode(tree, words, W, b) - target) ** 2)


def encode_with_tape(node, words, W, b):
    if isinstance(node, int):
        return words[node], None
    left, left_tape = encode_with_tape(node[0], words, W, b)
    right, right_tape = encode_with_tape(node[1], words, W, b)
    children = np.concatenate([left, right])
    h = np.tanh(W @ children + b)
    return h, (h, children, left_tape, right_tape)


def encode_pullback(node, tape, W, h_bar, words_bar, W_bar, b_bar):
    if isinstance(node, int):
        words_bar[node] += h_bar
        return
    h, children, left_tape, right_tape = tape
    a_bar = h_bar * (1.0 - h * h)
    W_bar += np.outer(a_bar, children)
    b_bar += a_bar
    children_bar = W.T @ a_bar
    n = len(h)
    encode_pullback(node[0], left_tape, W, children_bar[:n], words_bar, W_bar, b_bar)
    encode_pullback(node[1], right_tape, W, children_bar[n:], words_bar, W_bar, b_bar)


def by_hand(words, W, b, tree, target):
    h, tape = encode_with_tape(tree, words, W, b)
    words_bar = np.zeros_like(words)
    W_bar = np.zeros_like(W)
    b_bar = np.zeros_like(b)
    encode_pullback(tree, tape, W, 2.0 * (h - target), words_bar, W_bar, b_bar)
    return words_bar, W_bar, b_bar


ARGNUMS = (0, 1, 2)


def example():
    rng = np.random.default_rng(20)
    tree = (((0, 1), 2), ((3, (4, 0)), (2, 5)))
    return (
        rng.normal(size=(6, 8)),
        0.3 * rng.normal(size=(8, 16)),
        0.1 * rng.normal(size=8),
        tree,
        rng.normal(size=8),
    )

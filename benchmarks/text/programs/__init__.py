"""Programs as people write them, each with its gradient as an expert writes it by hand.

A file holds a function of the file's name, `by_hand`, `example()` with arguments, and `ARGNUMS`.
The texts by hand were written before anybody read what adjoint makes of the program.
"""

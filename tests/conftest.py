"""Settings of all tests; read before anything imports adjoint."""

import os

# Check the invariants of the intermediate representation after every pass.
os.environ.setdefault("ADJOINT_VERIFY", "1")

import adjoint.public  # noqa: E402, F401  (tests that import a part alone find the whole)

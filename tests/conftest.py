"""Settings of all tests; read before anything imports adjoint."""

import os

# Check the invariants of the intermediate representation after every pass.
os.environ.setdefault("ADJOINT_VERIFY", "1")

"""Which sizes of arrays are equal, and what does not depend on the values."""

"""Operations as statements and expressions of Python and NumPy."""

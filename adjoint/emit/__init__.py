"""SSA to text: one folder for what every text needs, and one for the text in Python and NumPy."""

"""Forward mode: tangents beside values, many directions at once, Taylor coefficients."""

"""Packages as they stand: the documented calls of an installed package, differentiated."""

"""Who shares memory with whom: views, aliases, lifetimes, read sets; what is read of the outside."""

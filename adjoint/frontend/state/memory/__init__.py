"""Who shares memory with whom: views, aliases, lifetimes, read sets; what is captured."""

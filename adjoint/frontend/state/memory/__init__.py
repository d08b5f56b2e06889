"""Who shares memory with whom: views, aliases, lifetimes and read sets."""

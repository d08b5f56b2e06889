"""Where an operation is written: inside its user, again in each half, and in which order."""

"""Which operations stay because they may raise or have an effect, and which go."""

"""What depends on the inputs of a derivative and reaches its result, and what must not."""

"""The state of a lowering: abstract objects, their current values, structures of containers."""

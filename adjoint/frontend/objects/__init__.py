"""What operations do to abstract objects: names, attributes, subscripts, operators, instances."""

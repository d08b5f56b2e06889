"""Operations on abstract objects: names, attributes, subscripts, operators, instances."""

"""Source text and the types of arguments to typed SSA; its folders stand in an order."""

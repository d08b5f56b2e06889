"""What the variables of the text are called, and how it calls the objects of others."""

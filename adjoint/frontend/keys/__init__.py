"""What a program is specialised on: the signature of its arguments, and registered classes."""

"""What a program is specialised on: the signature of its arguments, captured values, guards."""

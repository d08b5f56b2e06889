"""Keys that programs are specialised on: signatures of arguments, registered classes."""

"""grad, vjp, jvp and their relatives called inside of a program; functions with own rules."""

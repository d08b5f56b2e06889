"""Blocks, loops, calls of user functions, exceptions, contexts and generators."""

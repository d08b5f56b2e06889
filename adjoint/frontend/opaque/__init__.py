"""Calls and objects of libraries that nothing is known of, used at run time as they are."""

"""Calls and objects of libraries that the compiler knows nothing of, used at run time as they are."""

"""Limits: how far the compiler goes before it tries another way, or refuses.

None of them decides whether a result is right. They bound the length of a program, the time that
it takes to compile, and the number of programs that are kept.
"""

from __future__ import annotations

# Loops

#: Rounds of the fixpoint of a loop: types that have not settled by then never do.
LOOP_ROUNDS = 8
#: A loop is unrolled, where it must be, when it makes no more iterations than this.
UNROLLED_ITERATIONS = 32
#: Loops in loops make no more copies of a statement than this, all together.
UNROLLED_COPIES = 256
#: A loop that had to be unrolled this often, at one place, is not tried as a loop again.
REFUSALS_OF_A_LOOP = 3
#: A comprehension over no more items than this is written as a list of them.
LISTED_ITEMS = 8
#: An item at a position known only at run time is one of no more items than this.
CHOSEN_ITEMS = 8
#: Iterators of more items are not unrolled; a list that grows while a loop runs over it is
#: followed for no more items than this.
KNOWN_ITEMS = 400

# Calls

#: Calls inside of each other that are inlined.
INLINED_DEPTH = 60
#: Rounds until the type of the result of a function that is called has settled.
CALL_ROUNDS = 6
#: Functions of one program that are called, one for each signature.
CALLED_FUNCTIONS = 32
#: Calls of recursive functions that are inlined, in all and inside of each other.
UNROLLED_CALLS, UNROLLED_DEPTH = 128, 32
#: A program is not inlined to its end when the copies of functions that are called this often have
#: more operations in all.
REPEATED_CALLS, INLINED_OPERATIONS = 3, 200
#: How often a program is lowered again, with more of its calls kept.
KEPT_ROUNDS = 12
#: What is compared, in operations: the heads of a pair of functions, and a call with its reverse.
PAIR_LENGTH, CALL_LENGTH = 8, 4
#: Where their calls cannot be kept, such functions are refused with more operations than this.
MOST_INLINED_OPERATIONS = 8000
#: A function of no more operations than this is always inlined.
SMALL_FUNCTION = 8
#: A tuple of more residuals of a call has no type: no derivative is taken through it.
TYPED_RESIDUALS = 64
#: How deep a function may be in the calls of its own forward and backward functions. Each level is
#: a derivative of higher order; at the end of them it has none.
RULE_LEVELS = 3
#: The same for theorems about solvers, which call solvers themselves.
SOLVER_LEVELS = 2

# Keys and guards

#: A program may be made for lists of one length only where they hold no more items than this.
KEY_ITEMS = 256
#: An array with a dimension of no more than this may have a program of its own.
KEY_ROWS = 32
#: A container from outside with more items is not read as a whole where one item is wanted.
CAPTURED_ITEMS = 16
#: A container with more leaves is described by its key as a whole: code for each would be long.
CHECKED_LEAVES = 64
#: A function that was typed in has no more lines than this.
INTERACTIVE_LINES = 400

# What is kept

#: Programs for one key: they differ in what captured functions, strings and flags are.
KEPT_PROGRAMS = 16
#: Objects that are searched for references to a function of the closure.
REACHED_OBJECTS = 1000
#: Functions whose programs are kept.
KEPT_FUNCTIONS = 256
#: Refused calls of one function that are remembered.
KEPT_REFUSALS = 64
#: Bound methods of one decorated method.
KEPT_METHODS = 32
#: More branches than this are not split: what follows them is lowered for each of their arms.
SPLIT_BRANCHES = 4

"""Programs that are refused, because no text could be right for all that they may do.

They are good Python, but which array or list a name stands for is not known when the program is
compiled, or what is written has no gradient. Nothing here is registered as a program.
"""

import functools
import itertools

import numpy as np

from tests.corpus import sample


def lists_of_two_structures(x):
    if x[0] > 0.0:
        values = [x[0], x[1]]
    else:
        values = [[x[0]], x]
    return np.sum(values[0]) * x[1]


def append_to_one_of_two_lists(x):
    small, large = [x[0]], [x[1]]
    chosen = small if x[0] < 0.0 else large
    chosen.append(x[0] * x[1])
    return sum(small) * sum(large)


def active_value_into_integers(x):
    counts = np.zeros(3, dtype=int)
    counts[0] = 10.0 * x[0]
    return np.sum(counts * x[1])


def active_slice_into_integers(x):
    places = np.array([1, 2])
    places[:] = x[:2] * 4.0
    return np.sum(places * x[0])


def active_value_into_objects(x):
    parts = np.empty(2, dtype=object)
    parts[0] = x[0] * x[1]
    parts[1] = x[:2]
    return parts[0] * np.sum(parts[1])


def active_value_is_a_key(x):
    table = {x[0]: 1.0, x[1]: 2.0}
    table[x[0] * 2.0] = x[1]
    return sum(k * v for k, v in table.items())


def set_of_active_values(x):
    values = {x[0], x[1], x[0] * x[1]}
    return sum(v * v for v in values)


def scaled_by(factor):
    return lambda v: v * factor


def function_with_a_default_of_the_branch(x):
    if x[0] > 0.0:
        s = x[1] * 2.0
        f = lambda v, s=s: v * s  # noqa: E731
    else:
        s = x[1] * 3.0
        f = lambda v, s=s: v + s  # noqa: E731
    return f(x[2])


def function_with_variables_of_the_branch(x):
    f = scaled_by(x[1]) if x[0] > 0.0 else scaled_by(x[2])
    return f(x[0])


def partial_of_values_of_the_branch(x):
    f = functools.partial(lambda a, b: a * b, x[1])
    if x[0] > 0.0:
        f = functools.partial(lambda a, b: a * b, x[2] * 3.0)
    return f(x[0])


def function_of_the_last_trip(x):
    for k in range(3):
        f = scaled_by(x[k])
    return f(x[0])


def function_of_the_trip_before(x):
    total, f = 0.0, scaled_by(x[0])
    for k in range(len(x)):
        total += f(x[k])
        f = scaled_by(x[k] * total)
    return total


def function_in_a_dict_of_the_branch(x):
    table = {"f": scaled_by(x[0])}
    if x[0] > 0.0:
        table["f"] = scaled_by(x[1])
    return table["f"](x[2])


def recursion_writes_into_a_list_of_its_caller(x):
    product = [x[0]]

    def visit(k):
        if k == 0:
            return 0.0
        product[0] = product[0] * x[k]
        return visit(k - 1) + product[0]

    return visit(len(x) - 1) * product[0]


def recursion_writes_into_an_array_of_its_caller(x):
    y = x * 2.0

    def visit(k):
        if k > 0:
            y[0] = y[0] * x[k]
            visit(k - 1)

    visit(len(x) - 1)
    return y[0]


def table_of_the_run_is_compared(x):
    table = {int(v * 4): v for v in x}
    return x[0] if table == {int(v * 4): v for v in x} else x[1]


def table_of_the_run_is_shown(x):
    table = {int(v * 4): v for v in x}
    return x[0] * len(f"{table}")


def table_of_the_run_is_matched(x):
    match {int(v * 4): v for v in x}:
        case {0: first}:
            return first * x[1]
    return x[0]


def _grown(x):
    rows = [[] for _ in range(len(x))]
    for i in range(len(x)):
        rows[i].append(x[i])
    return rows


def rows_move_up(x):
    rows = _grown(x)
    row = rows[1]
    rows.pop(0)
    return sum(row) ** 2


def arrays_move_up(x):
    rows = [x * float(i) for i in range(len(x))]
    row = rows[1]
    del rows[0]
    return sum(row) ** 2


def rows_are_turned_round(x):
    rows = _grown(x)
    row = rows[0]
    rows.reverse()
    return sum(row) ** 2


def a_row_is_replaced(x):
    rows = _grown(x)
    row = rows[1]
    rows[1] = []
    return sum(row) ** 2


def the_last_row_is_not_the_last(x):
    rows = _grown(x)
    row = rows[-1]
    rows.append([])
    return sum(row) ** 2


def a_group_with_another_name(x):
    groups = {}
    for v in x:
        k = int(v > 1.0)
        if k not in groups:
            groups[k] = row = []
            row.append(v * 2)
        groups[k].append(v)
    return sum(sum(g) ** 2 for g in groups.values())


def groups_that_are_over(x):
    kept = list(itertools.groupby([1, 1, 2]))
    return x[0] * sum(len(list(g)) for _, g in kept) + x[1]


class Hooked:
    def __init__(self, value):
        self.value = value

    def __getattr__(self, name):
        if name == "double":
            return self.value * 2
        raise AttributeError(name)


def an_attribute_that_a_hook_gives(x):
    h = Hooked(x[0])
    return h.double if hasattr(h, "double") else x[1]


REFUSED = [
    (table_of_the_run_is_compared, (sample(3),)),
    (table_of_the_run_is_shown, (sample(3),)),
    (table_of_the_run_is_matched, (sample(3),)),
    (recursion_writes_into_a_list_of_its_caller, (sample(3),)),
    (recursion_writes_into_an_array_of_its_caller, (sample(3),)),
    (function_with_a_default_of_the_branch, (sample(3),)),
    (function_with_variables_of_the_branch, (sample(3),)),
    (partial_of_values_of_the_branch, (sample(3),)),
    (function_of_the_last_trip, (sample(3),)),
    (function_of_the_trip_before, (sample(3),)),
    (function_in_a_dict_of_the_branch, (sample(3),)),
    (lists_of_two_structures, (sample(3),)),
    (append_to_one_of_two_lists, (sample(3),)),
    (active_value_into_integers, (sample(3),)),
    (active_slice_into_integers, (sample(3),)),
    (active_value_into_objects, (sample(3),)),
    (active_value_is_a_key, (sample(3),)),
    (set_of_active_values, (sample(3),)),
    (rows_move_up, (sample(4),)),
    (arrays_move_up, (sample(4),)),
    (rows_are_turned_round, (sample(4),)),
    (a_row_is_replaced, (sample(4),)),
    (the_last_row_is_not_the_last, (sample(4),)),
    (a_group_with_another_name, (sample(4),)),
    (groups_that_are_over, (sample(4),)),
    (an_attribute_that_a_hook_gives, (sample(4),)),
]

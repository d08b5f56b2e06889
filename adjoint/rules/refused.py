"""Functions without a rule, and why: what a program that differentiates one is told."""

from __future__ import annotations

import numpy as np

from adjoint.rules.registry import undifferentiable
from adjoint.rules.statistics import COUNTS

undifferentiable(
    [np.unique, np.unique_all, np.unique_counts, np.unique_inverse, np.unique_values,
     np.intersect1d, np.setdiff1d, np.setxor1d, np.union1d, np.trim_zeros],
    "which elements its result holds depends on their values; find them outside of the "
    "differentiated function, or index with positions",
)  # fmt: skip
undifferentiable([np.histogram2d, np.histogramdd, np.histogram_bin_edges], COUNTS)
undifferentiable(np.kaiser, "the slope in beta is not known; pass beta as an int")
undifferentiable(np.frompyfunc, "its results are arrays of objects; use a loop or np.vectorize")
undifferentiable(
    [np.flatiter, np.nditer, np.ndenumerate, np.nested_iters, np.broadcast],
    "it is an iterator over elements; loop over range(...) or np.ndindex",
)
undifferentiable(
    [np.matrix, np.asmatrix, np.bmat, np.memmap, np.recarray, np.record, np.rec.array],
    "arrays of subclasses have rules of their own for operators; use plain arrays",
)
undifferentiable(np.poly1d, "it is an object with coefficients inside; use np.polyval")
undifferentiable(
    [np.ndarray, np.from_dlpack],
    "it looks at memory that something else owns; use np.zeros or np.array",
)
undifferentiable(
    [np.datetime64, np.timedelta64, np.datetime_as_string, np.datetime_data, np.busday_count,
     np.busday_offset, np.busdaycalendar, np.is_busday],
    "dates are no real numbers",
)  # fmt: skip
undifferentiable(
    [np.bytes_, np.str_, np.void, np.object_, np.character, np.flexible],
    "text, records and objects are no real numbers",
)
undifferentiable(
    [np.generic, np.number, np.inexact, np.integer, np.floating, np.complexfloating,
     np.signedinteger, np.unsignedinteger, np.ufunc],
    "it is an abstract type, which nothing is made with",
)  # fmt: skip
undifferentiable(
    [np.save, np.savetxt, np.savez, np.savez_compressed],
    "it writes a file: do that outside of the differentiated function",
)
undifferentiable(
    [np.errstate, np.geterr, np.seterr, np.geterrcall, np.seterrcall, np.getbufsize,
     np.setbufsize, np.printoptions, np.get_printoptions, np.set_printoptions, np.info,
     np.show_config, np.show_runtime, np.get_include, np.test],
    "it asks for or changes settings, which a gradient has no part in",
)  # fmt: skip

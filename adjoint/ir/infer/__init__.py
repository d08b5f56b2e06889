"""Type inference: the type of an operation's result, from the types of its operands."""

from adjoint.ir.infer.elementwise import is_elementwise
from adjoint.ir.infer.operands import Args, InferType, KwArgs, shape_from
from adjoint.ir.infer.oracle import probe
from adjoint.ir.infer.table import infer, register_inference

__all__ = [
    "Args",
    "InferType",
    "KwArgs",
    "infer",
    "is_elementwise",
    "probe",
    "register_inference",
    "shape_from",
]

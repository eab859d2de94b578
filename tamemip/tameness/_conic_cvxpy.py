"""Reads CVXPY problems, through CVXPY's standard form: rows, cones and integer columns."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from tamemip.certificates import Domain, Enclosure
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.programs import ParametricProgram
from tamemip.tameness._certify import Reading
from tamemip.tameness._conic_cvxpy_draft import Draft, Tensor, names_of_parameter
from tamemip.tameness._conic_program import ConicProgram
from tamemip.tameness._conic_reader import read as read_conic
from tamemip.tameness._domain import domain_of
from tamemip.tameness._verdict import Verdict


def read(obj: object, domain: object, varying: object) -> Reading | Verdict:
    """The verdict on a ``cvxpy.Problem``.

    With parameters, the optimal value is a function of them, called as in CVXPY
    (``p``, or ``p[0]``, ``p[1]``, ... by columns), and `varying` is not asked. Without,
    it is a function of the data of CVXPY's standard form; see `conic_program`.

    Raises
    ------
    InvalidInputError
        If it is no problem.
    UnsupportedError
        If CVXPY cannot bring it to a standard form that is affine in its parameters.
    """
    conic = conic_program(obj)
    if isinstance(conic.program, ParametricProgram):
        domain = _within_signs(obj, conic.program.names, domain)
    return read_conic(conic, domain, varying)


def conic_program(obj: object) -> ConicProgram:
    """The standard form that CVXPY makes of a problem, with floats as the decimals they print.

    Columns are called ``x0, x1, ...``, rows ``R0, R1, ...``.
    """
    form, sign = _standard_form(obj)
    draft = Draft(Tensor.of(form, sign), sign)
    draft.integers(form)
    start = 0
    for constraint in form.constraints:
        rows = list(range(start, start + constraint.size))
        draft.take(constraint, rows)
        start += constraint.size
    draft.take_offset(start)
    return draft.result()


def _within_signs(obj: Any, names: Sequence[str], domain: Any) -> Domain:
    """The domain, cut down to the signs that CVXPY's form takes for granted."""
    given = domain_of(domain, names)
    signs: dict[str, Enclosure] = {}
    for parameter in obj.parameters():
        for name in names_of_parameter(parameter):
            signs[name] = _sign_of(parameter)
    parts = [e.meet(signs[n]) for n, e in zip(given.names, given.intervals, strict=True)]
    for name, part, interval in zip(given.names, parts, given.intervals, strict=True):
        if part.is_empty:
            raise InvalidInputError(
                f"the domain has {name!r} in {interval}, but the parameter is declared to lie in "
                f"{signs[name]}; change the domain or the attributes of the parameter."
            )
    return Domain(given.names, tuple(parts))


def _sign_of(parameter: Any) -> Enclosure:
    """Where a parameter lies by its attributes; they may be no more than a sign."""
    on = {key for key, value in parameter.attributes.items() if _is_set(value)}
    if on - {"nonneg", "pos", "nonpos", "neg"}:
        raise UnsupportedError(
            f"the parameter {parameter.name()!r} has the attributes {', '.join(sorted(on))}; "
            "only those of a sign are read here. Use a plain parameter."
        )
    positive = Enclosure.between(0, math.inf, low_open="pos" in on)
    negative = Enclosure.between(-math.inf, 0, high_open="neg" in on)
    found = Enclosure.everything()
    found = found.meet(positive) if on & {"nonneg", "pos"} else found
    return found.meet(negative) if on & {"nonpos", "neg"} else found


def _is_set(value: object) -> bool:
    return value is not None and value is not False and value != []


def _standard_form(obj: Any) -> tuple[Any, int]:
    """CVXPY's cone program, and -1 if the objective was turned around."""
    import cvxpy
    from cvxpy.reductions import CvxAttr2Constr, Dcp2Cone, FlipObjective
    from cvxpy.reductions.dcp2cone.cone_matrix_stuffing import ConeMatrixStuffing

    if not isinstance(obj, cvxpy.Problem):
        raise InvalidInputError(
            f"cannot certify a {type(obj).__name__} of CVXPY; hand in the cvxpy.Problem."
        )
    if not obj.is_dcp(dpp=True):
        raise UnsupportedError(
            "the CVXPY problem breaks the rules of disciplined convex or parametrised programming "
            "(DCP, DPP); write it so that problem.is_dcp(dpp=True) holds."
        )
    is_max = isinstance(obj.objective, cvxpy.Maximize)
    steps = [FlipObjective()] if is_max else []
    steps += [Dcp2Cone(), CvxAttr2Constr(reduce_bounds=True), ConeMatrixStuffing()]
    form: Any = obj
    for step in steps:
        if not step.accepts(form):
            raise UnsupportedError(
                f"CVXPY's {type(step).__name__} does not take the problem: it is complex, or has "
                "constraints that are no cones; rewrite these."
            )
        form, _ = step.apply(form)
    own = {p.id for p in obj.parameters()}
    if form.P is not None or form.dir_cones or not own.issuperset(form.id_to_param):
        raise UnsupportedError(
            "the standard form of the CVXPY problem has parts that are not read here: quadratic "
            "ones, or parameters with a shape such as diag=True. Use plain parameters."
        )
    return form, -1 if is_max else 1

"""Reads what the library makes: programs, dual functions, terms and value functions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tamemip.certificates import Domain, Enclosure
from tamemip.duality import DualFunction, GomoryDualFunction, JeroslowFunction
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.functions import Node, TermFunction
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.tameness._certify import Reading
from tamemip.tameness._domain import domain_of
from tamemip.tameness._program_data import varying_of
from tamemip.tameness._program_parameters import box_of_data
from tamemip.tameness._program_terms import expression_of
from tamemip.tameness._program_values import read_box, read_cost, read_line
from tamemip.tameness._program_verdict import program_verdict
from tamemip.tameness._refutation_coefficients import refuted_by_entry
from tamemip.tameness._verdict import UNKNOWN, OpenObligation, Verdict
from tamemip.value_functions import (
    BoxValueFunction,
    CostValueFunction,
    LatticeValueFunction,
    LineValueFunction,
)


def read(obj: Any, domain: Any, varying: Any) -> Reading | Verdict:
    """The verdict on a program, or the expression of a function.

    Parameters
    ----------
    obj
        A program, with `varying` and a `domain` as for `varying_of`; a `ParametricProgram`,
        with a domain of its parameters; a dual function or a term, with a domain of
        right-hand sides; a value function, on its own domain.
    domain, varying
        As said.

    Raises
    ------
    InvalidInputError
        If the object is something else, or if the domain does not fit.
    UnsupportedError
        If it is a Jeroslow formula that is not complete.
    """
    match obj:
        case MixedIntegerProgram():
            box = varying_of(obj, domain, varying)
            return refuted_by_entry(obj, box, program_verdict(obj, box))
        case ParametricProgram():
            return _parametric(obj, domain_of(domain, obj.names))
        case DualFunction():
            return _term(obj.in_rows, _domain_of_rows(obj.program, domain), repr(obj))
        case GomoryDualFunction():
            return read(obj.dual, obj.box if domain is None else domain, varying)
        case TermFunction():
            names = tuple(obj.symbols) or tuple(f"b{i + 1}" for i in range(obj.n_rows))
            return _term(obj, domain_of(domain, names), str(obj))
        case LineValueFunction() | CostValueFunction() | BoxValueFunction():
            return _known(obj, domain)
        case LatticeValueFunction():
            box = varying_of(obj.program, obj.box if domain is None else domain, "rhs")
            return program_verdict(obj.program, box)
        case JeroslowFunction():
            if not obj.is_complete:
                raise UnsupportedError(
                    "the formula is not complete: it is a bound, and no proved value function. "
                    "Certify its `program`, or search for it without limits."
                )
            box = varying_of(obj.program, obj.domain if domain is None else domain, "rhs")
            return program_verdict(obj.program, box)
        case _:
            raise InvalidInputError(
                f"cannot certify a {type(obj).__name__}; hand in a program, a dual function, a "
                "term, or a value function."
            )


def _parametric(obj: ParametricProgram, domain: Domain) -> Verdict:
    program, box = box_of_data(obj, domain)
    found = program_verdict(program, box)
    return replace(
        found,
        subject=f"{found.subject}, its data affine in {', '.join(obj.names)}",
        where=str(domain),
    )


def _known(obj: LineValueFunction | CostValueFunction | BoxValueFunction, domain: Any) -> Reading:
    match obj:
        case LineValueFunction():
            found = read_line(obj)
        case CostValueFunction():
            found = read_cost(obj)
        case BoxValueFunction():
            found = read_box(obj)
    if domain is None:
        return found
    names = found.domain.names
    given = domain_of(domain, names)
    parts = tuple(a.meet(b) for a, b in zip(found.domain.intervals, given.intervals, strict=True))
    if any(part.is_empty for part in parts):
        raise InvalidInputError(
            f"the domain does not meet {found.domain}, where the value is known."
        )
    return Reading(found.expressions, Domain(names, parts), found.subject)


def _domain_of_rows(program: MixedIntegerProgram, domain: Any) -> Domain:
    """The right-hand sides: unnamed rows keep their value, unless nothing is named."""
    varying = varying_of(program, domain, "rhs")
    ends = (varying.rhs_range(program.exact, i) for i in range(program.n_rows))
    intervals = tuple(Enclosure.between(low, high) for low, high in ends)
    return Domain(program.row_names, intervals)


def _term(term: TermFunction, domain: Domain, subject: str) -> Reading | Verdict:
    node: Node = term.node
    try:
        expression = expression_of(node, domain.names)
    except UnsupportedError as error:
        return Verdict(
            status=UNKNOWN,
            subject=subject,
            where=str(domain),
            domain=domain,
            obligation=OpenObligation((subject,), str(error), "certify the program instead"),
        )
    return Reading([expression], domain, subject)

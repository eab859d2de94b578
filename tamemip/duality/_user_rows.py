"""Terms of the canonical right-hand side, read in the rows that the user wrote."""

from __future__ import annotations

from tamemip.functions import Node, TermFunction, combination, substitute, to_program, view
from tamemip.programs import CanonicalForm, MixedIntegerProgram, ParametricProgram


def over_rows(form: CanonicalForm, node: Node) -> Node:
    """A term of the canonical rhs as one of the user's: ``e = sign * b + shift``, bounds fixed."""
    m = len(form.row_sign)
    pairs = zip(form.row_sign, form.rhs_shift, strict=True)
    mapping = {i: combination({i: s}, constant=v) for i, (s, v) in enumerate(pairs)}
    fixed = {i: combination(constant=form.rhs[i]) for i in range(m, form.n_rows)}
    return substitute(node, mapping | fixed, n_rows=m)


def in_user_rows(program: MixedIntegerProgram, node: Node) -> TermFunction:
    """``sign * node + offset`` as a function of the user's right-hand side."""
    form = program.canonical()
    signed = combination((), [(form.sign, over_rows(form, node))], constant=form.offset)
    return view(signed, program.n_rows, symbols=program.row_names)


def program_of(program: MixedIntegerProgram, node: Node) -> ParametricProgram:
    """A program whose value function is ``sign * node + offset``."""
    form = program.canonical()
    name = f"dual of {program.name}" if program.name else "dual function"
    return to_program(
        over_rows(form, node),
        program.row_names,
        sense=program.sense,
        offset=form.offset,
        name=name,
    )

"""Programs from CVXPY."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from tamemip.arithmetic import rationalize
from tamemip.certificates import RowSense
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.programs import _importers
from tamemip.programs._draft import Draft, DraftRow, distinct_names
from tamemip.programs._program import MixedIntegerProgram


def from_cvxpy(problem: object) -> MixedIntegerProgram:
    """Read a ``cvxpy.Problem`` that is a mixed-integer linear program.

    CVXPY itself brings the problem to standard form, so piecewise-linear atoms such as
    ``abs`` and ``max`` are let through; they add columns and rows, called ``aux...``.
    Floats enter as the decimals they print. Columns are called ``x[i,j]`` by variable
    and index, rows by label or position of the constraint, ``c0[i]``, in the order of
    the problem. As in CVXPY, ``a >= b`` is the row ``b - a <= 0``: inequalities
    are all ``<=``, and their constant terms are on the right.

    Raises
    ------
    InvalidInputError
        If it is no such problem, a parameter has no value, or a number is not finite.
    UnsupportedError
        If it is not convex by CVXPY's rules, or not linear.
    """
    cvxpy = _importers.require("cvxpy", "interop")
    _importers.require_type(problem, cvxpy.Problem, "from_cvxpy")
    source: Any = problem
    data, inverse = _standard_form(cvxpy, source)
    form = data["param_prob"]
    sign = -1 if isinstance(source.objective, cvxpy.Maximize) else 1
    costs, constant, _, _ = form.apply_parameters()[:4]
    draft = Draft(sense=_importers.sense_of(maximize=sign == -1))
    draft.offset = sign * rationalize(float(constant), what="the objective constant")
    _columns(draft, data, form, {variable.id for variable in source.variables()})
    for j, cost in enumerate(costs[: len(draft.columns)]):
        _importers.add_cost(draft, j, sign * cost)
    blocks = sorted(_blocks(source, form, inverse), key=lambda block: block.position)
    _rows(draft, data, blocks)
    return draft.program()


def _standard_form(cvxpy: Any, problem: Any) -> tuple[dict[str, Any], Any]:
    """CVXPY's data of the problem, as an LP solver would get them."""
    if not problem.is_dcp():
        raise _importers.not_linear("CVXPY", "parts that break the rules of convexity (DCP)")
    try:
        data, _, inverse = problem.get_problem_data("HIGHS")
    except cvxpy.error.ParameterError as error:
        raise InvalidInputError(f"the CVXPY problem is not complete: {error}") from None
    except (cvxpy.error.SolverError, cvxpy.error.DCPError) as error:
        raise UnsupportedError(f"the CVXPY problem is no linear program: {error}") from None
    dims = data["dims"]
    linear = dims.zero + dims.nonneg
    if data.get("P") is not None or data["A"].shape[0] != linear:
        raise _importers.not_linear("CVXPY", "quadratic or conic parts")
    return data, inverse


def _columns(draft: Draft, data: dict[str, Any], form: Any, own: set[int]) -> None:
    names = distinct_names(_column_names(form, own), "x")
    binary, integer = set(data["bool_vars_idx"]), set(data["int_vars_idx"])
    lower, upper = data.get("lower_bounds"), data.get("upper_bounds")
    for j, name in enumerate(names):
        low = None if lower is None else lower[j]
        up = None if upper is None else upper[j]
        if j in binary:
            low = 0 if low is None else max(low, 0)
            up = 1 if up is None else min(up, 1)
        _importers.add_column(draft, name, low, up, is_integer=j in binary | integer)


def _column_names(form: Any, own: set[int]) -> Iterator[str]:
    variables = sorted(form.variables, key=lambda variable: form.var_id_to_col[variable.id])
    for variable in variables:
        name = variable.name() if variable.id in own else f"aux_{variable.name()}"
        yield from _indexed(name, variable.shape)


def _indexed(name: str, shape: tuple[int, ...]) -> Iterator[str]:
    """Names of all entries, the first index running fastest, as CVXPY stores them."""
    size = 1
    for length in shape:
        size *= length
    for k in range(size):
        rest, at = k, []
        for length in shape:
            rest, index = divmod(rest, length)
            at.append(str(index))
        yield f"{name}[{','.join(at)}]" if shape else name


class _Block(NamedTuple):
    """Consecutive rows of the standard form, and the constraint that they are."""

    position: int
    start: int
    names: tuple[str, ...]
    sense: RowSense


def _blocks(problem: Any, form: Any, inverse: Any) -> Iterator[_Block]:
    origin = {constraint.id: constraint.id for constraint in problem.constraints}
    for step in inverse:
        renamed = getattr(step, "cons_id_map", None)
        if renamed:
            origin = {renamed.get(new, new): old for new, old in origin.items()}
    given = {constraint.id: k for k, constraint in enumerate(problem.constraints)}
    start, last = 0, len(given)
    for number, constraint in enumerate(form.constraints):
        k = given.get(origin.get(constraint.id, -1))
        if k is None:
            position, name = last + number, f"aux{number}"
        else:
            position, name = k, getattr(problem.constraints[k], "label", None) or f"c{k}"
        sense: RowSense = "=" if type(constraint).__name__ == "Zero" else "<="
        yield _Block(position, start, tuple(_indexed(name, constraint.shape)), sense)
        start += constraint.size


def _rows(draft: Draft, data: dict[str, Any], blocks: list[_Block]) -> None:
    triples = data["A"].tocoo()
    entries: list[dict[int, Fraction]] = [{} for _ in range(data["A"].shape[0])]
    for i, j, number in zip(triples.row, triples.col, triples.data, strict=True):
        value = rationalize(number, what=f"row {i}, column {draft.columns[j].name!r}")
        entries[i][int(j)] = entries[i].get(int(j), Fraction(0)) + value
    names = distinct_names((name for block in blocks for name in block.names), "c")
    fresh = iter(names)
    for block in blocks:
        for i in range(block.start, block.start + len(block.names)):
            name = next(fresh)
            rhs = rationalize(data["b"][i], what=f"the right-hand side of row {name!r}")
            draft.rows.append(DraftRow(name, block.sense, rhs, None, entries[i]))

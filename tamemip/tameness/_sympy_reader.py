"""What `certify` reads: SymPy objects, texts and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from tamemip.certificates import Domain, Enclosure
from tamemip.errors import InvalidInputError
from tamemip.tameness._certify import Reading
from tamemip.tameness._domain import DomainLike, domain_of, names_of
from tamemip.tameness._expression import Expression, constant, nodes_of, variables_of
from tamemip.tameness._sympy_text import parsed
from tamemip.tameness._sympy_tree import Tree
from tamemip.tameness._sympy_wording import Wording, shortened

_QUANTIFIERS = frozenset({"infimum", "supremum", "argmin", "argmax"})
_SIGNS: Mapping[str, Enclosure] = {
    "positive": Enclosure.between(0, float("inf"), low_open=True),
    "negative": Enclosure.between(float("-inf"), 0, high_open=True),
    "nonnegative": Enclosure.between(0, float("inf")),
    "nonpositive": Enclosure.between(float("-inf"), 0),
}
_DISCRETE = (
    *("integer", "rational", "irrational", "algebraic", "transcendental"),
    *("even", "odd", "prime", "composite", "noninteger"),
)


def read(obj: Any, domain: DomainLike, varying: object) -> Reading:
    """A SymPy expression, a tuple or matrix of them, a text or a number as expressions.

    The variables are real. A function is a partial one: it has a value where all its parts
    have real values, and ``x**(1/3)`` is for x >= 0, as SymPy's principal root.

    Parameters
    ----------
    obj
        A SymPy expression, a `Lambda`, a `Matrix` or `Tuple` of expressions; a text in the
        grammar of SymPy; a number.
    domain
        As for `certify`. If it is given, it names every variable; without one all range over
        the reals.
    varying
        For programs; not used.

    Raises
    ------
    InvalidInputError
        If something in it is undefined, complex or no number, or if the domain does not fit.
    UnsupportedError
        If there is no rule for a function.

    Examples
    --------
    >>> found = read("floor(3*x) + abs(y)", "x in [0, 1], y in (0, inf)", "rhs")
    >>> print(found.expressions[0], "on", found.domain)
    (floor(3*x) + abs(y)) on x in [0, 1], y in (0, inf)
    """
    if isinstance(obj, str):
        expression, words = parsed(obj, variables=_names(domain))
        _refuse_condition(expression, obj)
        return Reading((expression,), _domain([expression], domain), shortened(obj.strip()), words)
    if isinstance(obj, bool):
        raise InvalidInputError(f"{obj} is a truth value, no function.")
    if isinstance(obj, int | float):
        number = constant(obj)
        return Reading((number,), _domain([number], domain))
    return _read_sympy(obj, domain)


def _read_sympy(obj: Any, domain: DomainLike) -> Reading:
    trees = [Tree(part) for part in _entries(obj)]
    for tree in trees:
        _refuse_condition(tree.expression, tree.text)
    expressions = tuple(tree.expression for tree in trees)
    where = _domain(expressions, domain)
    symbols: dict[str, Any] = {}
    for tree in trees:
        for name, symbol in tree.symbols.items():
            if symbols.setdefault(name, symbol) != symbol:
                raise InvalidInputError(
                    f"two symbols are called {name!r}, with different assumptions."
                )
    for name, symbol in symbols.items():
        _require_assumptions(name, symbol, where.intervals[where.names.index(name)])
    subject = shortened(trees[0].text) if len(trees) == 1 else ""
    return Reading(expressions, where, subject, _joint(trees))


def _entries(obj: Any) -> Sequence[Any]:
    kind = type(obj).__name__
    if kind == "Lambda":
        return _entries(obj.expr)
    if kind == "Tuple":
        return tuple(obj.args)
    if getattr(obj, "is_Matrix", False):
        if not hasattr(obj, "flat"):
            raise InvalidInputError(f"{obj} is a symbolic matrix; hand in an explicit one.")
        return tuple(obj.flat())
    if not hasattr(obj, "args") or getattr(obj, "is_Boolean", False) or isinstance(obj, type):
        raise InvalidInputError(
            f"cannot certify {obj}: a condition or a {kind} is no function. For a condition hand "
            "in Piecewise((1, condition), (0, True))."
        )
    return (obj,)


def _refuse_condition(expression: Expression, text: str) -> None:
    if expression.is_condition:
        raise InvalidInputError(
            f"{text or expression} is a condition, no function; hand in "
            "Piecewise((1, condition), (0, True))."
        )


def _joint(trees: Sequence[Tree]) -> Wording:
    """The first expression that knows a node tells it."""
    if len(trees) == 1:
        return trees[0].words
    words = Wording(lambda tree, expression: str(tree.words(expression)))
    for tree in trees:
        words.note(tree.expression, tree)
    return words


# -- domains -----------------------------------------------------------------------------


def _names(domain: DomainLike) -> tuple[str, ...]:
    return () if domain is None else names_of(domain)


def _domain(expressions: Sequence[Expression], spec: DomainLike) -> Domain:
    """The box; it may have variables that SymPy has simplified away, but it lacks none."""
    nodes, _ = nodes_of(expressions)
    gone = [node.name for node in nodes if node.op in _QUANTIFIERS and node.name is not None]
    used = [*variables_of(expressions), *gone]
    known = _names(spec)
    missing = [name for name in used if name not in known]
    if spec is not None and missing:
        raise InvalidInputError(
            f"the symbol {missing[0]!r} is undefined: the domain speaks of "
            f"{', '.join(known) + ' only' if known else 'no variable'}. Add its interval, such as "
            f"'{missing[0]} in [0, 1]' or '{missing[0]} in R'."
        )
    return domain_of(spec, [*known, *used], eliminated=gone)


def _require_assumptions(name: str, symbol: Any, interval: Enclosure) -> None:
    """SymPy has simplified by what a symbol assumes; the domain has to bear it out."""
    assumed = symbol.assumptions0
    for kind in _DISCRETE:
        if assumed.get(kind) is True:
            raise InvalidInputError(
                f"the symbol {name!r} is declared {kind}, and the domain has it in {interval}; "
                "variables are real here. Declare it real."
            )
    if assumed.get("real") is False or assumed.get("imaginary"):
        raise InvalidInputError(f"the symbol {name!r} is declared complex; declare it real.")
    for kind, ray in _SIGNS.items():
        is_declared = assumed.get(kind) or assumed.get(f"extended_{kind}")
        if is_declared and interval.meet(ray) != interval:
            raise InvalidInputError(
                f"the symbol {name!r} is declared {kind}, and the domain has it in {interval}."
            )
    is_nonzero = assumed.get("nonzero") or assumed.get("extended_nonzero")
    if is_nonzero and interval.contains(Fraction(0)):
        raise InvalidInputError(
            f"the symbol {name!r} is declared nonzero, and the domain has it in {interval}."
        )

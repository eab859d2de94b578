"""Nodes of an expression as SMT-LIB definitions, one a node."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from tamemip.certificates import Domain, Enclosure, Facts, Node
from tamemip.errors import UnsupportedError
from tamemip.tameness._expression import expressions_of
from tamemip.tameness._smtlib_projections import Projection
from tamemip.tameness._smtlib_text import both, inequalities, number, symbol_of

_PROJECTIONS = ("infimum", "supremum", "argmin", "argmax")
MOST_CASES = 32
"""Roundings with more steps are written with ``to_int``."""
_MOST_FACTORS = 64
_COMPARE = {"less": "<", "less-equal": "<=", "equal": "="}
_DEFINED = {
    "log": Enclosure.between(0, math.inf, low_open=True),
    "asin": Enclosure.between(-1, 1),
    "acos": Enclosure.between(-1, 1),
}
"""Where functions that are not defined everywhere are."""


class Terms:
    """Definitions of nodes, in the order in which they are written.

    Attributes
    ----------
    lines
        Commands of the script.
    """

    def __init__(
        self,
        nodes: Sequence[Node],
        known: Sequence[Facts],
        symbols: Mapping[str, str],
        domain: Domain,
        stem: str,
        *,
        uninterpreted: bool,
    ) -> None:
        self.lines: list[str] = []
        self._nodes, self._known, self._symbols = nodes, known, symbols
        self._stem, self._uninterpreted = stem, uninterpreted
        self._text: dict[int, str] = {}
        self._condition: dict[int, str | None] = {}
        self._functions: dict[str, str] = {}
        self._domain = domain
        # Variables of a node that an infimum further up ranges over.
        self._free: dict[int, frozenset[str]] = {}
        self._bound: frozenset[str] = frozenset()
        self._has_quantifiers = False
        self._has_integers = self._has_products = self._has_functions = False

    @property
    def logic(self) -> str:
        """The least logic that has what is written."""
        functions = "UF" if self._has_functions else ""
        linear = "N" if self._has_products else "L"
        free = "" if self._has_quantifiers else "QF_"
        return f"{free}{functions}{linear}{'IRA' if self._has_integers else 'RA'}"

    def text(self, k: int) -> str:
        """The term of a node that is written."""
        return self._text[k]

    def condition(self, k: int) -> str | None:
        """Where a node is defined; None if that is everywhere."""
        return self._condition[k]

    def write(self, k: int) -> None:
        """Define a node whose arguments are defined."""
        node, facts = self._nodes[k], self._known[k]
        value = facts.enclosure.value
        if value is not None and facts.is_total:
            is_condition = node.op in (*_COMPARE, "and", "or", "not")
            self._text[k] = ("true" if value else "false") if is_condition else number(value)
            self._condition[k] = None
            self._free[k] = frozenset()
            return
        self._bound = self._free[k] = self._free_variables(node)
        if node.op == "variable":
            self._text[k], self._condition[k] = self._symbols[str(node.name)], None
            return
        text, own = self._written(k, node)
        self._text[k] = self._define(f"{self._stem}{k}", self._sort(node), text)
        self._condition[k] = None if facts.is_total else self._defined_where(k, node, own)

    # -- one node ------------------------------------------------------------------------

    def _written(self, k: int, node: Node) -> tuple[str, str | None]:
        """The term, and where it is defined if its arguments are."""
        a = [self._text[j] for j in node.of if j in self._text]
        match node.op:
            case "const":
                return number(node.value or Fraction(0)), None
            case "add":
                return _call("+", a), None
            case "scale":
                return f"(* {number(node.value or Fraction(0))} {a[0]})", None
            case "multiply":
                return self._product(node), None
            case "divide":
                return self._quotient(node), f"(distinct {a[1]} 0.0)"
            case "abs":
                return f"(ite (<= 0.0 {a[0]}) {a[0]} (- {a[0]}))", None
            case "maximum" | "minimum":
                return self._extreme(k, a, "<=" if node.op == "maximum" else ">="), None
            case "sign":
                return _signed(a[0], "(- 1.0)", "0.0"), None
            case "heaviside":
                return _signed(a[0], "0.0", number(node.value or Fraction(0))), None
            case "floor" | "ceiling":
                enclosure = self._known[node.of[0]].enclosure
                return self._rounded(a[0], enclosure, is_floor=node.op == "floor"), None
            case "less" | "less-equal" | "equal":
                return _call(_COMPARE[node.op], a), None
            case "and" | "or" | "not":
                return _call(node.op, a), None
            case "indicator":
                return f"(ite {a[0]} 1.0 0.0)", None
            case "piecewise":
                return _first(a, "0.0"), None
        return self._other(k, node, a)

    def _other(self, k: int, node: Node, a: Sequence[str]) -> tuple[str, str | None]:
        """Operations that need more than one line, or symbols of their own."""
        match node.op:
            case "modulo":
                return self._modulo(k, node)
            case "power":
                return self._power(k, a[0], node.value or Fraction(0))
            case "root":
                return self._root(k, a[0], int(node.value or 1))
            case "named":
                return self._named(k, node), None
            case "infimum" | "supremum" | "argmin" | "argmax":
                return self._projection(k, node)
        return self._function(k, node, a)

    def _defined_where(self, k: int, node: Node, own: str | None) -> str | None:
        conditions = [self._condition[j] for j in node.of]
        if node.op == "piecewise":
            text: str | None = self._first_defined(node)
        else:
            text = both([*conditions, own])
        if text is None or text == "true":
            return None
        return self._define(f"{self._stem}{k}.defined", "Bool", text)

    def _first_defined(self, node: Node) -> str:
        """Conditions up to the first that holds are defined, and so is the number behind it."""
        of = node.of
        has_default = len(of) % 2 == 1
        text = (self._condition[of[-1]] or "true") if has_default else "false"
        for i in range(len(of) - 2 - has_default, -1, -2):
            number_of = self._condition[of[i + 1]] or "true"
            text = f"(ite {self._text[of[i]]} {number_of} {text})"
            if self._condition[of[i]] is not None:
                text = f"(and {self._condition[of[i]]} {text})"
        return text

    # -- arithmetic ----------------------------------------------------------------------

    def _product(self, node: Node) -> str:
        if sum(not self._is_number(j) for j in node.of) > 1:
            self._has_products = True
        return _call("*", [self._text[j] for j in node.of])

    def _quotient(self, node: Node) -> str:
        if not self._is_number(node.of[1]):
            self._has_products = True
        return f"(/ {self._text[node.of[0]]} {self._text[node.of[1]]})"

    def _is_number(self, k: int) -> bool:
        return self._known[k].enclosure.value is not None and self._known[k].is_total

    def _extreme(self, k: int, a: Sequence[str], relation: str) -> str:
        best = a[0]
        for i, other in enumerate(a[1:], 1):
            text = f"(ite ({relation} {best} {other}) {other} {best})"
            if i == len(a) - 1:
                return text
            best = self._define(f"{self._stem}{k}.{i}", "Real", text)
        return best

    def _rounded(self, argument: str, enclosure: Enclosure, *, is_floor: bool) -> str:
        """Few steps are cases; else floor is the integer part, and ceiling its mirror image."""
        steps = enclosure.floor() if is_floor else enclosure.ceiling()
        if not isinstance(steps.low, float) and not isinstance(steps.high, float):
            low, high = int(steps.low), int(steps.high)
            if high - low < MOST_CASES:
                return _cases(argument, low, high, is_floor=is_floor)
        self._has_integers = True
        if is_floor:
            return f"(to_real (to_int {argument}))"
        return f"(- (to_real (to_int (- {argument}))))"

    def _modulo(self, k: int, node: Node) -> tuple[str, str | None]:
        f, g = (self._text[j] for j in node.of)
        modulus = self._known[node.of[1]].enclosure
        if self._is_number(node.of[1]) and modulus.value:
            enclosure = self._known[node.of[0]].enclosure.scaled(1 / modulus.value)
        else:
            self._has_products = True
            enclosure = (
                self._known[node.of[0]].enclosure.times(modulus.reciprocal())
                if modulus.excludes_zero
                else Enclosure.everything()
            )
        quotient = self._define(f"{self._stem}{k}.quotient", "Real", f"(/ {f} {g})")
        whole = self._rounded(quotient, enclosure, is_floor=True)
        return f"(- {f} (* {g} {whole}))", f"(distinct {g} 0.0)"

    def _power(self, k: int, base: str, exponent: Fraction) -> tuple[str, str | None]:
        self._has_products = True
        own: list[str | None] = []
        if exponent.denominator != 1:
            own.append(f"(<= 0.0 {base})")
            base = self._new_root(k, base, exponent.denominator, own[0])
        if exponent < 0:
            own.append(f"(distinct {base} 0.0)")
        text = self._repeated(k, base, abs(exponent.numerator))
        return (f"(/ 1.0 {text})" if exponent < 0 else text), both(own) if own else None

    def _root(self, k: int, base: str, degree: int) -> tuple[str, str | None]:
        self._has_products = True
        own = f"(<= 0.0 {base})" if degree % 2 == 0 else None
        return self._new_root(k, base, degree, own), own

    def _new_root(self, k: int, base: str, degree: int, where: str | None) -> str:
        """A symbol for the real root; the nonnegative one where the degree is even."""
        self._require_closed(k)
        symbol = f"{self._stem}{k}.root"
        self.lines.append(f"(declare-const {symbol} Real)")
        power = f"(= {self._repeated(k, symbol, degree, 'degree')} {base})"
        fact = power if where is None else f"(=> {where} (and (<= 0.0 {symbol}) {power}))"
        self.lines.append(f"(assert {fact})")
        return symbol

    def _repeated(self, k: int, base: str, count: int, what: str = "power") -> str:
        """A power by squaring."""
        if count > 2**_MOST_FACTORS:
            raise UnsupportedError(f"cannot write {self._show(k)} in SMT-LIB: its degree is huge.")
        factors: list[str] = []
        step = 0
        while count:
            if count & 1:
                factors.append(base)
            count >>= 1
            if count:
                step += 1
                name = f"{self._stem}{k}.{what}{step}"
                base = self._define(name, "Real", f"(* {base} {base})")
        return _call("*", factors) if factors else "1.0"

    # -- symbols -------------------------------------------------------------------------

    def _named(self, k: int, node: Node) -> str:
        """A square root is algebraic; of other constants an interval is known."""
        name = str(node.name)
        if name.startswith("sqrt:"):
            self._has_products = True
            radicand = number(Fraction(name.removeprefix("sqrt:")))
            return self._new_root(k, radicand, 2, f"(<= 0.0 {radicand})")
        self._require_permission(k)
        return self._declared_value(k, symbol_of(name, self._taken()), declare=True)

    def _function(self, k: int, node: Node, a: Sequence[str]) -> tuple[str, str | None]:
        """A function of which nothing is known but the interval of its values."""
        self._require_permission(k)
        self._has_functions = True
        name = str(node.name) if node.op == "primitive" else node.op
        key = f"{node.op}/{name}/{len(a)}"
        if key not in self._functions:
            symbol = symbol_of(name.replace("-", "_"), self._taken())
            sorts = " ".join(["Real"] * len(a))
            self.lines.append(f"(declare-fun {symbol} ({sorts}) Real)")
            self._functions[key] = symbol
        text = self._declared_value(k, _call(self._functions[key], a), declare=False)
        return text, self._own_condition(k, node, a)

    def _own_condition(self, k: int, node: Node, a: Sequence[str]) -> str | None:
        if node.op in _DEFINED:
            return both(inequalities(a[0], _DEFINED[node.op]))
        if node.op == "real-power":
            return f"(< 0.0 {a[0]})"
        is_partial = node.op in ("tan", "lambertw")
        is_partial |= node.declared is not None and not node.declared.is_total
        if is_partial and not self._known[k].is_total:
            raise UnsupportedError(
                f"cannot write {self._show(k)} in SMT-LIB: it is not proved to be defined on the "
                "whole domain, and where it is defined has no formula over the reals. Restrict "
                "the domain."
            )
        return None

    def _declared_value(self, k: int, text: str, *, declare: bool) -> str:
        if declare:
            self._functions[text] = text
            self.lines.append(f"(declare-const {text} Real)")
        if self._known[k].is_total and not self._bound:
            self.lines += [f"(assert {b})" for b in inequalities(text, self._known[k].enclosure)]
        return text

    def _free_variables(self, node: Node) -> frozenset[str]:
        name = str(node.name)
        if node.op == "variable":
            return frozenset([name]) if name in self._domain.eliminated else frozenset()
        below = frozenset[str]().union(*(self._free[j] for j in node.of))
        return below - {name} if node.op in _PROJECTIONS else below

    def _projection(self, k: int, node: Node) -> tuple[str, str | None]:
        (body,), name = node.of, str(node.name)
        self._require_closed(k)
        if not self._known[body].is_total:
            raise UnsupportedError(
                f"cannot write {self._show(k)} in SMT-LIB: its body is not proved to be defined "
                "everywhere. Restrict the domain."
            )
        self._has_quantifiers = True
        interval, stem = self._domain.interval(name), f"{self._stem}{k}"
        found = Projection(node.op, self._symbols[name], interval, self._text[body], stem)
        where = None
        if not self._known[k].is_total:
            where = self._define(f"{stem}.exists", "Bool", found.exists())
        self.lines += found.lines(f"{stem}.value", where)
        return f"{stem}.value", where

    def _require_closed(self, k: int) -> None:
        """Symbols of their own have nodes that no infimum further up ranges over."""
        if self._bound:
            raise UnsupportedError(
                f"cannot write {self._show(k)} in SMT-LIB: it stands inside of an infimum over "
                f"{', '.join(sorted(self._bound))}, and is defined by a symbol of its own."
            )

    def _require_permission(self, k: int) -> None:
        if not self._uninterpreted:
            raise UnsupportedError(
                f"cannot write {self._show(k)} in SMT-LIB: {self._nodes[k].op} has no definition "
                "over the reals with + and *. Ask for uninterpreted=True to declare it as a "
                "symbol of which nothing is known but the interval of its values."
            )

    def _taken(self) -> set[str]:
        terms = (f"{self._stem}{j}" for j in range(len(self._nodes)))
        values = (f"value_{i}" for i in range(len(self._nodes) + 1))
        return {*self._symbols.values(), *self._functions.values(), "value", *terms, *values}

    def _show(self, k: int) -> str:
        return str(expressions_of(self._nodes[: k + 1])[k])

    def _sort(self, node: Node) -> str:
        return "Bool" if node.op in (*_COMPARE, "and", "or", "not") else "Real"

    def _define(self, symbol: str, sort: str, text: str) -> str:
        """A symbol for a term; what is short already stays as it is."""
        if not text.startswith("("):
            return text
        names = [self._symbols[name] for name in sorted(self._bound)]
        parameters = " ".join(f"({name} Real)" for name in names)
        self.lines.append(f"(define-fun {symbol} ({parameters}) {sort} {text})")
        return f"({' '.join([symbol, *names])})" if names else symbol


def _call(function: str, a: Sequence[str]) -> str:
    if len(a) == 1 and function in ("+", "*", "and", "or"):
        return a[0]
    return f"({function} {' '.join(a)})"


def _signed(argument: str, below: str, at: str) -> str:
    return f"(ite (< {argument} 0.0) {below} (ite (= {argument} 0.0) {at} 1.0))"


def _cases(argument: str, low: int, high: int, *, is_floor: bool) -> str:
    """Steps from `low` to `high`, halved: the depth is logarithmic."""
    if low == high:
        return number(Fraction(low))
    middle = (low + high) // 2
    first = _cases(argument, low, middle, is_floor=is_floor)
    rest = _cases(argument, middle + 1, high, is_floor=is_floor)
    end = f"(< {argument} {number(Fraction(middle + 1))})"
    if not is_floor:
        end = f"(<= {argument} {number(Fraction(middle))})"
    return f"(ite {end} {first} {rest})"


def _first(a: Sequence[str], otherwise: str) -> str:
    """The number behind the first condition that holds."""
    text = a[-1] if len(a) % 2 else otherwise
    for i in range(len(a) - 2 - len(a) % 2, -1, -2):
        text = f"(ite {a[i]} {a[i + 1]} {text})"
    return text

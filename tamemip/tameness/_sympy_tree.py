"""Expressions from SymPy objects. Their trees may be deep: nothing here recurses along them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.tameness._conditions import always, argmax, argmin, infimum, supremum
from tamemip.tameness._expression import Expression, add, constant, named, scale, variable
from tamemip.tameness._sympy_conditions import branching, compared
from tamemip.tameness._sympy_functions import FUNCTIONS, JUNCTIONS, golden_ratio
from tamemip.tameness._sympy_powers import product, raised
from tamemip.tameness._sympy_wording import Wording

_CONSTANTS: Mapping[str, Callable[[], Expression]] = {
    "Pi": lambda: named("pi"),
    "Exp1": lambda: named("e"),
    "GoldenRatio": golden_ratio,
    "BooleanTrue": lambda: always(holds=True),
    "BooleanFalse": lambda: always(holds=False),
}
_NOT_REAL = {
    "ImaginaryUnit": "a complex number",
    "Infinity": "no real number",
    "NegativeInfinity": "no real number",
    "ComplexInfinity": "no real number",
    "NaN": "no number",
}
_SIGNS = {
    "StrictLessThan": "<",
    "LessThan": "<=",
    "StrictGreaterThan": ">",
    "GreaterThan": ">=",
    "Equality": "==",
    "Unequality": "!=",
}
_PROJECTIONS: Mapping[str, Callable[[Expression, str], Expression]] = {
    "infimum": infimum,
    "supremum": supremum,
    "argmin": argmin,
    "argmax": argmax,
}
_UNDONE = frozenset({"Derivative", "Integral", "Sum", "Product", "Limit", "Subs"})
_DEEPEST_TEXT = 40
"""Deeper objects are not printed by SymPy, whose printer recurses."""
_LARGEST_TEXT = 5_000
"""Larger ones neither: the printer unfolds what is shared."""
_DOUBLE_BITS = 53


@final
class Tree:
    """A SymPy expression, read.

    Attributes
    ----------
    expression
        What it is here.
    symbols
        Its symbols by name, in the order in which they are met.
    words
        How SymPy writes the parts.
    """

    def __init__(self, root: Any) -> None:
        self.symbols: dict[str, Any] = {}
        self._made: dict[int, Expression] = {}
        self._heights: dict[int, int] = {}
        self._sizes: dict[int, int] = {}
        self.words = Wording(self._told)
        self.expression = self._read(root)
        self._root = root

    @property
    def text(self) -> str:
        """The expression as SymPy writes it; empty if it is too deep for that."""
        return str(self._root) if self._is_printable(self._root) else ""

    def _read(self, root: Any) -> Expression:
        """Arguments before functions. The root keeps all parts alive, so that ids are names."""
        stack = [root]
        while stack:
            part = stack[-1]
            if id(part) in self._made:
                stack.pop()
                continue
            _refuse_undone(part)
            missing = [f for f in _arguments(part) if id(f) not in self._made]
            if missing:
                stack.extend(reversed(missing))
                continue
            stack.pop()
            self._measure(part)
            made = self._made[id(part)] = self._guarded(part)
            self.words.note(made, part)
        return self._made[id(root)]

    def _measure(self, part: Any) -> None:
        """The height of the tree below, and how many parts it would have unfolded."""
        of = [id(f) for f in _arguments(part)]
        self._heights[id(part)] = 1 + max((self._heights[k] for k in of), default=0)
        self._sizes[id(part)] = min(1 + sum(self._sizes[k] for k in of), _LARGEST_TEXT + 1)

    def _is_printable(self, part: Any) -> bool:
        k = id(part)
        return self._heights[k] <= _DEEPEST_TEXT and self._sizes[k] <= _LARGEST_TEXT

    def _guarded(self, part: Any) -> Expression:
        """What a part is; complaints tell the part."""
        try:
            return self._part(part)
        except InvalidInputError as error:
            raise InvalidInputError(f"cannot read {self._shown(part)}: {error}") from None

    def _part(self, part: Any) -> Expression:
        kind = type(part).__name__
        if getattr(part, "is_Symbol", False):
            return self._symbol(part)
        if getattr(part, "is_Rational", False):
            return constant(f"{part.p}/{part.q}") if part.q != 1 else constant(int(part.p))
        if getattr(part, "is_Float", False):
            return constant(_printed(part))
        if not str(type(part).__module__).startswith("sympy."):  # undefined functions have none
            return self._foreign(part, kind)
        if kind in _CONSTANTS:
            return _CONSTANTS[kind]()
        if kind in _NOT_REAL:
            raise InvalidInputError(f"it is {_NOT_REAL[kind]}; only real ones are read.")
        return self._composed(part, kind, [self._made[id(f)] for f in _arguments(part)])

    def _composed(self, part: Any, kind: str, of: Sequence[Expression]) -> Expression:
        match kind:
            case "Add":
                return add(*of)
            case "Mul":
                return _signed_product(of)
            case "Pow":
                return raised(*of)
            case "Piecewise":
                return branching(zip(of[1::2], of[::2], strict=True))
            case "re" | "conjugate" if part.args[0].is_Symbol:
                return of[0]
            case "im" if part.args[0].is_Symbol:
                return constant(0)
        if kind in FUNCTIONS:
            return FUNCTIONS[kind](kind, of)
        if kind in JUNCTIONS:
            return JUNCTIONS[kind](kind, of)
        if kind in _SIGNS:
            return compared(of[0], _SIGNS[kind], of[1])
        raise self._unknown(part, kind)

    def _symbol(self, symbol: Any) -> Expression:
        if self.symbols.setdefault(symbol.name, symbol) != symbol:
            raise InvalidInputError(
                f"two symbols are called {symbol.name!r}, with different assumptions."
            )
        return variable(symbol.name)

    def _foreign(self, part: Any, kind: str) -> Expression:
        """An undefined function, or one of a class that is not SymPy's."""
        bases = {cls.__name__ for cls in type(part).__mro__}
        if "AppliedUndef" in bases and kind in _PROJECTIONS:
            if len(part.args) == 2 and part.args[1].is_Symbol:
                return _PROJECTIONS[kind](self._made[id(part.args[0])], part.args[1].name)
            raise InvalidInputError(f"{kind} takes a function and a symbol: {kind}(f, y).")
        if "AppliedUndef" in bases:
            raise InvalidInputError(
                f"the function {kind} is undefined; replace it by an expression, or declare it "
                "as a primitive."
            )
        raise self._unknown(part, kind)

    def _unknown(self, part: Any, kind: str) -> Exception:
        if kind in ("re", "im", "arg", "conjugate"):
            return InvalidInputError("real and imaginary parts are read of symbols only.")
        return UnsupportedError(
            f"cannot read {self._shown(part)}: there is no rule for {kind}; a function that is "
            "known to be definable can be declared as a primitive."
        )

    def _shown(self, part: Any) -> str:
        if self._is_printable(part):
            return str(part)
        return f"a {type(part).__name__} that is nested {self._heights[id(part)]} deep"

    def _told(self, part: Any, expression: Expression) -> str:
        return str(part if self._is_printable(part) else expression)


def _refuse_undone(part: Any) -> None:
    kind = type(part).__name__
    if kind in _UNDONE:
        raise UnsupportedError(
            f"cannot read an object of SymPy's class {kind}, which is not carried out; call "
            ".doit() first."
        )


def _arguments(part: Any) -> Sequence[Any]:
    """What is read before a part: pairs of Piecewise are laid flat."""
    if type(part).__name__ == "Piecewise":
        return [f for pair in part.args for f in pair.args]
    return part.args  # type: ignore[no-any-return]  # SymPy has no types


def _signed_product(of: Sequence[Expression]) -> Expression:
    """``-1 * (f + g)`` and ``-1/f`` keep their coefficient in front."""
    if len(of) == 2 and of[0].op == "const" and of[0].value is not None:
        return scale(of[1], of[0].value)
    return product(of)


def _printed(number: Any) -> str:
    """The decimal that a float prints; SymPy shows 15 digits of a double, Python all."""
    if number._prec == _DOUBLE_BITS:
        short = repr(float(number))
        if short not in ("inf", "-inf") and (short not in ("0.0", "-0.0") or number == 0):
            return short
    return str(number)

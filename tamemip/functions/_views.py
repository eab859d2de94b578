"""The classes of terms: each one a view that checks its own form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import ClassVar, final

from tamemip.arithmetic import Number, rationalize
from tamemip.errors import InvalidInputError
from tamemip.functions._function import TermFunction
from tamemip.functions._nodes import (
    Ceil,
    Combination,
    Maximum,
    MixedIntegerRounding,
    Node,
    combination,
)
from tamemip.functions._traits import (
    Fault,
    fault_of_kind,
    fault_of_subadditivity,
    fault_of_weights,
    is_linear,
)


@final
@dataclass(frozen=True, repr=False)
class LinearFunction(TermFunction):
    """``d -> sum(weight_i d_i)``.

    Examples
    --------
    >>> LinearFunction.of(["1/2", 2])
    LinearFunction('b1/2 + 2b2')
    """

    noun: ClassVar[str] = "linear function"

    @classmethod
    def of(
        cls, weights: Sequence[Number], *, symbols: Sequence[str] | None = None
    ) -> LinearFunction:
        """The linear function with these weights, one a row."""
        entries = {i: rationalize(w, what=f"weight {i}") for i, w in enumerate(weights)}
        return cls(combination(entries), len(entries), tuple(symbols or ()))

    @staticmethod
    def fault(root: Node) -> Fault | None:
        """Anything but a linear combination of rows."""
        return None if is_linear(root) else Fault(root, "there is more than weighted rows")

    @cached_property
    def weights(self) -> tuple[Fraction, ...]:
        """The weights, one a row."""
        assert isinstance(self.node, Combination)
        given = dict(self.node.linear)
        return tuple(given.get(i, Fraction(0)) for i in range(self.n_rows))


@final
@dataclass(frozen=True, repr=False)
class ChvatalFunction(TermFunction):
    """Made from linear functions by nonnegative combinations and rounding up.

    Subadditive, 0 at 0, and a dual function wherever it is one on the columns (Blair and
    Jeroslow 1982). Its carrier is linear.

    References
    ----------
    .. [1] C. E. Blair and R. G. Jeroslow, "The value function of an integer program",
       Mathematical Programming 23 (1982), 237-273.

    Examples
    --------
    >>> b1, b2 = coordinates(2)
    >>> f = (b1 / 2).ceil() + (b2 / 3).ceil() / 3
    >>> f
    ChvatalFunction('⌈b1/2⌉ + ⌈b2/3⌉/3')
    >>> f.exact([1, "7/2"]), f.rounding_gap, f.carrier
    (Fraction(5, 3), Fraction(4, 3), LinearFunction('b1/2 + b2/9'))
    """

    noun: ClassVar[str] = "Chvátal function"

    @staticmethod
    def fault(root: Node) -> Fault | None:
        """Anything but nonnegative combinations without constants and ceilings."""
        return fault_of_kind(root, (Combination, Ceil))


@final
@dataclass(frozen=True, repr=False)
class GomoryFunction(TermFunction):
    """Made from linear functions by nonnegative combinations, rounding up and maxima.

    Subadditive and 0 at 0. The value function of every pure integer program with rational
    data and a dual feasible relaxation is one, where it is finite (Blair and Jeroslow 1982).

    Examples
    --------
    >>> (b,) = coordinates(1, symbols=["b"])
    >>> v = (b.ceil() * "3/5").ceil().maximum((b / 5).ceil() * 2)  # min 2x + 3y, 3x + 5y >= b
    >>> v
    GomoryFunction('max(⌈3⌈b⌉/5⌉, 2⌈b/5⌉)')
    >>> [int(v.exact([d])) for d in range(8)]
    [0, 2, 2, 2, 3, 3, 4, 5]
    """

    noun: ClassVar[str] = "Gomory function"

    @staticmethod
    def fault(root: Node) -> Fault | None:
        """Anything but nonnegative combinations without constants, ceilings and maxima."""
        return fault_of_kind(root, (Combination, Ceil, Maximum))


@final
@dataclass(frozen=True, repr=False)
class MixedIntegerRoundingFunction(TermFunction):
    """Made from linear functions by nonnegative combinations, MIR and maxima.

    Subadditive, 0 at 0, and **Lipschitz** with finite slopes on both sides: the functions
    for mixed-integer programs, and those that can be differentiated along paths.

    References
    ----------
    .. [1] G. L. Nemhauser and L. A. Wolsey, "A recursive procedure to generate all cuts for
       0-1 mixed integer programs", Mathematical Programming 46 (1990), 379-390.

    Examples
    --------
    >>> b1, b2 = coordinates(2)
    >>> f = b1.mixed_integer_rounding("1/3", minus=b2)
    >>> f
    MixedIntegerRoundingFunction('G[1/3](b1 - b2) + 3b2')
    >>> f.exact(["1/2", 0]), f.slope([0, 1]), f.lipschitz_constant
    (Fraction(1, 1), Fraction(3, 1), Fraction(3, 1))
    """

    noun: ClassVar[str] = "mixed-integer rounding function"

    @staticmethod
    def fault(root: Node) -> Fault | None:
        """Anything but nonnegative combinations without constants, roundings and maxima."""
        return fault_of_kind(root, (Combination, MixedIntegerRounding, Maximum))


@final
@dataclass(frozen=True, repr=False)
class SubadditiveFunction(TermFunction):
    """Any term whose form proves that it is subadditive and 0 at 0.

    Beside combinations, ceilings, roundings and maxima these are functions under guards,
    thresholds ``min {t : G(d, -t) <= 0}`` and tables over groups and packings.

    Examples
    --------
    >>> b1, b2 = coordinates(2)
    >>> f = b1.ceil() + b2.mixed_integer_rounding("1/2")
    >>> f, f.is_subadditive
    (SubadditiveFunction('⌈b1⌉ + G[1/2](b2)'), True)
    """

    noun: ClassVar[str] = "subadditive function"

    @staticmethod
    def fault(root: Node) -> Fault | None:
        """The smallest part without a proof."""
        return fault_of_subadditivity(root)


@final
@dataclass(frozen=True, repr=False)
class PriceFunction(TermFunction):
    """Any term whose parts have nonnegative weights: minima and constants are allowed.

    The functions of branching trees, minima over leaves (Wolsey 1981). They are not
    subadditive in general; carrier and rounding gap hold.

    Examples
    --------
    >>> (b,) = coordinates(1, symbols=["b"])
    >>> f = (b * 2 - "9/2").minimum(b * -1 + 6, b / 2 + "3/4")
    >>> f, f.is_subadditive
    (PriceFunction('min(2b - 9/2, -b + 6, b/2 + 3/4)'), False)
    """

    noun: ClassVar[str] = "price function"

    @staticmethod
    def fault(root: Node) -> Fault | None:
        """A part with a negative weight."""
        return fault_of_weights(root)


@final
@dataclass(frozen=True, repr=False)
class JeroslowFormula(TermFunction):
    """Any term, with negative weights on rounded parts as well.

    Closed forms of mixed value functions are of this kind: they round the right-hand side
    down to a grid, ``floor(t) = -ceil(-t)``, and pay the rest at the price of a basis
    (Blair and Jeroslow 1984). The form proves nothing about such a term.

    References
    ----------
    .. [1] C. E. Blair and R. G. Jeroslow, "Constructive characterizations of the
       value-function of a mixed-integer program I", Discrete Applied Mathematics 9 (1984),
       217-233.
    """

    noun: ClassVar[str] = "Jeroslow formula"

    @staticmethod
    def fault(root: Node) -> Fault | None:
        """Nothing is refused."""
        return None


View = (
    LinearFunction
    | ChvatalFunction
    | GomoryFunction
    | MixedIntegerRoundingFunction
    | SubadditiveFunction
    | PriceFunction
    | JeroslowFormula
)

_NARROWEST_FIRST: tuple[type[View], ...] = (
    LinearFunction,
    ChvatalFunction,
    GomoryFunction,
    MixedIntegerRoundingFunction,
    SubadditiveFunction,
    PriceFunction,
    JeroslowFormula,
)


def view(node: Node, n_rows: int, *, symbols: Sequence[str] = ()) -> View:
    """The narrowest view of a term.

    Parameters
    ----------
    node
        The term.
    n_rows
        Length of its argument.
    symbols
        Names of the entries of the argument; ``b1, b2, ...`` if not given.

    Examples
    --------
    >>> from tamemip.functions import ceil, combination
    >>> view(ceil(combination({0: Fraction(1, 2)})), 1)
    ChvatalFunction('⌈b1/2⌉')
    """
    kind = next(kind for kind in _NARROWEST_FIRST if kind.fault(node) is None)
    return kind(node, n_rows, tuple(symbols))


def coordinates(n_rows: int, *, symbols: Sequence[str] = ()) -> tuple[LinearFunction, ...]:
    """The coordinate functions ``d -> d_i``, to build others from.

    Parameters
    ----------
    n_rows
        Length of the argument.
    symbols
        Names of its entries; ``b1, b2, ...`` if not given.

    Examples
    --------
    >>> x, y = coordinates(2, symbols=["x", "y"])
    >>> (x / 2 + y).ceil()
    ChvatalFunction('⌈x/2 + y⌉')
    """
    if n_rows < 1:
        raise InvalidInputError(f"an argument has at least one entry, not {n_rows}.")
    names = tuple(symbols)
    return tuple(LinearFunction(combination({i: 1}), n_rows, names) for i in range(n_rows))

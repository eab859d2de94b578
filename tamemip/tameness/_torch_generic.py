"""Tensors known by one generic entry: the reading of a module of any size.

Each operation is recorded as an expression in fresh variables, which range over the
intervals that enclose the entries of its arguments. Fresh variables forget how entries
depend on each other, which is sound: an operation that is definable on the box of all
values is definable on the values that are met, and compositions of definable maps are
definable (van den Dries 1998, chapter 1).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, final

import torch

from tamemip.certificates import Domain, Enclosure
from tamemip.errors import InvalidInputError
from tamemip.tameness._conditions import conjunction, piecewise
from tamemip.tameness._expression import (
    Expression,
    add,
    constant,
    divide,
    exp,
    log,
    maximum,
    multiply,
    scale,
    subtract,
    variable,
    variables_of,
)
from tamemip.tameness._structure import facts
from tamemip.tameness._torch_unsupported import UnsupportedOperationError

MAX_CONSTANTS = 64
"""A tensor with more different constants is known by its least and its greatest."""

MAX_CHOICES = 512
"""So many combinations of constants are recorded for one operation."""

_SHAPE = "give the module an `example_input_array`, from which the shapes are read"


@final
@dataclass(frozen=True, slots=True, eq=False)
class Generic:
    """A tensor: the interval of its entries, its shape on torch's device ``meta`` if known.

    `values` are those of a constant tensor; `is_masked` says that some entries, but none of
    the last dimension altogether, are minus infinity; `is_boolean`, that it is the outcome
    of a comparison; `choices` are the values of a tensor that is computed from constants.
    """

    name: str
    interval: Enclosure
    meta: Any
    values: Any = None
    is_masked: bool = False
    is_boolean: bool = False
    choices: tuple[Expression, ...] = ()

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The sizes of the dimensions, or None."""
        return None if self.meta is None else tuple(self.meta.shape)


@final
class GenericEngine:
    """Operations on tensors, one generic entry each."""

    def __init__(self, domain_of_tensor: Callable[[str, Sequence[str]], Domain]) -> None:
        self._domain_of_tensor = domain_of_tensor
        self._intervals: dict[str, Enclosure] = {}
        self._count = 0
        self.recorded: dict[Expression, None] = {}

    @property
    def domain(self) -> Domain:
        """The box of all fresh variables."""
        return Domain(tuple(self._intervals), tuple(self._intervals.values()))

    # -- tensors -----------------------------------------------------------------------

    def variables(self, name: str, shape: Sequence[int] | None) -> Generic:
        """A tensor whose entries vary in the interval that the domain gives it."""
        meta = None if shape is None else torch.empty(tuple(shape), device="meta")
        if name in self._intervals:
            raise UnsupportedOperationError("an input and a parameter of one name", "rename one")
        found = Generic(name, self._domain_of_tensor(name, [name]).intervals[0], meta)
        self.recorded[self._variable(found)] = None
        return found

    def constant(self, values: Any) -> Generic:
        """The exact binary numbers of a tensor."""
        values = torch.as_tensor(values).detach()
        flag, values = values.dtype is torch.bool, values.double()
        finite = values[values != -torch.inf]
        if finite.numel() == 0 or not bool(torch.isfinite(finite).all()):
            raise InvalidInputError("a constant tensor of the module is empty or not finite.")
        low, high = Fraction(finite.min().item()), Fraction(finite.max().item())
        meta = torch.empty(values.shape, device="meta")
        if finite.numel() < values.numel():
            if bool((values == -torch.inf).all(-1).any()):
                raise UnsupportedOperationError("a mask that excludes a whole row")
            return Generic(self._name("mask"), Enclosure.between(low, high), meta, None, True)
        name, interval = self._name("constant"), Enclosure.between(low, high)
        return Generic(name, interval, meta, values, is_boolean=flag)

    def numbers(self, tensor: Generic) -> Any:
        """The values of a constant tensor, or None."""
        return tensor.values

    # -- operations --------------------------------------------------------------------

    def combine(
        self, f: Callable[..., Expression], *tensors: Generic, is_sum: bool = False
    ) -> Generic:
        """``f`` of generic entries; the very same tensor twice is the same entry twice."""
        is_masked = any(t.is_masked for t in tensors)
        if is_masked and not is_sum:
            raise UnsupportedOperationError("arithmetic with minus infinity")
        used: dict[str, int] = {}
        letters = {t: self._letters(t, used) for t in dict.fromkeys(tensors)}
        if math.prod(map(len, letters.values())) > MAX_CHOICES:
            letters = {t: [self._variable(t, k)] for k, t in enumerate(letters)}
        made = [
            f(*(dict(zip(letters, chosen, strict=True))[t] for t in tensors))
            for chosen in itertools.product(*letters.values())
        ]
        found = self._recorded(made, self._broadcast(tensors))
        is_constant = all(t.values is not None or t.choices for t in tensors)
        is_small = is_constant and not variables_of(made) and len(made) <= MAX_CONSTANTS
        return replace(found, is_masked=is_masked, choices=tuple(made) if is_small else ())

    def moved(self, move: Callable[..., Any], *tensors: Generic) -> Any:
        """The same entries elsewhere; several tensors become one."""
        metas = [t.meta for t in tensors]
        if any(m is None for m in metas):
            if len(tensors) > 1 and any(t.is_masked for t in tensors):
                raise UnsupportedOperationError("moving a mask", _SHAPE)
            shapes: Any = None
        else:
            shapes = move(*metas)
        values = (
            move(*[t.values for t in tensors])
            if all(t.values is not None for t in tensors)
            else None
        )
        if isinstance(shapes, tuple | list):
            return tuple(self._copy(tensors, m, None) for m in shapes)
        return self._copy(tensors, shapes, values)

    def _copy(self, tensors: Sequence[Generic], meta: Any, values: Any) -> Generic:
        flag = any(t.is_boolean for t in tensors)
        if values is not None:
            return replace(self.constant(values), is_boolean=flag)
        if any(t.is_masked for t in tensors):
            raise UnsupportedOperationError("moving a mask")
        interval = tensors[0].interval
        for t in tensors[1:]:
            interval = interval.hull(t.interval)
        return Generic(self._name("moved"), interval, meta, is_boolean=flag)

    def total(self, x: Generic, dims: Sequence[int] | None, *, keepdim: bool) -> Generic:
        """A count times the mean, which lies in the interval of the entries."""
        count, meta = _reduced(x, dims, keepdim=keepdim)
        u = self._variable(x)
        if count is not None:
            return self._recorded([scale(u, count)], meta)
        return self._bare(add(u, self._variable(x, 1)), _sum_of_many(x.interval), meta)

    def mean(self, x: Generic, dims: Sequence[int] | None, *, keepdim: bool) -> Generic:
        """A mean lies in the interval of the entries."""
        _, meta = _reduced(x, dims, keepdim=keepdim)
        half = scale(add(self._variable(x), self._variable(x, 1)), Fraction(1, 2))
        return self._bare(half, x.interval, meta)

    def greatest(self, x: Generic, dims: Sequence[int] | None, *, keepdim: bool) -> Generic:
        """A maximum lies in the interval of the entries."""
        _, meta = _reduced(x, dims, keepdim=keepdim)
        return self._bare(maximum(self._variable(x), self._variable(x, 1)), x.interval, meta)

    def softmax(self, x: Generic, dim: int, *, is_log: bool, is_masked: bool = False) -> Generic:
        """``1 / (1 + (n - 1) exp(d))``: d, the logarithm of a mean of ``exp(x_j - x_i)``."""
        differences = subtract(self._variable(x), self._variable(x, 1))
        d = self._recorded([differences], x.meta)
        count: Expression
        if x.shape is not None and not (is_masked or x.is_masked):
            count = constant(x.shape[dim] - 1)
        else:
            most = math.inf if x.shape is None else Fraction(x.shape[dim] - 1)
            others = Generic(self._name("others"), Enclosure.between(0, most), None)
            count = self._variable(others)
        below = add(1, multiply(count, exp(self._variable(d))))
        e = scale(log(below), -1) if is_log else divide(1, below)
        found = self._recorded([e], x.meta)
        if x.is_masked and is_log:
            return Generic(found.name, found.interval, found.meta, None, True)
        if x.is_masked or is_masked:
            return Generic(
                found.name, found.interval.hull(Enclosure.point(Fraction(0))), found.meta
            )
        return found

    def linear(self, x: Generic, weight: Generic, bias: Generic | None) -> Generic:
        """``x @ weight.T + bias``; with constants, the rows with the extreme values."""
        assert weight.meta is not None
        meta = None if x.meta is None else torch.nn.functional.linear(x.meta, weight.meta)
        if weight.values is None or (bias is not None and bias.values is None):
            product = self.combine(multiply, _anywhere(x), weight)
            whole = self._recorded([scale(self._variable(product), weight.shape[-1])], None)  # type: ignore[index]
            whole = self.combine(add, whole, bias) if bias is not None else whole
            return Generic(whole.name, whole.interval, meta)
        rows = _extreme_rows(weight.values, None if bias is None else bias.values, x.interval)
        u, v = self._variable(x), self._variable(x, 1)
        return self._recorded([add(scale(u, p), scale(v, q), b) for p, q, b in rows], meta)

    def matmul(self, a: Generic, b: Generic) -> Generic:
        """A count times a mean of products."""
        if b.values is not None and b.values.dim() == 2:
            turned = self.constant(b.values.transpose(0, 1))
            return self.linear(a, turned, None)
        meta = None if a.meta is None or b.meta is None else torch.matmul(a.meta, b.meta)
        other = _anywhere(b) if a is not b else Generic(f"{b.name}.other", b.interval, None)
        product = self.combine(multiply, _anywhere(a), other)
        known = a if a.shape is not None else None
        if known is not None and known.shape is not None:
            whole = self._recorded([scale(self._variable(product), known.shape[-1])], meta)
            return whole
        twice = add(self._variable(product), self._variable(product, 1))
        return self._bare(twice, _sum_of_many(product.interval), meta)

    # -- fresh variables and records ---------------------------------------------------

    def _variable(self, t: Generic, copy: int = 0) -> Expression:
        if t.is_masked and copy == -1:
            raise UnsupportedOperationError("arithmetic with minus infinity")
        name = t.name + "'" * copy
        self._intervals[name] = t.interval
        return variable(name)

    def _letters(self, t: Generic, used: dict[str, int]) -> list[Expression]:
        """What stands for an entry: a fresh variable, or every constant there is."""
        if t.choices:
            return list(t.choices)
        if t.values is not None:
            values = torch.unique(t.values).tolist()
            if len(values) <= MAX_CONSTANTS:
                return [constant(Fraction(v)) for v in values]
        copy = used.get(t.name, 0)
        used[t.name] = copy + 1
        return [self._variable(t, copy)]

    def _recorded(self, made: Sequence[Expression], meta: Any) -> Generic:
        """A tensor whose entries are these functions; the record says that they stay inside."""
        inside = [facts(e, self._domain_for(e)).enclosure for e in made]
        interval = inside[0]
        for other in inside[1:]:
            interval = interval.hull(other)
        for e in made:
            self.recorded[_guarded(e, interval)] = None
        return Generic(self._name("entry"), interval, meta)

    def _bare(self, e: Expression, interval: Enclosure, meta: Any) -> Generic:
        self.recorded[e] = None
        return Generic(self._name("entry"), interval, meta)

    def _domain_for(self, e: Expression) -> Domain:
        names = variables_of([e])
        return Domain(names, tuple(self._intervals[n] for n in names))

    def _broadcast(self, tensors: Sequence[Generic]) -> Any:
        if any(t.meta is None for t in tensors):
            return None
        shape = torch.broadcast_shapes(*[t.meta.shape for t in tensors])
        return torch.empty(shape, device="meta")

    def _name(self, kind: str) -> str:
        self._count += 1
        return f"{kind}:{self._count}"


def _guarded(e: Expression, interval: Enclosure) -> Expression:
    """The function where its values lie in the interval: total, if they always do."""
    ends = []
    if not isinstance(interval.low, float):
        low = constant(interval.low)
        ends.append(low < e if interval.low_open else low <= e)
    if not isinstance(interval.high, float):
        high = constant(interval.high)
        ends.append(e < high if interval.high_open else e <= high)
    return piecewise([(conjunction(*ends), e)]) if ends else e


def _anywhere(t: Generic) -> Generic:
    """The same tensor, its shape forgotten: for products that are summed at once."""
    return Generic(t.name, t.interval, None, t.values, t.is_masked)


def _sum_of_many(e: Enclosure) -> Enclosure:
    if e.low >= 0:
        return Enclosure.between(e.low, math.inf, low_open=e.low_open)
    if e.high <= 0:
        return Enclosure.between(-math.inf, e.high, high_open=e.high_open)
    return Enclosure.everything()


def _reduced(x: Generic, dims: Sequence[int] | None, *, keepdim: bool) -> tuple[int | None, Any]:
    """How many entries are joined, and the shape that remains."""
    if x.is_masked:
        raise UnsupportedOperationError("arithmetic with minus infinity")
    if x.meta is None:
        return None, None
    gone = list(dims) if dims is not None else list(range(x.meta.dim()))
    meta = x.meta.mean(gone, keepdim=keepdim) if gone else x.meta
    return x.meta.numel() // max(1, meta.numel()), meta


def _extreme_rows(
    weight: Any, bias: Any, e: Enclosure
) -> list[tuple[Fraction, Fraction, Fraction]]:
    """Sums of positive and of negative weights with the bias, of the rows that reach farthest."""
    rows = weight.reshape(weight.shape[0], -1).tolist()
    shifts = [0.0] * len(rows) if bias is None else bias.reshape(-1).tolist()
    found = [
        (
            sum((Fraction(w) for w in row if w > 0), Fraction(0)),
            sum((Fraction(w) for w in row if w < 0), Fraction(0)),
            Fraction(b),
        )
        for row, b in zip(rows, shifts, strict=True)
    ]
    reach = [e.scaled(p).plus(e.scaled(q)).plus(Enclosure.point(b)) for p, q, b in found]
    least = min(range(len(found)), key=lambda i: (reach[i].low, reach[i].low_open))
    most = max(range(len(found)), key=lambda i: (reach[i].high, not reach[i].high_open))
    return [found[i] for i in dict.fromkeys((least, most))]

"""Tensors whose entries are expressions: the exact reading of a small module.

A tensor is a torch tensor of places in one list of expressions. What only moves entries
(reshape, index, concatenate, unfold) is done by torch itself, on the places.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, final

import torch

from tamemip.certificates import Domain
from tamemip.errors import InvalidInputError
from tamemip.tameness._expression import (
    Expression,
    add,
    constant,
    divide,
    exp,
    log,
    make,
    maximum,
    multiply,
    scale,
    subtract,
    variable,
)
from tamemip.tameness._torch_unsupported import TooLargeError, UnsupportedOperationError

MAX_NODES = 20_000
"""Larger modules are read by one generic entry a tensor."""

MINUS_INFINITY = 0
"""The place of what a mask excludes."""


@final
@dataclass(frozen=True, slots=True)
class Entries:
    """A tensor of expressions, as places in the list of its engine.

    `is_boolean` says that it is the outcome of a comparison, or a constant of booleans.
    """

    places: Any
    is_boolean: bool = False

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The sizes of the dimensions."""
        return tuple(self.places.shape)


@final
class ExactEngine:
    """Operations on tensors, entry by entry."""

    def __init__(self, domain_of_tensor: Callable[[str, Sequence[str]], Domain]) -> None:
        self._list: list[Expression] = [constant(0)]
        self._place: dict[Expression, int] = {}
        self._spent = 0
        self._domain_of_tensor = domain_of_tensor
        self.domains: list[Domain] = []

    # -- tensors -----------------------------------------------------------------------

    def variables(self, name: str, shape: Sequence[int] | None) -> Entries:
        """One variable an entry."""
        assert shape is not None
        places = torch.cartesian_prod(*[torch.arange(n) for n in shape]) if shape else None
        names = [name]
        if places is not None:
            rows = places.reshape(-1, len(shape)).tolist()
            names = [f"{name}_{'_'.join(map(str, row))}" for row in rows]
        self.domains.append(self._domain_of_tensor(name, names))
        return self._of([variable(n) for n in names], shape)

    def constant(self, values: Any) -> Entries:
        """The exact binary numbers of a tensor; minus infinity is what a mask excludes."""
        values = torch.as_tensor(values).detach()
        flat = values.double().reshape(-1).tolist()
        places = torch.tensor([self._of_number(v) for v in flat]).long().view(values.shape)
        return Entries(places, is_boolean=values.dtype is torch.bool)

    def _of_number(self, v: float) -> int:
        if v == -torch.inf:
            return MINUS_INFINITY
        if not abs(v) < torch.inf:
            raise InvalidInputError(f"a parameter or constant of the module is {v}, no number.")
        return self._at(constant(Fraction(v)))

    def expressions(self, tensor: Entries) -> list[Expression]:
        """All entries, in rows."""
        places = tensor.places.reshape(-1).tolist()
        if MINUS_INFINITY in places:
            raise UnsupportedOperationError("minus infinity as a value")
        return [self._list[k] for k in places]

    def numbers(self, tensor: Entries) -> Any:
        """The values of a constant tensor; None if an entry is no constant."""
        places = tensor.places.reshape(-1).tolist()
        flat = [self._list[k].value for k in places]
        if any(v is None for v in flat):
            return None
        found = [
            -torch.inf if k == MINUS_INFINITY else float(v or 0)
            for k, v in zip(places, flat, strict=True)
        ]
        return torch.tensor(found, dtype=torch.float64).view(tensor.places.shape)

    # -- operations --------------------------------------------------------------------

    def combine(
        self, f: Callable[..., Expression], *tensors: Entries, is_sum: bool = False
    ) -> Entries:
        """``f`` of the entries at each place; minus infinity absorbs a sum."""
        places = torch.broadcast_tensors(*[t.places for t in tensors])
        made: dict[tuple[int, ...], int] = {}
        found = []
        for key in zip(*[p.reshape(-1).tolist() for p in places], strict=True):
            if key not in made:
                if MINUS_INFINITY in key and not is_sum:
                    raise UnsupportedOperationError("arithmetic with minus infinity")
                is_minus_infinity = MINUS_INFINITY in key
                made[key] = (
                    MINUS_INFINITY
                    if is_minus_infinity
                    else self._at(f(*map(self._list.__getitem__, key)))
                )
            found.append(made[key])
        return Entries(torch.tensor(found).long().view(places[0].shape))

    def moved(self, move: Callable[..., Any], *tensors: Entries) -> Any:
        """What torch makes of the places."""
        found = move(*[t.places for t in tensors])
        if isinstance(found, tuple | list):
            return tuple(Entries(p) for p in found)
        return Entries(found, is_boolean=any(t.is_boolean for t in tensors))

    def total(self, x: Entries, dims: Sequence[int] | None, *, keepdim: bool) -> Entries:
        """Sums along dimensions."""
        return self._reduced(x, dims, lambda row: add(*row), keepdim=keepdim)

    def mean(self, x: Entries, dims: Sequence[int] | None, *, keepdim: bool) -> Entries:
        """Means along dimensions."""
        return self._reduced(
            x, dims, lambda row: scale(add(*row), Fraction(1, len(row))), keepdim=keepdim
        )

    def greatest(self, x: Entries, dims: Sequence[int] | None, *, keepdim: bool) -> Entries:
        """Maxima along dimensions."""
        return self._reduced(x, dims, lambda row: maximum(*row), keepdim=keepdim, is_maximum=True)

    def _reduced(
        self,
        x: Entries,
        dims: Sequence[int] | None,
        f: Callable[[list[Expression]], Expression],
        *,
        keepdim: bool,
        is_maximum: bool = False,
    ) -> Entries:
        rank = x.places.dim()
        gone = sorted({d % rank for d in dims}) if dims is not None else list(range(rank))
        kept = [d for d in range(rank) if d not in gone]
        rows = x.places.permute(*kept, *gone) if rank else x.places
        shape = [x.places.shape[d] for d in kept]
        rows = rows.reshape(*shape, -1).reshape(-1, max(1, _size(x.places.shape, gone)))
        made = []
        for row in rows.tolist():
            live = [k for k in row if k != MINUS_INFINITY] if is_maximum else row
            if not live or MINUS_INFINITY in live:
                raise UnsupportedOperationError("arithmetic with minus infinity")
            self._spend(len(live))
            made.append(self._at(f([self._list[k] for k in live])))
        final = [1 if d in gone else n for d, n in enumerate(x.places.shape)] if keepdim else shape
        return Entries(torch.tensor(made).long().view(final))

    def softmax(self, x: Entries, dim: int, *, is_log: bool, is_masked: bool = False) -> Entries:
        """``1 / (1 + sum(exp(x_j - x_i)))``, or its logarithm; what is masked counts as 0."""
        moved = x.places.movedim(dim, -1)
        made = []
        for row in moved.reshape(-1, moved.shape[-1]).tolist():
            live = [k for k in row if k != MINUS_INFINITY]
            if not live:
                raise UnsupportedOperationError("softmax of a row that is masked altogether")
            self._spend(3 * len(live) ** 2)
            for i, k in enumerate(row):
                if k == MINUS_INFINITY:
                    made.append(MINUS_INFINITY if is_log else self._at(constant(0)))
                    continue
                rest = [j for n, j in enumerate(row) if n != i and j != MINUS_INFINITY]
                others = [exp(subtract(self._list[j], self._list[k])) for j in rest]
                below = add(1, *others)
                made.append(self._at(scale(log(below), -1) if is_log else divide(1, below)))
        return Entries(torch.tensor(made).long().view(moved.shape).movedim(-1, dim))

    def linear(self, x: Entries, weight: Entries, bias: Entries | None) -> Entries:
        """``x @ weight.T + bias``."""
        product = self.matmul(x, Entries(weight.places.transpose(-1, -2)))
        return product if bias is None else self.combine(add, product, bias)

    def matmul(self, a: Entries, b: Entries) -> Entries:
        """The matrix product, as torch broadcasts it."""
        left, right = a.places, b.places
        drop = [d for d, p in ((-2, left), (-1, right)) if p.dim() == 1]
        left = left.unsqueeze(0) if left.dim() == 1 else left
        right = right.unsqueeze(1) if right.dim() == 1 else right
        self._spend(left.numel() * right.shape[-1])
        product = self.combine(multiply, Entries(left.unsqueeze(-1)), Entries(right.unsqueeze(-3)))
        found = self.total(product, [-2], keepdim=False).places
        for d in drop:
            found = found.squeeze(d if len(drop) == 1 else -1)
        return Entries(found)

    def windows(self, x: Entries, unfold: Callable[[Any], Any], fill: float) -> Entries:
        """Windows of an image by torch's unfold; its padding is 0 there, and `fill` here."""
        padding = MINUS_INFINITY if fill else self._at(constant(0))
        # Shifted by one, so that the 0 of the padding is no place. Doubles hold them exactly.
        found = unfold((x.places + 1).double()).long() - 1
        return Entries(torch.where(found < 0, torch.full_like(found, padding), found))

    # -- the list ----------------------------------------------------------------------

    def _of(self, made: Sequence[Expression], shape: Sequence[int]) -> Entries:
        return Entries(torch.tensor([self._at(e) for e in made]).long().view(tuple(shape)))

    def _at(self, e: Expression) -> int:
        found = self._place.get(e)
        if found is None:
            self._spend(1)
            found = self._place[e] = len(self._list)
            self._list.append(e)
        return found

    def _spend(self, nodes: int) -> None:
        self._spent += nodes
        if self._spent > MAX_NODES:
            raise TooLargeError


def choose(condition: Expression, yes: Expression, no: Expression) -> Expression:
    """``yes`` where an indicator is 1, and ``no`` elsewhere."""
    holds = condition.of[0] if condition.op == "indicator" else constant(Fraction(1, 2)) < condition
    return make("piecewise", holds, yes, no)


def _size(shape: Sequence[int], dims: Sequence[int]) -> int:
    size = 1
    for d in dims:
        size *= shape[d]
    return size

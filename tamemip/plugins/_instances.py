"""The instances of one file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Generic, Protocol, TypeVar, final, overload

from tamemip.errors import InvalidInputError


class Named(Protocol):
    """An instance with a name."""

    @property
    def name(self) -> str:
        """What the file calls it."""
        ...


Item_co = TypeVar("Item_co", bound=Named, covariant=True)


@final
class Instances(Sequence[Item_co], Generic[Item_co]):
    """Instances in the order of their file, found by position or by name.

    Parameters
    ----------
    items
        The instances; their names are distinct.

    Examples
    --------
    >>> from tamemip.plugins.knapsack import Knapsack
    >>> read = Instances([Knapsack([3], [2], [4], name="a"), Knapsack([5], [2], [4], name="b")])
    >>> read["b"] is read[1], read.names
    (True, ('a', 'b'))
    >>> read
    Instances(2: 'a', 'b')
    """

    def __init__(self, items: Sequence[Item_co]) -> None:
        self._items = tuple(items)
        self._places = {item.name: k for k, item in enumerate(self._items)}
        if len(self._places) != len(self._items):
            double = next(
                item.name for k, item in enumerate(self._items) if self._places[item.name] != k
            )
            raise InvalidInputError(f"two instances are called {double!r}.")

    @property
    def names(self) -> tuple[str, ...]:
        """The names, in order."""
        return tuple(self._places)

    def items(self) -> Iterator[tuple[str, Item_co]]:
        """Pairs of name and instance, in order."""
        return ((item.name, item) for item in self._items)

    @overload
    def __getitem__(self, key: int | str) -> Item_co: ...
    @overload
    def __getitem__(self, key: slice) -> Instances[Item_co]: ...
    def __getitem__(self, key: int | str | slice) -> Item_co | Instances[Item_co]:
        if isinstance(key, slice):
            return Instances(self._items[key])
        if not isinstance(key, str):
            return self._items[key]
        if key not in self._places:
            raise InvalidInputError(f"there is no instance {key!r}; there are {self!r}.")
        return self._items[self._places[key]]

    def __contains__(self, key: object) -> bool:
        return key in self._places if isinstance(key, str) else key in self._items

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Instances) and self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        shown = ", ".join(repr(name) for name in self.names[:_SHOWN])
        more = ", ..." if len(self) > _SHOWN else ""
        return f"Instances({len(self)}: {shown}{more})"


_SHOWN = 8

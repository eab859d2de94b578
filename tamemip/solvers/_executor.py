"""Independent work, here or on an executor: threads, processes, a cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from typing import TypeVar

from tamemip.errors import InvalidInputError

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def run_all(
    task: Callable[[_Item], _Result], items: Iterable[_Item], executor: Executor | None = None
) -> list[_Result]:
    """Results of one function on some items, in their order.

    Parameters
    ----------
    task
        A function of a module: processes and clusters find it by its name.
    items
        What it is called with. Items and results are pickled where the executor needs it.
    executor
        Where the calls run; None runs them here, one after the other.

    Returns
    -------
    list
        One result an item. The first error of a call is raised, and what has not been
        started by then is canceled.

    Raises
    ------
    InvalidInputError
        If ``executor`` is none: it has no ``submit``.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> with ThreadPoolExecutor(2) as executor:
    ...     run_all(abs, [-3, 2], executor)
    [3, 2]
    """
    if executor is None:
        return [task(item) for item in items]
    if not callable(getattr(executor, "submit", None)):
        raise InvalidInputError(
            "`executor` needs a concurrent.futures.Executor, such as ThreadPoolExecutor(), "
            f"ProcessPoolExecutor() or client.get_executor() of Dask, not {executor!r}."
        )
    futures = [executor.submit(task, item) for item in items]
    try:
        return [future.result() for future in futures]
    finally:
        for future in futures:
            future.cancel()


def split_evenly(items: Sequence[_Item], count: int | None = None) -> list[Sequence[_Item]]:
    """Consecutive shares of a sequence that differ by one item at most; none is empty.

    Parameters
    ----------
    items
        The sequence.
    count
        How many shares; the processors of this machine if None.

    Raises
    ------
    InvalidInputError
        If ``count`` is not a positive integer.

    Examples
    --------
    >>> split_evenly([1, 2, 3, 4, 5], 2)
    [[1, 2], [3, 4, 5]]
    """
    wanted = count if count is not None else os.cpu_count() or 1
    if not isinstance(wanted, int) or wanted < 1:
        raise InvalidInputError(f"{count!r} shares were asked for; a positive integer is needed.")
    n, k = len(items), min(wanted, len(items))
    return [items[n * i // k : n * (i + 1) // k] for i in range(k)]

"""Operations that move entries, or ask for sizes: torch does them itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import torch

from tamemip.tameness._torch_operations import OPERATIONS, TENSORS, operation
from tamemip.tameness._torch_unsupported import UnsupportedOperationError


def _moving(name: str) -> Callable[..., Any]:
    def of(e: Any, x: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(x, TENSORS):
            raise UnsupportedOperationError(f"{name} of what is no tensor")
        if any(isinstance(a, TENSORS) for a in [*args, *options.values()]):
            raise UnsupportedOperationError(f"{name} with a tensor that varies")
        if x.shape is None and name in ("split", "unbind", "tensor_split"):
            raise UnsupportedOperationError(name, "give the module an `example_input_array`")
        if x.shape is None and name == "chunk":
            return tuple(e.moved(lambda t: t, x) for _ in range(args[0]))

        def move(t: Any) -> Any:
            method = getattr(t, name, None)
            return method(*args, **options) if method else getattr(torch, name)(t, *args, **options)

        return e.moved(move, x)

    return of


MOVES = (
    *(
        "view",
        "reshape",
        "permute",
        "transpose",
        "flatten",
        "unflatten",
        "squeeze",
    ),
    *(
        "unsqueeze",
        "expand",
        "contiguous",
        "chunk",
        "split",
        "unbind",
        "movedim",
    ),
    *(
        "swapaxes",
        "repeat",
        "repeat_interleave",
        "flip",
        "roll",
        "t",
        "narrow",
    ),
    *(
        "select",
        "tensor_split",
        "diagonal",
        "clone",
    ),
)
"""What torch does to places alone."""

for _name in MOVES:
    OPERATIONS[_name] = _moving(_name)


def _same(e: Any, x: Any, *args: Any, is_named: bool = False, **options: Any) -> Any:
    """The same values: precision and gradients are no part of the function."""
    kinds = [a for a in [*args, *options.values()] if isinstance(a, torch.dtype)]
    if any(not kind.is_floating_point for kind in kinds) or any(
        isinstance(a, TENSORS) for a in args
    ):
        raise UnsupportedOperationError("conversion to integers")
    return replace(x, is_boolean=False) if kinds or is_named else x


OPERATIONS["detach"] = OPERATIONS["to"] = _same
OPERATIONS["float"] = OPERATIONS["double"] = partial(_same, is_named=True)


@operation("cat", "concat")
def _cat(e: Any, tensors: Sequence[Any], dim: int = 0) -> Any:
    return e.moved(lambda *ts: torch.cat(ts, dim), *tensors)


@operation("stack")
def _stack(e: Any, tensors: Sequence[Any], dim: int = 0) -> Any:
    return e.moved(lambda *ts: torch.stack(ts, dim), *tensors)


@operation("getitem")
def _getitem(e: Any, x: Any, key: Any) -> Any:
    if not isinstance(x, TENSORS):
        return x[key]
    keys = key if isinstance(key, tuple) else (key,)
    if any(isinstance(k, TENSORS) for k in keys):
        raise UnsupportedOperationError("indexing by a tensor")
    return e.moved(lambda t: t[key], x)


@operation("size", "shape")
def _size(e: Any, x: Any, dim: int | None = None) -> Any:
    if x.shape is None:
        raise UnsupportedOperationError(
            "the size of a tensor of unknown shape", "give the module an `example_input_array`"
        )
    return x.shape if dim is None else x.shape[dim]


@operation("dim")
def _dim(e: Any, x: Any) -> int:
    return len(_size(e, x))


@operation("getattr")
def _getattr(e: Any, x: Any, name: str) -> Any:
    if isinstance(x, TENSORS) and name in ("shape", "T", "mT"):
        return _size(e, x) if name == "shape" else e.moved(lambda t: getattr(t, name), x)
    if isinstance(x, tuple) and name == "values":
        return x[0]  # of `max` and `min`
    raise UnsupportedOperationError(f"the attribute {name}")

"""One step of a recurrent network, and rows of an embedding."""

from __future__ import annotations

from typing import Any

import torch

from tamemip.tameness._expression import add, multiply, subtract, unary
from tamemip.tameness._torch_operations import OPERATIONS
from tamemip.tameness._torch_unsupported import UnsupportedOperationError

nn = torch.nn


def recurrent_cell(e: Any, module: Any, of: Any, x: Any, state: Any = None) -> Any:
    """A step of `RNNCell`, `LSTMCell` or `GRUCell`; no state is one of zeros."""
    if isinstance(module, nn.LSTMCell):
        return _lstm(e, of, x, state)
    if isinstance(module, nn.GRUCell):
        return _gru(e, of, x, state)
    total = e.combine(add, _of_input(e, of, x), _of_state(e, of, state, x, module.hidden_size))
    return OPERATIONS["relu" if module.nonlinearity == "relu" else "tanh"](e, total)


def _of_input(e: Any, of: Any, x: Any) -> Any:
    return e.linear(x, of("weight_ih"), of("bias_ih"))


def _of_state(e: Any, of: Any, state: Any, x: Any, size: int) -> Any:
    if state is None:
        state = _zeros(e, x, size)
    return e.linear(state, of("weight_hh"), of("bias_hh"))


def _zeros(e: Any, x: Any, size: int) -> Any:
    if x.shape is None:
        raise UnsupportedOperationError(
            "a recurrent cell of unknown shape", "give the module an `example_input_array`"
        )
    return e.constant(torch.zeros(*x.shape[:-1], size))


def _sigmoid(e: Any, x: Any) -> Any:
    return e.combine(lambda u: unary("sigmoid", u), x)


def _tanh(e: Any, x: Any) -> Any:
    return e.combine(lambda u: unary("tanh", u), x)


def _lstm(e: Any, of: Any, x: Any, state: Any) -> tuple[Any, Any]:
    """Hochreiter and Schmidhuber 1997: input, forget and output gates, in torch's order."""
    size = of("weight_hh").shape[1]
    hidden, cell = (None, _zeros(e, x, size)) if state is None else state
    total = e.combine(add, _of_input(e, of, x), _of_state(e, of, hidden, x, size))
    first, forget, new, last = e.moved(lambda t: t.chunk(4, -1), total)
    kept = e.combine(multiply, _sigmoid(e, forget), cell)
    made = e.combine(multiply, _sigmoid(e, first), _tanh(e, new))
    cell = e.combine(add, kept, made)
    return e.combine(multiply, _sigmoid(e, last), _tanh(e, cell)), cell


def _gru(e: Any, of: Any, x: Any, state: Any) -> Any:
    """Cho et al. 2014, with the reset gate behind the linear map, as torch has it."""
    size = of("weight_hh").shape[1]
    state = _zeros(e, x, size) if state is None else state
    ahead = e.moved(lambda t: t.chunk(3, -1), _of_input(e, of, x))
    behind = e.moved(lambda t: t.chunk(3, -1), _of_state(e, of, state, x, size))
    reset, update = (_sigmoid(e, e.combine(add, ahead[k], behind[k])) for k in (0, 1))
    new = _tanh(e, e.combine(add, ahead[2], e.combine(multiply, reset, behind[2])))
    kept = e.combine(multiply, update, e.combine(subtract, state, new))
    return e.combine(add, new, kept)


def embedding(e: Any, module: Any, of: Any, places: Any) -> Any:
    """Rows of the table, at places that do not vary."""
    known = e.numbers(places)
    if known is None or bool((known != known.round()).any()) or bool((known < 0).any()):
        raise UnsupportedOperationError(
            "Embedding of what varies", "fix the places by an `example_input_array` of integers"
        )
    if module.max_norm is not None:
        raise UnsupportedOperationError("Embedding with max_norm")
    return e.moved(lambda w: w[known.long()], of("weight"))

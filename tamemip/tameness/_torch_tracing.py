"""From a module to the graph of its operations, and from the graph to expressions."""

from __future__ import annotations

import inspect
import random
from collections.abc import Mapping
from typing import Any, final

import torch
from torch import fx

from tamemip.errors import InvalidInputError
from tamemip.tameness import (  # noqa: F401 - they register operations
    _torch_activations,
    _torch_losses,
    _torch_moves,
    _torch_padding,
)
from tamemip.tameness._torch_modules import apply_module, is_leaf, refuse_hooks
from tamemip.tameness._torch_operations import OPERATIONS, TENSORS
from tamemip.tameness._torch_unsupported import TooLargeError, UnsupportedOperationError

_NAMED = {
    getattr(torch.nn.functional, name): name for name in ("max_pool1d", "max_pool2d", "logsigmoid")
}
"""Functions whose own name is another one."""

_OF_TORCH = (
    TypeError,
    ValueError,
    RuntimeError,
    IndexError,
    AttributeError,
    KeyError,
    NotImplementedError,
)
"""What torch raises at shapes and arguments that do not fit."""


@final
class _Tracer(fx.Tracer):  # type: ignore[misc]
    """Goes through torch's own modules as well, except for those that branch."""

    def is_leaf_module(self, m: Any, module_qualified_name: str) -> bool:
        return is_leaf(m)


def trace(module: Any) -> Any:
    """The graph of a module and the root that its attributes are looked up in.

    Raises
    ------
    UnsupportedOperationError
        If torch.fx cannot trace it, or if its forward pass is random.
    """
    refuse_hooks(module)
    if isinstance(module, fx.GraphModule):
        return module.graph, module
    if is_leaf(module):
        module = torch.nn.Sequential(module) if not _has_many_inputs(module) else module
    parameters = inspect.signature(module.forward).parameters.values()
    defaults = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
    before = torch.get_rng_state(), random.getstate()
    tracer = _Tracer()
    try:
        graph = tracer.trace(module, concrete_args=defaults or None)
    except (fx.proxy.TraceError, *_OF_TORCH) as error:
        raise UnsupportedOperationError(
            f"control flow that torch.fx cannot trace ({_line(error)})",
            "let the forward pass branch on no tensor, or hand in a torch.fx.GraphModule",
        ) from error
    if not torch.equal(before[0], torch.get_rng_state()) or before[1] != random.getstate():
        raise UnsupportedOperationError("a random number in the forward pass", "fix it as a buffer")
    return graph, tracer.root


def _has_many_inputs(module: Any) -> bool:
    return isinstance(module, torch.nn.MultiheadAttention)


def evaluate(
    graph: Any, root: Any, engine: Any, inputs: Mapping[str, Any], *, with_parameters: bool
) -> list[Any]:
    """The output tensors of the graph.

    Parameters
    ----------
    graph, root
        Of `trace`.
    engine
        What keeps the tensors.
    inputs
        The tensors of the placeholders.
    with_parameters
        Whether parameters are variables.
    """
    values: dict[Any, Any] = {}
    parameters = _Parameters(root, engine, is_varying=with_parameters)
    for node in graph.nodes:
        if node.op == "placeholder":
            if node.target.startswith("*"):
                raise UnsupportedOperationError(f"the open list of inputs {node.target}")
            values[node] = inputs[node.target] if node.target in inputs else node.args[0]
        elif node.op == "get_attr":
            values[node] = parameters(node.target)
        elif node.op == "output":
            return _flat(fx.node.map_arg(node.args, values.__getitem__))
        else:
            values[node] = _applied(node, root, engine, parameters, values)
    raise InvalidInputError("the graph of the module has no output.")


@final
class _Parameters:
    """Parameters and buffers as tensors, each made once."""

    def __init__(self, root: Any, engine: Any, *, is_varying: bool) -> None:
        self._root, self._engine, self._is_varying = root, engine, is_varying
        self._known: dict[int, Any] = {}

    def __call__(self, target: str) -> Any:
        found = self._root
        for part in target.split("."):
            found = getattr(found, part)
        if not isinstance(found, torch.Tensor):
            return found
        if id(found) not in self._known:
            self._known[id(found)] = self._made(target, found)
        return self._known[id(found)]

    def _made(self, target: str, tensor: Any) -> Any:
        if not self._is_varying:
            return self._engine.constant(tensor)
        if isinstance(tensor, torch.nn.Parameter):
            return self._engine.variables(target, tuple(tensor.shape))
        if tensor.requires_grad:
            raise UnsupportedOperationError(f"{target}, which is computed from parameters")
        return self._engine.constant(tensor)


def _applied(node: Any, root: Any, engine: Any, parameters: Any, values: Any) -> Any:
    args = fx.node.map_arg(node.args, values.__getitem__)
    options = dict(fx.node.map_arg(node.kwargs, values.__getitem__))
    name = operation_name(node)
    _refuse_overwriting(node, name)
    try:
        if node.op == "call_module":
            module = root.get_submodule(node.target)
            return apply_module(
                engine, module, lambda part: parameters(f"{node.target}.{part}"), args, options
            )
        known = OPERATIONS.get(name)
        is_of_user = inspect.isfunction(node.target) and not node.target.__module__.startswith(
            "torch."
        )
        if known is None or is_of_user:
            return _of_numbers(node, name, args, options)
        return known(engine, *args, **options)
    except (TooLargeError, UnsupportedOperationError):
        raise
    except _OF_TORCH as error:
        raise UnsupportedOperationError(f"{name} ({_line(error)})") from error


def operation_name(node: Any) -> str:
    """Torch's name of the operation of a node."""
    if node.op == "call_function":
        named = _NAMED.get(node.target) if callable(node.target) else None
        return named or str(getattr(node.target, "__name__", node.target))
    return str(node.target)


def _of_numbers(node: Any, name: str, args: Any, options: Any) -> Any:
    """Any function of plain numbers is computed."""
    parts = list(_flat((args, tuple(options.values()))))
    is_plain = all(isinstance(p, int | float) for p in parts) and bool(parts)
    if node.op == "call_function" and is_plain and node.target.__module__ in ("math", "_operator"):
        return node.target(*args, **options)
    raise UnsupportedOperationError(name)


def _refuse_overwriting(node: Any, name: str) -> None:
    """An operation in place is read if nobody else looks at what it overwrites."""
    if not _is_inplace(node, name) or not node.args:
        return
    source = node.args[0]
    while isinstance(source, fx.Node):
        if len(source.users) > 1:
            raise UnsupportedOperationError(
                f"{name} in place of a value that is used elsewhere", "use the plain operation"
            )
        # A fresh value shares its memory with no other; anything else may be a view.
        known = operation_name(source)
        is_fresh = source.op == "call_module" or (
            known in _FRESH and not _is_inplace(source, known)
        )
        is_end = is_fresh or source.op == "placeholder" or not source.args
        source = None if is_end else source.args[0]


_FRESH = frozenset(
    (
        *("linear", "conv1d", "conv2d", "matmul", "bmm", "add", "sub", "mul", "truediv"),
        *("layer_norm", "batch_norm", "relu", "max_pool2d", "avg_pool2d", "softmax"),
    )
)


def _is_inplace(node: Any, name: str) -> bool:
    if name in ("and_", "or_"):
        return False
    if name.endswith("_") or name in ("iadd", "isub", "imul", "itruediv", "setitem"):
        return True
    # Functionals take `inplace` as their last argument by position, too.
    last = len(node.args) > 1 and node.args[-1] is True and "pool" not in name
    return last or bool(node.kwargs.get("inplace", False))


def _flat(value: Any) -> list[Any]:
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, tuple | list):
        return [t for part in value for t in _flat(part)]
    return [value] if isinstance(value, TENSORS) or value is not None else []


def _line(error: BaseException) -> str:
    return str(error).strip().split("\n")[0][:100]

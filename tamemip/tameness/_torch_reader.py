"""Torch modules, read through `torch.fx`.

A small module is expanded: one expression an entry of its output, with weights as the exact
binary numbers that they are. A larger one, or one whose input shapes are not known, is read
with one generic entry a tensor. The function is the one in real numbers: rounding of floats
is no part of it, nor is a backward pass that somebody replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import torch

from tamemip.certificates import Domain
from tamemip.errors import InvalidInputError
from tamemip.tameness._certify import Reading, certify_expressions
from tamemip.tameness._domain import domain_of
from tamemip.tameness._structure import joint_facts
from tamemip.tameness._torch_entries import ExactEngine
from tamemip.tameness._torch_generic import GenericEngine
from tamemip.tameness._torch_tracing import evaluate, operation_name, trace
from tamemip.tameness._torch_unsupported import TooLargeError, UnsupportedOperationError
from tamemip.tameness._verdict import UNKNOWN, OpenObligation, Verdict


def read(module: Any, domain: Any = None, varying: Any = "inputs") -> Reading | Verdict:
    """Read a torch module as functions of its inputs, or of inputs and parameters.

    Parameters
    ----------
    module
        A `torch.nn.Module` that torch.fx can trace. If it has an `example_input_array` (a
        tensor, or a tuple or mapping of them), shapes are those of the example, and inputs
        of integers are fixed at its values.
    domain
        As for `certify`. Names are those of inputs (``"x"``: all entries), of single entries
        (``"x_0_1"``), and of parameters (``"0.weight"``, ``"0.weight_0_1"``).
    varying
        ``"inputs"`` (so is ``"rhs"``), or ``"parameters"``: inputs and parameters.

    Returns
    -------
    Reading or Verdict
        The expansion; a verdict if the module was read with one generic entry a tensor, or
        if an operation is not known.

    Raises
    ------
    InvalidInputError
        If the object is no module, a parameter is not finite, or the domain cannot be read.

    Notes
    -----
    With generic entries, the certificate proves that every operation of the module is
    definable on the box of its arguments and stays in the interval that the next one
    assumes; that the module is their composition is what this reader says. Closure under
    composition: van den Dries, Tame Topology and O-minimal Structures (1998), chapter 1.
    """
    if not isinstance(module, torch.nn.Module):
        raise InvalidInputError(
            f"cannot certify a {type(module).__name__}; hand in a torch.nn.Module."
        )
    with_parameters = _with_parameters(varying)
    try:
        graph, root = trace(module)
        return _read_graph(module, graph, root, domain, with_parameters=with_parameters)
    except UnsupportedOperationError as error:
        return _unknown(module, error, domain)


def _read_graph(
    module: Any, graph: Any, root: Any, domain: Any, *, with_parameters: bool
) -> Reading | Verdict:
    intervals = _Intervals(domain)
    subject = _subject(module, graph)
    inputs = _inputs(module, graph, root)
    is_guess = getattr(module, "example_input_array", None) is None
    if inputs is not None:
        engine = ExactEngine(intervals.of_tensor)
        try:
            outputs = _outputs(graph, root, engine, inputs, with_parameters=with_parameters)
            expressions = [e for t in outputs for e in engine.expressions(t)]
            whole = _joined(engine.domains)
        except TooLargeError:
            pass
        except UnsupportedOperationError:
            if not is_guess:
                raise
        else:
            intervals.require_all_used()
            return Reading(expressions, whole, subject)
    intervals, inputs = _Intervals(domain), None if is_guess else inputs
    return _generic(graph, root, intervals, inputs, subject, with_parameters=with_parameters)


def _generic(
    graph: Any,
    root: Any,
    intervals: _Intervals,
    inputs: Any,
    subject: str,
    *,
    with_parameters: bool,
) -> Verdict:
    """The verdict on every operation, each with a generic entry."""
    engine = GenericEngine(intervals.of_tensor)
    shapes = inputs if inputs is not None else dict.fromkeys(_placeholders(graph))
    _outputs(graph, root, engine, shapes, with_parameters=with_parameters)
    intervals.require_all_used()
    recorded = list(engine.recorded)
    found = joint_facts(recorded, engine.domain)
    about = f"{subject}, read with one generic entry for each of {len(recorded)} operations"
    bad = [(e, f) for e, f in zip(recorded, found, strict=True) if not f.upset]
    if bad:
        # One operation alone says nothing against the whole: floor(x) - floor(x) is tame.
        e, f = bad[0]
        why = f.obligation
        text, mend = (why.text, why.mend) if why else ("no structure is derived", "")
        return Verdict(
            status=UNKNOWN,
            subject=about,
            where=str(engine.domain),
            domain=engine.domain,
            obligation=OpenObligation((str(e),), text, mend),
        )
    verdict = certify_expressions(recorded, engine.domain, subject=about)
    return replace(verdict, pieces=None, expressions=())


# -- inputs ------------------------------------------------------------------------------


class _Intervals:
    """The domain by names of tensors and of entries."""

    def __init__(self, spec: Any) -> None:
        self._spec = spec
        self._names = _names_in(spec)
        domain_of(spec, self._names)  # what cannot be read is refused at once
        self._used: set[str] = set()

    def of_tensor(self, tensor: str, entries: Sequence[str]) -> Domain:
        """The intervals of the entries: their own, or else that of the tensor."""
        box = domain_of(self._spec, self._names)
        given = dict(zip(box.names, box.intervals, strict=True))
        self._used |= {name for name in (tensor, *entries) if name in given}
        plain = domain_of(None, entries)
        intervals = [
            given.get(name, given.get(tensor, free))
            for name, free in zip(entries, plain.intervals, strict=True)
        ]
        return Domain(tuple(entries), tuple(intervals))

    def require_all_used(self) -> None:
        """Refuse a domain that speaks of what is not there."""
        for name in self._names:
            if name not in self._used:
                raise InvalidInputError(
                    f"the domain speaks of {name!r}, which is no variable here; name an input "
                    "of `forward`, a parameter, or (if the shapes are known) an entry: 'x_0_1'."
                )


def _names_in(spec: Any) -> tuple[str, ...]:
    if spec is None:
        return ()
    if isinstance(spec, Domain):
        return spec.names
    if isinstance(spec, str):
        parts = (
            part.split(" in ")[0] for part in spec.replace(";", ",").split(",") if " in " in part
        )
        return tuple(dict.fromkeys(part.strip() for part in parts))
    if isinstance(spec, Iterable):
        return tuple(str(name) for name in spec)
    return ()


def _placeholders(graph: Any) -> list[str]:
    """The inputs that have no default."""
    return [n.target for n in graph.nodes if n.op == "placeholder" and not n.args]


def _inputs(module: Any, graph: Any, root: Any) -> dict[str, Any] | None:
    """The shape of every input, or the fixed tensor of an integer one; None if not known."""
    names = _placeholders(graph)
    example = getattr(module, "example_input_array", None)
    if example is None:
        guessed = {name: _guessed(name, graph, root) for name in names}
        return None if None in guessed.values() else guessed
    if isinstance(example, torch.Tensor):
        example = (example,)
    given = example if isinstance(example, dict) else dict(zip(names, example, strict=False))
    if set(given) != set(names):
        raise InvalidInputError(
            f"`example_input_array` has {len(given)} tensors; `forward` takes {', '.join(names)}."
        )
    return {n: tuple(t.shape) if t.is_floating_point() else t for n, t in given.items()}


def _guessed(name: str, graph: Any, root: Any) -> tuple[int, ...] | None:
    """One sample for the linear map or layer norm that the input goes into."""
    (node,) = (n for n in graph.nodes if n.op == "placeholder" and n.target == name)
    for user in node.users:
        if operation_name(user) == "linear" and user.args[0] is node:
            weight = user.args[1]
            if getattr(weight, "op", "") == "get_attr":
                owner, _, last = weight.target.rpartition(".")
                return (int(getattr(root.get_submodule(owner), last).shape[1]),)
        if operation_name(user) == "layer_norm":
            return tuple(user.args[1])
    return None


def _outputs(
    graph: Any, root: Any, engine: Any, inputs: dict[str, Any], *, with_parameters: bool
) -> list[Any]:
    made = {
        name: engine.constant(given)
        if isinstance(given, torch.Tensor)
        else engine.variables(name, given)
        for name, given in inputs.items()
    }
    outputs = evaluate(graph, root, engine, made, with_parameters=with_parameters)
    if not outputs or any(isinstance(t, int | float) for t in outputs):
        raise UnsupportedOperationError("an output that is no tensor")
    return outputs


def _joined(domains: Sequence[Domain]) -> Domain:
    names = tuple(name for d in domains for name in d.names)
    if len(set(names)) < len(names):
        raise UnsupportedOperationError("an input and a parameter of one name", "rename one")
    return Domain(names, tuple(e for d in domains for e in d.intervals))


# -- words -------------------------------------------------------------------------------


def _with_parameters(varying: Any) -> bool:
    chosen = {varying} if isinstance(varying, str) else set(varying)
    unknown = chosen - {"rhs", "inputs", "parameters"}
    if unknown or not chosen:
        raise InvalidInputError(
            f"`varying` is {varying!r}; for a torch module it is 'inputs' or 'parameters'."
        )
    return "parameters" in chosen


def _subject(module: Any, graph: Any) -> str:
    names = {operation_name(node) for node in graph.nodes if node.op != "output"}
    is_replaced = bool(names & {"detach", "sign", "sgn"})
    about = f"the forward map of {type(module).__name__}"
    return f"{about} (a surrogate gradient is not its derivative)" if is_replaced else about


def _unknown(module: Any, error: UnsupportedOperationError, domain: Any) -> Verdict:
    return Verdict(
        status=UNKNOWN,
        subject=f"the forward map of {type(module).__name__}",
        where="all reals" if domain is None else str(domain),
        obligation=OpenObligation(
            (error.operation,), "this operation of the module is not read", error.mend
        ),
    )

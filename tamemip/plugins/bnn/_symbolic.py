"""Decision functions in closed form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._network import BinarizedNetwork


def to_sympy(network: BinarizedNetwork, *, symbols: Sequence[Any] | None = None) -> Any:
    """The scores of a network as SymPy expressions of its features.

    A neuron is ``Piecewise((1, sum >= 0), (-1, True))``, since SymPy's ``sign(0)`` is 0. For
    real features the expression is piecewise constant but for a single layer, where it
    is affine: semialgebraic in every case.

    Parameters
    ----------
    network
        The network.
    symbols
        One symbol a feature; real ``x0``, ``x1``, ... by default.

    Returns
    -------
    sympy.Expr or sympy.Tuple
        One expression, or a tuple with one for each output.

    Raises
    ------
    InvalidInputError
        If the number of symbols is not that of the features.

    Examples
    --------
    >>> to_sympy(BinarizedNetwork([[[1, -2]]], [[3]]))
    x0 - 2*x1 + 3
    >>> to_sympy(BinarizedNetwork([[[1, 0]], [[2]]], [[-1], [0]]))
    2*Piecewise((1, x0 >= 1), (-1, True))
    """
    import sympy

    layer = _symbols(network, symbols)
    for depth, (w, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        sums = [
            sympy.Add(
                *(sympy.Integer(v) * x for v, x in zip(row, layer, strict=True) if v),
                sympy.Integer(b),
            )
            for row, b in zip(w.tolist(), bias.tolist(), strict=True)
        ]
        if depth < len(network.hidden):
            layer = [sympy.Piecewise((1, sympy.Ge(s, 0)), (-1, True)) for s in sums]
    return sums[0] if len(sums) == 1 else sympy.Tuple(*sums)


def to_latex(network: BinarizedNetwork, *, symbols: Sequence[Any] | None = None) -> str:
    r"""The network as LaTeX: a line for each neuron, with its name.

    Parameters
    ----------
    network
        The network.
    symbols
        One symbol or name a feature, as SymPy prints it; ``x_{0}``, ``x_{1}``, ... by default.

    Raises
    ------
    InvalidInputError
        If the number of symbols is not that of the features.

    Examples
    --------
    >>> print(to_latex(BinarizedNetwork([[[-1, 1], [1, -1]], [[-1, -1]]], [[0, 0], [0]])))
    \begin{aligned}
    h_{0} &= \sigma(- x_{0} + x_{1}) \\
    h_{1} &= \sigma(x_{0} - x_{1}) \\
    s &= - h_{0} - h_{1} \\
    \sigma(t) &= 1 \text{ if } t \ge 0, \text{ else } -1
    \end{aligned}
    """
    import sympy

    layer = [sympy.latex(x) for x in _symbols(network, symbols)]
    lines = []
    for depth, (w, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        sums = [_sum(row, layer, b) for row, b in zip(w.tolist(), bias.tolist(), strict=True)]
        layer = _names(network, depth)
        is_last = depth == len(network.hidden)
        for name, total in zip(layer, sums, strict=True):
            lines.append(f"{name} &= {total}" if is_last else rf"{name} &= \sigma({total})")
    if network.hidden:
        lines.append(r"\sigma(t) &= 1 \text{ if } t \ge 0, \text{ else } -1")
    body = " \\\\\n".join(lines)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"


def _symbols(network: BinarizedNetwork, given: Sequence[Any] | None) -> list[Any]:
    import sympy

    if given is None:
        return [sympy.Symbol(f"x{i}", real=True) for i in range(network.n_inputs)]
    if len(given) != network.n_inputs:
        raise InvalidInputError(
            f"there are {len(given)} symbols, but the network has {network.n_inputs} features."
        )
    return [sympy.Symbol(x, real=True) if isinstance(x, str) else x for x in given]


def _names(network: BinarizedNetwork, depth: int) -> list[str]:
    size = int(network.weights[depth].shape[0])
    if depth == len(network.hidden):
        return ["s"] if size == 1 else [f"s_{{{j}}}" for j in range(size)]
    if len(network.hidden) == 1:
        return [f"h_{{{j}}}" for j in range(size)]
    return [f"h_{{{depth},{j}}}" for j in range(size)]


def _sum(row: Sequence[int], names: Sequence[str], bias: int) -> str:
    terms = [(v, name) for v, name in zip(row, names, strict=True) if v]
    parts = [(v, f"{'' if abs(v) == 1 else f'{abs(v)} '}{name}") for v, name in terms]
    if bias or not parts:
        parts.append((bias, str(abs(bias))))
    text = "".join(f" {'-' if v < 0 else '+'} {part}" for v, part in parts)
    return text.removeprefix(" + ").removeprefix(" ")

"""Steps that cancel in a sum: what is left is a Lipschitz function of one number.

Mixed-integer rounding is written as ``floor(f) + min((f - floor(f))/r, 1)``: both terms jump where
``f`` is an integer, and the sum does not. Of a sum, the terms with one step in them are taken
together; if they are a function of the step's argument ``f`` alone, that function is looked at on
both sides of its value, and the chain rule does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import TypeAlias

from tamemip.certificates import Enclosure, Node
from tamemip.differentiation._calculus_arithmetic import linear_form
from tamemip.differentiation._calculus_kinks import StepError
from tamemip.differentiation._calculus_numbers import Real
from tamemip.differentiation._calculus_scene import Bridge, Local, Scene, State
from tamemip.differentiation._calculus_sets import GeneratorSet
from tamemip.errors import NotAllowedError, NotLipschitzError, UnsupportedError
from tamemip.tameness import (
    Expression,
    add,
    constant,
    expressions_of,
    nodes_of,
    scale,
    variable,
    variables_of,
)

__all__ = ["bridge_over"]

Form: TypeAlias = "tuple[Fraction, dict[Expression, Fraction]]"
_STEPS = frozenset({"floor", "ceiling", "sign", "heaviside"})
#: The name of the argument of the step.
_ARGUMENT = "[argument]"


def bridge_over(
    scene: Scene,
    e: Expression,
    step: StepError,
    known: Mapping[Expression, State],
    local: Callable[[Scene, Expression], Local],
) -> Bridge | None:
    """The terms of a sum with a step in them as one Lipschitz function; None if they are none.

    Parameters
    ----------
    scene
        The point.
    e
        The sum.
    step
        The step.
    known
        What is known of parts of the sum, the argument of the step among them.
    local
        The calculus.
    """
    if step.part.op not in _STEPS or _ARGUMENT in scene.at:
        return None
    argument = step.part.of[0]
    inside = known.get(argument)
    if not isinstance(inside, Local) or not isinstance(inside.value, Fraction):
        return None
    terms = _remaining(scene, e)
    touched = {g: w for g, w in terms.items() if step.part in _below(g)}
    together = add(*(scale(g, w) for g, w in touched.items()))
    outer = _in_the_argument(together, argument)
    if variables_of([outer]) != (_ARGUMENT,):
        return None
    line = Scene({_ARGUMENT: inside.value}, {}, scene.limit, scene.limits, {})
    try:
        found = local(line, outer)
    except (NotAllowedError, NotLipschitzError, UnsupportedError):
        return None
    return Bridge(frozenset(touched), _chained(scene, found, inside))


def _remaining(scene: Scene, e: Expression) -> dict[Expression, Fraction]:
    """The terms of a sum that no bridge has."""
    _, terms = linear_form(e)
    gone = {g for bridge in scene.bridges.get(e, ()) for g in bridge.terms}
    return {g: w for g, w in terms.items() if g not in gone}


def _below(e: Expression) -> set[Expression]:
    found, stack = {e}, [e]
    while stack:
        fresh = [f for f in stack.pop().of if f not in found]
        found.update(fresh)
        stack += fresh
    return found


def _chained(scene: Scene, outer: Local, inside: Local) -> Local:
    """The chain rule for a function of one number."""
    (spread,) = outer.slopes.radius
    slopes: GeneratorSet | None = None
    for (rate,) in outer.slopes.points:
        factor: Real = Enclosure.between(rate - spread, rate + spread) if spread else rate
        own = inside.slopes.scaled(factor)
        slopes = own if slopes is None else slopes.union(own, scene.limit)
    assert slopes is not None, "a conservative gradient is not empty"
    if outer.slopes.is_outer:
        slopes = slopes.enlarged()
    return Local(outer.value, slopes, outer.is_constant or inside.is_constant)


def _in_the_argument(e: Expression, argument: Expression) -> Expression:
    """The expression in one variable for the argument, and for what is affine in it."""
    target = linear_form(argument)
    u = variable(_ARGUMENT)
    nodes, (root,) = nodes_of([e])
    made = expressions_of(nodes)
    new: list[Node] = []
    index: list[int] = []
    for node, old in zip(nodes, made, strict=True):
        affine = None if old.is_condition else _affine(linear_form(old), target, u)
        if affine is None:
            index.append(len(new))
            new.append(replace(node, of=tuple(index[k] for k in node.of)))
            continue
        start = len(new)
        own, (top,) = nodes_of([affine])
        new += [replace(n, of=tuple(start + k for k in n.of)) for n in own]
        index.append(start + top)
    return expressions_of(new)[index[root]]


def _affine(form: Form, target: Form, u: Expression) -> Expression | None:
    """The expression ``c u + d``, if a form is ``c`` times the target plus ``d``."""
    (own, weights), (base, wanted) = form, target
    if not weights or weights.keys() != wanted.keys():
        return None
    ratios = {weights[g] / wanted[g] for g in weights if wanted[g]}
    if len(ratios) != 1 or any(not wanted[g] and weights[g] for g in weights):
        return None
    (c,) = ratios
    return add(scale(u, c), constant(own - c * base))

"""The walk through a composition: each part once, and no branch that is not chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from tamemip.differentiation._calculus_arithmetic import (
    SLOPES,
    visit_linear,
    visit_power,
    visit_product,
    visit_quotient,
    visit_real_power,
    visit_root,
    visit_smooth,
)
from tamemip.differentiation._calculus_borders import (
    visit_comparison,
    visit_connective,
    visit_indicator,
    visit_piecewise,
)
from tamemip.differentiation._calculus_bridges import bridge_over
from tamemip.differentiation._calculus_kinks import (
    StepError,
    visit_absolute,
    visit_extreme,
    visit_modulo,
    visit_rounding,
    visit_sign,
)
from tamemip.differentiation._calculus_numbers import (
    Real,
    difference,
    is_negative,
    is_positive,
    is_zero,
)
from tamemip.differentiation._calculus_scene import (
    Local,
    Scene,
    State,
    Visit,
    number,
    refused,
    shown,
)
from tamemip.differentiation._calculus_sets import GeneratorSet
from tamemip.differentiation._cones import Vector
from tamemip.differentiation._refusal import Jump
from tamemip.errors import (
    InvalidInputError,
    NotAllowedError,
    NotLipschitzError,
    UnsupportedError,
)
from tamemip.tameness import Expression, facts

__all__ = ["locals_of"]

_ZERO = Fraction(0)


def locals_of(scene: Scene, expressions: Sequence[Expression]) -> tuple[Local, ...]:
    """Values and conservative gradients of some numbers at the point.

    Raises
    ------
    NotLipschitzError
        If a part jumps, or has an infinite slope.
    NotAllowedError
        If a part has no value, or something is not proved.
    UnsupportedError
        If there is no rule for a part.
    """
    known: dict[Expression, State] = {}
    found: list[Local] = []
    for e in expressions:
        try:
            found.append(_number(scene, e, known))
        except StepError as step:
            found.append(_across(scene, e, step))
    return tuple(found)


def _number(scene: Scene, e: Expression, known: dict[Expression, State]) -> Local:
    state = _walked(scene, e, known)
    assert isinstance(state, Local), "conditions were refused by the reader"
    return state


def _across(scene: Scene, e: Expression, step: StepError) -> Local:
    """A function of which a part jumps: seen from both sides.

    If a limit is not the value, the function jumps. If there is one coordinate and both limits
    are the value, the function is Lipschitz: on either side all parts are.
    """
    here = _number(scene.on((_ZERO,) * len(scene.at)), e, {})
    sides: list[tuple[Vector, Local]] = []
    for way in _ways(step.way):
        try:
            side = _number(scene.on(way), e, {})
        except (NotAllowedError, NotLipschitzError):
            continue
        gap = difference(side.value, here.value)
        if is_positive(gap) or is_negative(gap):
            raise _jump(here.value, side.value, way)
        if is_zero(gap):
            sides.append((way, side))
    coordinates = scene.reach(e)
    if len(coordinates) != 1 or len(sides) < 2:
        raise NotAllowedError(
            f"{step} It is not proved that the whole function has a derivative. Ask at another "
            "point, or use a continuous function in the place of that part."
        ) from None
    place = list(scene.at).index(next(iter(coordinates)))
    first, second = (_by_coordinates(scene, side, way, place) for way, side in sides[:2])
    return Local(here.value, first.union(second, scene.limit))


def _ways(way: Vector) -> list[Vector]:
    """A direction and its opposite first, then along the coordinates."""
    n = len(way)
    units = [tuple(Fraction(j == k) for j in range(n)) for k in range(n)] if n > 1 else []
    return [tuple(sign * v for v in d) for d in (way, *units) for sign in (1, -1)]


def _by_coordinates(scene: Scene, side: Local, way: Vector, place: int) -> GeneratorSet:
    """A gradient of a function of one coordinate, from that by the step along a half-line."""

    def placed(value: Fraction) -> Vector:
        return tuple(value if k == place else _ZERO for k in range(scene.dimension))

    points = dict.fromkeys(placed(rate / way[place]) for (rate,) in side.slopes.points)
    (spread,) = side.slopes.radius
    return GeneratorSet(tuple(points), placed(spread / abs(way[place])), side.slopes.is_outer)


def _jump(here: Real, limit: Real, way: Vector) -> NotLipschitzError:
    along = ", ".join(map(str, way))
    jump: Jump | None = None
    if isinstance(here, Fraction) and isinstance(limit, Fraction):
        jump = Jump(way, here, limit, is_certified=False)
    return NotLipschitzError(
        f"the function jumps here: {jump or f'along ({along})'}. It has no conservative gradient; "
        "zero is none. Ask at another point, or use a continuous function in its place.",
        jump=jump,
    )


def _walked(scene: Scene, root: Expression, known: dict[Expression, State]) -> State:
    """Run the visits on a stack of our own, for compositions are deep."""
    stack: list[tuple[Expression, Visit]] = []
    if root not in known:
        stack.append((root, _visit(scene, root)))
    answer: State | None = None
    while stack:
        e, visit = stack[-1]
        try:
            asked = next(visit) if answer is None else visit.send(answer)
        except StopIteration as end:
            answer = known[e] = end.value
            stack.pop()
            continue
        except StepError as step:
            _go_on_above(scene, stack, step, known)
            answer = None
            continue
        answer = known.get(asked)
        if answer is None:
            stack.append((asked, _visit(scene, asked)))
    return known[root]


def _go_on_above(
    scene: Scene,
    stack: list[tuple[Expression, Visit]],
    step: StepError,
    known: dict[Expression, State],
) -> None:
    """Begin again at the next sum in which the step cancels; raise it if there is none."""
    while stack:
        e, _ = stack.pop()
        if e.op not in ("add", "scale"):
            continue
        bridge = bridge_over(scene, e, step, known, _local)
        if bridge is not None:
            scene.bridges.setdefault(e, []).append(bridge)
            stack.append((e, _visit(scene, e)))
            return
    raise step


def _local(scene: Scene, e: Expression) -> Local:
    (found,) = locals_of(scene, [e])
    return found


def _visit(scene: Scene, e: Expression) -> Visit:
    rule = _RULES.get(e.op)
    if rule is None:
        raise UnsupportedError(
            f"there is no derivative of {e.op!r}, in {shown(e)}. Write it with functions that "
            "have one, or as the value of a program: tamemip.differentiation.value_of."
        )
    return rule(scene, e)


# -- leaves --------------------------------------------------------------------------------


def _visit_constant(scene: Scene, e: Expression) -> Visit:
    assert e.value is not None, "a constant has a value"
    return scene.constant(e.value)
    yield e


def _visit_named(scene: Scene, e: Expression) -> Visit:
    from tamemip.certificates import Domain

    enclosure = facts(e, Domain((), ())).enclosure
    exact = enclosure.value
    return scene.constant(enclosure if exact is None else exact)
    yield e


def _visit_variable(scene: Scene, e: Expression) -> Visit:
    name = e.name or ""
    if name in scene.at:
        return scene.coordinate(name)
    if name not in scene.inner:
        raise InvalidInputError(
            f"`at` has no number for {name!r}; it names {', '.join(map(repr, scene.at)) or 'none'}."
        )
    return (yield from _visit_inner(scene, e, name))


def _visit_inner(scene: Scene, e: Expression, name: str) -> Visit:
    """The chain rule: a gradient of the outer function, elements of all inner ones."""
    inner = scene.inner[name]
    of: list[Local] = []
    for argument in inner.arguments:
        of.append((yield from number(argument)))
    values = [f.value for f in of]
    exact = tuple(v for v in values if isinstance(v, Fraction))
    if len(exact) < len(values):
        raise refused(
            e,
            f"stands for {inner}, which is asked for at an irrational argument",
            "Ask at a point where the arguments are rational.",
        )
    value, gradients = inner.local(exact, scene.limits)
    scene.values[name] = value
    slopes: GeneratorSet | None = None
    for gradient in gradients:
        own = GeneratorSet.zero(scene.dimension)
        for y, f in zip(gradient, of, strict=True):
            own = own.plus(f.slopes.scaled(y), scene.limit)
        slopes = own if slopes is None else slopes.union(own, scene.limit)
    assert slopes is not None, "a conservative gradient is not empty"
    return Local(value, slopes, is_constant=all(f.is_constant for f in of))


_RULES: Mapping[str, Callable[[Scene, Expression], Visit]] = {
    "const": _visit_constant,
    "named": _visit_named,
    "variable": _visit_variable,
    "add": visit_linear,
    "scale": visit_linear,
    "multiply": visit_product,
    "divide": visit_quotient,
    "power": visit_power,
    "root": visit_root,
    "real-power": visit_real_power,
    "abs": visit_absolute,
    "maximum": visit_extreme,
    "minimum": visit_extreme,
    "floor": visit_rounding,
    "ceiling": visit_rounding,
    "sign": visit_sign,
    "heaviside": visit_sign,
    "modulo": visit_modulo,
    "piecewise": visit_piecewise,
    "indicator": visit_indicator,
    "less": visit_comparison,
    "less-equal": visit_comparison,
    "equal": visit_comparison,
    "and": visit_connective,
    "or": visit_connective,
    "not": visit_connective,
    **dict.fromkeys(SLOPES, visit_smooth),
}
"""The rule of every operation that has a derivative."""

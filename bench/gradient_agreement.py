"""Gradients of the optimal value by a right-hand side: ours, and four usual ways beside.

A referee that goes through all integer parts measures the slopes of the value in many directions,
to both sides. A gradient is right at a point if along every direction it lies between the two
slopes: at a smooth point they agree, at a kink an element is enough. A generator set is right if
every slope is one of its values and every one-point set is met. In a row in which the value jumps
a gradient is wrong, whatever it is.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from _gradient_referee import Model, facility, six_rows, with_rhs
from _tables import CONSOLE, Clock, show
from scipy.optimize import linprog

import tamemip as tm

TOLERANCE = 2e-3
DIFFERENCE = 1e-3
JUMP = 1e-2
SOLVER = "auto"
Gradient = Callable[[Model, np.ndarray], "np.ndarray | None"]


@dataclass
class Score:
    """What one method did on the points of one model."""

    clock: Clock = field(default_factory=Clock)
    right: int = 0
    asked: int = 0


def exact_set(model: Model, rhs: np.ndarray) -> tm.differentiation.ConservativeGradient:
    q = model.moving(model.smooth_rows, rhs)
    return tm.conservative_gradient(q, at=[0] * len(model.smooth_rows))


def by_layer() -> Gradient | None:
    try:
        import torch

        from tamemip.layers.torch import ValueLayer
    except ImportError:
        return None
    layers: dict[tuple[int, bytes], ValueLayer] = {}

    def gradient(model: Model, rhs: np.ndarray) -> np.ndarray:
        rows = list(model.smooth_rows)
        base = rhs.copy()
        base[rows] = model.program.rhs[rows]
        key = id(model), base.tobytes()  # a layer for each of what stands in the other rows
        if key not in layers:
            q = model.moving(model.smooth_rows, base)
            layers[key] = ValueLayer(q, "theta", solver=SOLVER, cache=0)
        theta = torch.tensor((rhs - base)[rows].round(6), requires_grad=True)
        layers[key](theta).backward()
        return theta.grad.numpy()

    return gradient


def _fixed(model: Model, rhs: np.ndarray, bounds: np.ndarray) -> np.ndarray | None:
    """Duals of the linear program within these bounds."""
    p = model.program
    sign = np.where(np.array(p.row_sense) == ">=", -1.0, 1.0)
    done = linprog(p.c, A_ub=sign[:, None] * p.A.toarray(), b_ub=sign * rhs, bounds=bounds)
    if done.status != 0:
        return None
    return (sign * done.ineqlin.marginals)[list(model.smooth_rows)]


def fix_and_dual(model: Model, rhs: np.ndarray) -> np.ndarray | None:
    p = model.program
    point = tm.solve(with_rhs(p, rhs), solver=SOLVER).point
    fixed = np.rint(point)
    low, up = np.where(p.integrality, fixed, p.lower), np.where(p.integrality, fixed, p.upper)
    return _fixed(model, rhs, np.c_[low, up])


def relaxation_duals(model: Model, rhs: np.ndarray) -> np.ndarray | None:
    return _fixed(model, rhs, np.c_[model.program.lower, model.program.upper])


def central_differences(model: Model, rhs: np.ndarray) -> np.ndarray:
    out = []
    for i in model.smooth_rows:
        e = DIFFERENCE * (np.arange(len(rhs)) == i)
        ahead, back = (
            tm.solve(with_rhs(model.program, rhs + s * e), solver=SOLVER).value for s in (1, -1)
        )
        out.append((float(ahead) - float(back)) / (2 * DIFFERENCE))
    return np.array(out)


def by_cvxpylayers() -> Gradient | None:
    try:
        import cvxpy as cp
        import torch
        from cvxpylayers.torch import CvxpyLayer
    except ImportError:
        return None
    layers: dict[int, CvxpyLayer] = {}

    def layer_of(model: Model) -> CvxpyLayer:
        p = model.program
        x, b = cp.Variable(p.n_cols), cp.Parameter(p.n_rows)
        sign = np.where(np.array(p.row_sense) == ">=", -1.0, 1.0)
        boxed = np.flatnonzero(np.isfinite(p.upper))
        rows = [cp.multiply(sign, p.A.toarray() @ x) <= cp.multiply(sign, b), x >= p.lower]
        rows.append(x[boxed] <= p.upper[boxed])
        return CvxpyLayer(cp.Problem(cp.Minimize(p.c @ x), rows), parameters=[b], variables=[x])

    def gradient(model: Model, rhs: np.ndarray) -> np.ndarray:
        if id(model) not in layers:
            layers[id(model)] = layer_of(model)
        b = torch.tensor(rhs, dtype=torch.float64, requires_grad=True)
        (x,) = layers[id(model)](b)
        (torch.tensor(model.program.c) @ x).backward()
        return b.grad.numpy()[list(model.smooth_rows)]

    return gradient


def directions(model: Model, count: int) -> np.ndarray:
    """Units of the rows that move, and random directions, as steps of the right-hand side."""
    rows = list(model.smooth_rows)
    steps = np.vstack([np.eye(len(rows)), np.random.default_rng(3).normal(size=(count, len(rows)))])
    out = np.zeros((len(steps), model.program.n_rows))
    out[:, rows] = steps
    return out


def element_is_right(g: np.ndarray, steps: np.ndarray, ahead: np.ndarray, back: np.ndarray) -> bool:
    along = steps @ g
    low, up = np.minimum(ahead, -back), np.maximum(ahead, -back)
    room = TOLERANCE * (1 + np.abs(ahead))
    return bool(((along >= low - room) & (along <= up + room)).all())


def set_is_right(
    D: tm.differentiation.ConservativeGradient,
    steps: np.ndarray,
    ahead: np.ndarray,
    back: np.ndarray,
) -> bool:
    for d, up, down in zip(steps, ahead, back, strict=True):
        most, least = D.support(d.tolist()), -D.support((-d).tolist())
        for slope in (up, -down):
            if not least - TOLERANCE * (1 + abs(slope)) <= slope:
                return False
            if not slope <= most + TOLERANCE * (1 + abs(slope)):
                return False
    return True


def agree(
    name: str, model: Model, methods: dict[str, Gradient], *, differences: int
) -> list[list[object]]:
    """Points at which each method is right, and its milliseconds."""
    scores = {key: Score() for key in ("ours, whole set", *methods)}
    kinks = 0
    for k, rhs in enumerate(model.points):
        steps = directions(model, 8)
        ahead, back = model.rates(rhs, steps)
        small = steps[:, list(model.smooth_rows)]
        score = scores["ours, whole set"]
        with score.clock.running():
            D = exact_set(model, rhs)
        score.asked += 1
        score.right += set_is_right(D, small, ahead, back)
        kinks += not D.is_singleton
        for key, method in methods.items():
            score = scores[key]
            if method is central_differences and k >= differences:
                continue
            with score.clock.running():
                g = method(model, rhs)
            score.asked += 1
            if g is not None:
                score.right += element_is_right(g, small, ahead, back)
    each = {key: 1e3 * s.clock.cpu / max(1, s.asked) for key, s in scores.items()}
    return [
        [
            f"{name}: {key}",
            f"{s.right}/{s.asked}",
            kinks,
            each[key],
            each[key] / each["fix and dual"],
        ]
        for key, s in scores.items()
    ]


def jumps(name: str, model: Model, count: int) -> list[object]:
    """The rows without recourse, one at a time, at some points."""
    n = jumped = refused = kept = wrong = blown = 0
    largest = 0.0
    clock = Clock()
    for rhs in model.points[:count]:
        for i in model.jump_rows:
            e = 1e-4 * (np.arange(len(rhs)) == i)
            at, ahead, back = (model.value(rhs + s * e) for s in (0, 1, -1))
            is_jump = max(abs(ahead - at), abs(at - back)) > JUMP
            n, jumped = n + 1, jumped + is_jump
            with clock.running():
                is_refused = refuses(model, i, rhs)
            refused += is_jump and is_refused
            kept += not is_jump and not is_refused
            wrong += is_jump != is_refused
            if is_jump:
                size = abs(ahead - back) / 2e-4
                blown += size > 1e3
                largest = max(largest, size)
    return [
        name,
        n,
        jumped,
        refused,
        kept,
        wrong,
        f"{blown}/{jumped}",
        largest,
        1e3 * clock.cpu / n,
    ]


def refuses(model: Model, i: int, rhs: np.ndarray) -> bool:
    """Whether our gradient by this row is refused with a proved jump."""
    try:
        tm.conservative_gradient(model.moving((i,), rhs), at=[0])
    except tm.errors.NotLipschitzError:
        return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=20)
    parser.add_argument("--models", default="facility 5x10,six rows")
    parser.add_argument("--differences", type=int, default=5, help="points with differences")
    parser.add_argument("--jump-points", type=int, default=5)
    options = parser.parse_args()
    found = {
        "ours, layer": by_layer(),
        "fix and dual": fix_and_dual,
        "duals of the relaxation": relaxation_duals,
        "cvxpylayers, relaxation": by_cvxpylayers(),
        "central differences": central_differences,
    }
    for key, method in found.items():
        if method is None:
            CONSOLE.print(f"{key}: not installed, left out")
    methods = {key: method for key, method in found.items() if method is not None}
    made = {"facility 5x10": facility, "six rows": six_rows}
    models = {name: made[name](options.points) for name in options.models.split(",")}
    show(
        "Gradients by the rows with recourse",
        ["model: method", "right", "kinks", "ms cpu", "/ fix and dual"],
        [
            row
            for name, model in models.items()
            for row in agree(name, model, methods, differences=options.differences)
        ],
        note="kinks: points where the conservative gradient is not one vector; "
        "the set is exact and its hypotheses are proved, the others are floats",
    )
    show(
        "Rows without recourse, one at a time",
        [
            "model",
            "asked",
            "value jumps",
            "of these refused",
            "given elsewhere",
            "wrong",
            "differences > 1000",
            "largest",
            "ms cpu",
        ],
        [jumps(name, model, options.jump_points) for name, model in models.items()],
        note="differences: central, over 1e-4, of the referee's values at the jumps; "
        "refused: NotLipschitzError with the jump",
    )


if __name__ == "__main__":
    main()

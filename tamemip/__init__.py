"""Exact duality, value functions, tameness and derivatives of mixed-integer programs.

The public names are loaded on first use, so that ``import tamemip`` is cheap.
"""

from __future__ import annotations

import importlib
from typing import Any

from tamemip import errors

__version__ = "0.1.0"

_ROOMS: dict[str, tuple[str, ...]] = {
    "tamemip.certificates": ("Certificate", "Statement", "check"),
    "tamemip.programs": (
        "Box",
        "MixedIntegerProgram",
        "ParametricProgram",
        "TwoStageProgram",
        "from_cvxpy",
        "from_linopy",
        "from_mathopt",
        "from_pulp",
        "from_pyomo",
        "read",
        "read_smps",
        "write",
    ),
    "tamemip.solvers": ("Claim", "Limits", "Status", "solve"),
    "tamemip.duality": (
        "dual_function",
        "gomory_function",
        "infeasible_subset",
        "jeroslow_formula",
        "load",
        "sandwich",
        "upper_function",
    ),
    "tamemip.value_functions": (
        "BoxValueFunction",
        "cost_ranges",
        "expected_value",
        "pareto_frontier",
        "stability_region",
        "value_function",
    ),
    "tamemip.tameness": ("CERTIFIED", "REFUTED", "UNKNOWN", "Structure", "Verdict", "certify"),
    "tamemip.differentiation": (
        "conservative_gradient",
        "conservative_jacobian",
        "elastic",
        "implicit_jacobian",
        "is_exact_penalty",
        "lipschitz",
        "path_law",
        "solution_jacobian",
    ),
    "tamemip.analysis": ("Report", "analyze", "shadow_prices"),
    "tamemip.plugins": ("families", "family"),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [*sorted(_ROOM_OF), "errors"]


def __getattr__(name: str) -> Any:
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(f"module 'tamemip' has no attribute {name!r}")
    value = getattr(importlib.import_module(room), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

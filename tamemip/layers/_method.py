"""How a solution is made differentiable."""

from __future__ import annotations

from typing import Literal, TypeAlias

from tamemip.errors import InvalidInputError
from tamemip.layers._data import LayerData

Method: TypeAlias = Literal["perturbed", "quadratic", "exact"]


def read_method(
    data: LayerData, method: Method, *, sigma: float, samples: int, tau: float
) -> Method:
    """The method, if it and its numbers fit.

    Raises
    ------
    InvalidInputError
        If not.
    """
    if method not in ("perturbed", "quadratic", "exact"):
        raise InvalidInputError(f"method is {method!r}; use 'perturbed', 'quadratic' or 'exact'.")
    if not (sigma > 0 and tau > 0):
        raise InvalidInputError(f"sigma is {sigma}, tau is {tau}; both have to be positive.")
    if samples < 2 or samples % 2:
        raise InvalidInputError(
            f"samples is {samples}; an even number is needed: noise comes in pairs, z and -z."
        )
    if method == "quadratic" and data.wrt != ("c",):
        raise InvalidInputError(
            f"method='quadratic' is for wrt='c', not for {data.wrt}: it regularizes costs."
        )
    if method == "quadratic" and data.penalty is not None:
        raise InvalidInputError(
            "method='quadratic' projects on the integer hull of the program; with a penalty there "
            "is no bounded hull. Leave the penalty out."
        )
    return method

"""Layers for JAX: the value and the solution of a mixed-integer program.

They are the layers of `tamemip.layers.torch` under ``jax.custom_vjp``: the program is solved on
the host, inside of ``jax.jit`` by a callback. JAX computes in 32 bits unless told otherwise:
``jax.config.update("jax_enable_x64", True)``.
"""

from tamemip.layers._jax_solution import SolutionLayer
from tamemip.layers._jax_value import ValueLayer

__all__ = ["SolutionLayer", "ValueLayer"]

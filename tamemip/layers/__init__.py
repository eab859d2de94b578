"""Layers of neural networks whose backward pass is a conservative gradient, or a refusal.

`tamemip.layers.torch` and `tamemip.layers.jax` are imported by name, so that neither package is
needed before it is used; `tamemip.layers.pyepo` exchanges programs with PyEPO.
"""

from tamemip.layers._answer import Answer, ItemFlags

__all__ = ["Answer", "ItemFlags"]

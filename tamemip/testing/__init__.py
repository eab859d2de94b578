"""Conformance kits for what others add to the library."""

from tamemip.testing._primitives import Check, primitive_checks

__all__ = ["Check", "primitive_checks"]

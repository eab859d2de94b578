"""Doctests of modules that need an optional package are collected only if it is there."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("torch") else ["tamemip/tameness/_torch_*.py"]

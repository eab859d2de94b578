"""Doctests of modules that need an optional package are collected only if it is there."""

from importlib.util import find_spec

_NEEDS = {
    "torch": [
        "tamemip/tameness/_torch_*.py",
        "tamemip/layers/_torch_*.py",
        "tamemip/layers/torch.py",
    ],
    "jax": ["tamemip/layers/_jax_*.py", "tamemip/layers/jax.py"],
    "pyepo": ["tamemip/layers/_pyepo_*.py", "tamemip/layers/pyepo.py"],
}

collect_ignore_glob = [
    pattern
    for package, patterns in _NEEDS.items()
    if not find_spec(package)
    for pattern in patterns
]

"""The reference: one page a room, from the names in its ``__all__``."""

import importlib
import importlib.util
from pathlib import Path

from sphinx.application import Sphinx

# Lowest room first. A room that is not written yet has no page.
ROOMS = {
    "errors": "Every exception and every warning. Each one carries the facts as attributes.",
    "certificates": "Statements, steps, rules and the checker. Standard library only.",
    "arithmetic": "Exact rationals: how a number enters, and how floats are made exact.",
    "programs": "Mixed-integer programs with exact data; reading, writing, importing.",
    "functions": "Terms: linear, ceil, MIR, maximum, minimum over leaves; and their readings.",
    "solvers": "Solvers behind one protocol. What they return is a claim.",
    "duality": "Constructors of dual functions: bounds that are valid for every right-hand side.",
    "value_functions": "Exact value functions on lines and boxes.",
    "tameness": "Verdicts on o-minimal definability: certified, refuted or unknown.",
    "differentiation": "Lipschitz verdicts, conservative gradients and Jacobians.",
    "analysis": "The report of ``tamemip analyze``.",
    "layers": "Layers for tensor libraries.",
    "plugins": "Problem families and their registry.",
    "testing": "Conformance kit and strategies for tests of your own.",
}


def write_pages(app: Sphinx) -> None:
    """Write ``reference/rooms/`` before the sources are read."""
    folder = Path(app.srcdir) / "reference" / "rooms"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.rst"):
        if old.stem not in ROOMS or not _exists(old.stem):
            old.unlink()
    rooms = [room for room in ROOMS if _exists(room)]
    for room in rooms:
        _write_if_new(folder / f"{room}.rst", _page(room, ROOMS[room]))
    entries = "\n".join(f"rooms/{room}" for room in rooms)
    _write_if_new(folder / "_toctree.md", f"```{{toctree}}\n:maxdepth: 1\n\n{entries}\n```\n")


def _exists(room: str) -> bool:
    spec = importlib.util.find_spec(f"tamemip.{room}")
    return spec is not None and spec.origin is not None


def _page(room: str, sentence: str) -> str:
    module = f"tamemip.{room}"
    line = "=" * (len(module) + 4)
    elsewhere = ", ".join(_from_other_rooms(module))
    left_out = f"   :exclude-members: {elsewhere}\n" if elsewhere else ""
    return (
        f"``{module}``\n{line}\n\n{sentence}\n\n"
        f".. automodule:: {module}\n   :members:\n   :show-inheritance:\n{left_out}"
    )


def _from_other_rooms(module: str) -> list[str]:
    """Names that are described where they were made."""
    room = importlib.import_module(module)
    made_in = {name: getattr(getattr(room, name), "__module__", module) for name in room.__all__}
    return [
        name
        for name, origin in made_in.items()
        if origin.startswith("tamemip.") and not f"{origin}.".startswith(f"{module}.")
    ]


def _write_if_new(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build."""
    app.connect("builder-inited", write_pages)
    return {"parallel_read_safe": True}

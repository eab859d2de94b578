"""Plugins that exist for one test."""

from __future__ import annotations

import sys

import pytest


@pytest.fixture
def install_plugin(tmp_path, monkeypatch):
    """Write a distribution with solver entry points, and put it on the path."""

    def install(distribution: str, source: str, **entries: str) -> None:
        module = f"{distribution}_module"
        home = tmp_path / distribution
        info = home / f"{distribution}-1.0.dist-info"
        info.mkdir(parents=True)
        (home / f"{module}.py").write_text(source)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n"
        )
        lines = [f"{name.replace('_', '-')} = {module}:{what}" for name, what in entries.items()]
        (info / "entry_points.txt").write_text("\n".join(["[tamemip.solvers]", *lines]))
        monkeypatch.syspath_prepend(str(home))
        monkeypatch.delitem(sys.modules, module, raising=False)

    return install

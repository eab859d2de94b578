"""The gallery: every script of ``examples/`` is run; its text, output and pictures make a page.

A script begins with a docstring: a title line, a blank line, then prose in reStructuredText.
What it prints is shown; every matplotlib figure that is open at its end is shown as a picture.
It runs in an empty folder, so it finds its models through ``Path(__file__)``.
"""

import ast
import os
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

SECONDS = 300

RUNNER = """
import runpy, sys
script, pictures = sys.argv[1:]
sys.argv = [script]
runpy.run_path(script, run_name="__main__")
if "matplotlib.pyplot" in sys.modules:
    import matplotlib.pyplot as plt
    for number in plt.get_fignums():
        plt.figure(number).savefig(f"{pictures}_{number}.png", dpi=110, bbox_inches="tight")
"""


def write_gallery(app: Sphinx) -> None:
    """Run the scripts and write ``gallery/*.rst`` before the sources are read."""
    folder = Path(app.srcdir) / "gallery"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    scripts = sorted((Path(app.srcdir).parent / "examples").glob("[!_]*.py"))
    for script in scripts:
        (folder / f"{script.stem}.rst").write_text(_page(script, folder), encoding="utf-8")
    (folder / "index.rst").write_text(_index(scripts), encoding="utf-8")


def _index(scripts: list[Path]) -> str:
    lines = ["Gallery", "=======", ""]
    if not scripts:
        return "\n".join([*lines, "No example is written yet.", ""])
    lines += ["Every page is a script of the folder ``examples``, run when this was built.", ""]
    lines += [".. toctree::", "   :maxdepth: 1", ""]
    return "\n".join([*lines, *(f"   {script.stem}" for script in scripts), ""])


def _page(script: Path, folder: Path) -> str:
    source = script.read_text(encoding="utf-8")
    title, prose, code = _split(script, source)
    output = _run(script, folder / script.stem)
    pictures = sorted(folder.glob(f"{script.stem}_*.png"))
    parts = [title, "=" * len(title), "", prose, "", _block("python", code)]
    if output.strip():
        parts += ["It prints:", "", _block("text", output)]
    parts += [f".. image:: {picture.name}\n   :alt: {title}\n" for picture in pictures]
    return "\n".join([*parts, f"The script: ``examples/{script.name}``.", ""])


def _split(script: Path, source: str) -> tuple[str, str, str]:
    """Title, prose and code of a script."""
    tree = ast.parse(source)
    text = ast.get_docstring(tree)
    if not text:
        logger.warning("examples/%s has no docstring to take a title from", script.name)
        return script.stem, "", source
    title, _, prose = text.partition("\n")
    code = "\n".join(source.splitlines()[tree.body[0].end_lineno or 0 :])
    return title.rstrip("."), prose.strip(), code.strip()


def _run(script: Path, pictures: Path) -> str:
    environment = {**os.environ, "MPLBACKEND": "Agg", "COLUMNS": "100", "NO_COLOR": "1"}
    with tempfile.TemporaryDirectory() as empty:
        try:
            done = subprocess.run(
                [sys.executable, "-W", "ignore", "-c", RUNNER, str(script), str(pictures)],
                cwd=empty,
                env=environment,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            logger.warning("examples/%s ran longer than %d s", script.name, SECONDS)
            return ""
    if done.returncode != 0:
        logger.warning("examples/%s failed:\n%s", script.name, done.stderr[-2000:])
    return done.stdout


def _block(language: str, text: str) -> str:
    return f".. code-block:: {language}\n\n{textwrap.indent(text.strip(chr(10)), '   ')}\n"


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the build."""
    app.connect("builder-inited", write_gallery)
    return {"parallel_read_safe": True}

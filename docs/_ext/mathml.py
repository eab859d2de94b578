"""Formulas as MathML, so that the pages are complete without a network."""

import re

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

# MathML Core knows no double-struck variant: the letters have code points of their own.
DOUBLE_STRUCK = {"N": "ℕ", "Q": "ℚ", "R": "ℝ", "Z": "ℤ"}


def _mathml(node: nodes.Element, display: str) -> str:
    tex = re.sub(r"\\mathbb\s*\{?([NQRZ])\}?", lambda found: DOUBLE_STRUCK[found[1]], node.astext())
    return convert(tex, display=display)


def _inline(self: HTML5Translator, node: nodes.math) -> None:
    self.body.append(_mathml(node, "inline"))
    raise nodes.SkipNode


def _display(self: HTML5Translator, node: nodes.math_block) -> None:
    self.body.append(self.starttag(node, "div", CLASS="math-display"))
    self.body.append(_mathml(node, "block"))
    self.body.append("</div>")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, bool]:
    """Offer the renderer under the name ``mathml``."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}

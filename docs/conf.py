"""How the documentation is built: ``make docs`` (warnings are errors)."""

import importlib.metadata
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_ext"))

project = "tamemip"
author = "the tamemip developers"
copyright = "2026, the tamemip developers"
release = version = importlib.metadata.version("tamemip")

extensions = [
    "gallery",
    "mathml",
    "rooms",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinxcontrib.bibtex",
]

exclude_patterns = ["_build", "_ext", "reference/rooms/_*"]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

bibtex_bibfiles = ["bibliography.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}
numpydoc_show_class_members = False

# The same short name may live in two rooms, and a docstring's list of references need not be cited
# from its own text: neither is a fault of the page.
suppress_warnings = ["ref.python", "ref.citation"]

html_math_renderer = "mathml"
html_theme = "furo"
html_title = "tamemip"
html_static_path = ["_static"]
html_css_files = ["tamemip.css"]

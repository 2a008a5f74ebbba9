"""How the pages are built: Sphinx reads Markdown, notebooks and docstrings; nothing is run and nothing is fetched."""

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import nbdspy  # noqa: E402
from docs.generating import docstrings, pages  # noqa: E402

project = "nbdspy"
author = "The nbdspy authors"
copyright = author
version = release = nbdspy.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["parts", "generating"]  # read by other pages, and by this one
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
smartquotes_action = "D"  # the dash behind an argument; quotes stay as the code has them

nb_execution_mode = "off"  # a notebook shows what it has stored, which its tests compare with its cassette
nb_merge_streams = True
suppress_warnings = [
    "misc.highlighting_failure",  # what stands in our cell magics need not be Python
    "mystnb.unknown_mime_type",  # the explorer's form of a card stands beside its HTML, which is shown
]

autodoc_member_order = "bysource"
autodoc_default_options = {"exclude-members": "model_config"}  # pydantic's, in every type
autodoc_typehints_format = "short"
autodoc_class_signature = "mixed"
default_role = "code"
add_module_names = False
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = "nbdspy"
html_static_path = ["static"]
html_css_files = ["pages.css"]
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
highlight_language = "none"  # blocks of magics; Python is said where it is


def setup(app: Any) -> None:
    """What Sphinx calls first."""
    pages.write(HERE)
    app.connect("autodoc-process-docstring", docstrings.to_rst, priority=400)  # before napoleon reads it
    app.connect("autodoc-skip-member", docstrings.no_nested_class)

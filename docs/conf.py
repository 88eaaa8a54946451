"""Makes a site of the pages in this folder (`make site`): without a network, fonts or scripts of others."""

from evidence import __version__

project = "evidence"
author = "The authors of evidence"
copyright = "The authors of evidence, Apache-2.0"  # noqa: A001 - Sphinx's name
release = __version__

extensions = ["myst_parser"]
exclude_patterns = ["pictures"]
myst_heading_anchors = 4  # as GitHub makes them, so that links work in both
html_theme = "furo"
html_title = "evidence"
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_permalinks_icon = "#"
pygments_style = "default"
smartquotes = False  # two hyphens are an option's
nitpicky = True

"""Sphinx reads this in the folder that docs/build.py puts together."""

from __future__ import annotations

from forecast.version import __version__

project = "forecast"
author = "The forecast authors"
copyright = "The forecast authors, MIT licence"  # noqa: A001 - the name that Sphinx reads
release = version = __version__
language = "en"
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
myst_heading_anchors = 3
myst_enable_extensions = ["strikethrough"]
nitpicky = True
# Nothing is fetched when a page is opened: the theme brings its own files, letters are those
# of the system.
html_theme = "furo"
html_title = f"forecast {__version__}"
html_static_path = ["_static"]
html_css_files = ["own.css"]
html_show_search_summary = False  # it would fetch pages, which a page from the disk may not
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
pygments_style = "friendly"
highlight_language = "none"
# sql of DuckDB and the sessions of a shell are shown, not judged
suppress_warnings = ["misc.highlighting_failure"]

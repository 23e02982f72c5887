"""Which reporter serves: a bar for a terminal, plain lines for a log, JSON for a script, or silence."""

from __future__ import annotations

import sys

from engine.cli.reporter import JsonLines, Lines, OneJson, Reporter, Silence


def reporter_for(json: bool, json_lines: bool, quiet: bool, images: int) -> Reporter:
    """JSON goes to stdout and is alone there; words for people go to stderr."""
    words: Reporter = Silence() if quiet or json or json_lines else Lines()
    if isinstance(words, Lines) and sys.stderr.isatty():
        from engine.cli.bar import Bar  # rich costs a tenth of a second, and only a terminal needs it

        words = Bar(images)
    if json_lines:
        return JsonLines()
    return OneJson() if json else words

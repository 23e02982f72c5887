"""Where this start keeps its things: the user's own place, or one that is thrown away."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def profile(is_temporary: bool) -> Iterator[None]:
    """With `is_temporary` all (settings, journal, pictures, logs) is in a new folder, removed at the end."""
    if not is_temporary:
        yield
        return
    before = os.environ.get("LIENZO_HOME")
    home = tempfile.mkdtemp(prefix="lienzo-")
    os.environ["LIENZO_HOME"] = home
    try:
        yield
    finally:
        if before is None:
            del os.environ["LIENZO_HOME"]
        else:
            os.environ["LIENZO_HOME"] = before
        shutil.rmtree(home, ignore_errors=True)

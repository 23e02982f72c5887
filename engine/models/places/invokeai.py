"""What InvokeAI calls its models: it keeps them in folders named by keys, and their names in a database."""

from __future__ import annotations

import json
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

DATABASE = Path("databases", "invokeai.db")
MOST_MODELS = 20_000


def names_in(folder: Path) -> dict[str, str]:
    """Real path of a model to its name, where `folder` is InvokeAI's or its `models`; {} where it is not.

    The table is that of InvokeAI 4 and later (app/services/model_records/model_records_sql.py). It is opened
    as a file that does not change: nothing is locked and nothing written beside it.
    """
    for root in (folder, folder.parent):
        if (root / DATABASE).is_file():
            return _read(root)
    return {}


def _read(root: Path) -> dict[str, str]:
    address = f"file:{quote(str((root / DATABASE).absolute()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            rows = connection.execute("select config from models limit ?", (MOST_MODELS,)).fetchall()
    except sqlite3.Error:
        return {}  # of another version: then the names of the files have to do
    found: dict[str, str] = {}
    for (text,) in rows:
        try:
            config = json.loads(text)
            path, name = config["path"], config["name"]
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
        if isinstance(path, str) and isinstance(name, str) and "\0" not in path:
            found[os.path.realpath(root / "models" / path)] = name[:200]
    return found

"""`python tests/benchmarks [startup drawing responsiveness] [--json FILE]`: what we promise, measured.

Each part compares within one run, since these machines are shared: read the ratios, not the seconds.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import platform
from pathlib import Path

from measure import as_json, table

PARTS = ("startup", "drawing", "responsiveness")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=[])
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    arguments = parser.parse_args()
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    figures = {}
    for part in arguments.parts or PARTS:
        measured = importlib.import_module(part).measure()
        figures[part] = as_json(measured)
        print(table(part, measured), flush=True)  # noqa: T201
    if arguments.json:
        machine = f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}"
        form = {"date": datetime.date.today().isoformat(), "machine": machine, "figures": figures}
        arguments.json.write_text(json.dumps(form, indent=1), "utf-8")


if __name__ == "__main__":
    main()

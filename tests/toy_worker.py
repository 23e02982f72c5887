"""The engine's process whole, but of one that needs no torch: it starts in a tenth of the time.

For tests of what becomes of a process, its jobs and its pipe; what torch does there has its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

from toy_engine import open_toy

from desktop.bridge.engine_process import EngineProcess
from engine import worker

COMMAND = (sys.executable, str(Path(__file__)))


def toy_process(log_file: Path | None = None) -> EngineProcess:
    return EngineProcess(log_file=log_file, command=COMMAND)


if __name__ == "__main__":
    worker.open_engine = lambda _: open_toy()
    worker.main()

"""The rules every test runs under: offline, in its own home, leaving nothing behind, silent."""

from __future__ import annotations

import logging
import os
import runpy
import threading
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import psutil
import pytest
from patience import patience_s

HERE = Path(__file__).parent
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # for tiny networks a second thread only waits for the first
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # each file is compiled once, not again in every child
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(HERE / "offline"), os.environ.get("PYTHONPATH")])
)
runpy.run_path(str(HERE / "offline" / "sitecustomize.py"))  # the same block here as in the children

FOREIGN_THREADS = ("pytest_timeout", "tqdm", "Thread-torch", "QThread")
"""Threads that libraries keep for the whole process."""
FOREIGN_PROCESS = "multiprocessing.resource_tracker"
"""Python's own, begun with the first child that is spawned; it ends with its parent."""


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, caches, journal and library of this test alone."""
    home = tmp_path / "lienzo-home"
    monkeypatch.setenv("LIENZO_HOME", str(home))
    monkeypatch.delenv("LIENZO_TRACE", raising=False)
    return home


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A busy machine has more time for a test than `timeout` in pyproject.toml says."""
    if config.getoption("timeout", None) is not None:
        return  # said on the command line
    limit = patience_s(float(config.getini("timeout")))
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(limit))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Reports travel between processes as UTF-8; what a test printed on purpose may not be: it is escaped."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode("utf-8")) for name, text in report.sections
    ]
    return report


class Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def no_log_warnings(request: pytest.FixtureRequest) -> Iterator[None]:
    """A warning in the log fails the test, unless it is marked `logs_warnings` with a reason."""
    handler = Warnings()
    root = logging.getLogger()
    root.addHandler(handler)
    yield
    root.removeHandler(handler)
    if handler.records and request.node.get_closest_marker("logs_warnings") is None:
        lines = "\n".join(f"{record.name}: {record.getMessage()}" for record in handler.records)
        pytest.fail(f"logged a warning:\n{lines}", pytrace=False)


def own_threads() -> set[threading.Thread]:
    return {
        thread
        for thread in threading.enumerate()
        if not isinstance(thread, threading._DummyThread) and not thread.name.startswith(FOREIGN_THREADS)
    }


def has_no_child() -> bool:
    """Where Linux lists a thread's children: known without a look at every process of the machine."""
    try:
        lists = [path.read_bytes() for path in Path("/proc/self/task").glob("*/children")]
    except OSError:  # a thread has just ended
        return False
    return bool(lists) and not any(lists)


def living_children() -> set[int]:
    if has_no_child():
        return set()
    return {
        child.pid
        for child in psutil.Process().children(recursive=True)
        if child.is_running() and child.status() != psutil.STATUS_ZOMBIE and not is_foreign(child)
    }


def is_foreign(process: psutil.Process) -> bool:
    try:
        return any(FOREIGN_PROCESS in word for word in process.cmdline())
    except psutil.Error:  # it has just ended
        return True


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """A thread or process that outlives its test fails it (after two seconds' grace)."""
    threads, children = own_threads(), living_children()
    yield
    patience = time.monotonic() + 2
    while any(left := (own_threads() - threads, living_children() - children)):
        if time.monotonic() > patience:
            names = [thread.name for thread in left[0]]
            processes = [psutil.Process(pid).cmdline() for pid in left[1]]
            pytest.fail(f"left behind: threads {names}, processes {processes}", pytrace=False)
        time.sleep(0.02)

"""The suite's own guard: no internet from here, nor from the processes we start."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest


def test_an_internet_socket_is_refused_here():
    with pytest.raises(OSError, match="offline"):
        socket.socket(socket.AF_INET, socket.SOCK_STREAM)


def test_an_internet_socket_is_refused_in_child_processes():
    code = "import socket; socket.create_connection(('127.0.0.1', 9))"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert child.returncode != 0
    assert "offline" in child.stderr

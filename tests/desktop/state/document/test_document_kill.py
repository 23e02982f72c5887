"""The app is killed in the middle of painting, again and again: little is lost, and nothing is ever wrong."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHILD = Path(__file__).parents[3] / "child_document.py"
KILLS = 50
MOST_LOST_S = 2.0
"""The painters write every 0.04 s; the window every 2 s, and 10 s are promised."""


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="the painters are forked: 50 starts would take minutes")
def test_fifty_kills_lose_little_and_corrupt_nothing(tmp_path):
    painters = subprocess.Popen(
        [sys.executable, CHILD, tmp_path / "a.sqlite"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    chance, done, killed_at, lost = random.Random(3), {0: 0.0}, 0.0, []
    with painters:
        for _ in range(KILLS):
            painters.stdin.write("paint\n")
            painters.stdin.flush()
            lines = iter(painters.stdout.readline, "gone\n")
            pid, recovered = 0, -1
            while recovered < 0:
                word, told = next(lines).split(maxsplit=1)
                assert word != "failed", told
                if word == "pid":
                    pid = int(told)
                else:
                    recovered = int(told)
            beyond = [when for stroke, when in done.items() if stroke > recovered]
            lost.append(killed_at - min(beyond) if beyond else 0.0)
            done = {stroke: when for stroke, when in done.items() if stroke <= recovered}
            time.sleep(chance.uniform(0.02, 0.2))
            killed_at = time.monotonic()
            os.kill(pid, signal.SIGKILL)
            for line in lines:
                word, told = line.split(maxsplit=1)
                assert word != "failed", told
                done[int(word)] = float(told)
        painters.stdin.close()
    assert max(done) > KILLS
    assert max(lost) < MOST_LOST_S

"""The journal: what it confirmed is there after any kill."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from journals import PIXELS, REQUEST

from engine.api.errors import BadRequest, CannotSave, EngineLost
from engine.api.images import ImageInput, pixels_hash
from engine.api.recipe import Recipe
from engine.api.request import Branch, Sampling
from engine.library.journal import Journal
from engine.library.pictures import encode_picture
from engine.library.save import save_new

KILLS = 15


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def test_jobs_come_back_with_all_they_were_given(path: Path):
    start = replace(REQUEST, image=ImageInput.of(PIXELS, "me.png"))
    branch = replace(REQUEST, branch=Branch(start, 0, 3))
    with closing(Journal(path)) as journal:
        journal.add("a", start)
        journal.add("b", branch)
        journal.set_state("b", "failed", BadRequest("steps", "is 0"))
    with closing(Journal(path)) as journal:
        a, b = journal.jobs()
    assert (a.id, a.request, a.state, a.attempts, a.error) == ("a", start, "queued", 0, None)
    assert a.request.image is not None and np.array_equal(a.request.image.pixels, PIXELS)
    assert b.request.branch is not None and b.request.branch.origin.image is not None
    assert np.array_equal(b.request.branch.origin.image.pixels, PIXELS)
    assert isinstance(b.error, BadRequest) and (b.error.field, b.error.reason) == ("steps", "is 0")
    assert b.request.extra == {"new": [1]}


def test_states_know_their_times_and_attempts(path: Path):
    with closing(Journal(path)) as journal:
        journal.add("a", REQUEST)
        journal.set_state("a", "running")
        (running,) = journal.jobs()
        journal.set_state("a", "done")
        (done,) = journal.jobs()
    assert (running.state, running.attempts, bool(running.started), running.finished) == (
        "running",
        1,
        True,
        "",
    )
    assert (done.state, done.attempts) == ("done", 1)
    assert done.created <= done.started <= done.finished


def test_the_order_is_kept_and_strangers_in_it_are_passed_over(path: Path):
    with closing(Journal(path)) as journal:
        for id in "abcd":
            journal.add(id, REQUEST)
        journal.reorder(["c", "gone", "a", "c"])
        journal.add("e", REQUEST)
    with closing(Journal(path)) as journal:
        assert [job.id for job in journal.jobs()] == ["c", "a", "b", "d", "e"]


def test_the_same_job_twice_is_refused_and_changes_nothing(path: Path):
    with closing(Journal(path)) as journal:
        journal.add("a", REQUEST)
        with pytest.raises(CannotSave):
            journal.add("a", replace(REQUEST, image=ImageInput.of(PIXELS)))
        assert [job.request for job in journal.jobs()] == [REQUEST]
        assert journal.get_input(pixels_hash(PIXELS)) is None


def test_a_start_picture_stays_as_long_as_one_job_needs_it(path: Path):
    request = replace(REQUEST, image=ImageInput.of(PIXELS))
    sha256 = pixels_hash(PIXELS)
    with closing(Journal(path)) as journal:
        journal.add("a", request)
        journal.add("b", replace(request, prompt="other"))
        journal.remove("a")
        kept = journal.get_input(sha256)
        journal.remove("b")
        gone = journal.get_input(sha256)
    assert kept is not None and np.array_equal(kept, PIXELS)
    assert gone is None


def test_put_and_get_a_start_picture(path: Path):
    with closing(Journal(path)) as journal:
        sha256 = journal.put_input(PIXELS)
        assert sha256 == journal.put_input(PIXELS) == pixels_hash(PIXELS)
        assert np.array_equal(journal.get_input(sha256), PIXELS)
        assert journal.get_input("no such") is None


def test_results_outlive_their_jobs(path: Path, tmp_path: Path):
    odd = Path(os.fsdecode(b"/pictures/\xff\n\xf0\x9f\x90\xb6.png"))
    with closing(Journal(path)) as journal:
        journal.add("a", REQUEST)
        for name in (odd, tmp_path / "b.png", tmp_path / "c.png"):
            journal.add_result("a", name, "ab")
        assert journal.jobs()[0].results == (odd, tmp_path / "b.png", tmp_path / "c.png")
        journal.remove("a")
        journal.remove_result(tmp_path / "b.png")
    with closing(Journal(path)) as journal:
        assert journal.recent_results() == [(odd, "a"), (tmp_path / "c.png", "a")]
        assert journal.recent_results(1) == [(tmp_path / "c.png", "a")]


# after a crash


def test_a_job_that_ran_waits_again_and_fails_after_the_second_crash(path: Path):
    with closing(Journal(path)) as journal:
        journal.add("a", REQUEST)
        for wanted in ("queued", "failed"):
            journal.set_state("a", "running")
            (job,) = journal.recover()
            assert job.state == wanted
    assert isinstance(job.error, EngineLost) and "crashed twice" in job.error.message


def test_a_picture_whose_row_was_not_written_is_adopted(path: Path, tmp_path: Path):
    library = tmp_path / "library"
    request = replace(REQUEST, prompt="a fox", images=2, sampling=Sampling(seed=5))
    old = save_new(library, "old.png", encode_picture(PIXELS, Recipe(request.one_image(0))))
    os.utime(old, (1, 1))
    with closing(Journal(path)) as journal:
        journal.add("a", request)
        journal.set_state("a", "running")
        saved = [
            save_new(
                library, f"2026/{index}.png", encode_picture(PIXELS, Recipe(request.one_image(index), "ab"))
            )
            for index in range(2)
        ]
        save_new(
            library, "other.png", encode_picture(PIXELS, Recipe(replace(request, prompt="a cat", images=1)))
        )
        save_new(library, "broken.png", b"rubbish")
        journal.add_result("a", saved[0])
    with closing(Journal(path)) as journal:
        (job,) = journal.recover(library)
        assert (job.state, job.results) == ("done", tuple(saved))
        assert journal.recover(library) == [job]


def test_a_job_with_half_its_pictures_waits_again(path: Path, tmp_path: Path):
    request = replace(REQUEST, prompt="a fox", images=2, sampling=Sampling(seed=5))
    with closing(Journal(path)) as journal:
        journal.add("a", request)
        journal.set_state("a", "running")
        saved = save_new(tmp_path, "x.webp", encode_picture(PIXELS, Recipe(request.one_image(1)), "webp"))
        (job,) = journal.recover(tmp_path)
    assert (job.state, job.results) == ("queued", (saved,))


def test_a_branch_that_ran_waits_again_or_adopts_its_picture(path: Path, tmp_path: Path):
    start = replace(REQUEST, prompt="a fox", image=ImageInput.of(PIXELS, "me.png"))
    request = replace(start, image=None, branch=Branch(start, 0, 3))
    other = replace(request, branch=Branch(start, 0, 4))
    with closing(Journal(path)) as journal:
        journal.add("a", request)
        journal.set_state("a", "running")
        (job,) = journal.recover(tmp_path)
        assert (job.state, job.results) == ("queued", ())
        journal.set_state("a", "running")
        save_new(tmp_path, "other.png", encode_picture(PIXELS, Recipe(other.one_image(0), "ab")))
        saved = save_new(tmp_path, "x.png", encode_picture(PIXELS, Recipe(request.one_image(0), "ab")))
        (job,) = journal.recover(tmp_path)
    assert (job.state, job.results) == ("done", (saved,))


def test_what_is_hidden_as_the_trash_is_is_not_adopted(path: Path, tmp_path: Path):
    request = replace(REQUEST, prompt="a fox", sampling=Sampling(seed=5))
    library = tmp_path / ".my library"  # itself it may be called as the artist likes
    data = encode_picture(PIXELS, Recipe(request, "ab"))
    with closing(Journal(path)) as journal:
        journal.add("a", request)
        journal.set_state("a", "running")
        for name in (".trash/x.png", "2026/.trash/x.png", ".half.png"):
            (library / name).parent.mkdir(parents=True, exist_ok=True)
            (library / name).write_bytes(data)
        (job,) = journal.recover(library)
        assert (job.state, job.results) == ("queued", ())
        journal.set_state("a", "running")
        saved = save_new(library, "2026/x.png", data)
        (job,) = journal.recover(library)
    assert (job.state, job.results) == ("done", (saved,))


def test_a_removed_picture_of_an_unfinished_job_is_not_made_again(path: Path, tmp_path: Path):
    with closing(Journal(path)) as journal:
        journal.add("a", replace(REQUEST, images=3))
        journal.set_state("a", "running")
        for index in range(3):
            journal.add_result("a", tmp_path / f"{index}.png", f"hash {index}")
        journal.remove_result(tmp_path / "1.png")
    with closing(Journal(path)) as journal:
        (job,) = journal.recover(tmp_path)
        assert (job.state, job.made) == ("done", 3)
        assert job.results == (tmp_path / "0.png", tmp_path / "2.png")
        assert [path.name for path, _ in journal.recent_results()] == ["0.png", "2.png"]


def test_a_picture_that_is_taken_back_is_counted_once(path: Path, tmp_path: Path):
    with closing(Journal(path)) as journal:
        journal.add("a", replace(REQUEST, images=9))
        for index in range(2):
            journal.add_result("a", tmp_path / f"{index}.png", f"hash {index}")
        for told in ("hash 0", ""):  # the window may not have read its recipe yet
            journal.remove_result(tmp_path / "0.png")
            journal.add_result("a", tmp_path / "0.png", told)
            (job,) = journal.jobs()
            assert (job.made, job.results) == (2, (tmp_path / "0.png", tmp_path / "1.png"))
        journal.remove_result(tmp_path / "0.png")
        journal.add_result("a", tmp_path / "0 (2).png", "hash 0")  # its place was taken meanwhile
        (job,) = journal.jobs()
        assert (job.made, job.results) == (2, (tmp_path / "0 (2).png", tmp_path / "1.png"))


def test_a_new_picture_in_the_place_of_a_removed_one_is_another(path: Path, tmp_path: Path):
    with closing(Journal(path)) as journal:
        journal.add("a", replace(REQUEST, images=9))
        for number in range(3):
            journal.add_result("a", tmp_path / "x.png", f"hash {number}")
            journal.remove_result(tmp_path / "x.png")
        (job,) = journal.jobs()
        assert (job.made, job.results) == (3, ())
        journal.add_result("a", tmp_path / "x.png", "hash 3")
        (job,) = journal.jobs()
        assert (job.made, job.results) == (4, (tmp_path / "x.png",))


def test_removed_pictures_of_removed_jobs_are_forgotten(path: Path, tmp_path: Path):
    with closing(Journal(path)) as journal:
        journal.add("a", REQUEST)
        for name in ("x.png", "y.png", "z.png"):
            journal.add_result("a", tmp_path / name, name)
        journal.remove_result(tmp_path / "x.png")
        journal.remove("a")
        journal.remove_result(tmp_path / "y.png")
        rows = journal._connection.execute("SELECT pixels_sha256 FROM results").fetchall()
    assert rows == [("z.png",)]


WRITER = """
import sys
from engine.api.images import ImageInput
from engine.api.request import GenerationRequest
from engine.library.journal import Journal
import numpy as np
journal, first = Journal(sys.argv[1]), int(sys.argv[2])
print("open", flush=True)
for number in range(first, first + 10**6):
    id = f"job{number}"
    pixels = np.full((8, 8, 3), number % 256, np.uint8)
    journal.add(id, GenerationRequest("starter", id, image=ImageInput.of(pixels)))
    print("added", id, flush=True)
    journal.set_state(id, "running")
    journal.add_result(id, f"/pictures/{id}.png")
    journal.set_state(id, "done")
    print("done", id, flush=True)
    if number % 3 == 0:
        print("removing", id, flush=True)
        journal.remove(id)
    journal.reorder([f"job{n}" for n in range(number, max(0, number - 5), -1)])
"""


def test_nothing_that_was_confirmed_is_lost_to_kills(path: Path):
    chance, confirmed, finished, removing = random.Random(2), set(), set(), set()
    for number in range(KILLS):
        command = [sys.executable, "-c", WRITER, str(path), str(number * 10_000)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        with child.stdout as lines:
            assert lines.readline() == "open\n"
            said = [lines.readline() for _ in range(chance.randrange(12))]
            time.sleep(chance.random() * 0.02)  # the moment of the kill is the thing under test
            os.kill(child.pid, signal.SIGKILL)
            for line in [*said, *lines.read().split("\n")[:-1]]:
                word, id = line.split()
                {"added": confirmed, "done": finished, "removing": removing}[word].add(id)
            child.wait()
        with closing(Journal(path)) as journal:
            assert journal.notes == []
            jobs = {job.id: job for job in journal.jobs()}
            assert confirmed - removing <= jobs.keys()
            assert all(jobs[id].state == "done" for id in finished - removing)
            assert {f"/pictures/{id}.png" for id in finished} <= {
                str(p) for p, _ in journal.recent_results(-1)
            }
            for job in jobs.values():
                assert job.request.image is not None and job.request.image.pixels is not None
            (verdict,) = journal._connection.execute("PRAGMA integrity_check").fetchone()
            assert verdict == "ok"
    assert len(finished) > 20, "the kills came before anything was written"

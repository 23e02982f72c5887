"""Branching from a step: what an artist gets with a sampler that adds noise, and with one that does not."""

from __future__ import annotations

from studios import heard, studio_with_toy, toy_request, wait_done

from engine.api.request import Sampling


def made(qtbot, studio, **changes):
    """A finished job whose settings are the present ones."""
    job = studio.jobs.enqueue(toy_request("a dog", **changes))
    wait_done(qtbot, job)
    studio.generation.apply_request(job.request)
    studio.generation.seed_locked = False
    return job


def test_without_noise_on_the_way_one_picture_is_made_with_the_steps_own_seed(qtbot):
    with studio_with_toy(qtbot) as studio:
        job = made(qtbot, studio, images=3, sampling=Sampling("euler", steps=4, seed=7))
        studio.generation.prompt = "a cat"
        second_picture = next(kept for kept in job.steps if kept.image_index == 1)
        request = studio.branch(job, second_picture).request
        assert (request.images, request.sampling.seed) == (1, 8)
        assert "one is made" in heard(studio).texts[-1]


def test_with_noise_on_the_way_each_branch_is_a_variation(qtbot):
    with studio_with_toy(qtbot) as studio:
        job = made(qtbot, studio, images=3, sampling=Sampling("euler_a", steps=4, seed=7))
        first, second = (studio.branch(job, job.steps[1]).request for _ in range(2))
        assert first.images == 3
        assert first.sampling.seed != second.sampling.seed != 7


def test_a_locked_seed_stays(qtbot):
    with studio_with_toy(qtbot) as studio:
        job = made(qtbot, studio, sampling=Sampling("euler_a", steps=4, seed=7))
        studio.generation.seed, studio.generation.seed_locked = 11, True
        assert studio.branch(job, job.steps[1]).request.sampling.seed == 11


def test_a_branch_that_changes_nothing_says_so(qtbot):
    with studio_with_toy(qtbot) as studio:
        job = made(qtbot, studio, sampling=Sampling("ddim", steps=4, seed=7))
        studio.branch(job, job.steps[1])
        assert "comes out the same" in heard(studio).texts[-1]
        studio.generation.guidance = 3.0
        before = len(heard(studio).texts)
        studio.branch(job, job.steps[1])
        assert len(heard(studio).texts) == before

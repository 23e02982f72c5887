"""The model card: what it is, what it learnt from, how good it is, and what it cannot do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.training.data.pack import Sprites
from engine.training.evaluation.metrics import Share
from engine.training.evaluation.report import Report, SetResult, Training

WATTS: dict[str, float] = {"H200": 700, "H100": 700, "A100": 400, "L40": 300, "4090": 450}
"""What the makers say a card draws at most."""
REST_OF_MACHINE = 1.4
"""Factor for what is around a card."""
WATTS_PER_CORE = 8.0
"""Of a server's processor at work, with its share of memory and cooling."""
GOOD = 0.9
"""From here on a set is not listed among what it cannot do."""
WORDS = {
    "top1": "nearest concept", "top5": "among the 5 nearest", "both": "both things found",
    "both_top1": "both things nearest", "relation": "side or height right", "count": "number right",
    "weather": "weather right", "place": "place right", "colour": "colour right", "style": "style right",
    "time": "time of day right", "covered": "snow cover right", "pose": "pose right",
}  # fmt: skip
CANNOT = {
    "two objects": "draw any two things together: one is often missing, or both melt into one",
    "unseen words": "understand words that were nowhere in its training",
    "unseen words, as known ones": "draw every such word, though its table names a known one for it",
    "synonyms": "understand every synonym that it was only told of",
    "weather": "hold the weather that was asked for",
    "places": "hold the place that was asked for",
    "colours": "give a thing any colour",
    "counts": "count",
    "styles": "keep to a style",
    "labels": "draw everything that it was shown",
    "spanish": "draw in Spanish everything that it draws in English",
}

HEAD = """\
---
library_name: diffusers
pipeline_tag: text-to-image
license: other
language: [en, es]
tags: [stable-diffusion, small, from-scratch, emoji, clip-art]
---
# {title}

A small text-to-image model, trained from scratch on open drawings: {side} x {side} pixels, prompts in
English and Spanish, {megabytes:.0f} MB. The folder has the Stable Diffusion layout, and the stock pipelines
run it.
"""
DATA = """\
## What it learnt from

Scenes composed of {concepts} things in open drawings, with captions in two languages. No photograph, no
likeness of a living person, nothing gathered from the web.
"""
PASS_ON = "Who passes the weights on passes this table on: some of these licences ask for the credit."
ENERGY = """\
Together about {kwh:.2f} kWh, estimated and not measured: time multiplied by the most that the maker says the
card draws and by {rest:g} for the machine around it; on processors {core:g} W for each core at work.
"""
METHOD = """\
## Measured

`lienzo train evaluate`, seeds from {seed}, {steps} steps, guidance {guidance:g} (rescale
{rescale:g}), on {device} in {dtype}.
No prompt below was a caption in training (but for some of the lecture's sentences), and its combinations of
thing and colour, place, weather or other thing were never shown. A *judge* looks at the pictures: a network
of its own, trained on composed scenes only, that has never seen what a model draws. *Ceiling* is what it
makes of faultless, composed pictures of the same scenes; *autoencoder* of these after the model's
autoencoder. In brackets the interval of 95 %.
"""
FIGURES = """\
* **Autoencoder**, {r.pictures} held-out pictures: {r.psnr_mean:.1f} dB (median {r.psnr_median:.1f}, worst
  {r.psnr_worst:.1f}), SSIM {r.ssim_mean:.3f}.
* **Distance to held-out scenes** (Frechet, of the judge's embeddings, {d.pictures} pictures each):
  {d.model:.3f}. Held-out scenes among themselves {d.floor:.3f}, after the autoencoder {d.autoencoder:.3f};
  the model without words {d.nothing:.3f}.
* **Nearness to training** (cosine to the nearest of {n.trained} training pictures): median
  {n.model_median:.3f}, highest {n.model_highest:.3f}. Composed pictures that it never saw: median
  {n.held_out_median:.3f}, highest {n.held_out_highest:.3f}. Its things were shown to it thousands of times,
  so they resemble their sprites: here that is the purpose, and `nearest.png` shows it.
"""
PICTURES = """\
## Pictures

64 prompts, none chosen for its result; below each what the judge makes of it:

![contact sheet](contact.png)

Also: `held-out.png` (held-out scenes, and what is drawn for their captions), `autoencoder.png`, and
`nearest.png` (the drawn pictures that are nearest to training, side by side with it).
"""
LIMITS = """\
* draw photographs, people's faces, text, or anything that is not among its drawings
* understand long descriptions: verbs other than a few poses, names and moods have no effect
* fine detail: it draws {side} x {side} pixels through a small autoencoder
* tell that it does not know a word: it draws something else
"""


def card(report: Report, sprites: Sprites) -> str:
    """Markdown, with the front matter that model folders have."""
    parts = (_head(report), _data(sprites), _training(report), _measured(report), PICTURES, _limits(report))
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _head(report: Report) -> str:
    megabytes = sum(report.bytes_by_part.values()) / 1e6
    sizes = [(part, f"{size / 1e6:.1f}") for part, size in report.bytes_by_part.items()]
    head = HEAD.format(title=report.model.title(), side=report.side, megabytes=megabytes)
    return f"{head}\n{table(('part', 'MB'), sizes)}"


def _data(sprites: Sprites) -> str:
    rows = [(credit.source, credit.style, credit.licence, credit.holder) for credit in sprites.credits]
    credits = table(("source", "used as", "licence", "credit"), rows)
    return f"{DATA.format(concepts=len(sprites.concepts))}\n{credits}\n\n{PASS_ON}"


def _training(report: Report) -> str:
    title = "## How long, on what, and the energy\n\n"
    if not report.training:
        return f"{title}Not recorded."
    rows = [
        (
            each.task,
            each.device,
            f"{each.seconds / 60:.1f}",
            str(each.samples or ""),
            f"{energy_kwh(each):.2f}",
        )
        for each in report.training
    ]
    kwh = sum(energy_kwh(each) for each in report.training)
    known = table(("what", "on", "minutes", "samples", "kWh"), rows)
    return f"{title}{known}\n\n{ENERGY.format(kwh=kwh, rest=REST_OF_MACHINE, core=WATTS_PER_CORE)}"


def energy_kwh(entry: Training) -> float:
    """An estimate, rather too high than too low."""
    known = next((watts for name, watts in WATTS.items() if name in entry.device), None)
    watts = known * REST_OF_MACHINE if known is not None else WATTS_PER_CORE * entry.cores
    return entry.seconds / 3600 * watts / 1000


def _measured(report: Report) -> str:
    method = METHOD.format(
        seed=report.seed,
        steps=report.steps,
        guidance=report.guidance,
        device=report.device,
        rescale=report.guidance_rescale,
        dtype=report.dtype,
    )
    rows = [row for result in report.sets for row in _rows(result)]
    right = table(("prompts", "asked", "right", "ceiling", "autoencoder"), rows)
    figures = FIGURES.format(r=report.reconstruction, d=report.distance, n=report.nearness)
    costs = "".join(
        f"* **{cost.steps} steps**: {cost.seconds:.2f} s a picture on {cost.threads} threads "
        f"({cost.busy:.1f} cores busy), {cost.peak_mb:.0f} MB in all.\n"
        for cost in report.costs
    )
    lecture = "\n".join(f"* {sentence.text}: {sentence.seen}" for sentence in report.lecture)
    return (
        f"{method}\n{right}\n\n{figures}{costs}\nWhat the judge sees in the lecture's sentences:\n\n{lecture}"
    )


def _rows(result: SetResult) -> Iterator[tuple[str, ...]]:
    for mark in result.marks:
        yield (
            f"{result.name} ({result.prompts})", WORDS.get(mark.name, mark.name), said(mark.model),
            f"{mark.ceiling.share:.1%}", f"{mark.autoencoder.share:.1%}",
        )  # fmt: skip


def said(share: Share) -> str:
    low, high = share.interval
    return f"**{share.share:.1%}** ({low:.0%} to {high:.0%})"


def _limits(report: Report) -> str:
    weak = "".join(f"* {CANNOT[name]} ({share:.0%} right)\n" for name, share in weak_sets(report.sets))
    missed = "; ".join(report.missed)
    missed = (
        f"\nNot recognised ({len(report.missed)}; what the judge saw in brackets): {missed}."
        if missed
        else ""
    )
    return f"## What it cannot do\n\n{weak}{LIMITS.format(side=report.side)}{missed}"


def weak_sets(sets: Sequence[SetResult]) -> list[tuple[str, float]]:
    """Sets that are right less often than `GOOD` in what they are about, the worst first."""
    firsts = [(result.name, result.marks[0].model.share) for result in sets if result.name in CANNOT]
    return sorted((each for each in firsts if each[1] < GOOD), key=lambda each: each[1])


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In Markdown; what would end a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)

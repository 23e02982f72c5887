"""`lienzo models`: what is there to generate with."""

from __future__ import annotations

import json as json_text

import typer

from engine.api.form import to_json
from engine.api.learnt import LearntInfo
from engine.api.maps import ControlInfo, ControlType
from engine.api.model_info import ModelInfo
from engine.api.references import AdapterInfo
from engine.api.vae import VaeInfo
from engine.api.vision import VisionInfo
from engine.cli import models_convert, models_get, models_scan
from engine.cli.options import Json, Temp, Trace, preferences
from engine.cli.sizes import bytes_in_words
from engine.models.catalog import Catalog
from engine.models.catalog_words import LEARNT


def build_app(epilog: str) -> typer.Typer:
    """`lienzo models` alone lists; each further command is a line here."""
    app = typer.Typer(name="models", add_completion=False, rich_markup_mode=None, epilog=epilog)
    app.callback(invoke_without_command=True)(models)
    app.command("scan", epilog=epilog)(models_scan.scan)
    app.command("get", epilog=epilog)(models_get.get)
    app.command("convert", epilog=epilog)(models_convert.convert)
    return app


def models(context: typer.Context, json: Json = False, temp: Temp = False, trace: Trace = None) -> None:
    """List the models: those that ship, and those in the folders that the preferences name."""
    if context.invoked_subcommand is not None:
        return
    catalog = Catalog(preferences().model_folders)
    infos, learnt, broken = catalog.infos(), catalog.learnt(), catalog.broken()
    controls = catalog.beside(ControlInfo)
    adapters, seeing = catalog.beside(AdapterInfo), catalog.beside(VisionInfo)
    vaes = catalog.beside(VaeInfo)
    if json:
        form = {
            "models": to_json(infos),
            "learnt": to_json(learnt),
            "controls": to_json(controls),
            "adapters": to_json(adapters),
            "vision": to_json(seeing),
            "vaes": to_json(vaes),
            "broken": [{"path": str(path), "reason": reason} for path, reason in broken],
        }
        typer.echo(json_text.dumps(form))
        return
    for info in infos:
        typer.echo(line_of(info))
    for what in learnt:
        typer.echo(learnt_line(what))
    for control in controls:
        typer.echo(control_line(control))
    for adapter in adapters:
        typer.echo(adapter_line(adapter))
    for network in seeing:
        typer.echo(vision_line(network))
    for vae in vaes:
        typer.echo(vae_line(vae))
    for path, reason in broken:
        typer.echo(f"{path}\n    cannot be used: {reason}")
    typer.echo("What every file is, VAEs and upscalers too, and why: lienzo models scan --why", err=True)


def line_of(info: ModelInfo) -> str:
    """Name and title, and below them what decides whether one wants it."""
    size = f"{info.defaults.width}x{info.defaults.height}"
    facts = [info.variant or info.family, size, bytes_in_words(info.bytes) if info.bytes else "no files"]
    if info.licence:
        facts.append(f"licence {info.licence}")
    if info.path is not None:
        facts.append(str(info.path))
    return f"{info.name}  {info.title}\n    {', '.join(facts)}"


def learnt_line(what: LearntInfo) -> str:
    """Name and kind, and below them how it is called and what it goes with."""
    facts = [f"word {what.trigger!r}" if what.trigger else "", what.base, bytes_in_words(what.bytes)]
    return f"{what.name}  {LEARNT[what.kind].one}\n    {', '.join([*filter(None, facts), str(what.path)])}"


def adapter_line(adapter: AdapterInfo) -> str:
    """Name and kind, and below them what it stands beside."""
    what = f"{adapter.variant}, beside words of {adapter.text_width} numbers"
    facts = [what, bytes_in_words(adapter.bytes), adapter.licence, str(adapter.path)]
    return f"{adapter.name}  IP-Adapter\n    {', '.join(filter(None, facts))}"


def vision_line(network: VisionInfo) -> str:
    """Name and kind, and below them its class."""
    facts = [network.class_name, bytes_in_words(network.bytes), network.licence, str(network.path)]
    return f"{network.name}  {network.kind}\n    {', '.join(filter(None, facts))}"


def vae_line(vae: VaeInfo) -> str:
    """Name and kind, and below them what it can take the place of."""
    facts = [vae.kind, bytes_in_words(vae.bytes), vae.licence, str(vae.path)]
    return f"{vae.name}  {'tiny VAE' if vae.is_tiny else 'VAE'}\n    {', '.join(filter(None, facts))}"


CONTROL_WORDS = {
    ControlType.CONTROLNET: "ControlNet", ControlType.T2I_ADAPTER: "T2I-Adapter",
    ControlType.CONTROL_LORA: "control LoRA", ControlType.MODEL: "model",
}  # fmt: skip


def control_line(control: ControlInfo) -> str:
    """Name and kind, and below them which maps it reads."""
    kinds = "reads " + ", ".join(control.kinds) if control.kinds else "its name does not say what it reads"
    facts = [kinds, bytes_in_words(control.bytes), control.licence, str(control.path)]
    return f"{control.name}  {CONTROL_WORDS[control.type]}\n    {', '.join(filter(None, facts))}"

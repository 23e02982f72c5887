"""What a ComfyUI graph says of its picture: from the node that saves it back to the sampler that drew it.

A graph is a JSON object, a node an entry: `{"class_type": ..., "inputs": {...}}`, where an input is a value
or a link, `[node, output]`. Nodes are known by their inputs: of names there are thousands.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.api.form import Json

MOST_NODES = 1000
MOST_ASKED, DEEPEST = 5000, 60
LONGEST = 200_000
"""Characters of a text that is joined from others."""
MOST_TEXTS = 20
"""Of one prompt, e.g. of several encoders, or of conditions that are joined."""
SEEDS = ("seed", "noise_seed")
VALUES = ("value", "int", "float", "number", "text", "string", "prompt", *SEEDS)
"""Where a node that only gives a value keeps it."""
OFTEN_LINKED = {*SEEDS, "steps", "cfg", "denoise", "sampler_name", "scheduler"}
PARTS = ("string_a", "string_b", "text_a", "text_b", "text1", "text2", "text_c", "text_d")
"""Of a text that a node joins from others."""
TEXTS = ("text", "text_g", "text_l", "t5xxl", "clip_l", "clip_g", "prompt", "string")
MODELS = ("ckpt_name", "unet_name", "model_name", "base_ckpt_name", "gguf_name")
SIZES = (("width", "height"), ("empty_latent_width", "empty_latent_height"))
NO_LORA = ("", "none")
Inputs = Mapping[str, Json]


@dataclass(frozen=True)
class Drawn:
    """In ComfyUI's own words; texts that nobody wrote are empty."""

    prompt: str = ""
    negative_prompt: str = ""
    sampler: str = ""
    schedule: str = ""
    model: str = ""
    loras: tuple[tuple[str, float], ...] = ()
    """Names and weights, the first applied first."""
    values: Mapping[str, object] = field(default_factory=dict)
    """Numbers by the names of their inputs: seed, steps, cfg, denoise, width, height, ..."""


def read_graph(graph: Mapping[str, Json]) -> Drawn | None:
    """None where it is no graph of ComfyUI's. One without a sampler gives nothing but that."""
    nodes = {
        str(key): inputs
        for key, node in graph.items()
        if isinstance(node, dict) and "class_type" in node and isinstance(inputs := node.get("inputs"), dict)
    }
    if not nodes or len(graph) > MOST_NODES:
        return None
    reader = _Graph(nodes)
    sampler = reader.sampler()
    return Drawn() if sampler is None else reader.drawn(sampler)


class _Graph:
    def __init__(self, nodes: Mapping[str, Inputs]) -> None:
        self._nodes = nodes
        self._asked = 0
        """Values looked for: texts may be joined of texts that are joined of the same texts, and so on."""

    def drawn(self, sampler: Inputs) -> Drawn:
        sampler = {**self._node(sampler.get("guider")), **sampler}
        positive = sampler.get("positive", sampler.get("conditioning"))
        values: dict[str, object] = {}
        for inputs in (self._node(sampler.get(name)) for name in ("noise", "sampler", "sigmas")):
            values |= self._plain(inputs)
        values |= self._plain(sampler)
        guidance = next((i["guidance"] for i in self._back(positive) if _is_number(i.get("guidance"))), None)
        if guidance is not None and float(values.get("cfg") or 1.0) == 1.0:  # type: ignore[arg-type]
            values["cfg"] = guidance  # distilled into the network, as FLUX.1 has it
        values |= self._size(sampler)
        model, loras = self._model(sampler.get("model"))
        return Drawn(
            self._text(positive, "positive"),
            self._text(sampler.get("negative"), "negative"),
            str(values.pop("sampler_name", "")),
            str(values.pop("scheduler", "")),
            model,
            loras,
            values,
        )

    def sampler(self) -> Inputs | None:
        """Of those on the way to the saved picture the one that changes most, the first where several do."""
        ends = [
            inputs for inputs in self._nodes.values() if "filename_prefix" in inputs or "images" in inputs
        ]
        on_the_way = [node for node in self._upstream(ends) if _draws(node)]
        drawing = on_the_way or [node for node in self._nodes.values() if _draws(node)]
        return max(reversed(drawing), key=self._denoise, default=None)

    def _denoise(self, sampler: Inputs) -> float:
        told = self._value(sampler.get("denoise", self._node(sampler.get("sigmas")).get("denoise")))
        return float(told) if _is_number(told) else 1.0  # type: ignore[arg-type]

    def _node(self, link: Json) -> Inputs:
        """What a link leads to; nothing where it leads nowhere."""
        return self._nodes.get(str(link[0]), {}) if _is_link(link) else {}  # type: ignore[index]

    def _upstream(self, nodes: Iterable[Inputs], named: str = "") -> Iterator[Inputs]:
        """These and all before them, the nearest first, each once. By inputs with `named` in their name."""
        waiting, seen = deque(nodes), set[int]()
        while waiting:
            node = waiting.popleft()
            if id(node) in seen or not node:
                continue
            seen.add(id(node))
            yield node
            waiting += [
                self._node(value) for name, value in node.items() if named in name.lower() and _is_link(value)
            ]

    def _back(self, link: Json) -> Iterator[Inputs]:
        return self._upstream([self._node(link)])

    def _plain(self, inputs: Inputs) -> dict[str, object]:
        """Its values, the usual ones behind links too."""
        told = {
            name: self._value(value)
            for name, value in inputs.items()
            if name in OFTEN_LINKED or not _is_link(value)
        }
        return {name: value for name, value in told.items() if isinstance(value, (str, int, float, bool))}

    def _value(self, value: Json, depth: int = 0) -> Json:
        """Itself, or what the node says that it is linked to, where that only gives a value."""
        if not _is_link(value):
            return value
        self._asked += 1
        if self._asked > MOST_ASKED or depth > DEEPEST:
            return None
        node = self._node(value)
        parts = [text for name in PARTS if (text := self._value(node.get(name), depth + 1))]
        if parts:
            return str(node.get("delimiter") or " ").join(map(str, parts))[:LONGEST]
        given = (self._value(node[name], depth + 1) for name in VALUES if name in node)
        return next((told for told in given if told is not None), None)

    def _text(self, link: Json, role: str) -> str:
        """What was written there and before it; a loader of everything keeps it under the role's name."""
        if isinstance(link, str):
            return link
        found: dict[str, None] = {}
        # through conditions alone: behind a model or a picture other texts may stand
        for node in self._upstream([self._node(link)], "condition"):
            for name in (role, *TEXTS):
                text = self._value(node.get(name))
                if isinstance(text, str) and text.strip():
                    found[text.strip()] = None
            if len(found) >= MOST_TEXTS:
                break
        return "\n".join(found)

    def _size(self, sampler: Inputs) -> dict[str, object]:
        for node in self._back(sampler.get("latent_image", sampler.get("latent"))):
            for names in SIZES:
                width, height = (self._value(node.get(name)) for name in names)
                if _is_number(width) and _is_number(height):
                    return {"width": width, "height": height}
        return {}

    def _model(self, link: Json) -> tuple[str, tuple[tuple[str, float], ...]]:
        """The file at the end of the line, and the LoRAs on the way there."""
        loras: list[tuple[str, float]] = []
        node, seen = self._node(link), set()
        while node and id(node) not in seen:
            seen.add(id(node))
            loras += list(reversed(list(_loras(node))))
            names = [str(node[name]) for name in MODELS if isinstance(node.get(name), str)]
            if names:
                return names[0], tuple(reversed(loras))
            node = self._node(node.get("model"))
        return "", tuple(reversed(loras))


def _loras(node: Inputs) -> Iterator[tuple[str, float]]:
    """Of a loader: one, or many as objects of their own."""
    for told in (node, *(value for value in node.values() if isinstance(value, dict))):
        name = told.get("lora_name", told.get("lora"))
        weight = told.get("strength_model", told.get("strength", 1.0))
        if isinstance(name, str) and name.casefold() not in NO_LORA and told.get("on", True):
            yield name, float(weight) if _is_number(weight) else 1.0  # type: ignore[arg-type]


def _draws(node: Inputs) -> bool:
    """Noise, and words that say what it is to become."""
    has_noise = any(name in node for name in (*SEEDS, "noise"))
    return has_noise and any(_is_link(node.get(name)) for name in ("positive", "guider", "conditioning"))


def _is_link(value: Json) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], (str, int))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)

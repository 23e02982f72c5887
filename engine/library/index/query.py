"""What is asked: `seed:42 model:sdxl rating:>=4 -beagle "a phrase" pref*` as a value that can be evaluated.

Terms beside each other must all hold; `OR` or `|` between two lets either do; `-` before one turns it round.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from engine.api.errors import BadRequest
from engine.api.text import clean_text
from engine.library.index.fields import (
    ALIASES,
    CHOICES,
    FIELDS,
    LABEL_WORDS,
    Form,
    Range,
    field_named,
    read_date,
    read_number,
)
from engine.library.index.folding import folded, tokens

LONGEST = 10_000
"""Characters of a query."""
MOST_TERMS = 200
TERM = re.compile(
    r"""
    (?P<either> (?:OR|\|) (?=\s|$) )
    | (?P<not> [-−!] )?
      (?: (?P<field> [^\W\d_]{1,20} ) : )?
      (?: (?P<open> ["“”«] ) (?P<quoted> [^"“”»]* ) (?P<close> ["“”»] )?
        | (?P<plain> [^\s"“”«]+ )
        | (?P<nothing> (?=\s|$) ) )
      (?P<star> \*(?=\s|$) )?
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Term:
    """One thing that is asked. Exactly one of the values behind `field` is given, as its form needs it."""

    field: str
    """Of `fields.FIELDS`; empty for words that may stand in any text."""
    start: int
    end: int
    """Where in the query it stands."""
    is_not: bool = False
    words: tuple[str, ...] = ()
    """Folded, one after the other."""
    is_prefix: bool = False
    """The last word may go on."""
    name: str = ""
    """Folded."""
    is_whole: bool = False
    """The name is all of it, not a part."""
    range: Range | None = None
    size: tuple[int, int] | None = None
    choice: str = ""


@dataclass(frozen=True)
class Query:
    """All of `clauses` must hold; of each clause any term."""

    text: str = ""
    clauses: tuple[tuple[Term, ...], ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.clauses


def parse(text: str, is_typing: bool = False) -> Query:
    """The query in `text`. While it is typed the last word need not be whole: `beag` finds beagles.

    Raises `BadRequest` for field `query`, whose data say `problem` (`too_long`, `too_many`, `field`,
    `number`, `date`, `size`, `choice`, `empty`), `start` and `end` in `text`, and `value`.
    """
    if len(text) > LONGEST:
        raise _wrong("too_long", f"is longer than {LONGEST:,} characters", LONGEST, len(text))
    clauses: list[list[Term]] = []
    joins_last = False
    for match in _matches(text):
        if match["either"]:
            joins_last = bool(clauses)
            continue
        term = _term(match, is_typing and match.end() == len(text) and not match["open"])
        if term is None:
            continue
        if joins_last:
            clauses[-1].append(term)
        else:
            clauses.append([term])
        joins_last = False
        if sum(map(len, clauses)) > MOST_TERMS:
            raise _wrong("too_many", f"asks for more than {MOST_TERMS} things", match.start(), len(text))
    return Query(text, tuple(map(tuple, clauses)))


def _matches(text: str):
    """Terms as they stand; what is none of them (a lone quote) is passed over."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = TERM.match(text, at)
        if match is None or match.end() == at:
            at += 1
            continue
        yield match
        at = match.end()


def _term(match: re.Match[str], may_go_on: bool) -> Term | None:
    start, end = match.span()
    is_not, is_quoted = bool(match["not"]), match["open"] is not None
    value = clean_text((match["quoted"] if is_quoted else match["plain"]) or "").strip()
    field = field_named(match["field"]) if match["field"] else ""
    if field is None:
        if not is_quoted and re.match(r"[-+.\d/]", value):  # a weight as in (cat:1.2), an address
            field, value = "", f"{match['field']} {value}"
        else:
            raise _unknown_field(match)
    if not field:
        return _words("", start, end, is_not, value, is_quoted, bool(match["star"]) or may_go_on)
    if not value and not is_quoted:
        return None if may_go_on else _nothing(match, field)
    form = FIELDS[field]
    if form is Form.WORDS:
        return _words(field, start, end, is_not, value, is_quoted, bool(match["star"]) or may_go_on)
    if form is Form.NAME:
        name = folded(value.removesuffix("*") if not is_quoted else value)
        name = LABEL_WORDS.get(name, name) if field == "label" else name
        return Term(field, start, end, is_not, name=name, is_whole=is_quoted)
    return _valued(field, form, start, end, is_not, value, may_go_on)


def _words(
    field: str, start: int, end: int, is_not: bool, value: str, is_quoted: bool, is_prefix: bool
) -> Term | None:
    """None for what holds no letter or digit, like a lone comma: it asks for nothing."""
    is_prefix = is_prefix or (not is_quoted and value.endswith("*"))
    words = tuple(tokens(value))
    return Term(field, start, end, is_not, words=words, is_prefix=is_prefix) if words else None


def _valued(
    field: str, form: Form, start: int, end: int, is_not: bool, value: str, may_go_on: bool
) -> Term | None:
    match form:
        case Form.NUMBER:
            if (found := read_number(value)) is not None:
                return Term(field, start, end, is_not, range=found)
            problem, reason = (
                "number",
                f"{field}: needs a number, as in {field}:4, {field}:>=4 or {field}:2..4",
            )
        case Form.DATE:
            if (found := read_date(value)) is not None:
                return Term(field, start, end, is_not, range=found)
            problem, reason = (
                "date",
                "date: needs a day, month or year, as in date:2026-11, date:>2026 or date:7d",
            )
        case Form.SIZE:
            if sides := re.fullmatch(r"([0-9]{1,6})\s*[x×*]\s*([0-9]{1,6})", value):
                return Term(field, start, end, is_not, size=(int(sides[1]), int(sides[2])))
            problem, reason = "size", "size: needs width x height, as in size:512x768"
        case _:
            words = CHOICES[field]
            if (chosen := words.get(folded(value))) is not None:
                return Term(field, start, end, is_not, choice=chosen)
            known = ", ".join(dict.fromkeys(words.values()))
            problem, reason = "choice", f"{field}: knows no {value!r}; there are {known}"
    if may_go_on:
        return None
    raise _wrong(problem, reason, start, end, value=value, name=field)


def _nothing(match: re.Match[str], field: str) -> Term:
    raise _wrong("empty", f"{field}: needs a value behind the colon", *match.span(), name=field)


def _unknown_field(match: re.Match[str]) -> BadRequest:
    name = match["field"]
    near = difflib.get_close_matches(folded(name), (*FIELDS, *ALIASES), 1)
    hint = f"did you mean {near[0]}:?" if near else f"there are {', '.join(FIELDS)}"
    return _wrong(
        "field",
        f"there is no field {name}: here; {hint} Put words with a colon in quotes.",
        match.start("field"),
        match.end("field"),
        value=name,
        near=near[0] if near else "",
    )


def _wrong(problem: str, reason: str, start: int, end: int, **data: str) -> BadRequest:
    return BadRequest("query", reason, problem=problem, start=start, end=end, **data)


def term_text(field: str, value: str) -> str:
    """How one asks for exactly this: `model:"Starter XL"`, `rating:4`."""
    if FIELDS[field] in (Form.NAME, Form.WORDS):
        return f'{field}:"{quotable(value)}"'
    return f"{field}:{value}"


def split_sentence(text: str) -> tuple[str, str]:
    """The words of `text` that may stand in any text, as one sentence; and what is asked besides.

    `misty harbour rating:>=4 -dog` is ("misty harbour", "rating:>=4 -dog"). Raises `BadRequest` as `parse`.
    """
    terms = [term for clause in parse(text).clauses for term in clause]
    said = [(term.start, term.end) for term in terms if term.words and not term.field and not term.is_not]
    rest, at = "", 0
    for start, end in said:
        rest += text[at:start]
        at = end
    sentence = " ".join(text[start:end].strip('"“”«»*') for start, end in said)
    return sentence, " ".join((rest + text[at:]).split())


def quotable(value: str) -> str:
    """`value` as it can stand in quotes: a name may have some of its own."""
    return value.replace('"', " ").strip()


def toggled(text: str, term: str) -> str:
    """`text` with `term` (as `term_text` writes it) added at its end, or taken out where it is in it."""
    pattern = re.compile(rf"(?<!\S){re.escape(term)}(?!\S)")
    if pattern.search(text):
        return " ".join(pattern.sub(" ", text).split())
    return f"{text.strip()} {term}".strip()


def replaced(text: str, term: str, by: str) -> str:
    """`text` with the term `by` wherever `term` stands in it, also where a minus forbids it; taken out where
    `by` is empty."""
    return re.sub(rf"(?<!\S)(-?){re.escape(term)}(?!\S)", lambda found: found[1] + by if by else "", text)

"""Texts as artists and accidents write them: the whole language of prompts, whole and broken."""

from __future__ import annotations

from hypothesis import strategies as st

WORDS = (
    "a cat", "red", "1.3", "", " ", "12:30", ":", "é", "n\u0303", "日本", "👩\u200d🚀🏽", "\u202eكلب\u202c",
    "שלום", "\u200f(", "\\(", "\\)", "\\[", "\\{", "\\|", "\\\\", "\\AND", "AND", "BREAK", "<lora:ink:0.8>",
    "<lora:", "__colour__", "__no such__", "\n", "\t", "\0", "\ud800", "\N{NO-BREAK SPACE}", "ß", "İ", "ﬁ",
    ",", ".", "$$", "2$$",
)  # fmt: skip
NUMBERS = ("0.5", "1", "8", "-1", ".5", "1e3", "99999999999", "nan", "inf", "", " 0.5 ", "٣", "½")
LONGEST = 100_000


FORMS = (
    "({0})", "[{0}]", "{{{0}}}", "({0}:{2})", "[{0}:{2}]", "[{0}:{1}:{2}]", "[{0}|{1}]", "{{{0}|{1}}}",
    "{{{2}::{0}|a}}", "{{{2}$${0}|a}}", "{0} AND {1}", "{0} :{2} AND {1}", "{0} BREAK {1}", "{0}{1}",
)  # fmt: skip
"""Of two texts and a number."""


@st.composite
def _around(draw: st.DrawFn, inside: st.SearchStrategy[str]) -> str:
    form, number = draw(st.sampled_from(FORMS)), draw(st.sampled_from(NUMBERS))
    return form.format(draw(inside), draw(inside) if "{1}" in form else "", number)


WHOLE = st.recursive(st.sampled_from(WORDS) | st.text(max_size=4), _around, max_leaves=10)
"""Brackets with their partners, as deep as it comes."""


@st.composite
def _broken(draw: st.DrawFn) -> str:
    """A piece is missing, or one too many."""
    text = draw(WHOLE)
    start, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    return text[:start] + draw(st.sampled_from(["", *"()[]{}|:\\<>$_"])) + text[end:]


@st.composite
def _longer(draw: st.DrawFn) -> str:
    """Up to a hundred thousand characters: one text again and again, side by side or within itself."""
    piece = draw(WHOLE | _broken()) or "a"
    most = LONGEST // len(piece)
    times = draw(st.sampled_from([most, most // 2, min(most, 300)]))
    if draw(st.booleans()):
        return piece * times
    before, after = draw(
        st.sampled_from([("(", ":1.1)"), ("[", "]"), ("[a|", "]"), ("[", ":b:3]"), ("{a|", "}")])
    )
    deep = min(times, (LONGEST - len(piece)) // (len(before) + len(after)))
    return before * deep + piece + after * draw(st.sampled_from([deep, max(0, deep - 1), 0]))


SHORT = WHOLE | _broken() | st.text(max_size=40)
LONG = _longer()

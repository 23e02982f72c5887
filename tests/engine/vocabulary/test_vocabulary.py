"""Lists, styles and tags from the artist's folder; what is drawn of them for each picture."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.api.dynamic import draw
from engine.api.edit import Edit, PlacePrompt
from engine.api.errors import BadRequest
from engine.api.request import Branch, GenerationRequest, Sampling
from engine.api.wording import Style, Wording
from engine.vocabulary.styles import chosen, styles
from engine.vocabulary.tags import tag_list
from engine.vocabulary.text_files import BrokenFile
from engine.vocabulary.wildcards import Wildcards
from engine.vocabulary.wording import as_typed, with_words_drawn

STYLES = (Style("Oil", "oil painting of {prompt}", "photo"), Style("Fog", "in {thin|thick} fog"))
COLOURS = {"colour": ("red", "blue", "green", "grey")}.get


def test_lists_come_from_text_yaml_and_json_by_their_folders(tmp_path):
    (tmp_path / "animals").mkdir()
    (tmp_path / "animals" / "cats.txt").write_text("\ufeffa cat\n\n# no cat\n  a lion \n", "utf-8")
    (tmp_path / "Colour.txt").write_bytes("rojo\nmarrón".encode("cp1252"))
    (tmp_path / "trees.yaml").write_text("tall: [oak, pine]\nsmall:\n  round: [box]\n", "utf-8")
    (tmp_path / "sky.json").write_text('["dawn", "dusk"]', "utf-8")
    (tmp_path / "broken.yaml").write_text("a: [b", "utf-8")
    lists = Wildcards(tmp_path)
    assert lists("animals/cats") == ("a cat", "a lion")
    assert lists("colour") == ("rojo", "marrón")
    assert lists("trees/tall") == lists("tall") == ("oak", "pine")
    assert lists("small/round") == ("box",) and lists("sky") == ("dawn", "dusk")
    assert lists("*/cats") == ["a cat", "a lion"] and lists("nothing") is None and lists("no*") is None
    assert lists("../secret") is None
    assert len(lists.faults) == 1 and lists.faults[0].name == "broken.yaml" and lists.faults[0].line
    (tmp_path / "Colour.txt").write_text("a much longer line", "utf-8")
    assert lists("colour") == ("a much longer line",)


def test_lists_are_called_as_the_extension_calls_them_whatever_their_files_are_named(tmp_path):
    (tmp_path / "animals").mkdir()
    (tmp_path / "animals" / "pets.yaml").write_text("cats: [lynx]\n", "utf-8")
    (tmp_path / "Hair colour (new).txt").write_bytes("red\r\nblue\r".encode("utf-16"))
    lists = Wildcards(tmp_path)
    assert lists("animals/cats") == lists("animals/pets/cats") == lists("cats") == ("lynx",)
    assert lists("*cats") == lists("**/cats") == ["lynx"], "once, though it has three names"
    assert lists("hair_colour_new_") == ("red", "blue") and "hair_colour_new_" in lists.names
    assert draw("__hair_colour_new___", 1, lists) in ("red", "blue")


def test_what_yaml_takes_for_times_dates_and_truths_are_words_and_lines_weigh(tmp_path):
    (tmp_path / "w.yaml").write_text(
        "words: [12:30, 2024-01-01, no, 1.50, 1e3, null]\n"
        "w: ['3::red', {text: blue, weight: 0.5}, {content: x}]",
        "utf-8",
    )
    lists = Wildcards(tmp_path)
    assert lists("words") == ("12:30", "2024-01-01", "no", "1.50", "1e3")
    assert lists("w") == ("3::red", "0.5::blue", "x")
    (tmp_path / "s.json").write_text(
        '{"w": [{"text": "red", "weight": 1}, {"text": "b", "weight": 2}]}', "utf-8"
    )
    assert Wildcards(tmp_path)("s/w") == ("red", "2::b")


@pytest.mark.parametrize(
    "written",
    [
        'name,prompt,negative_prompt\r\n"Ink, wet","ink, {prompt},\r\n""thin"" lines",colour\r\n',
        'name;prompt;negative_prompt\n"Ink, wet";"ink, {prompt},\n""thin"" lines";colour\n',
        'name,text\r"Ink, wet","ink, {prompt},\r""thin"" lines"\r',
    ],
    ids=["A1111", "spreadsheet", "A1111 of 2022"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_of_styles_is_read_as_it_may_be_written(tmp_path, written: str, encoding: str):
    (tmp_path / "styles.csv").write_bytes(written.encode(encoding))
    style = next(style for style in styles(tmp_path) if style.name == "Ink, wet")
    assert style.around("a fox") == 'ink, a fox,\n"thin" lines'
    assert style.negative_prompt == ("" if "text" in written else "colour")


def test_an_alias_that_leads_back_to_itself_does_no_harm(tmp_path):
    (tmp_path / "loop.yaml").write_text("a: &a\n  b: *a\n  c: [x]\n", "utf-8")
    bomb = "\n".join(
        ["l0: &l0 {x: []}", *(f"l{n}: &l{n} {{a: *l{n - 1}, b: *l{n - 1}}}" for n in range(1, 40))]
    )
    (tmp_path / "bomb.yaml").write_text(bomb, "utf-8")
    assert Wildcards(tmp_path)("loop/a/c") == ("x",)


def test_styles_come_from_a1111_fooocus_and_our_own(tmp_path):
    (tmp_path / "styles.csv").write_text(
        'name,prompt,negative_prompt\nInk,"ink, {prompt}",colour\nBare,,blurry\nNone,,\n', "utf-8-sig"
    )
    (tmp_path / "fooocus.json").write_text('[{"name": "Neon", "prompt": "{prompt}, neon"}]', "utf-8")
    (tmp_path / "own.yaml").write_text("Snow: in snow\nSun: {prompt: in the sun, titles: {es: Sol}}", "utf-8")
    (tmp_path / "wrong.json").write_text("{", "utf-8")
    faults: list[BrokenFile] = []
    found = {style.name: style for style in styles(tmp_path, faults)}
    assert found["Ink"].around("a fox") == "ink, a fox" and found["Ink"].around_negative("") == "colour"
    assert found["Bare"].around("a fox") == "a fox" and found["Bare"].around_negative("x") == "x, blurry"
    assert found["Neon"].around("a") == "a, neon" and found["Snow"].around("a fox,") == "a fox, in snow"
    assert found["Sun"].titles == {"es": "Sol"} and "None" not in found
    assert "Watercolour" in found, "those that ship"
    (fault,) = faults
    assert fault.line == 1 and fault.told.startswith("wrong.json is no JSON")
    with pytest.raises(BadRequest, match="'Nope'"):
        chosen(["Ink", "Nope"], tuple(found.values()))


def test_tags_are_found_by_their_first_letters_the_most_used_first(tmp_path):
    (tmp_path / "tags.csv").write_text(
        'blue_eyes,0,900,"azure_eyes,blueeye"\nblue_sky,0,400,\nblush,0,950,\n^_^,0,5,\n', "utf-8"
    )
    tags = tag_list(tmp_path)
    assert [tag.name for tag in tags.beginning("blu", 9)] == ["blush", "blue eyes", "blue sky"]
    assert [tag.name for tag in tags.beginning("blue_", 1)] == ["blue eyes"]
    [meant] = tags.beginning("azure", 9)
    assert (meant.name, meant.alias) == ("blue eyes", "azure eyes")
    assert tags.beginning("^_", 9)[0].name == "^_^" and tags.beginning("zzz", 9) == []


def test_each_picture_of_a_batch_draws_its_own_and_can_be_made_alone():
    request = GenerationRequest(
        "toy", "a {red|blue|green|grey} __colour__ fox", images=12, sampling=Sampling(seed=3)
    )
    drawn = with_words_drawn(request, COLOURS, STYLES)
    made = [drawn.one_image(index) for index in range(12)]
    assert len({one.prompt for one in made}) > 4
    assert all(one.written == request.wording and not one.drawn for one in made)
    for index, one in enumerate(made):
        again = with_words_drawn(request.one_image(index), COLOURS, STYLES).one_image(0)
        assert again == one
        assert with_words_drawn(one, COLOURS, STYLES) == one, "what is drawn is drawn once"
        assert one.as_written == request.one_image(index)


def test_styles_are_put_around_and_may_draw_too():
    request = GenerationRequest("toy", "a {red|blue} fox", "text", styles=("Oil", "fog"))
    made = with_words_drawn(request, COLOURS, STYLES).one_image(0)
    assert made.prompt in {
        f"oil painting of a {colour} fox, in {fog} fog"
        for colour in ("red", "blue")
        for fog in ("thin", "thick")
    }
    assert made.negative_prompt == "text, photo" and made.styles == ("Oil", "fog")
    assert made.written == Wording("a {red|blue} fox", "text")
    plain = GenerationRequest("toy", "a fox")
    assert with_words_drawn(plain, COLOURS, STYLES) is plain


def test_the_words_of_places_and_of_a_branch_s_origin_are_drawn_too():
    edit = Edit(places=(PlacePrompt("a {red|blue} door", negative_prompt="{a|b}"),))
    made = with_words_drawn(GenerationRequest("toy", "x", edit=edit), COLOURS, STYLES).one_image(0)
    assert made.edit is not None and made.edit.places[0].prompt in ("a red door", "a blue door")
    origin = GenerationRequest("toy", "a __colour__ fox", images=4, sampling=Sampling(seed=9))
    branch = with_words_drawn(
        replace(origin, prompt="x", images=1, branch=Branch(origin, 2, 3)), COLOURS, STYLES
    )
    assert branch.branch is not None
    assert branch.branch.origin == with_words_drawn(origin, COLOURS, STYLES).one_image(2)


def test_an_error_names_the_field_and_the_place_as_it_was_typed():
    request = GenerationRequest("toy", "a fox", "__nothing__", styles=("Oil",))
    with pytest.raises(BadRequest) as caught:
        with_words_drawn(request, COLOURS, STYLES)
    assert caught.value.field == "negative_prompt" and caught.value.data["start"] == 0


def test_a_picture_s_words_come_back_as_they_were_typed_where_these_still_give_its_own():
    oil = Style("Oil", "{prompt}, in oil")
    typed = GenerationRequest("m", "a {red|blue|green} boat", styles=("Oil",), images=3)
    made = with_words_drawn(typed, known=[oil]).one_image(2)
    assert made.prompt.endswith("in oil")
    again = as_typed(made, known=[oil])
    assert (again.prompt, again.styles, again.written) == (typed.prompt, ("Oil",), None)
    assert with_words_drawn(again, known=[oil]).one_image(0) == made
    for known in ([], [Style("Oil", "{prompt}, in watercolour")]):  # gone, or another by now
        assert as_typed(made, known=known) is made
    plain = GenerationRequest("m", "a boat")
    assert as_typed(plain, known=[]) is plain

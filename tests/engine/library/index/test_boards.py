"""Boards made, renamed, deleted and brought back; what is on them follows."""

from __future__ import annotations

from pathlib import Path

import pytest
from libraries import found, look
from picture_files import a1111, put

from engine.api.errors import BadRequest
from engine.library.index.boards import apply_board, delete_board, make_board, rename_board
from engine.library.index.catalogue import Catalogue
from engine.library.index.query import term_text
from engine.library.marks import read_marks
from engine.library.packets import packet_of


def test_an_empty_board_is_there_until_it_is_undone(catalogue: Catalogue):
    change = make_board(catalogue, "  For the\nwall ")
    assert catalogue.kept.boards() == ["For the wall"]
    apply_board(catalogue, change.undone())
    assert catalogue.kept.boards() == []


def test_a_board_is_made_with_pictures_on_it(catalogue: Catalogue, folder: Path):
    put(folder, one=a1111("one"), two=a1111("two"))
    look(catalogue)
    change = make_board(catalogue, "Best", catalogue.search("one").ids)
    assert found(catalogue, "board:best") == {"one"}
    apply_board(catalogue, change.undone())
    assert not found(catalogue, "board:best")


@pytest.mark.parametrize(("name", "problem"), [("Best", "name_taken"), (" \n", "no_name")])
def test_a_name_that_is_taken_or_none_is_refused(catalogue: Catalogue, name: str, problem: str):
    make_board(catalogue, "Best")
    make_board(catalogue, "Other")
    with pytest.raises(BadRequest) as refused:
        rename_board(catalogue, "Other", name)
    assert refused.value.data["problem"] == problem
    assert catalogue.kept.boards() == ["Best", "Other"]


def test_a_renamed_board_keeps_its_pictures_its_place_and_the_searches_that_ask_for_it(
    catalogue: Catalogue, folder: Path
):
    put(folder, one=a1111("one"), two=a1111("two"))
    look(catalogue)
    make_board(catalogue, "First", catalogue.search("one").ids)
    make_board(catalogue, "Second")
    catalogue.kept.save_search("s", 'dog -board:"First" board:"First one"')
    change = rename_board(catalogue, "First", 'Très "bon"')
    assert catalogue.kept.boards() == ['Très "bon"', "Second"]
    assert found(catalogue, term_text("board", 'Très "bon"')) == {"one"} and not found(
        catalogue, 'board:"First"'
    )
    assert catalogue.kept.searches()[0].query == 'dog -board:"Très  bon" board:"First one"'
    list(catalogue.write_owed())
    assert read_marks(packet_of((folder / "one.png").read_bytes())).boards == ('Très "bon"',)
    apply_board(catalogue, change.undone())
    assert catalogue.kept.boards() == ["First", "Second"] and found(catalogue, 'board:"First"') == {"one"}
    assert catalogue.kept.searches()[0].query == 'dog -board:"First" board:"First one"'


def test_a_deleted_board_leaves_its_pictures_and_comes_back_with_them(catalogue: Catalogue, folder: Path):
    put(folder, one=a1111("one"), two=a1111("two"), three=a1111("three"))
    look(catalogue)
    make_board(catalogue, "First", catalogue.search("one").ids)
    make_board(catalogue, "Second", catalogue.search("").ids)
    trashed = catalogue.search("two").ids.tolist()
    catalogue.forget(trashed)
    change = delete_board(catalogue, "Second")
    assert catalogue.kept.boards() == ["First"] and not found(catalogue, "board:second")
    assert found(catalogue, "board:first") == {"one"} and found(catalogue, "") == {"one", "three"}
    apply_board(catalogue, change.undone())
    catalogue.remember(trashed)
    assert found(catalogue, "board:second") == {"one", "two", "three"}
    assert catalogue.kept.boards() == ["First", "Second"]


def test_a_search_that_was_removed_comes_back_beside_one_that_was_saved_meanwhile(catalogue: Catalogue):
    first = catalogue.kept.save_search("first", "a")
    second = catalogue.kept.save_search("second", "b")
    catalogue.kept.remove_search(first.id)
    catalogue.kept.save_search("third", "c")
    catalogue.kept.change_search(first)
    assert [search.title for search in catalogue.kept.searches()] == ["first", "second", "third"]
    assert second in catalogue.kept.searches()

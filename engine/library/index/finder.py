"""Searches: the numbers of every picture in memory, kept fresh, and the orders in which they were shown."""

from __future__ import annotations

import sqlite3

from engine.library.index import columns as column_store
from engine.library.index import snapshot
from engine.library.index.columns import Columns
from engine.library.index.connections import Connections
from engine.library.index.ordering import Order, Rows, ordered
from engine.library.index.query import Query
from engine.library.index.search import Found, matching
from engine.library.index.text_ranks import TextRanks


class Finder:
    """Any thread. What is kept here serves until the index changes, by whomever."""

    def __init__(self, index: Connections) -> None:
        self._index = index
        self._columns: Columns | None = None
        self._generation = 0
        """Of the columns."""
        self._orders: dict[Order, Rows] = {}
        self._texts: dict[Order, TextRanks] = {}

    def columns(self) -> Columns:
        """The numbers of every picture as they are now."""
        with self._index.reading() as connection:
            return self._fresh(connection)

    def find(self, query: Query, order: Order) -> Found:
        """Ids of the pictures that `query` asks for."""
        with self._index.reading() as connection:
            columns = self._fresh(connection)
            if order not in self._orders:
                self._orders[order] = ordered(order, columns, connection, self._texts)
            rows = self._orders[order]
            rows = rows[matching(query, columns, connection)[rows]]
        rows.setflags(write=False)
        return Found(query, order, columns, rows)

    def keep_columns(self) -> None:
        """Beside the index, for the next start; where much changed since the last time. Raises nothing but
        `UnreadableFile`."""
        path = self._index.path
        with self._index.reading() as connection:
            if self._index.is_read_only or snapshot.is_near(path, connection):
                return
            name, columns = snapshot.name_of(connection), self._fresh(connection)
        snapshot.keep(path, name, columns)

    def _fresh(self, connection: sqlite3.Connection) -> Columns:
        old = self._columns if self._generation == self._index.generation else None
        if old is None:
            self._texts = {}
            old = snapshot.load(self._index.path, connection)
        new = column_store.load(connection) if old is None else column_store.refreshed(old, connection)
        if new is not self._columns:
            self._columns, self._generation, self._orders = new, self._index.generation, {}
        return new

"""Which names were met before, in so few bytes that a hundred million of them fit into memory."""

from __future__ import annotations

import hashlib
from array import array

_FIRST = 1024
"""Slots of an empty table; a power of two, as all its sizes are."""


class Seen:
    """A set of names that keeps eight bytes of each and no name: 11 to 23 bytes with the room between them.

    Two of a hundred million names are taken for one with a chance of one in four thousand.
    """

    def __init__(self) -> None:
        self._slots = array("Q", bytes(8 * _FIRST))
        self._count = 0

    def __contains__(self, name: str) -> bool:
        return bool(self._slots[self._place(_key(name))])

    def __len__(self) -> int:
        return self._count

    def add(self, name: str) -> bool:
        """Remember a name; tell whether it is new."""
        key = _key(name)
        place = self._place(key)
        if self._slots[place]:
            return False
        self._slots[place] = key
        self._count += 1
        if 10 * self._count > 7 * len(self._slots):
            self._grow()
        return True

    def _place(self, key: int) -> int:
        """Where a key stands, or the empty slot where it would."""
        slots = self._slots
        last = len(slots) - 1
        place = key & last
        while slots[place] and slots[place] != key:
            place = (place + 1) & last
        return place

    def _grow(self) -> None:
        before = self._slots
        self._slots = array("Q", bytes(16 * len(before)))
        for key in before:
            if key:
                self._slots[self._place(key)] = key


def _key(name: str) -> int:
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) or 1  # nothing is an empty slot

"""USD's text format (.usda), as far as cameras need it: the tree of prims, and where their attributes' values begin.

A first pass finds prims and attributes and steps over values; only those of the camera and what it hangs on are then parsed.
So a file with millions of mesh points costs a scan. References, variants and other layers are noticed and not followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from .usd_scan import MAX_NESTING, WORD, Scanner
from .values import printable

MAX_PRIMS = 200_000
MAX_NAME = 1000

ABROAD = re.compile(r"\b(?:references|payload|inherits|specializes)\s*=")


@dataclass(eq=False)
class Prim:
    """One prim of the tree."""

    name: str
    kind: str
    """def, over or class."""
    type: str
    parent: Prim | None
    refers: bool = False
    """Whether some of it lies elsewhere: a reference, a payload, an inherited class, a variant."""
    attributes: dict[str, int] = field(default_factory=dict)
    """Name -> where its value begins; ``name.timeSamples`` apart from ``name``."""

    @property
    def path(self) -> str:
        """Its names from the root, such as /World/Camera."""
        return "/".join(["", *(prim.name for prim in reversed(self.lineage()))])

    def lineage(self: Prim) -> list[Prim]:
        """The prim and its parents, the root last."""
        line: list[Prim] = [self]
        while line[-1].parent is not None:
            line.append(line[-1].parent)
        return line


class Layer(Scanner):
    """A layer's prims and metadata. Raises RaxelError with the line of what is no USD."""

    def __init__(self, text: str, wanted: Callable[[str], bool]) -> None:
        """Find the prims, and those attributes whose names are wanted."""
        super().__init__(text)
        self.prims: list[Prim] = []
        self.metadata: dict[str, int] = {}
        self._wanted = wanted
        self._at = text.find("\n") if "\n" in text else len(text)
        self._skip_space()
        if self._peek() == "(":
            self._at += 1
            self._statements(self.metadata, ")")
        self._tree()

    def _tree(self) -> None:
        """All prims, by a stack of those that are open."""
        opened: list[Prim] = []
        while True:
            self._skip_space()
            self._step()
            if self._at >= len(self.text):
                if opened:
                    self._wrong(f"ends inside {printable(opened[-1].path, 60)}; was the file cut off?")
                return
            if self._peek() == "}":
                if not opened:
                    self._wrong("closes a bracket that was not opened")
                self._at += 1
                opened.pop()
                continue
            word = self._word()
            if word in ("def", "over", "class"):
                opened.append(self._prim(word, opened))
            elif word == "variantSet" and opened:
                opened[-1].refers = True
                self._until_bracket()
                self._skip_value()
            else:
                self._statement(word, opened[-1].attributes if opened else {})

    def _prim(self, kind: str, opened: list[Prim]) -> Prim:
        """A prim's head, up to the bracket of its body."""
        self._skip_space()
        type = "" if self._peek() in "\"'" else self._word()
        self._skip_space()
        name = self._quoted()
        parent = opened[-1] if opened else None
        if len(opened) >= MAX_NESTING or len(self.prims) >= MAX_PRIMS:
            self._wrong(f"holds more than {MAX_PRIMS} prims, or more than {MAX_NESTING} inside each other")
        if len(name) > MAX_NAME:
            self._wrong(f"has a prim whose name has {len(name)} characters; at most {MAX_NAME} are read")
        prim = Prim(name, kind, type, parent)
        self._skip_space()
        if self._peek() == "(":
            start = self._at
            self._skip_value()
            prim.refers = ABROAD.search(self.text, start, self._at) is not None
            self._skip_space()
        if self._peek() != "{":
            self._wrong(f"has no body for {printable(prim.path, 60)}; was the file cut off?")
        self._at += 1
        self.prims.append(prim)
        return prim

    def _statements(self, into: dict[str, int], end: str) -> None:
        """``name = value`` up to a closing bracket; lone strings are comments."""
        while True:
            self._skip_space()
            self._step()
            here = self._peek()
            if here == "":
                self._wrong("ends inside brackets; was the file cut off?")
            if here == end:
                self._at += 1
                return
            if here in "\"'":
                self._quoted()
            else:
                self._statement(self._word(), into)

    def _statement(self, word: str, into: dict[str, int]) -> None:
        """One property or metadatum: words of which the last is its name, a value, metadata of its own."""
        self._blank()
        while (match := WORD.match(self.text, self._at)) is not None:
            self._step()
            word = match[0]
            self._at = match.end()
            self._blank()
        if self._peek() == "=":
            self._at += 1
            self._skip_space()
            if self._wanted(word):
                into[word] = self._at
            self._skip_value()
            self._blank()
        if self._peek() == "(":
            self._skip_value()

"""The words, values and brackets of USD's text format; `usd_text` makes prims of them.

Steps and values are counted, and nothing is looked at twice: a file of 60 MB that means harm is refused within seconds.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from ..errors import RaxelError

MAX_NESTING = 256
MAX_STEPS = 1_000_000
"""Most prims, words and brackets that are stepped over: some seconds' worth."""
MAX_VALUES = 2_500_000
"""Most values that are parsed for one camera: 100 000 matrices with their rows and times are 2.2 million."""

BLANKS = re.compile(r"[\s;,]*")
"""Commas and semicolons only separate, and may trail; they carry nothing that the brackets do not."""
COMMENT = re.compile(r"#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
WORD = re.compile(r"[\w:.!]+(?:\[\])?")
NUMBER = re.compile(r"[-+]?(?:(?:inf|nan)(?!\w)|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
OPAQUE = re.compile(r"@@@.*?@@@|@[^@\n]*@|<[^<>\n]*>", re.DOTALL)
"""Names of files and paths."""
FLAT = re.compile(r"\[[^\[\]{}\"'@<#/]*\]|\([^\[\](){}\"'@<#/]*\)")
"""A list without quotes or lists inside; the usual long one, of numbers and of tuples of them."""
PLAIN_SAMPLES = re.compile(r"\{[\d\s.,:()\[\]+eE-]*\}")
BRACKETS = str.maketrans("()[],", "     ")
STOP = re.compile(r"[\[\](){}\"'@<#/]")


class Scanner:
    """A place in a text, and what stands there. Raises RaxelError with the line of what is no USD."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._at = self._steps = self._values = 0

    def value(self, at: int) -> Any:
        """The value that begins there: numbers, strings, tuples and lists as lists, dictionaries and samples as dicts."""
        self._at = at
        self._skip_space()
        return self._parsed(0)

    def plain_samples(self, at: int, size: int) -> tuple[list[float], list[list[float]]] | None:
        """Times and rows of ``size`` numbers of samples that are nothing but those; None leaves them to `value`.

        The same as `value`, ten times as fast.
        """
        match = PLAIN_SAMPLES.match(self.text, at)
        if match is None:
            return None
        pieces = match[0][1:-1].translate(BRACKETS).split(":")
        self._count((len(pieces) - 1) * (size + 1))
        words = [
            piece.split() for piece in pieces
        ]  # a time, then row by row with the next one's time behind it
        if len(words) < 2 or len(words[0]) != 1 or len(words[-1]) != size:
            return None
        if any(len(row) != size + 1 for row in words[1:-1]):
            return None
        try:
            rows = [[float(word) for word in row] for row in words[1:]]
            times = [float(words[0][0]), *(row.pop() for row in rows[:-1])]
        except ValueError:
            return None
        return (times, rows) if len(set(times)) == len(times) else None

    def _parsed(self, depth: int) -> Any:
        self._count(1)
        here = self._peek()
        if depth > 8:
            self._wrong("nests a value deeper than cameras need")
        if here in ("[", "("):
            return self._sequence("]" if here == "[" else ")", depth)
        if here == "{":
            return self._mapping(depth)
        if here in ('"', "'"):
            return self._quoted()
        if (match := NUMBER.match(self.text, self._at)) is not None:
            self._at = match.end()
            return float(match[0])
        if (match := OPAQUE.match(self.text, self._at)) is not None:
            self._at = match.end()
            return match[0]
        return self._word()

    def _count(self, values: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise RaxelError(f"the camera's animation holds more than {MAX_VALUES} values; cut it into parts")

    def _sequence(self, end: str, depth: int) -> list[Any]:
        self._at += 1
        items = []
        while self._more(end):
            items.append(self._parsed(depth + 1))
        return items

    def _mapping(self, depth: int) -> dict[Any, Any]:
        """Time samples, ``number: value``, or a dictionary, ``type name = value``."""
        self._at += 1
        items: dict[Any, Any] = {}
        while self._more("}"):
            key = self._parsed(depth + 1)
            self._skip_space()
            while self._peek() not in (":", "=", ""):
                key = self._parsed(depth + 1)
                self._skip_space()
            self._at += 1
            self._skip_space()
            items[key if isinstance(key, float) else str(key)[:100]] = self._parsed(depth + 1)
        return items

    def _more(self, end: str) -> bool:
        """Whether something comes before a closing bracket, which is taken."""
        self._skip_space()
        here = self._peek()
        if here == end:
            self._at += 1
            return False
        if here == "" or here in ")]}":
            self._wrong("does not close a bracket where it should; was the file cut off?")
        return True

    def _skip_value(self) -> None:
        """Step over a value without building it."""
        here = self._peek()
        if here in ("[", "(", "{"):
            self._skip_brackets()
        elif here in ('"', "'"):
            self._quoted()
        elif (match := OPAQUE.match(self.text, self._at) or NUMBER.match(self.text, self._at)) is not None:
            self._at = match.end()
        else:
            self._word()

    def _skip_brackets(self) -> None:
        depth = 0
        while True:
            self._step()
            stop = STOP.search(self.text, self._at)
            if stop is None:
                self._wrong("does not close a bracket; was the file cut off?")
            self._at = stop.start()
            here = stop[0]
            if here in "\"'":
                self._quoted()
            elif here in "#/":
                comment = COMMENT.match(self.text, self._at)
                self._at = comment.end() if comment else self._at + 1
            elif here in "@<":
                opaque = OPAQUE.match(self.text, self._at)
                self._at = opaque.end() if opaque else self._at + 1
            elif here in "])}":
                depth -= 1
                self._at += 1
            elif (flat := FLAT.match(self.text, self._at)) is not None:
                self._at = flat.end()
            else:
                depth += 1
                self._at += 1
            if depth <= 0:
                return
            if depth > MAX_NESTING:
                self._wrong(f"nests more than {MAX_NESTING} brackets")

    def _until_bracket(self) -> None:
        found = self.text.find("{", self._at)
        if found < 0:
            self._wrong("has a variant set without a body; was the file cut off?")
        self._at = found

    def _quoted(self) -> str:
        """A string, quoted once or three times; escapes stay as they are, for no name or number needs them."""
        quote = self._peek()
        if quote not in ("'", '"'):
            self._wrong(f"has {self.text[self._at : self._at + 12]!r} where a quoted name should stand")
        mark = quote * 3 if self.text.startswith(quote * 3, self._at) else quote
        start = self._at + len(mark)
        end = self.text.find(mark, start)
        while end >= 0 and self._escaped(end):
            self._step()
            end = self.text.find(mark, end + 1)
        if end < 0 or (len(mark) == 1 and self.text.find("\n", start, end) >= 0):
            self._wrong("does not close a quote; was the file cut off?")
        self._at = end + len(mark)
        return self.text[start:end]

    def _escaped(self, at: int) -> bool:
        before = at
        while self.text[before - 1] == "\\":
            before -= 1
        return (at - before) % 2 == 1

    def _word(self) -> str:
        match = WORD.match(self.text, self._at)
        if match is None:
            self._wrong(f"has {self.text[self._at : self._at + 12]!r} where a name should stand")
        self._at = match.end()
        return match[0]

    def _peek(self) -> str:
        return self.text[self._at : self._at + 1]

    def _skip_space(self) -> None:
        self._skip(BLANKS)
        while self._skip(
            COMMENT
        ):  # one by one: repeated inside the pattern, ten million of them take gigabytes
            self._step()
            self._skip(BLANKS)

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self._at)
        self._at = match.end() if match else self._at
        return match is not None

    def _blank(self) -> None:
        """Step over blanks of this line: a property ends where its line does."""
        while self._peek() in (" ", "\t"):
            self._at += 1

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise RaxelError(f"this USD holds more than {MAX_STEPS} parts; export the camera alone")

    def _wrong(self, what: str) -> NoReturn:
        raise RaxelError(f"line {self.text.count(chr(10), 0, self._at) + 1} {what}")

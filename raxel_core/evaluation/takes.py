"""Takes of one shot against the path that was asked for: which is the best, and whether another one is wanted."""

from __future__ import annotations

from dataclasses import dataclass, field

from .compare import Comparison, Tolerance
from .compare_words import in_short, in_words


@dataclass
class Takes:
    """Takes in the order in which they are made; the caller keeps the pictures of the best one only."""

    tolerance: Tolerance
    seeds: list[int] = field(default_factory=list)
    comparisons: list[Comparison | None] = field(default_factory=list)
    """One a take; None where no camera was found in it."""
    kept: int | None = None
    """The best take: the frame that is farthest off is less far off than in any other, in tolerances."""

    def add(self, seed: int, comparison: Comparison | None) -> bool:
        """Note a take. True where it is the best so far."""
        self.seeds.append(seed)
        self.comparisons.append(comparison)
        if comparison is None or (
            self.kept is not None and self._worst(comparison) >= self._worst(self.best)
        ):
            return False
        self.kept = len(self.comparisons) - 1
        return True

    @property
    def best(self) -> Comparison:
        """Of the kept take; there must be one."""
        comparison = None if self.kept is None else self.comparisons[self.kept]
        assert comparison is not None, "no take was kept"
        return comparison

    @property
    def others(self) -> list[Comparison]:
        """Of the takes that were not kept and in which a camera was found."""
        return [c for index, c in enumerate(self.comparisons) if c is not None and index != self.kept]

    @property
    def within(self) -> bool:
        """Whether the kept take is within the tolerance."""
        return self.kept is not None and self.tolerance.holds(self.best)

    def line(self, index: int) -> str:
        """One take in a line."""
        comparison = self.comparisons[index]
        found = "no camera was found" if comparison is None else in_short(comparison)
        return f"take {index + 1}, seed {self.seeds[index]}: {found}"

    def report(self) -> str:
        """The kept take in words, then every take in a line."""
        lines = [self.line(index) + ", kept" * (index == self.kept) for index in range(len(self.seeds))]
        return "\n".join([in_words(self.best, self.tolerance), *lines])

    def _worst(self, comparison: Comparison) -> float:
        return float(self.tolerance.excess(comparison).max())

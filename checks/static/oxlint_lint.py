"""One of oxlint's rules as we use it: what it means to us, code it complains about, code it accepts."""

from __future__ import annotations

from dataclasses import dataclass

from checks.check import Example, Rule


@dataclass(frozen=True)
class Lint:
    """A rule with code that has the defect, the line of it, and the same code without it."""

    rule: Rule
    bad: str
    line: int
    good: str
    suffix: str = "js"

    @property
    def fires(self) -> Example:
        """Return the example in which a new file brings the defect."""
        path = f"src/{self.rule.slug}.{self.suffix}"
        return Example(f"{self.rule.slug} in a new file", {path: self.bad}, fires=((self.rule.slug, path, self.line),))


def accepted(name: str, lints: tuple[Lint, ...]) -> Example:
    """Return one silent example made of the good code of many rules, a file each."""
    return Example(name, {f"src/{lint.rule.slug}.{lint.suffix}": lint.good for lint in lints})

"""Which modules an import may name: the standard library, the tree's own, and what it depends on already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kb.facts.model import Facts
from kb.graph.python_modules import PythonModules, folder_of
from kb.graph.python_standard import EVER_STANDARD
from models.constraints.sanitise import names_of

if TYPE_CHECKING:
    from kb.graph.code import Code
    from kb.view import Entry


class _Tree:
    """A `kb.graph.tree.Tree` of a `Code`."""

    def __init__(self, code: Code) -> None:
        self._code = code

    @property
    def entries(self) -> Mapping[str, Entry]:
        return self._code.view.entries

    def facts(self, path: str) -> Facts:
        return self._code.facts(path)

    def data(self, path: str) -> bytes:
        return self._code.source(path).data


def importable(path: str, code: Code) -> tuple[str, ...]:
    """Return the names that an absolute import in a Python file may begin with, in order of the alphabet.

    What any file of the tree imports counts: a dependency that nobody declares is still one.
    """
    modules = PythonModules(_Tree(code))
    tops = set(EVER_STANDARD) | set(modules.declared)
    for root in modules.near(folder_of(path)):
        for one in modules.files:
            if one.startswith(root):
                tops.add(one[len(root) :].partition("/")[0].removesuffix(".pyi").removesuffix(".py"))
    for question in code.graph.module_questions():
        name = question.partition("@")[0]
        if name and not name.startswith("."):
            tops.add(name.partition(".")[0])
    tops |= {row.module.partition(".")[0] for row in code.facts(path).imports if not row.level}
    return names_of(tops)

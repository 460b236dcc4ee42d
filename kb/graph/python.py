"""The linker of Python: what the names of one file lead to, across the files of its tree.

A name is looked for where Python looks: the scopes around it, the module, what it imports, what those modules import
in their turn, stars, builtins; an attribute on the class and its bases in C3's order. What a variable is worth comes
from its annotation, or from what it is assigned if all assignments agree. Whatever is dynamic is answered "unknown".
"""

from __future__ import annotations

import weakref

from kb.graph.build import LinkedFileBuilder
from kb.graph.code import Resolved
from kb.graph.model import LinkedFile
from kb.graph.python_link import FileLinker
from kb.graph.python_memo import asked_by
from kb.graph.python_place import resolved_at
from kb.graph.python_resolve import Resolver
from kb.graph.tree import Tree


class PythonLinker:
    """Links the Python files of one tree. It remembers what it worked out: make one for each tree."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._resolver = Resolver(tree)
        weakref.finalize(self, self._resolver.forget).atexit = False  # its parts know each other, and would stay

    def link(self, path: str) -> LinkedFile:
        """Return the nodes of a file and where its references lead; never raises, whatever the file holds."""
        builder = LinkedFileBuilder(path, self._tree.facts(path))
        if builder.facts.scopes:
            begun = self._resolver.memo.begin()
            FileLinker(self._resolver, builder).run()
            builder.asked |= {question for question in asked_by(begun) if question.path != path}
        return builder.done()

    def answer(self, module: str) -> str:
        """Return the path that a module key leads to, "" for none; see `PythonModules.answer`."""
        return self._resolver.modules.answer(module)

    def resolve(self, path: str, offset: int) -> Resolved:
        """Return what the name at a byte offset of a file leads to; no nodes where that is not known."""
        self._resolver.memo.begin()
        return resolved_at(self._resolver, self._tree.data(path), path, offset)

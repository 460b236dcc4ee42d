"""Where an imported Python module comes from: this repository, the standard library, a dependency, or nowhere known."""

from __future__ import annotations

from functools import cached_property

from kb.graph.python_distributions import is_brought_by
from kb.graph.python_modules import Found, PythonModules
from kb.graph.python_projects import declares_dependencies, mentioned_distributions, oldest_python
from kb.graph.python_standard import EVER_STANDARD, is_standard
from kb.graph.tree import Tree

STANDARD, DECLARED, UNDECLARED, UNKNOWN = "stdlib", "declared", "undeclared", "unknown"
_ALWAYS_THERE = frozenset({"setuptools", "pip", "pkg_resources", "wheel", "typing_extensions", "__main__", "test"})


class Origins:
    """Answers `origin_of` for one tree. Knows only what the project files say, as text."""

    def __init__(self, tree: Tree, modules: PythonModules | None = None) -> None:
        self._tree = tree
        self._modules = modules or PythonModules(tree)

    @cached_property
    def distributions(self) -> frozenset[str]:
        """The normalised names of the declared dependencies, and of whatever else looks like one."""
        return mentioned_distributions(self._tree)

    @cached_property
    def oldest(self) -> tuple[int, int] | None:
        """The oldest Python the project declares, None if it does not say."""
        return oldest_python(self._tree)

    @cached_property
    def declares(self) -> bool:
        """Whether the project declares dependencies at all; if not, nothing is undeclared."""
        return declares_dependencies(self._tree)

    def origin_of(self, module: str, importer: str) -> str:
        """Return a path of the repository, "stdlib", "declared", "undeclared" or "unknown".

        "undeclared" means: neither ours nor standard, and the project declares dependencies, but none that could
        bring it, directly. A dependency of a dependency may still bring it.
        """
        place = self._modules.place(module, importer.rpartition("/")[0] + "/" if "/" in importer else "")
        if place.path:
            return place.path
        if place.found is not Found.OUTSIDE or module.startswith("."):
            return UNKNOWN
        top = module.partition(".")[0]
        if top in EVER_STANDARD:
            return STANDARD if is_standard(top, self.oldest) else UNKNOWN
        if top in _ALWAYS_THERE:
            return UNKNOWN
        if is_brought_by(top, self.distributions):
            return DECLARED
        return UNDECLARED if self.declares else UNKNOWN

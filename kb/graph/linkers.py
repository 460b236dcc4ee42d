"""Which linker resolves the references of which language."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from kb.graph.tree import Linker, Tree

# family -> (module, class made with the tree); imported when the first file of the family is linked
LINKERS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "python": ("kb.graph.python", "PythonLinker"),
        "javascript": ("kb.graph.javascript", "JavaScriptLinker"),
        "other": ("kb.graph.other", "OtherLinker"),
    }
)
_FAMILIES = {"python": "python", "javascript": "javascript", "typescript": "javascript", "tsx": "javascript"}


def family_of(language: str) -> str:
    """Return the family whose linker links files of a language: a key of LINKERS."""
    return _FAMILIES.get(language, "other")


def linker_for(family: str, tree: Tree) -> Linker:
    """Return a new linker of this family for one tree."""
    module, name = LINKERS[family]
    linker: Linker = getattr(import_module(module), name)(tree)
    return linker

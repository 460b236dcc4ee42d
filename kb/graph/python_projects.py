"""What a Python project says about itself: where its source lies, what it needs, for which Python it is.

Project files are read as text, never executed: a `setup.py` is searched for what looks like the answer. What is found
this way is used to recognise, never to accuse. Patterns have bounded repeats, since the texts may be hostile.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.graph.python_distributions import modules_of, normalised
from kb.graph.tree import Tree

PROJECT_FILES = ("pyproject.toml", "setup.cfg", "setup.py")
MAX_FILES = 200  # project and requirements files that are read; a tree with more is no project of its own
MAX_WORD = 200  # letters of a requirement that are looked at
_QUOTED = r"""["']([^"'\n]{0,100})["']"""
_SOURCES = re.compile(
    r"""(?:package[_-]dir|where|from|pythonpath)["']?\s{0,20}[=:]\s{0,20}(?:\{[^}\n]{0,200}|\[[^\]]{0,200}|"""
    + _QUOTED
    + ")"
)
_PLAIN_SOURCES = re.compile(
    r"^(?:package_dir|where|pythonpath)[ \t]{0,20}=((?:\s{0,20}=?[ \t]{0,20}[\w./-]{1,100}\n?){1,4})", re.M
)
_LISTS = re.compile(r"""(?i)(?:require|depend|packages)[\w-]{0,40}["']?\s{0,20}[=:]\s{0,20}[\[({][^\])}]{0,20000}""")
_SECTION = re.compile(r"\s{0,20}\[{1,2}([^\]\n]{1,100})\]")
_PLAIN_LIST = re.compile(r"(?i)(?:\w{0,40}requires?|dependencies|deps)[ \t]{0,20}=(.{0,200})")
_KEY = re.compile(r"""["']?([A-Za-z0-9][\w.-]{0,100})["']?[ \t]{0,20}=""")
_REQUIREMENT = re.compile(
    r"\s{0,20}([A-Za-z0-9][A-Za-z0-9._-]{0,100})\s{0,20}(?:\[[^\]]{0,100}\])?\s{0,20}(?=$|[<>=!~;@,(#\s])"
)
_FIRST_WORD = re.compile(r"""^[ \t"'-]{0,20}([A-Za-z0-9][\w.-]{0,100})""", re.M)
_ITEM = re.compile(r"^[ \t]{0,20}-[ \t]{0,20}([A-Za-z0-9][\w.-]{0,100})", re.M)
_PYTHON = re.compile(
    r"""(?:requires-python|python_requires|(?m:^)[ \t]{0,20}python)[ \t]{0,20}=[ \t]{0,20}["']?([^"'\n]{1,60})"""
)
_LOWEST = re.compile(r"(?:>=|\^|~=|==|>)\s{0,5}(\d{1,3})\.(\d{1,3})")


def source_folders(folder: str, data: bytes) -> Iterator[str]:
    """Yield the folders that a project file in `folder` names as places of source, whether they exist or not."""
    text = data.decode("utf-8", "replace")
    named = [word for match in _SOURCES.finditer(text) for word in re.findall(_QUOTED, match.group())]
    named += [word.lstrip("=") for match in _PLAIN_SOURCES.finditer(text) for word in match.group(1).split()]
    for word in named:
        path = word.strip().removeprefix("./").rstrip("/")
        if path and path != "." and ".." not in path.split("/") and not path.startswith("/"):
            yield f"{folder}{path}/"


def declared_modules(tree: Tree) -> frozenset[str]:
    """Return the top modules that the declared dependencies bring, those of extras, tests and builds included."""
    found: set[str] = set()
    for path, text in _declaring(tree):
        found.update(_named(_required(path, text)))
    return frozenset(module for name in found for module in modules_of(name))


def mentioned_distributions(tree: Tree) -> frozenset[str]:
    """Return the normalised form of every word that might be a dependency's name in a file that declares some."""
    found: set[str] = set()
    for _, text in _declaring(tree):
        found.update(_named(re.findall(_QUOTED, text)))
        found.update(_named(_FIRST_WORD.findall(text)))
    return frozenset(found)


def declares_dependencies(tree: Tree) -> bool:
    """Return whether any file of the tree declares dependencies at all."""
    return any(
        not path.endswith(PROJECT_FILES) or re.search(r"dependencies|install_requires|packages\]", text)
        for path, text in _declaring(tree)
    )


def oldest_python(tree: Tree) -> tuple[int, int] | None:
    """Return the oldest Python that the project at the top of the tree supports, None if it does not say."""
    for name in (*PROJECT_FILES, "Pipfile"):
        if name in tree.entries:
            said = _PYTHON.search(tree.data(name).decode("utf-8", "replace"))
            lowest = _LOWEST.search(said.group(1)) if said else None
            if lowest:
                return int(lowest.group(1)), int(lowest.group(2))
    return None


def _named(words: list[str]) -> Iterator[str]:
    for word in words:
        if match := _REQUIREMENT.match(word[:MAX_WORD]):
            yield normalised(match.group(1))


def _required(path: str, text: str) -> list[str]:
    """Return what a file declares, each as written: a name, often with versions behind it."""
    last = path.rpartition("/")[2]
    if last.endswith((".txt", ".in")):
        return text.splitlines()
    if last.endswith((".yml", ".yaml")):
        return _ITEM.findall(text)
    if last.endswith((".cfg", ".ini")):
        return list(_plain_lists(text))
    words = [word for match in _LISTS.finditer(text) for word in re.findall(_QUOTED, match.group())]
    if last.endswith(".toml") or last == "Pipfile":
        words += _tables(text)
    return words


def _plain_lists(text: str) -> Iterator[str]:
    """Yield the lines below `install_requires =` and the like, and of the extras."""
    extras = inside = False
    for line in text.splitlines():
        if section := _SECTION.match(line):
            extras, inside = "extras_require" in section.group(1), False
        elif line[:1].strip():
            opened = _PLAIN_LIST.match(line)
            inside = extras or opened is not None
            if opened:
                yield opened.group(1)
            elif extras:
                yield line.partition("=")[2]
        elif inside:
            yield line


def _tables(text: str) -> Iterator[str]:
    """Yield the keys and quoted words of the tables of dependencies in a TOML file."""
    inside = False
    for line in text.splitlines():
        if section := _SECTION.match(line):
            inside = "depend" in section.group(1) or "packages" in section.group(1)
        elif inside:
            key = _KEY.match(line)
            yield from [key.group(1)] if key else []
            yield from re.findall(_QUOTED, line[:2000])


def _declaring(tree: Tree) -> Iterator[tuple[str, str]]:
    """Yield the files that declare dependencies with their texts, the topmost first."""
    paths = sorted((path for path in tree.entries if _declares(path)), key=lambda path: (path.count("/"), path))
    for path in paths[:MAX_FILES]:
        yield path, tree.data(path).decode("utf-8", "replace")


def _declares(path: str) -> bool:
    last = path.rpartition("/")[2]
    if last in PROJECT_FILES or last in ("Pipfile", "tox.ini"):
        return True
    if last in ("environment.yml", "environment.yaml", "conda.yml", "meta.yaml"):
        return True
    return last.endswith((".txt", ".in")) and any(word in path.lower() for word in ("require", "constraint", "deps"))

"""Functions of Python packages, as folders or as archives, read and never run.

A model has read most of what is published. `known` are earlier releases: a function that is in them too, under
whatever name, is left out, so that what is left is newer than the model.
"""

from __future__ import annotations

import ast
import tarfile
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.errors import UserError

LINES = range(4, 41)  # of a function: shorter ones say too little, longer ones do not fit a small model's window
_MOST_BYTES = 400_000  # of one file: larger ones are tables or generated
_ARCHIVE_BYTES = 200 * 2**20  # read of one archive, whatever it claims to hold
_SKIPPED = ("test", "tests", "testing", "docs", "doc", "examples", "benchmarks", "_vendor", "vendor", "vendored")


@dataclass(frozen=True)
class Function:
    """One function of one file. `start` and `end` are byte offsets of its lines, decorators left out."""

    path: str  # "package-1.0/src/package/a.py"
    symbol: str  # dotted name in the file
    data: bytes  # the whole file
    start: int
    end: int


def functions_in(sources: Sequence[Path], known: Sequence[Path] = ()) -> list[Function]:
    """Return the functions of 4 to 40 lines in folders or archives, sorted, equal ones once, none that is `known`.

    Raises UserError for a source that cannot be read or holds no function.
    """
    seen = {shape for path in known for _, data in files_in(path) for shape in _shapes(data)}
    found: list[Function] = []
    for path in sources:
        before = len(found)
        for name, data in files_in(path):
            for function, shape in _functions(name, data):
                if shape not in seen:
                    seen.add(shape)
                    found.append(function)
        if len(found) == before and not known:
            raise UserError(f"{path} holds no Python function of {LINES.start} to {LINES.stop - 1} lines")
    return found


def files_in(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of the Python files in a folder or an archive, in the order of names; tests left out.

    Archives are read in memory: nothing is unpacked, links are not followed, names that lead elsewhere are left out.
    Raises UserError.
    """
    try:
        if path.is_dir():
            yield from _of_folder(path)
        elif path.suffix in (".zip", ".whl"):
            yield from _of_zip(path)
        else:
            yield from _of_tar(path)
    except (OSError, tarfile.TarError, zipfile.BadZipFile, EOFError, RuntimeError) as error:
        said = " ".join(str(error).split())[:200]
        raise UserError(f"{path} is neither a folder nor an archive that can be read: {said}") from error


def _of_folder(path: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(path.rglob("*.py")):
        name = file.relative_to(path.parent).as_posix()
        if file.is_file() and not file.is_symlink() and _is_wanted(name, file.stat().st_size):
            yield name, file.read_bytes()


def _of_zip(path: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(path) as archive:
        total = 0
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            if _is_wanted(info.filename, info.file_size) and total < _ARCHIVE_BYTES:
                with archive.open(info) as file:
                    data = file.read(_MOST_BYTES)
                total += len(data)
                yield info.filename, data


def _of_tar(path: Path) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(path) as archive:
        wanted: dict[str, bytes] = {}
        total = 0
        for info in archive:
            total += info.size
            if total > _ARCHIVE_BYTES:
                break
            file = archive.extractfile(info) if info.isreg() and _is_wanted(info.name, info.size) else None
            if file is not None:
                wanted[info.name] = file.read(_MOST_BYTES)
    yield from sorted(wanted.items())


def _is_wanted(name: str, size: int) -> bool:
    """Return whether a file is Python worth reading, under a name that leads nowhere else: archives say anything."""
    parts = name.lower().split("/")
    if {"", ".", "..", ".git"} & set(parts) or "\\" in name or "\0" in name:
        return False
    is_test = parts[-1].startswith("test_") or parts[-1] in ("conftest.py", "setup.py")
    return parts[-1].endswith(".py") and size < _MOST_BYTES and not is_test and not set(parts[:-1]) & set(_SKIPPED)


def _functions(name: str, data: bytes) -> Iterator[tuple[Function, str]]:
    """Yield the functions of a file that hold no other function, with what they say."""
    tree = parsed(data)
    if tree is None:
        return
    starts = [0]
    for line in data.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node, symbol in _definitions(tree, ()):
        if not isinstance(node, ast.ClassDef) and _is_worth_it(node):
            end = starts[min(node.end_lineno or 0, len(starts) - 1)]
            yield Function(name, symbol, data, starts[node.lineno - 1], end), _shape(node)


def parsed(data: bytes) -> ast.Module | None:
    """Return the tree of a file, None for what is no Python of this version, or in an encoding of its own."""
    if data.startswith(b"\xef\xbb\xbf") or b"\r" in data or b"\f" in data:
        return None  # lines and offsets would be counted in other ways than ours
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of other people's escapes
        try:
            data.decode("utf-8")
            return ast.parse(data)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _definitions(node: ast.AST, around: tuple[str, ...]) -> Iterator[tuple[_Definition, str]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _Definition):
            name = (*around, child.name)
            yield child, ".".join(name)
            yield from _definitions(child, name)
        else:
            yield from _definitions(child, around)


def _is_worth_it(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a function does something, and is none that only holds another."""
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    inner = any(isinstance(child, _Definition) for child in ast.walk(node) if child is not node)
    return lines in LINES and len(node.body) > 1 and not inner


def _shapes(data: bytes) -> list[str]:
    tree = parsed(data)
    return [] if tree is None else [_shape(node) for node, _ in _definitions(tree, ())]


def _shape(node: ast.AST) -> str:
    """Return what a function says, its own name and its docstring left out."""
    body = list(getattr(node, "body", []))
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    return "\n".join(ast.dump(statement) for statement in body)

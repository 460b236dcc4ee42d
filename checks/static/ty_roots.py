"""Where a tree's Python modules start: the folders that stand in for `sys.path`, and ty's own config."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

PYTHON = "3.14"  # the newest that ty knows: older code parses, newer syntax is no error
MOST_ROOTS = 40  # each one costs a look-up per import; the shallowest hold the packages
ALWAYS = ("", "src", "lib")


def roots_of(files: Iterable[str]) -> list[str]:
    """Return the folders from which modules are imported: those of packages and of loose scripts.

    A folder that would hide a standard module stays out, unless it is the top or `src`.
    """
    paths = [PurePosixPath(path) for path in files]
    packages = {path.parent for path in paths if path.name in ("__init__.py", "__init__.pyi")}
    holders = {path.parent for path in paths if path.parent not in packages}
    holders |= {package.parent for package in packages if package.parent not in packages}
    inside: defaultdict[PurePosixPath, set[str]] = defaultdict(set)
    for path in paths:
        inside[path.parent].add(path.stem)
    for package in packages:
        inside[package.parent].add(package.name)
    safe = [str(folder) for folder in holders if not inside[folder] & sys.stdlib_module_names]
    chosen = {"" if folder == "." else folder for folder in safe}
    ordered = sorted(chosen - set(ALWAYS), key=lambda folder: (folder.count("/"), folder))
    there = {str(folder) for folder in holders}
    return [*(root for root in ALWAYS if not root or root in there), *ordered][:MOST_ROOTS]


def modules_of(files: Iterable[str], roots: Sequence[str]) -> Mapping[str, frozenset[str]]:
    """Return the files that each dotted module name may stand for, from any root."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for path in files:
        for root in roots:
            if root and not path.startswith(root + "/"):
                continue
            parts = list(PurePosixPath(path[len(root) + 1 :] if root else path).with_suffix("").parts)
            if parts[-1] == "__init__":
                parts.pop()
            if parts:
                found[".".join(parts)].add(path)
    return {name: frozenset(paths) for name, paths in found.items()}


def write_config(home: Path, folder: Path, roots: Sequence[str], rules: Sequence[str]) -> tuple[Path, Path]:
    """Write ty's config and an environment without packages below `home`; return the paths of both."""
    environment = home / "environment"
    (environment / "lib" / f"python{PYTHON}" / "site-packages").mkdir(parents=True)
    (environment / "pyvenv.cfg").write_text(f"home = {home}\nversion = {PYTHON}\n", encoding="utf-8")
    lines = [
        "[environment]",
        f'python-version = "{PYTHON}"',
        'python-platform = "all"',
        f"root = {json.dumps([str(folder / root) for root in roots])}",
        "[src]",
        "respect-ignore-files = false",
        "[analysis]",
        "respect-type-ignore-comments = false",
        "[rules]",
        'all = "ignore"',
        *(f'{rule} = "error"' for rule in rules),
    ]
    config = home / "ty.toml"
    config.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return config, environment

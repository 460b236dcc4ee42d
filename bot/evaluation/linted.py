"""A stream of remarks that people really judged: what an opinionated linter says of each commit of a history.

ruff with all its rules speaks of every change, and mostly of what nobody cares about. Which rules a project wants, it
says itself, in the newest commit's configuration of ruff. A remark is *wanted* if its rule is selected there, and it is
gone by then or nobody had to silence it; it is *unwanted* if the rule is not selected or is ignored, or if somebody
wrote a `noqa` with its name on the line. A remark of a selected rule that still stands is exempt for some other reason:
nothing can be said of it. A memory that is shown only the stream has to find all this out.
"""

from __future__ import annotations

import json
import re
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.evaluation.journal import Row
from checks.knowledge import Limits
from checks.static.isolation import run_isolated
from checks.static.programs import find_program
from kb.diff import FileDiff
from kb.errors import NotChecked, UserError
from kb.history.model import LoggedCommit
from kb.repository import Repository
from kb.view import View

WANTED, UNWANTED, UNKNOWN = "wanted", "unwanted", "unknown"
MOST_FILES = 15  # changed Python files of a commit; larger ones are sweeps
MOST_SAID = 60  # remarks on one commit that are replayed: nobody reads more
CONFIGURATIONS = ("ruff.toml", ".ruff.toml", "pyproject.toml")
ARGUMENTS = (
    *("check", "--isolated", "--no-cache", "--no-respect-gitignore", "--exit-zero", "--quiet", "--ignore-noqa"),
    *("--output-format", "json", "--target-version", "py313", "--select", "ALL"),
)
_NOQA = re.compile(r"#\s*noqa(?::\s*(?P<codes>[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?", re.IGNORECASE)


@dataclass(frozen=True)
class Remark:
    """One thing that the linter said of one commit, and whether the project's people want to hear such things."""

    commit: str
    at: int  # seconds since 1970
    path: str
    slug: str
    text: str
    code: str  # the line, without white space around it and without its `noqa`
    fate: str


@dataclass(frozen=True)
class Taste:
    """The rules that a project's configuration names: codes and beginnings of codes; the longest that fits decides."""

    selected: frozenset[str]
    ignored: frozenset[str]

    def wants(self, slug: str) -> bool:
        """Return whether a rule is selected."""
        return _fit(slug, self.selected) > _fit(slug, self.ignored)


def _fit(slug: str, named: frozenset[str]) -> int:
    return max(
        (0 if name == "ALL" else len(name) for name in named if name == "ALL" or slug.startswith(name)), default=-1
    )


def taste_of(repository: Repository, tip: str) -> Taste:
    """Return which rules a project wants at a commit; raises UserError where it does not say."""
    view = repository.view(tip)
    for path in CONFIGURATIONS:
        try:
            read = tomllib.loads(_read(view, path))
        except tomllib.TOMLDecodeError as error:
            raise UserError(f"{path} of the newest commit is no TOML: {error}") from None
        table = read.get("tool", {}).get("ruff", {}) if path == "pyproject.toml" else read
        lint = {**table, **table.get("lint", {})}
        if chosen := [*lint.get("select", ()), *lint.get("extend-select", ())]:
            ignored = [*lint.get("ignore", ()), *lint.get("extend-ignore", ())]
            return Taste(frozenset(chosen), frozenset(ignored))
    raise UserError("the newest commit has no configuration of ruff that selects rules: take another repository")


def commits_to_replay(repository: Repository, tip: str, limit: int) -> list[LoggedCommit]:
    """Return the newest `limit` commits that change a few Python files, oldest first; merges are left out."""
    logged = repository.log([repository.merge_base(tip, tip)], most=limit * 6)
    found = [
        commit
        for commit in logged.commits
        if len(commit.parents) == 1
        and 0 < sum(change.path.endswith(".py") and change.letter in "AM" for change in commit.changes) <= MOST_FILES
    ]
    return found[:limit][::-1]


def remarks_on(repository: Repository, commit: LoggedCommit) -> Row:
    """Return what the linter says of a commit and did not say of its parent, as a row of the journal."""
    comparison = repository.compare(f"{commit.oid}~1..{commit.oid}")
    files = [file for file in comparison.files if file.new is not None and file.path.endswith(".py")][:MOST_FILES]
    before = _linted({_old(file): _read(comparison.base, _old(file)) for file in files})
    after = _linted({file.path: _read(comparison.head, file.path) for file in files})
    said: list[dict[str, Any]] = []
    for file in files:
        known = Counter((one["slug"], one["code"]) for one in before.get(_old(file), []))
        for one in after.get(file.path, []):
            if known[one["slug"], one["code"]] > 0:
                known[one["slug"], one["code"]] -= 1
            else:
                said.append({"path": file.path, **one})
    return {"commit": commit.oid, "at": commit.at, "said": said[:MOST_SAID], "left": len(said[MOST_SAID:])}


def with_fates(rows: Sequence[Row], repository: Repository, tip: str) -> list[Remark]:
    """Return all remarks in the order of time, each with what the project's people make of its like."""
    now, taste = repository.view(tip), taste_of(repository, tip)
    paths = sorted({one["path"] for row in rows for one in row["said"]})
    texts = {path: _read(now, path) for path in paths if path in now.entries}
    standing = {
        (path, one["slug"], one["code"]) for path, said in _linted(texts).items() for one in said if not one["silenced"]
    }

    def fate(one: Mapping[str, Any]) -> str:
        if one["silenced"] or not taste.wants(one["slug"]):
            return UNWANTED
        return UNKNOWN if (one["path"], one["slug"], one["code"]) in standing else WANTED

    return [
        Remark(row["commit"], row["at"], one["path"], one["slug"], one["text"], one["code"], fate(one))
        for row in rows
        for one in row["said"]
    ]


def _old(file: FileDiff) -> str:
    return file.old_path or file.path


def _read(view: View, path: str) -> str:
    try:
        return view.read(path).decode("utf-8", "replace")
    except KeyError:
        return ""


def _linted(texts: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Return by path what the linter says of texts, in the order of lines; raises UserError where it cannot run."""
    program = find_program("ruff")
    if program is None:
        raise UserError("ruff is not installed: it comes with Prudent's dependencies")
    with tempfile.TemporaryDirectory(prefix="prudent-") as folder:
        names = {f"f{number}.py": path for number, path in enumerate(sorted(texts))}
        for name, path in names.items():
            Path(folder, name).write_text(texts[path], "utf-8")
        if not names:
            return {}
        try:
            argv = [str(program), *ARGUMENTS, *names]
            said = run_isolated(argv, cwd=Path(folder), home=Path(folder), limits=Limits(), ok=(0,))
        except NotChecked as reason:
            raise UserError(f"ruff did not run: {reason}") from None
    found: dict[str, list[dict[str, Any]]] = {}
    for one in json.loads(said):
        path = names[Path(one["filename"]).name]
        found.setdefault(path, []).append({"row": one["location"]["row"], "slug": one["code"], "text": one["message"]})
    return {path: list(_placed(texts[path], sorted(one, key=_order))) for path, one in found.items()}


def _order(one: Mapping[str, Any]) -> tuple[int, str, str]:
    return one["row"], one["slug"] or "", one["text"]


def _placed(text: str, said: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield remarks with the line that each is about, and whether it is silenced there; none on broken syntax."""
    lines = text.splitlines()
    for one in said:
        slug, row = one["slug"], one["row"]
        if not slug or slug == "invalid-syntax":
            continue
        line = lines[row - 1].strip() if row <= len(lines) else ""
        bare = _NOQA.split(line)[0].strip()[:200]
        yield {"slug": slug, "text": one["text"], "code": bare, "silenced": _silenced(line, slug)}


def _silenced(line: str, slug: str) -> bool:
    """Return whether a line has a `noqa` that names the rule."""
    return any(slug in re.split(r"[,\s]+", found["codes"].upper()) for found in _NOQA.finditer(line) if found["codes"])

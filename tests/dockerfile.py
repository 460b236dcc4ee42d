"""Reads a Dockerfile, and runs what its stages say in a folder instead of an image."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

_IN_IMAGE = re.compile(r"(?<![\w.-])/(?=(?:opt|src|typescript|wheel|var/lib/prudent|var/cache/prudent)\b)")


@dataclass(frozen=True)
class Step:
    """One instruction: "RUN" and all its text on one line."""

    word: str
    text: str

    def options(self) -> dict[str, str]:
        """Return what is written as `--name=value` before the rest."""
        return dict(re.findall(r"--([a-z-]+)=(\S+)", self.text))

    def words(self) -> list[str]:
        """Return the rest, split at blanks, or as the JSON that it is."""
        rest = re.sub(r"^(?:--[a-z-]+=\S+\s+)*", "", self.text).removeprefix("CMD ")
        return json.loads(rest) if rest.startswith("[") else rest.split()


@dataclass
class Stage:
    """One FROM and what follows it."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def all(self, word: str) -> list[Step]:
        return [step for step in self.steps if step.word == word]

    def only(self, word: str) -> Step:
        (step,) = self.all(word)
        return step

    def variables(self) -> dict[str, str]:
        """Return what ENV and ARG set."""
        found = [re.findall(r'(\w+)=("[^"]*"|\S+)', step.text) for step in (*self.all("ARG"), *self.all("ENV"))]
        return {name: value.strip('"') for pairs in found for name, value in pairs}


def stages(text: str) -> list[Stage]:
    """Return the stages of a Dockerfile."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    found: list[Stage] = []
    for line in re.sub(r"\s*\\\n\s*", " ", "\n".join(lines)).splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found.append(Stage(base, name))
        else:
            found[-1].steps.append(Step(word, rest.strip()))
    return found


def in_context(path: str, ignore: str) -> bool:
    """Return whether .dockerignore lets a file into the build: the last line that fits it or a folder above decides."""
    above = [path.rsplit("/", cut)[0] for cut in range(path.count("/") + 1)]
    kept = True
    for line in (line for line in ignore.splitlines() if line and not line.startswith("#")):
        pattern = line.removeprefix("!")
        if any(fnmatchcase(one, pattern) or fnmatchcase(f"/{one}", f"/{pattern}") for one in above):
            kept = line.startswith("!")
    return kept


class Kitchen:
    """A folder that stands for the image's root; the build's context comes from `context`."""

    def __init__(self, root: Path, context: Path, ignore: str) -> None:
        self.root, self._context, self._ignore = root, context, ignore

    def placed(self, text: str) -> str:
        """Return a text whose absolute paths in the image are paths in the folder."""
        return _IN_IMAGE.sub(f"{self.root}/", text)

    def make(self, stage: Stage, environ: Mapping[str, str]) -> None:
        """Do what a stage says, in order; raises AssertionError with what a command said if it fails.

        The system's packages are not installed: what they bring has to be on this machine.
        """
        where = self.root
        for step in stage.steps:
            if step.word == "WORKDIR":
                where = Path(self.placed(step.text))
                where.mkdir(parents=True, exist_ok=True)
            elif step.word == "COPY":
                self.copy(step, where)
            elif step.word == "RUN" and not step.text.startswith("apt-get "):
                self.run(step, where, {**environ, **stage.variables()})

    def run(self, step: Step, where: Path, environ: Mapping[str, str]) -> None:
        command = ["/bin/sh", "-c", self.placed(step.text)]
        done = subprocess.run(command, cwd=where, env=dict(environ), capture_output=True, text=True)
        assert done.returncode == 0, f"{step.text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"

    def copy(self, step: Step, where: Path) -> None:
        *sources, target = [self.placed(word) for word in step.words()]
        from_stage = "from" in step.options()
        for source in sources:
            start = Path(source) if from_stage else self._context / source
            assert start.exists(), f"COPY {step.text}: there is no {source}"
            goal = where / target
            if start.is_file():
                goal = goal / start.name if target.endswith("/") else goal
                self._put(start, goal, check=not from_stage)
                continue
            for file in (file for file in start.rglob("*") if file.is_file()):
                self._put(file, goal / file.relative_to(start), check=not from_stage)

    def _put(self, file: Path, goal: Path, *, check: bool) -> None:
        if check and not in_context(file.relative_to(self._context).as_posix(), self._ignore):
            return
        if file == goal:  # from another stage to the same place: here all stages are in one folder
            return
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, goal)

"""Importing the modules of a tree on paper, to see whether one asks another for what that has not defined yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from checks.static.import_steps import Kind, Step
from checks.static.ty_tree import Tree

DEEPEST = 150  # imports within imports; deeper ones are left undecided
StepsOf = Callable[[str], Sequence[Step] | None]
Frames = tuple[tuple[str, int], ...]  # path and line of every import under way, outermost first


class Undecided(Exception):
    """What happens cannot be told from the text."""


@dataclass(frozen=True)
class Stuck:
    """A module asks another, which is still being imported, for a name that it defines only later."""

    path: str
    line: int
    name: str
    of: str  # the path of the module that is asked
    later: int  # the line on which that one binds the name
    frames: Frames

    @property
    def place(self) -> tuple[str, int, str, str]:
        """Return what it is and where, however it was come to."""
        return (self.path, self.line, self.name, self.of)


class _Stop(Exception):
    def __init__(self, stuck: Stuck) -> None:
        super().__init__(stuck.name)
        self.stuck = stuck


@dataclass
class _Module:
    steps: Sequence[Step]
    at: int = 0
    done: bool = False
    known: dict[str, str | None] = field(default_factory=dict)  # bound names; the path if it is a module of the tree


@dataclass
class ImportRun:
    """One fresh interpreter. With `bold`, what may happen happens; without, it does not."""

    tree: Tree
    steps_of: StepsOf
    bold: bool
    loaded: dict[str, _Module] = field(default_factory=dict)

    def load(self, path: str, frames: Frames = (), *, guarded: bool = False) -> None:
        """Import a file after the packages that it lies in; raises Undecided, and where it gets stuck."""
        if path in self.loaded:
            return
        for one in (*self.tree.packages(path), path):
            if one in self.loaded:
                continue
            steps = self.steps_of(one)
            if steps is None or len(frames) > DEEPEST:
                raise Undecided
            module = self.loaded[one] = _Module(steps)
            for at, step in enumerate(steps):
                module.at = at
                self._run(one, module, step, frames, guarded or step.guarded)
            module.done = True
            self._tell_package(one)

    def _run(self, path: str, module: _Module, step: Step, frames: Frames, guarded: bool) -> None:
        if step.sure or self.bold:
            try:
                self._act(path, module, step, (*frames, (path, step.line)), guarded)
            except _Stop:
                if guarded or not step.sure:
                    raise Undecided from None
                raise
        if step.name:
            module.known.setdefault(step.name, None)

    def _act(self, path: str, module: _Module, step: Step, frames: Frames, guarded: bool) -> None:
        if step.kind is Kind.USE:
            self._use(path, module, step, frames)
        elif step.kind is Kind.IMPORT:
            self._import(module, step, frames, guarded)
        elif step.kind is not Kind.BIND:
            self._from(path, module, step, frames, guarded)

    def _import(self, module: _Module, step: Step, frames: Frames, guarded: bool) -> None:
        parts = step.module.split(".")
        for end in range(1, len(parts) + 1):
            if (found := self._resolved(".".join(parts[:end]))) is not None:
                self.load(found, frames, guarded=guarded)
        if step.name:
            module.known[step.name] = self._resolved(parts[0] if step.name == parts[0] else step.module)

    def _from(self, path: str, module: _Module, step: Step, frames: Frames, guarded: bool) -> None:
        name = self.tree.absolute(step.module, path)
        asked = self._resolved(name)
        if asked is not None:
            self.load(asked, frames, guarded=guarded)
        if step.kind is Kind.STAR:
            if asked is None:
                module.known["*"] = None
            else:
                module.known.update(self.loaded[asked].known)
            return
        known = asked is not None and step.member in self.loaded[asked].known
        found = self.loaded[asked].known[step.member] if asked is not None and known else None
        if not known:
            found = self._resolved(f"{name}.{step.member}")
            if found is not None:
                self.load(found, frames, guarded=guarded)
            elif asked is not None:
                self._ask(path, step, asked, step.member, frames)
        if step.name:
            module.known[step.name] = found

    def _use(self, path: str, module: _Module, step: Step, frames: Frames) -> None:
        first, *rest = step.member.split(".")
        asked = module.known.get(first)
        for name in rest:
            if asked is None:
                return
            self._ask(path, step, asked, name, frames)
            asked = self.loaded[asked].known.get(name) if asked in self.loaded else None

    def _ask(self, path: str, step: Step, asked: str, name: str, frames: Frames) -> None:
        """Stop if a module is still being imported and surely binds a name only later."""
        other = self.loaded.get(asked)
        if other is None or other.done or name in other.known or "*" in other.known:
            return
        if b"__getattr__" in self.tree.source(asked).data:
            return
        if any(one.name == name for one in other.steps[: other.at]):
            return
        later = [one for one in other.steps[other.at + (asked == path) :] if one.name == name]
        if later and later[0].sure:
            raise _Stop(Stuck(path, step.line, name, asked, later[0].line, frames))

    def _resolved(self, name: str) -> str | None:
        found = [path for path in self.tree.module(name) if path.endswith(".py")]
        return found[0] if len(found) == 1 else None

    def _tell_package(self, path: str) -> None:
        """Bind a module that is now whole in its package."""
        name = path.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2]
        packages = self.tree.packages(path)
        if packages and packages[-1] in self.loaded:
            self.loaded[packages[-1]].known[name] = path


def surely_stuck(tree: Tree, steps_of: StepsOf, entry: Sequence[str]) -> Stuck | None:
    """Return where importing these files one after the other gets stuck, whatever may happen; None if it may not."""
    try:
        timid = _end(ImportRun(tree, steps_of, bold=False), entry)
        bold = _end(ImportRun(tree, steps_of, bold=True), entry) if timid else None
    except Undecided:
        return None
    return timid if timid and bold and timid.place == bold.place else None


def surely_fine(tree: Tree, steps_of: StepsOf, entry: Sequence[str]) -> bool:
    """Return whether importing these files one after the other gets stuck in no case."""
    try:
        return not any(_end(ImportRun(tree, steps_of, bold), entry) for bold in (False, True))
    except Undecided:
        return False


def _end(run: ImportRun, entry: Sequence[str]) -> Stuck | None:
    try:
        for path in entry:
            run.load(path)
    except _Stop as stop:
        return stop.stuck
    return None

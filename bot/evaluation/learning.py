"""`prudent eval memory`: does what was decided before change what is said next, and for the better?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

from bot.evaluation.forge import new_forge
from bot.evaluation.journal import Row, open_journal
from bot.evaluation.learning_report import TURNS, memory_report, replay_plot, turns_plot
from bot.evaluation.linted import commits_to_replay, remarks_on, taste_of, with_fates
from bot.evaluation.measure import Plan, written
from bot.evaluation.replay import Arm, People, replayed
from bot.evaluation.run import Item, run, versions
from bot.evaluation.stream import BEGAN, DAY, Planted, mined, open_shop, planted
from bot.evaluation.turns import desk_of, reviewed, start_of
from kb.errors import UserError
from kb.memory.embed import open_embedder
from kb.outcomes.store import open_store
from kb.repository import Repository

COMMITS, FIXES = 400, 10
SHOP, MINED = "shop", "mined"


def memory(repository: Path, tip: str, cache: Path, plan: Plan, people: People) -> Path:
    """Review a stream twice, replay a repository's history, and return the report's path.

    `plan.limit` is how many commits are replayed. Raises UserError for a repository whose history is too short, or that
    does not say which of ruff's rules it wants.
    """
    with Repository.open(repository) as opened:
        taste_of(opened, tip)  # before anything is measured
        head = opened.merge_base(tip, tip)
        commits = commits_to_replay(opened, tip, plan.limit or COMMITS)
        if len(commits) < 20:
            raise UserError(f"{len(commits)} commits change Python files: too few to learn from")
        settings = _settings(repository.resolve().name, head, len(commits), plan, people)
        with open_journal(plan.out, settings, resume=plan.resume) as journal:
            for name, like in ((SHOP, None), (MINED, repository)):
                run(_turns(name, like, head, plan.out, cache), journal, plan.watch)
            remarks = [Item(f"commit/{one.oid}", partial(remarks_on, opened, one)) for one in commits]
            run(remarks, journal, plan.watch)
            rows = journal.rows
        replayable = with_fates([row for row in rows if row["key"].startswith("commit/")], opened, head)
    steps = {arm: replayed(replayable, open_embedder(), people, arm) for arm in Arm}
    text = memory_report(rows, replayable, steps, settings)
    return written(plan.out, text, {"turns": turns_plot(rows), "replay": replay_plot(steps)})


def _turns(name: str, like: Path | None, tip: str, out: Path, cache: Path) -> Iterator[Item]:
    """Yield the reviews of one repository's stream: twice with the same memory, and once more without any.

    Each opens what it needs, so that a run that was stopped goes on in the same store.
    """
    forge = new_forge(out / f"{name}.git", like)
    shop = open_shop(forge) if like is None else None
    with Repository.open(forge.folder) as repository:
        for turn, of in enumerate((0, 1, 1)):
            pulls: Iterable[Planted]
            pulls = planted(forge, shop, of) if shop else mined(forge, repository, tip, FIXES, of)
            for place, pull in enumerate(pulls):
                number = 1 + place + turn * 100
                yield Item(f"{name}/{TURNS[turn]}/{pull.name}", partial(_review, name, out, cache, pull, number, turn))


def _review(name: str, out: Path, cache: Path, pull: Planted, number: int, turn: int) -> Row:
    began = start_of(BEGAN + 1_000 * DAY)
    with (
        closing(open_store(f"sqlite:///{out / 'memory.db'}")) as store,
        desk_of(new_forge(out / f"{name}.git"), store, cache, name, began) as desk,
    ):
        return {"turn": TURNS[turn], "stream": name, **reviewed(desk, pull, number, remembers=turn < 2)}


def _settings(name: str, head: str, commits: int, plan: Plan, people: People) -> dict[str, str]:
    return {
        "measurement": "memory",
        "repository": name,
        "head": head,
        "commits": str(commits),
        "seed": str(plan.seed),
        "answered": f"{people.answered:g}",
        "mistaken": f"{people.mistaken:g}",
        **versions(("prudent", "ruff", "wordllama", "numpy")),
    }

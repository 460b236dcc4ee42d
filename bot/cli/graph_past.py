"""`prudent graph salience` and `prudent graph co-changes`: what the graph and the history say together."""

from __future__ import annotations

import time
from pathlib import Path

import click

from bot.cli.graph import Asked, opened, write
from bot.cli.graph_answer import Answer, Row
from bot.render.escape import printable
from kb.cache import Cache
from kb.errors import UserError
from kb.folders import cache_folder
from kb.graph.code import Code
from kb.graph.model import Node, NodeKind
from kb.graph.salience import Quadrant, Salience, kept_salience, most_salient
from kb.history.mine import MinedHistory
from kb.history.past import History
from kb.repository import Repository

FEWEST_TOGETHER = 3  # commits in which two files changed together before it is worth a line


@click.command()
@click.option("--repo", "folder", type=click.Path(path_type=Path), default=Path(), help="The repository.")
@click.option("--rev", default="HEAD", show_default=True, metavar="REV", help="The revision.")
@click.option("--files", is_flag=True, help="Only files.")
@click.option("--quadrant", type=click.Choice([one.value for one in Quadrant]), help="Only places of this kind.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=30, show_default=True, help="At most.")
def salience(folder: Path, rev: str, files: bool, quadrant: str | None, form: str, limit: int) -> None:
    """List what matters most.

    What is changed there matters most: much depends on it, it changes often, or few know it.
    """
    asked = Asked(folder, rev, False, form, 1, limit)
    with opened(asked) as (repository, code):
        cache = cache_folder()
        history = _history(repository, cache, rev)
        found = kept_salience(Cache(cache / "salience"), code.graph, history, int(time.time()))
        ranked = most_salient(code.graph, found, Quadrant(quadrant) if quadrant else None, len(found))
        chosen = [(node, value) for node, value in ranked if not files or node.kind is NodeKind.FILE]
        write(_salience_answer(chosen[:limit], history, truncated=len(chosen) > limit), code, asked)


@click.command(name="co-changes")
@click.argument("path")
@click.option("--repo", "folder", type=click.Path(path_type=Path), default=Path(), help="The repository.")
@click.option("--rev", default="HEAD", show_default=True, metavar="REV", help="The revision.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="At most.")
def co_changes(path: str, folder: Path, rev: str, form: str, limit: int) -> None:
    """List files that changed together with PATH, the surest first."""
    asked = Asked(folder, rev, False, form, 1, limit)
    with opened(asked) as (repository, code):
        if path not in code.view.entries:
            raise UserError(f"no such file at {printable(rev)}: {printable(path)}")
        history = _history(repository, cache_folder(), rev)
        write(_co_changes_answer(path, history, code, limit), code, asked)


def _history(repository: Repository, cache: Path, rev: str) -> History:
    commit = repository.merge_base(rev, rev)  # the commit that a branch or tag stands for
    return MinedHistory(repository, cache).history(commit)


def _salience_answer(found: list[tuple[Node, Salience]], history: History, *, truncated: bool) -> Answer:
    rows = tuple(_salience_row(node, value) for node, value in found)
    return Answer("salience", f"{len(rows)} places, of {history.known}", rows, truncated)


def _salience_row(node: Node, value: Salience) -> Row:
    parts = {name: round(part, 3) for name, part in value.parts._asdict().items()}
    score = round(value.score, 3)
    words = f"{node.qualified or 'file'}  {score:.2f} {value.quadrant.value}"
    fields = {"symbol": node.qualified, "score": score, "quadrant": value.quadrant.value, "parts": parts}
    return Row(node.path, node.line, words, fields, quoted=False)


def _co_changes_answer(path: str, history: History, code: Code, limit: int) -> Answer:
    pairs = [pair for pair in history.together(path, FEWEST_TOGETHER) if pair.other in code.view.entries]
    rows = tuple(
        Row(
            pair.other,
            0,
            f"in {pair.together} of {pair.of} commits, last {pair.last[:12]}",
            {"together": pair.together, "of": pair.of, "last": pair.last},
            quoted=False,
        )
        for pair in pairs[:limit]
    )
    said = f"{len(pairs)} files changed at least {FEWEST_TOGETHER} times together with {path}, in {history.known}"
    return Answer("co-changes", said, rows, len(pairs) > limit)


COMMANDS = {"salience": salience, "co-changes": co_changes}

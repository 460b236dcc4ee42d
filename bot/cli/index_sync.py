"""`prudent index sync`: the graph of the default branch, kept on a Neo4j server where others can ask it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from bot.cli.index_progress import IndexProgress
from bot.output import write_output
from bot.render.escape import printable
from kb.errors import UserError
from kb.folders import cache_folder
from kb.repository import Repository


@click.command(name="sync")
@click.option("--to", "kind", type=click.Choice(["neo4j"]), default="neo4j", show_default=True, help="What server.")
@click.option("--repo", type=click.Path(path_type=Path), default=Path(), help="The repository (default: here).")
@click.option("--rev", metavar="REV", help="What to mirror (default: the branch that work is merged into).")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless something is wrong.")
def command(kind: str, repo: Path, rev: str | None, quiet: bool) -> None:
    """Mirror the graph of the default branch on a Neo4j server; what is there already is not sent again.

    NEO4J_URI, NEO4J_USER and NEO4J_PASSWORD name the server, NEO4J_DATABASE its database. Several repositories can
    share one database. Readers see the old graph until the new one is complete.
    """
    from kb.graph.index import Index
    from kb.graph.store_neo4j import Neo4jStore
    from kb.graph.store_neo4j_mirror import mirror
    from kb.graph.store_neo4j_server import Server, ServerSettings

    began = time.monotonic()
    settings = ServerSettings.read(os.environ)
    with Repository.open(repo) as repository:
        name = rev or repository.default_branch()
        if name is None:
            raise UserError("it is not clear which branch work is merged into; name one with --rev")
        view = repository.view(name)
        with Server(settings) as server, IndexProgress(sys.stderr, quiet=quiet) as progress:
            index = Index.open(cache_folder() / "graph", repository.identity)
            try:
                done = mirror(index.code(view, progress).graph, Neo4jStore(server, repository.identity), progress)
            finally:
                index.close()
    if quiet:
        return
    what = (
        f"{done.sent:,} of {done.files:,} files sent, {done.gone:,} removed" if done.sent or done.gone else "up to date"
    )
    seconds = time.monotonic() - began
    write_output(f"{settings.place}: {printable(name)} as of tree {view.id[:12]}; {what}; {seconds:.1f} s\n", None)

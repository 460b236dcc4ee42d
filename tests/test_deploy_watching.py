"""docs/deploy.md on watching the App: metrics, alerts, log lines and probes are what the program gives."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.jobs.engine import Engine
from bot.jobs.port import Json
from bot.logs import configure
from bot.web.application import WEBHOOK
from bot.web.metrics import Metrics
from bot.web.variables import unknown_variables
from bot.workflow.calls import Caller
from tests.test_deploy import COMPOSE, SERVICES
from tests.test_docs import FENCE
from tests.web.deliveries import encoded, headers, opened
from tests.web.keys import environment
from tests.web.serving import serving

PAGE = (Path(__file__).parents[1] / "docs" / "deploy.md").read_text("utf-8")
YAMLS = [text for kind, text in FENCE.findall(PAGE) if kind == "yaml" and "PRUDENT_INFERENCE" not in text]
YAML = [yaml.safe_load(text) for text in YAMLS]
LINES = [json.loads(line) for kind, text in FENCE.findall(PAGE) if kind == "json" for line in text.splitlines()]


def exported() -> str:
    metrics = Metrics()
    metrics.answered("push", "queued", 0.01)
    return metrics.text({"inbox": 1}).decode()


def test_metrics_that_are_listed_are_told_and_the_other_way_round() -> None:
    told = set(re.findall(r"(?m)^# TYPE (prudent_\w+) (?:counter|gauge|histogram)$", exported()))
    told = {name for name in told if not name.endswith("_created")}
    listed = set(re.findall(r"(?m)^\| `(\w+)` \|", PAGE.partition("## Metrics")[2].partition("```")[0]))
    assert told <= listed
    assert all(re.search(rf"(?m)^{name}", exported()) for name in listed)


def test_alerts_ask_for_metrics_that_there_are() -> None:
    (rules,) = [one["groups"][0]["rules"] for one in YAML if "groups" in one]
    assert len(rules) > 3
    for rule in rules:
        names = set(re.findall(r"\bprudent_\w+", rule["expr"]))
        assert names
        for name in names:
            assert re.search(rf"(?m)^{name}[{{ ]", exported()), name


def test_the_second_secret_is_given_to_whoever_checks_signatures() -> None:
    (override,) = [one for one in YAML if "services" in one]
    ((name, given),) = override["services"].items()
    assert list(unknown_variables(given["environment"])) == []
    assert name in SERVICES
    assert given["secrets"] == list(override["secrets"])
    assert given["environment"].popitem()[1] == f"/run/secrets/{given['secrets'][0]}"
    assert override["secrets"].keys().isdisjoint(COMPOSE["secrets"])


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Return what a worker's log is written to; Python's logging is left as it was."""
    root = logging.getLogger()
    before = root.handlers, root.level
    stream = io.StringIO()
    configure("json", role="worker", stream=stream)
    yield stream
    root.handlers, root.level = before


def test_a_delivery_is_logged_as_shown(tmp_path: Path) -> None:
    (shown,) = [line for line in LINES if line["role"] == "web"]
    body = encoded(opened())
    with serving(environment(tmp_path), tmp_path, "--role", "web") as served:
        assert served.post(WEBHOOK, body, headers("pull_request", body)).status_code == 202
        served.wait_for('"event": "delivery queued"')
        (line,) = [line for line in served.lines() if line["event"] == shown["event"]]
    assert list(line) == list(shown)
    same = ("level", "role", "status", "delivery", "event_name", "logger")
    assert [line[name] for name in same] == [shown[name] for name in same]


def test_a_step_is_logged_as_shown(log: io.StringIO, tmp_path: Path) -> None:
    (shown,) = [line for line in LINES if line["role"] == "worker"]

    async def read() -> Json:
        return {"value": 1}

    jobs = Engine(f"sqlite:///{tmp_path / 'jobs.db'}")
    assert asyncio.run(Caller(jobs, shown["job"])(read)) == 1
    line = json.loads(log.getvalue())
    assert list(line) == list(shown)
    assert {name: line[name] for name in line if name not in ("timestamp", "ms")} == {
        name: shown[name] for name in shown if name not in ("timestamp", "ms")
    }


def test_fields_that_are_explained_are_those_that_are_logged() -> None:
    table = PAGE.partition("| field | what it is |")[2].partition("\n\n")[0]
    explained = set(re.findall(r"`(\w+)`", "".join(row.split("|")[1] for row in table.splitlines() if "`" in row)))
    assert {name for line in LINES for name in line} - explained == {"timestamp", "level", "logger"}

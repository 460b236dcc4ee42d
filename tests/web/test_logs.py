"""The log: one line a step, and never a secret, whoever writes it."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.quiet import quieten
from bot.logs import HIDDEN, LONGEST, configure, log, masked
from tests.web.keys import key

STATELESS = "ghs_4711_eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiI0NzExIn0." + "s" * 300
SECRETS = [
    "ghs_" + "a1B2" * 9,
    STATELESS,
    "ghp_" + "x" * 36,
    "github_pat_11ABCDEFG0" + "y" * 40,
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE2MDAwMDAwMDAsImlzcyI6IjQ3MTEifQ.c2lnbmF0dXJl",
    "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
]


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (None, "dbos", "uvicorn", "httpx", "asyncio")]
    before = [(one, one.level, list(one.handlers), list(one.filters), one.propagate) for one in loggers]
    yield
    for one, level, handlers, filters, propagate in before:
        one.setLevel(level)
        one.handlers, one.filters, one.propagate = handlers, filters, propagate


def written(form: str, *, role: str = "") -> io.StringIO:
    stream = io.StringIO()
    configure(form, role=role, stream=stream)
    return stream


def only(stream: io.StringIO) -> dict[str, Any]:
    (line,) = stream.getvalue().splitlines()
    read: dict[str, Any] = json.loads(line)
    return read


def test_a_step_is_one_line_of_json() -> None:
    stream = written("json", role="worker")
    log("bot.workflow").bind(job="rv:1:2:abc").info("review posted", comments=3, delivery="g-1")
    line = only(stream)
    assert list(line)[:4] == ["timestamp", "level", "role", "event"]
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "review posted",
        "level": "info",
        "logger": "bot.workflow",
        "role": "worker",
        "job": "rv:1:2:abc",
        "comments": 3,
        "delivery": "g-1",
    }


def test_as_text_a_step_is_one_line_too() -> None:
    stream = written("text")
    log("x").info("review posted", title="two\nlines", path="a.py", said="a b", empty="", rows=[1, None])
    text = stream.getvalue()
    assert re.fullmatch(
        r'\d\d:\d\d:\d\d info    review posted title="two\\nlines" path=a.py said="a b" empty="" rows=\[1, null\]\n',
        text,
    )


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_is_masked_wherever_it_stands(form: str, secret: str) -> None:
    stream = written(form)
    mine = log("x")
    mine.info(f"got {secret}", a=secret, b={"c": [f"https://x-access-token:{secret}@github.com/o/r.git"]}, d={secret})
    mine.info("positional %s", secret)
    mine.warning("an error", error=ValueError(secret))
    logging.getLogger("uvicorn.error").error("Authorization: Bearer %s", secret)
    try:
        raise ConnectionError(f"no {secret} here")
    except ConnectionError:
        mine.exception("failed")
    text = stream.getvalue()
    assert secret not in text
    assert secret[10:40] not in text
    assert text.count(HIDDEN) + text.count("[secret: ") >= 7


def test_a_private_key_is_masked_whole_or_cut() -> None:
    stream = written("json")
    log("x").info("a", one=key(), two=key()[:600], three=key().replace("\n", "\\n"))
    body = key().splitlines()[3]
    assert body not in stream.getvalue()


@pytest.mark.parametrize(
    "name", ["token", "webhook_secret", "private_key", "Authorization", "password", "body", "diff"]
)
def test_what_is_named_as_a_secret_is_hidden_whatever_it_is(name: str) -> None:
    stream = written("json")
    log("x").info("a", **{name: "harmless"}, nested={name: ["harmless"]})
    line = only(stream)
    assert line[name] == line["nested"][name] == HIDDEN


def test_ids_are_left_alone() -> None:
    told = {
        "delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "job": f"rv:1296269:12:{'a1b2c3d4e5' * 4}",
        "url": "https://github.com/acme/widgets/pull/12#discussion_r1",
        "path": "src/@scope/a.ts",
    }
    stream = written("json")
    log("x").info("a", **told)
    assert told.items() <= only(stream).items()


def test_a_long_value_is_cut_in_its_middle_after_masking() -> None:
    text = masked("start " + "x" * 3 * LONGEST + SECRETS[0] + " end")
    assert len(text) <= LONGEST + 10
    assert text.startswith("start ")
    assert text.endswith(" end")
    assert SECRETS[0] not in text


@given(st.text(), st.sampled_from(SECRETS), st.text())
def test_masking_leaves_no_secret_and_never_fails(before: str, secret: str, after: str) -> None:
    assert secret not in masked(f"{before} {secret} {after}")


def test_a_traceback_stays_on_the_line_in_json_and_is_indented_in_text() -> None:
    for form in ("json", "text"):
        stream = written(form)
        try:
            raise KeyError("what")
        except KeyError:
            log("x").exception("failed", job="j")
        if form == "json":
            assert "KeyError: 'what'" in only(stream)["exception"]
        else:
            first, *rest = stream.getvalue().splitlines()
            assert first.endswith("failed job=j")
            assert all(line.startswith("    ") for line in rest)
            assert "KeyError: 'what'" in rest[-1]


class DBOSWorkflowCancelledError(BaseException):
    """As dbos calls it."""


def test_dbos_speaks_through_our_log_and_not_of_cancelled_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    dbos = logging.getLogger("dbos")
    monkeypatch.setattr(dbos, "filters", [])  # a worker's life in another test may have left one
    stream = written("json")
    dbos.info("Conductor: sign up")
    dbos.error("Exception encountered in asynchronous workflow:", exc_info=DBOSWorkflowCancelledError())
    assert stream.getvalue() == ""
    dbos.error("Exception encountered in asynchronous workflow:", exc_info=ValueError("real"))
    assert only(stream)["exception"] == "ValueError: real"


def test_a_line_of_dbos_is_written_once_after_a_worker_has_begun() -> None:
    stream = written("json")
    quieten()
    logging.getLogger("dbos").warning("said once")
    assert len(stream.getvalue().splitlines()) == 1


def test_configuring_again_replaces_what_was_there() -> None:
    first, second = written("json"), written("json")
    log("x").info("once")
    logging.getLogger("dbos").warning("also once")
    assert first.getvalue() == ""
    assert len(second.getvalue().splitlines()) == 2


def test_below_info_nothing_is_written_and_libraries_are_quieter() -> None:
    stream = written("json")
    log("x").debug("no")
    logging.getLogger("httpx").info("GET https://...")
    logging.getLogger("uvicorn.error").info("Started")
    assert stream.getvalue() == ""


def test_before_it_is_configured_a_warning_is_masked_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    log("early").warning("too early", url=f"https://u:{SECRETS[0]}@h/x")
    assert SECRETS[0] not in caplog.text
    assert "too early" in caplog.text

"""`prudent replay`: what a saved delivery is cut to, offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.main import main
from bot.web.saved import saved_delivery
from kb.errors import UserError
from tests.web.deliveries import APP, HEAD, check, encoded, headers, opened

HEADERS = headers("pull_request", b"") | {"X-GitHub-Hook-Installation-Target-ID": str(APP)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "delivery.json"


def replayed(file: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["replay", str(file), *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    event: dict[str, Any] = json.loads(out)
    return event


@pytest.mark.parametrize(
    "saved",
    [
        {"headers": HEADERS, "body": opened()},
        {"headers": HEADERS, "body": json.dumps(opened())},
        {"headers": {name.lower(): value for name, value in HEADERS.items()}, "payload": opened()},
        {"id": 1, "guid": "g", "event": "pull_request", "request": {"headers": HEADERS, "payload": opened()}},
        {"event": "pull_request", "request": {"headers": {}, "payload": opened()}},
    ],
)
def test_every_form_of_a_saved_delivery(saved: Any, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(encoded(saved))
    event = replayed(file, capsys)
    assert (event["type"], event["number"], event["head"], event["action"]) == ("PullChanged", 12, HEAD, "opened")
    assert event["repo"]["host"] == "github.com"


def test_a_bare_payload_needs_its_events_name(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(encoded(opened()))
    assert (
        replayed(file, capsys, "--event", "pull_request", "--host", "ghe.example.org")["repo"]["host"]
        == "ghe.example.org"
    )
    assert main(["replay", str(file)]) == 2
    assert "name it with --event" in capsys.readouterr().err


def test_a_check_is_ours_if_the_headers_or_the_options_say_so(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file.write_bytes(encoded({"headers": HEADERS | {"X-GitHub-Event": "check_run"}, "body": check("rerequested")}))
    assert replayed(file, capsys)["type"] == "ChecksRerequested"
    assert replayed(file, capsys, "--app", "1") == {"type": "Ignored", "reason": "a check of another App"}
    file.write_bytes(encoded(check("rerequested")))
    assert replayed(file, capsys, "--event", "check_run")["type"] == "Ignored"
    assert replayed(file, capsys, "--event", "check_run", "--app", str(APP))["type"] == "ChecksRerequested"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a delivery as JSON"),
        (b"[1]", "not a delivery as JSON"),
        (b'{"a": ' + b"[" * 300_000, "not a delivery as JSON"),
        (encoded({"headers": HEADERS, "body": {"action": "opened"}}), "lacks what is needed"),
        (encoded({"headers": HEADERS, "body": "{"}), "not JSON"),
        (b'{"headers": {"X-GitHub-Event": "push"}, "body": "\xff"}', "not text"),
        (encoded({"request": 5}), "its request is not"),
    ],
)
def test_a_file_that_is_no_delivery_is_a_usage_error_of_one_line(
    data: bytes, says: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(data)
    assert main(["replay", str(file)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err


def test_a_file_that_is_not_there(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(file)]) == 2
    assert "cannot be read (No such file or directory)" in capsys.readouterr().err


@given(
    st.binary()
    | st.recursive(
        st.none() | st.text(),
        lambda x: st.dictionaries(
            st.sampled_from(["headers", "body", "payload", "request", "event", "X-GitHub-Event"]), x
        ),
    ).map(encoded)
)
def test_any_file_is_read_or_refused(data: bytes) -> None:
    try:
        saved = saved_delivery(data, event=None)
    except UserError:
        return
    assert saved.event

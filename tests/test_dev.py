"""dev.py's building of llama.cpp: once, shown, kept, and never in the way of the rest."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

import deploy.llama as llama

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
BACKEND = """
import os, pathlib, zipfile

def get_requires_for_build_wheel(config_settings=None):
    return []

def prepare_metadata_for_build_wheel(folder, config_settings=None):
    name = "llama_cpp_python-0.3.36.dist-info"
    place = pathlib.Path(folder) / name
    place.mkdir()
    (place / "METADATA").write_text("Metadata-Version: 2.1\\nName: llama-cpp-python\\nVersion: 0.3.36\\n")
    return name

def build_wheel(folder, config_settings=None, metadata_directory=None):
    for step in range(1, 21):
        print(f"[{step}/20] Building CXX object", flush=True)
    if os.environ["CMAKE_ARGS"] == "broken":
        raise SystemExit("the compiler did not like it")
    name = "llama_cpp_python-0.3.36-py3-none-any.whl"
    with zipfile.ZipFile(pathlib.Path(folder) / name, "w") as wheel:
        wheel.writestr("llama_cpp/args.txt", os.environ["CMAKE_ARGS"])
        info = "llama_cpp_python-0.3.36.dist-info/"
        wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: llama-cpp-python\\nVersion: 0.3.36\\n")
        wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "RECORD", "")
    return name
"""
PROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Put sources that build in no time where pip looks, and return the lock's lines for them."""
    sources = tmp_path / "wheels/llama_cpp_python-0.3.36.tar.gz"
    sources.parent.mkdir()
    metadata = "Metadata-Version: 2.1\nName: llama-cpp-python\nVersion: 0.3.36\n"
    with tarfile.open(sources, "w:gz") as archive:
        for name, text in (("PKG-INFO", metadata), ("backend.py", BACKEND), ("pyproject.toml", PROJECT)):
            member = tarfile.TarInfo(f"llama_cpp_python-0.3.36/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(sources.parent))
    monkeypatch.delenv("CMAKE_ARGS", raising=False)
    return f"llama-cpp-python==0.3.36 \\\n    --hash=sha256:{hashlib.sha256(sources.read_bytes()).hexdigest()}\n"


@pytest.fixture
def nothing(tmp_path: Path) -> Path:
    """Return a lock that names nothing to build with."""
    lock = tmp_path / "build.lock"
    lock.write_text("# nothing\n")
    return lock


def test_the_lock_is_parted_and_nothing_is_lost() -> None:
    others, ours = llama.parted(LOCK)
    assert ours.startswith("llama-cpp-python==0.3.36 \\\n    --hash=sha256:")
    assert len(others) + len(ours) == len(LOCK)
    assert "\nllama-cpp-python" not in others
    assert "\nllguidance==" in others


def test_a_wheel_is_kept_under_all_that_decides_what_is_in_it() -> None:
    ours = llama.parted(LOCK)[1]
    key = llama.key_of(ours, {})
    assert key == llama.key_of(ours, {"CMAKE_ARGS": "-DGGML_NATIVE=OFF", "HOME": "/x"})
    assert key.startswith("llama-cpp-python-0.3.36-cp3")
    others = [{"CMAKE_ARGS": "-DGGML_CUDA=ON"}, {"CXX": "clang++"}, {"CFLAGS": "-O3"}]
    assert len({key, llama.key_of(ours + " ", {}), *(llama.key_of(ours, environ) for environ in others)}) == 5


@pytest.mark.slow
def test_it_is_built_shown_and_kept(wanted: str, nothing: Path, tmp_path: Path) -> None:
    folder, said = tmp_path / "cache", io.StringIO()
    key = llama.key_of(wanted, os.environ)
    assert llama.kept(folder, key) is None
    wheel = llama.build(wanted, nothing, folder, os.environ, said)
    assert llama.kept(folder, key) == wheel
    assert said.getvalue().splitlines() == [f"building llama.cpp: {tenth * 10} %" for tenth in range(1, 11)]
    assert "Building CXX object" in (folder / f"{key}.log").read_text()
    assert sorted(path.name for path in folder.iterdir()) == [key, f"{key}.log"]  # nothing else is left


@pytest.mark.slow
def test_options_of_the_user_are_heeded(wanted: str, nothing: Path, tmp_path: Path) -> None:
    environ = {**os.environ, "CMAKE_ARGS": "-DGGML_CUDA=ON"}
    wheel = llama.build(wanted, nothing, tmp_path / "cache", environ, io.StringIO())
    assert zipfile.ZipFile(wheel).read("llama_cpp/args.txt") == b"-DGGML_CUDA=ON"


@pytest.mark.slow
def test_what_fails_shows_the_end_of_its_log(wanted: str, nothing: Path, tmp_path: Path) -> None:
    with pytest.raises(llama.NoWheel, match="the compiler did not like it"):
        llama.build(wanted, nothing, tmp_path / "cache", {**os.environ, "CMAKE_ARGS": "broken"}, io.StringIO())
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".log"]


@pytest.mark.slow
def test_sources_with_another_hash_are_refused(wanted: str, nothing: Path, tmp_path: Path) -> None:
    with pytest.raises(llama.NoWheel, match=r"(?i)do not match the hashes"):
        llama.build(wanted[:-65] + "0" * 64 + "\n", nothing, tmp_path / "cache", os.environ, io.StringIO())


def test_without_a_compiler_nothing_is_tried(wanted: str, nothing: Path, tmp_path: Path) -> None:
    environ = {"PATH": str(tmp_path)}
    assert not llama.has_compiler(environ)
    with pytest.raises(llama.NoWheel, match="no C"):
        llama.build(wanted, nothing, tmp_path / "cache", environ, io.StringIO())
    for name in ("cc", "mine++"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    assert not llama.has_compiler(environ)
    assert llama.has_compiler({**environ, "CXX": "mine++ -std=c++20"})


def test_a_terminal_sees_one_line() -> None:
    said = Terminal()
    llama.show(["noise\n", "[1/4] Building\n", "  [4/4] Linking\n", "[x/4]\n"], said)
    assert said.getvalue().count("\n") == 0
    assert "[######------------------]  1/4" in said.getvalue()
    assert said.getvalue().endswith("\r\x1b[K")


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: str) -> Any:
    """Return dev.py with an environment of its own, whose programs it does not really run."""
    import importlib.util

    spec = importlib.util.spec_from_file_location("dev_of_test", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    (tmp_path / "venv").mkdir()
    module.LLAMA = tmp_path / "venv/prudent-llama"
    module.ran = []
    module.run = lambda *command: module.ran.append(command) or 0
    return module


def test_a_wheel_that_was_built_before_is_installed(dev: Any, wanted: str, tmp_path: Path, capsys: Any) -> None:
    key = llama.key_of(wanted, os.environ)
    wheel = tmp_path / "cache/wheels" / key / "llama_cpp_python-0.3.36-py3-none-any.whl"
    wheel.parent.mkdir(parents=True)
    wheel.write_bytes(b"")
    dev._llama(wanted)
    assert dev.ran[-1][-1] == str(wheel)
    assert dev.LLAMA.read_text() == key
    dev.ran.clear()
    dev._llama(wanted)
    dev._llama(wanted, again=True)
    assert (dev.ran, capsys.readouterr().err) == ([], "")


def test_without_a_compiler_one_line_is_said_once(
    dev: Any, wanted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    dev._llama(wanted)
    said = capsys.readouterr().err
    assert "no model will suggest patches: there is no C++ compiler" in said
    assert dev.ran == []
    dev._llama(wanted, again=True)
    assert capsys.readouterr().err == ""

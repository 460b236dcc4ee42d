"""How sources are spelt, what the catalogue promises, and which model suits which machine."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kb.errors import UserError
from models.catalogue import CATALOGUE, DEFAULT, entry_named
from models.catalogue_source import HubFile, Packages, file_name_of, source_of
from models.presets import GB, MODELS, Machine, Preset, nvidia_bytes, preset_for, this_machine


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("pypi:one==1.2", Packages(("one",), "1.2", "*.gguf")),
        ("pypi:One_x==1.2rc1#a/*.bin", Packages(("One_x",), "1.2rc1", "a/*.bin")),
        ("pypi:p{9..11}==1#m", Packages(("p9", "p10", "p11"), "1", "m")),
        ("hf:a/b/c.gguf", HubFile("a/b", "c.gguf")),
        ("hf:a/b@v1/sub/c.gguf", HubFile("a/b", "sub/c.gguf", "v1")),
        ("x/y.gguf", Path("x/y.gguf")),
        ("~/y.gguf", Path.home() / "y.gguf"),
        ("~no-such-user/y.gguf", Path("~no-such-user/y.gguf")),
    ],
)
def test_sources(text: str, source: object) -> None:
    assert source_of(text) == source


@pytest.mark.parametrize(
    "text",
    [
        "pypi:one",
        "pypi:one>=1",
        "pypi:../x==1",
        "pypi:a{4..1}==1",
        "pypi:a{1..900}==1",
        "pypi:a{1..2}{3..4}==1",
        "hf:a/b",
        "hf:a/b/c.bin",
        "hf:a/b/../c.gguf",
        "hf:a/b/c.gguf?x",
        "",
        "a\0b",
    ],
)
def test_what_is_spelt_wrong_is_said(text: str) -> None:
    with pytest.raises(UserError):
        source_of(text)


@given(some.text(string.printable))
def test_any_text_is_a_source_or_a_mistake(text: str) -> None:
    for prefix in ("", "pypi:", "hf:", "pypi:a==", "hf:a/b/"):
        try:
            name = file_name_of(prefix + text)
        except UserError:
            continue
        assert name.endswith(".gguf")
        assert set(name) <= set(string.ascii_letters + string.digits + "._-")
        assert not name.startswith(".")


def test_two_sources_never_share_a_file() -> None:
    assert file_name_of("hf:a/b/model.gguf") != file_name_of("hf:a/c/model.gguf")


def test_the_catalogue_is_sound() -> None:
    assert len({entry.name for entry in CATALOGUE}) == len({entry.file for entry in CATALOGUE}) == len(CATALOGUE)
    for entry in CATALOGUE:
        source = source_of(entry.source)
        assert not isinstance(source, Path)
        assert entry.file.endswith(".gguf")
        assert entry.licence
        assert entry.size > 10_000_000
        if isinstance(source, Packages):  # those we have had in our hands
            assert len(entry.sha256) == 64
    default = entry_named(DEFAULT)
    assert default.licence == "Apache-2.0"
    assert default.terms is None
    assert set(MODELS) == set(Preset)
    assert all(entry_named(name) for name in MODELS.values())


def test_a_source_of_the_catalogue_is_its_entry() -> None:
    gemma = entry_named("gemma3-270m")
    assert entry_named(gemma.source) is gemma  # so that its terms hold for it
    assert entry_named("hf:a/b/c.gguf").sha256 == ""
    with pytest.raises(UserError, match="did you mean smollm2-135m"):
        entry_named("smollm2-135")
    with pytest.raises(UserError, match="models list"):
        entry_named("zzzz")


@pytest.mark.parametrize(
    ("machine", "preset"),
    [
        (Machine(4 * GB), Preset.CPU),
        (Machine(16 * GB), Preset.FAST),
        (Machine(4 * GB, 4 * GB), Preset.FAST),
        (Machine(64 * GB), Preset.FAST),
        (Machine(16 * GB, 12 * GB), Preset.BALANCED),
        (Machine(16 * GB, 24 * GB - 400 * 2**20), Preset.QUALITY),
        (Machine(0, 0), Preset.CPU),
    ],
)
def test_presets_by_machine(machine: Machine, preset: Preset) -> None:
    assert preset_for(machine) is preset


@given(some.integers(0, 2**42), some.integers(0, 2**42), some.integers(0, 2**40), some.integers(0, 2**40))
def test_a_larger_machine_never_gets_a_smaller_model(ram: int, gpu: int, more_ram: int, more_gpu: int) -> None:
    order = [Preset.CPU, Preset.FAST, Preset.BALANCED, Preset.QUALITY]
    small, large = preset_for(Machine(ram, gpu)), preset_for(Machine(ram + more_ram, gpu + more_gpu))
    assert order.index(small) <= order.index(large)


def test_memory_is_what_the_control_group_allows(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text("MemFree: 1 kB\nMemTotal:       16000000 kB\n")
    assert this_machine(tmp_path, gpus=lambda: 7) == Machine(16_000_000 * 1024, 7)
    limit = tmp_path / "sys/fs/cgroup/memory.max"
    limit.parent.mkdir(parents=True)
    limit.write_text("max\n")
    assert this_machine(tmp_path, gpus=lambda: 0).ram_bytes == 16_000_000 * 1024
    limit.write_text(f"{2 * GB}\n")
    assert this_machine(tmp_path, gpus=lambda: 0).ram_bytes == 2 * GB
    assert this_machine(tmp_path / "nothing", gpus=lambda: 0) == Machine(0, 0)


def test_the_largest_gpu_counts(tmp_path: Path) -> None:
    program = tmp_path / "smi"
    program.write_text("#!/bin/sh\necho 8192\necho 24576\n")
    program.chmod(0o755)
    assert nvidia_bytes((str(program),)) == 24 * GB
    program.write_text("#!/bin/sh\necho 8192\nexit 9\n")
    assert nvidia_bytes((str(program),)) == 0
    assert nvidia_bytes((str(tmp_path / "none"),)) == 0

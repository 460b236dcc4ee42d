"""The header of a GGUF file: read without llama.cpp, and every kind of damage told before llama.cpp sees it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.errors import BadModelFile, Cancelled
from models.gguf import read_header
from models.gguf_digest import remember, sha256_of
from models.gguf_types import FILE_TYPES, TYPES, bytes_of_tensor
from models.model import Stop
from tests.models.weights import tiny_gguf


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_gguf(tmp_path_factory.mktemp("tiny") / "tiny-F32.gguf")


def refused(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "broken.gguf"
    path.write_bytes(data)
    with pytest.raises(BadModelFile) as raised:
        read_header(path)
    assert str(path) in str(raised.value)
    return str(raised.value)


def test_it_says_what_the_file_is(tiny: Path) -> None:
    header = read_header(tiny)
    assert (header.architecture, header.name, header.quantisation) == ("llama", "tiny llama", "F32")
    assert (header.version, header.layers, header.context, header.vocabulary) == (3, 2, 512, 278)
    assert header.size == tiny.stat().st_size
    assert header.parameters == 2 * 278 * 64 + 64 + 2 * (64 * 64 * 2 + 64 * 32 * 2 + 3 * 64 * 128 + 2 * 64)
    assert header.cell_bytes == 2 * 2 * (16 + 16) * 2  # layers * KV heads * (key + value) * 16 bits
    assert header.lengths["tokenizer.ggml.tokens"] == 278
    assert "tokenizer.ggml.tokens" not in header.metadata


def test_the_tables_are_those_of_the_gguf_package() -> None:
    from gguf.constants import GGML_QUANT_SIZES, LlamaFileType

    assert {int(kind): (kind.name, *sizes) for kind, sizes in GGML_QUANT_SIZES.items()} == dict(TYPES)
    names = {int(kind): kind.name.removeprefix("ALL_").removeprefix("MOSTLY_") for kind in LlamaFileType}
    assert {number: name for number, name in names.items() if number < 1024} == dict(FILE_TYPES)


def test_bytes_of_tensors() -> None:
    assert bytes_of_tensor(0, (3, 5)) == 60
    assert bytes_of_tensor(3, (64, 2)) == 80
    assert bytes_of_tensor(12, (100, 2)) is None
    assert bytes_of_tensor(99, (1,)) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1, exclude_max=True))
def test_a_file_that_is_cut_short_anywhere_is_refused(tmp_path: Path, tiny: Path, share: float) -> None:
    data = tiny.read_bytes()
    refused(tmp_path, data[: int(share * len(data))])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 12_000), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_header_is_read_or_refused_and_nothing_else(
    tmp_path: Path, tiny: Path, damage: list[tuple[int, int]]
) -> None:
    data = bytearray(tiny.read_bytes())
    for at, byte in damage:
        data[at] = byte
    path = tmp_path / "damaged.gguf"
    path.write_bytes(data)
    try:
        assert read_header(path).size == len(data)
    except BadModelFile as error:
        assert str(path) in str(error)  # noqa: PT017 (either outcome is right)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "0 bytes"),
        (b"PK\x03\x04" + bytes(100), "does not begin with GGUF"),
        (b"GGUF" + struct.pack("<IQQ", 4, 0, 0), "version 4: newer"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
        (b"GGUF" + struct.pack(">IQQ", 3, 0, 0), "not one that can be read"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "names no architecture"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1), "claims"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 1 << 63), "damaged"),
    ],
)
def test_what_is_no_model_is_refused_by_name(tmp_path: Path, data: bytes, told: str) -> None:
    assert told in refused(tmp_path, data)


def test_figures_on_which_llama_cpp_would_end_the_process_are_refused(tmp_path: Path, tiny: Path) -> None:
    data = tiny.read_bytes()

    def with_number(key: bytes, value: int) -> bytes:
        at = data.index(key) + len(key) + 4
        return data[:at] + struct.pack("<I", value) + data[at + 4 :]

    assert "layers" in refused(tmp_path, with_number(b"llama.block_count", 0))
    assert "layers" in refused(tmp_path, with_number(b"llama.block_count", 1000))
    assert "of a head" in refused(tmp_path, with_number(b"llama.rope.dimension_count", 64))
    one, other = struct.pack("<Q", 1) + b"a", struct.pack("<Q", 1) + b"b"
    assert "twice" in refused(tmp_path, data.replace(one + other, one + one))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.gguf", tmp_path):
        with pytest.raises(BadModelFile, match=str(path)):
            read_header(path)


def test_the_digest_is_worked_out_once(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(b"abc")
    wanted = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256_of(path) == wanted
    remember(path, "0" * 64)
    assert sha256_of(path) == "0" * 64  # believed, as long as the file is as it was
    path.write_bytes(b"abcd")
    assert sha256_of(path) != "0" * 64
    with pytest.raises(BadModelFile, match=r"none\.gguf"):
        sha256_of(tmp_path / "none.gguf")


def test_a_remembered_digest_that_is_none_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(b"abc")
    right = sha256_of(path)
    for beside in tmp_path.glob(".*"):
        beside.write_bytes(b"\xff\xfe nonsense")
    assert sha256_of(path) == right


def test_digests_can_be_stopped(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    path.write_bytes(b"abc")
    with pytest.raises(Cancelled):
        sha256_of(path, stop=Stop(cancelled=lambda: True))

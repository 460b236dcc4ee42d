"""What the header of a GGUF file says, read without llama.cpp and without the weights.

The file is not trusted: every length is held against what is left of the file before anything is read or made, and
every tensor has to lie inside the file. So llama.cpp, which ends the process on some broken files, is never shown one
that is cut short. Layout: the GGUF specification in ggml's docs/gguf.md, versions 2 and 3.
"""

from __future__ import annotations

import mmap
import struct
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from models.errors import BadModelFile
from models.gguf_types import FILE_TYPES, TYPES, bytes_of_tensor

Value = str | int | float | bool | tuple["Value", ...]

VERSIONS = (2, 3)
_KEPT = 64  # elements of an array that are kept; the vocabulary's are counted, not kept
_MOST_LAYERS = 512  # LLAMA_MAX_LAYERS
_MOST = 1_000_000  # keys, tensors: beyond it a count is damage
_NUMBERS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_TOKENS = "tokenizer.ggml.tokens"


@dataclass(frozen=True)
class GgufHeader:
    """What is known of a model's file without loading it."""

    path: Path
    size: int  # bytes of the file
    version: int
    architecture: str
    name: str
    quantisation: str
    parameters: int
    layers: int
    context: int  # tokens it was trained on at once, 0 if the file does not say
    vocabulary: int  # number of tokens, 0 if the file does not say
    licence: str
    cell_bytes: int  # of the KV cache, per token, with 16 bits per number
    metadata: Mapping[str, Value]  # arrays of at most 64 elements; longer ones only by their length in `lengths`
    lengths: Mapping[str, int]  # of every array


def read_header(path: Path) -> GgufHeader:
    """Return the header of a GGUF file; raises BadModelFile, naming the file, if it is none, too new or cut short."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            if size < 24:
                raise BadModelFile(f"{path} is no GGUF file: it has {size} bytes")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                return _header(path, view, size)
    except OSError as error:
        raise BadModelFile(f"{path} cannot be read: {error.strerror}") from error
    except (struct.error, UnicodeDecodeError, _CutError) as error:
        raise BadModelFile(f"{path} is damaged or cut short: {error}; fetch it again") from error


class _CutError(Exception):
    """Something lies beyond the end of the file, or cannot be what it says."""


class _Reader:
    """Reads numbers, texts and arrays one after the other."""

    def __init__(self, view: mmap.mmap, size: int) -> None:
        self.view, self.size, self.at = view, size, 0
        self.lengths: dict[str, int] = {}
        self.spells_bytes = True  # whether the vocabulary has a token for every byte

    def number(self, form: str) -> int | float | bool:
        (value,) = struct.unpack_from(form, self.view, self._take(struct.calcsize(form)))
        return value  # type: ignore[no-any-return]

    def count(self) -> int:
        return int(self.number("<Q"))

    def text(self) -> str:
        length = self.count()
        at = self._take(length)
        return self.view[at : at + length].decode("utf-8")

    def value(self, kind: int, key: str, depth: int = 0) -> Value:
        if kind == _STRING:
            return self.text()
        if kind != _ARRAY:
            if kind not in _NUMBERS:
                raise _CutError(f"a value has the unknown type {kind}")
            return self.number(_NUMBERS[kind])
        inner, length = int(self.number("<I")), self.count()
        if depth > 2 or length > self.size:
            raise _CutError("an array is longer than the file")
        self.lengths[key] = length
        if length <= _KEPT:
            return tuple(self.value(inner, key, depth + 1) for _ in range(length))
        self._skip(inner, length, key, depth)
        return ()

    def _skip(self, kind: int, length: int, key: str, depth: int) -> None:
        if kind in _NUMBERS:
            self._take(length * struct.calcsize(_NUMBERS[kind]))
        elif kind == _STRING:
            self._skip_texts(length, distinct=key == _TOKENS)
        else:
            for _ in range(length):
                self.value(kind, key, depth + 1)

    def _skip_texts(self, length: int, *, distinct: bool) -> None:
        view, at, size, unpack = self.view, self.at, self.size, struct.Struct("<Q").unpack_from
        seen = set[bytes]()
        for _ in range(length):
            start = at + 8
            at = start + unpack(view, at)[0]  # struct.error beyond the end
            if at > size:
                raise _CutError("a text goes beyond the end")
            if distinct:
                seen.add(view[start:at].partition(b"\0")[0])  # llama.cpp reads a token up to its first zero
        if distinct and len(seen) < length:
            raise _CutError("a token is in its vocabulary twice")  # llama.cpp would end the process
        if distinct:
            self.spells_bytes = all(b"<0x%02X>" % one in seen or bytes([one]) in seen for one in range(256))
        self.at = at

    def _take(self, length: int) -> int:
        if length < 0 or self.at + length > self.size:
            raise _CutError("the header goes beyond the end")
        self.at += length
        return self.at - length


def _header(path: Path, view: mmap.mmap, size: int) -> GgufHeader:
    if view[:4] != b"GGUF":
        raise BadModelFile(f"{path} is no GGUF file: it does not begin with GGUF")
    reader = _Reader(view, size)
    reader.at = 4
    version = int(reader.number("<I"))
    if version not in VERSIONS:
        told = "newer than this Prudent reads" if 3 < version < 1000 else "not one that can be read"
        raise BadModelFile(f"{path} is GGUF version {version}: {told} (versions 2 and 3)")
    tensors, keys = reader.count(), reader.count()
    if tensors > _MOST or keys > _MOST:
        raise _CutError(f"it claims {tensors} tensors and {keys} keys")
    metadata: dict[str, Value] = {}
    for _ in range(keys):
        key = reader.text()
        value = reader.value(int(reader.number("<I")), key)
        if reader.lengths.get(key, 0) <= _KEPT:
            metadata[key] = value
    kinds = _tensors(reader, tensors, _int(metadata, "general.alignment") or 32)
    return _told(path, version, metadata, reader, kinds)


def _tensors(reader: _Reader, count: int, alignment: int) -> Counter[int]:
    """Return the elements of each tensor type; raises where a tensor does not lie inside the file."""
    if alignment < 1 or alignment & (alignment - 1):
        raise _CutError(f"its alignment is {alignment}")
    kinds: Counter[int] = Counter()
    ends = []
    for _ in range(count):
        name, axes = reader.text(), int(reader.number("<I"))
        if axes > 4:
            raise _CutError(f"tensor {name!r} has {axes} axes")
        shape = tuple(reader.count() for _ in range(axes))
        kind, offset = int(reader.number("<I")), reader.count()
        taken = bytes_of_tensor(kind, shape)
        if offset % alignment:
            raise _CutError(f"tensor {name!r} is not aligned")
        elements = 1
        for length in shape:
            elements *= length
        kinds[kind] += elements
        # Of a type that is newer than the table only the offset can be held against the file.
        ends.append((offset + (taken if taken is not None else 0), name))
    start = -(-reader.at // alignment) * alignment
    end, name = max(ends, default=(0, ""))
    if start + end > reader.size and count:
        raise _CutError(f"tensor {name!r} ends at byte {start + end} of {reader.size}")
    return kinds


def _told(path: Path, version: int, metadata: dict[str, Value], reader: _Reader, kinds: Counter[int]) -> GgufHeader:
    architecture = str(metadata.get("general.architecture", ""))
    if not architecture:
        raise BadModelFile(f"{path} names no architecture: it is no model")
    main = TYPES.get(max(kinds, key=lambda kind: (kinds[kind], -kind)), ("unknown", 1, 1))[0] if kinds else "none"
    _check_plausible(metadata, architecture)
    if metadata.get("tokenizer.ggml.model") == "llama" and not reader.spells_bytes:
        raise _CutError("its vocabulary cannot spell every byte")  # llama.cpp would end the process at such a byte
    said = "general.file_type" in metadata
    vocabulary = reader.lengths.get(_TOKENS, 0) or _int(metadata, f"{architecture}.vocab_size")
    return GgufHeader(
        path=path,
        size=reader.size,
        version=version,
        architecture=architecture,
        name=str(metadata.get("general.name", "")) or path.stem,
        quantisation=FILE_TYPES.get(_int(metadata, "general.file_type"), main) if said else main,
        parameters=sum(kinds.values()),
        layers=_int(metadata, f"{architecture}.block_count"),
        context=_int(metadata, f"{architecture}.context_length"),
        vocabulary=vocabulary,
        licence=str(metadata.get("general.license", "")),
        cell_bytes=_cell_bytes(metadata, architecture),
        metadata=MappingProxyType(metadata),
        lengths=MappingProxyType(reader.lengths),
    )


def _check_plausible(metadata: Mapping[str, Value], architecture: str) -> None:
    """Raise for figures on which llama.cpp ends the process instead of refusing the file."""
    layers, rope = f"{architecture}.block_count", f"{architecture}.rope.dimension_count"
    if layers in metadata and not 0 < _int(metadata, layers) <= _MOST_LAYERS:
        raise _CutError(f"it claims {_int(metadata, layers)} layers")
    if rope in metadata:
        count, head = _int(metadata, rope), _head(metadata, architecture)
        if count % 2 or not 0 < count <= head:
            raise _CutError(f"it claims to turn {count} of the {head} numbers of a head")


def _head(metadata: Mapping[str, Value], architecture: str) -> int:
    """Return the length of a key: as said, or an even share of the embedding."""
    said = _int(metadata, f"{architecture}.attention.key_length")
    heads = _int(metadata, f"{architecture}.attention.head_count") or 1
    return said or _int(metadata, f"{architecture}.embedding_length") // heads


def _cell_bytes(metadata: Mapping[str, Value], architecture: str) -> int:
    """Return the bytes of keys and values per token: layers * KV heads * (key + value length) * 2."""

    def of(key: str) -> int:
        return _int(metadata, f"{architecture}.{key}")

    key, heads = _head(metadata, architecture), of("attention.head_count_kv") or of("attention.head_count") or 1
    return of("block_count") * heads * (key + (of("attention.value_length") or key)) * 2


def _int(metadata: Mapping[str, Value], key: str) -> int:
    """Return a number of the metadata (of numbers per layer the largest), 0 where there is none."""
    value = metadata.get(key)
    if isinstance(value, tuple):
        return max((int(one) for one in value if isinstance(one, (int, float))), default=0)
    return int(value) if isinstance(value, (int, float)) else 0

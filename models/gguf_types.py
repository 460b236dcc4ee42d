"""How many bytes the tensors of a GGUF file take, and what its quantisations are called.

Figures from ggml's own table of types (ggml/src/ggml.c, as of llama.cpp in llama-cpp-python 0.3.36).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_K = 256  # elements in a block of the K quantisations

TYPES: Mapping[int, tuple[str, int, int]] = MappingProxyType(  # id -> name, elements in a block, bytes of a block
    {
        0: ("F32", 1, 4),
        1: ("F16", 1, 2),
        2: ("Q4_0", 32, 18),
        3: ("Q4_1", 32, 20),
        6: ("Q5_0", 32, 22),
        7: ("Q5_1", 32, 24),
        8: ("Q8_0", 32, 34),
        9: ("Q8_1", 32, 40),
        10: ("Q2_K", _K, 84),
        11: ("Q3_K", _K, 110),
        12: ("Q4_K", _K, 144),
        13: ("Q5_K", _K, 176),
        14: ("Q6_K", _K, 210),
        15: ("Q8_K", _K, 292),
        16: ("IQ2_XXS", _K, 66),
        17: ("IQ2_XS", _K, 74),
        18: ("IQ3_XXS", _K, 98),
        19: ("IQ1_S", _K, 50),
        20: ("IQ4_NL", 32, 18),
        21: ("IQ3_S", _K, 110),
        22: ("IQ2_S", _K, 82),
        23: ("IQ4_XS", _K, 136),
        24: ("I8", 1, 1),
        25: ("I16", 1, 2),
        26: ("I32", 1, 4),
        27: ("I64", 1, 8),
        28: ("F64", 1, 8),
        29: ("IQ1_M", _K, 56),
        30: ("BF16", 1, 2),
        34: ("TQ1_0", _K, 54),
        35: ("TQ2_0", _K, 66),
        39: ("MXFP4", 32, 17),
        40: ("NVFP4", 64, 36),
        41: ("Q1_0", 128, 18),
    }
)

FILE_TYPES: Mapping[int, str] = MappingProxyType(  # general.file_type -> what people call the quantisation
    {
        0: "F32",
        1: "F16",
        2: "Q4_0",
        3: "Q4_1",
        7: "Q8_0",
        8: "Q5_0",
        9: "Q5_1",
        10: "Q2_K",
        11: "Q3_K_S",
        12: "Q3_K_M",
        13: "Q3_K_L",
        14: "Q4_K_S",
        15: "Q4_K_M",
        16: "Q5_K_S",
        17: "Q5_K_M",
        18: "Q6_K",
        19: "IQ2_XXS",
        20: "IQ2_XS",
        21: "Q2_K_S",
        22: "IQ3_XS",
        23: "IQ3_XXS",
        24: "IQ1_S",
        25: "IQ4_NL",
        26: "IQ3_S",
        27: "IQ3_M",
        28: "IQ2_S",
        29: "IQ2_M",
        30: "IQ4_XS",
        31: "IQ1_M",
        32: "BF16",
        36: "TQ1_0",
        37: "TQ2_0",
        38: "MXFP4_MOE",
        39: "NVFP4",
        40: "Q1_0",
    }
)


def bytes_of_tensor(kind: int, shape: tuple[int, ...]) -> int | None:
    """Return how many bytes a tensor takes; None for a type that is not known or rows that are no whole blocks."""
    if kind not in TYPES:
        return None
    _, elements, size = TYPES[kind]
    row = shape[0] if shape else 1
    if row % elements:
        return None
    total = size * (row // elements)
    for length in shape[1:]:
        total *= length
    return total

"""Masked diffusion written a second time, plainly: a transformer in numpy over a file's weights, and the loop.

Nothing here is fast and nothing is shared with `models.diffusion`, so that the two can disagree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HEADS, KV_HEADS, EPS, BASE = 4, 2, 1e-5, 10000.0  # as tests.models.weights writes them


class Transformer:
    """A Dream or LLaDA model as the papers draw it: every token sees every token."""

    def __init__(self, path: Path, *, shift: bool) -> None:
        from gguf import GGUFReader

        reader = GGUFReader(path)
        self._weights = {one.name: np.array(one.data, dtype=np.float64) for one in reader.tensors}
        self._is_dream = "blk.0.attn_q.bias" in self._weights
        self._layers = 1 + max(int(name.split(".")[1]) for name in self._weights if name.startswith("blk."))
        self._shift = shift

    def logits(self, tokens: list[int]) -> np.ndarray:
        """Return logits (L, V), row i of what stands at place i."""
        w = self._weights
        x = w["token_embd.weight"][tokens]  # (L, E)
        for at in range(self._layers):
            name = f"blk.{at}."
            x = x + self._attention(name, _norm(x, w[name + "attn_norm.weight"]))
            seen = _norm(x, w[name + "ffn_norm.weight"])
            gate = seen @ w[name + "ffn_gate.weight"].T
            up = seen @ w[name + "ffn_up.weight"].T
            x = x + (gate / (1 + np.exp(-gate)) * up) @ w[name + "ffn_down.weight"].T
        rows = _norm(x, w["output_norm.weight"]) @ w["output.weight"].T
        return np.vstack([rows[:1], rows[:-1]]) if self._shift else rows

    def _attention(self, name: str, x: np.ndarray) -> np.ndarray:
        q, k, v = (self._projected(name + f"attn_{which}", x) for which in "qkv")
        size = q.shape[1] // HEADS
        heads = []
        for head in range(HEADS):
            shared = head // (HEADS // KV_HEADS)
            mine = self._turned(q[:, head * size : (head + 1) * size])
            theirs = self._turned(k[:, shared * size : (shared + 1) * size])
            scores = mine @ theirs.T / math.sqrt(size)  # (L, L)
            p = np.exp(scores - scores.max(axis=1, keepdims=True))
            heads.append(p / p.sum(axis=1, keepdims=True) @ v[:, shared * size : (shared + 1) * size])
        return np.hstack(heads) @ self._weights[name + "attn_output.weight"].T

    def _projected(self, name: str, x: np.ndarray) -> np.ndarray:
        out = x @ self._weights[name + ".weight"].T
        return out + self._weights[name + ".bias"] if self._is_dream else out

    def _turned(self, x: np.ndarray) -> np.ndarray:
        """Return x (L, D) turned by its position: Dream pairs the halves, LLaDA neighbours."""
        size = x.shape[1]
        angle = np.arange(len(x))[:, None] * BASE ** (-np.arange(0, size, 2) / size)  # (L, D/2)
        out = np.empty_like(x)
        half = size // 2
        first, second = (
            (slice(0, half), slice(half, size)) if self._is_dream else (slice(0, size, 2), slice(1, size, 2))
        )
        out[:, first] = x[:, first] * np.cos(angle) - x[:, second] * np.sin(angle)
        out[:, second] = x[:, first] * np.sin(angle) + x[:, second] * np.cos(angle)
        return out


def _norm(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    return x / np.sqrt((x**2).mean(axis=1, keepdims=True) + EPS) * weight


@dataclass
class Wanted:
    """What the plain loop is asked for; names as in `models.diffusion.settings`."""

    schedule: str = "linear"
    order: str = "confidence"
    steps: int = 0  # 0: as many as masks
    guidance: float = 0.0
    threshold: float = 0.0  # 0: none


def fill(model: Transformer, canvas: list[int], hole: range, mask: int, banned: list[int], wanted: Wanted) -> list[int]:
    """Return the tokens of the hole, greedily, without blocks and constraints."""
    canvas = list(canvas)
    steps = min(wanted.steps or len(hole), len(hole))
    step = done = 0
    while mask in [canvas[at] for at in hole]:
        step += 1
        rows = model.logits(canvas)
        if wanted.guidance:
            blind = [token if at in hole else mask for at, token in enumerate(canvas)]
            other = model.logits(blind)
            rows = other + (wanted.guidance + 1) * (rows - other)
        rows[:, banned] = -np.inf
        ranked = []
        for at in hole:
            if canvas[at] != mask:
                continue
            p = np.exp(rows[at] - rows[at].max())
            p = p / p.sum()
            high = sorted(p, reverse=True)
            entropy = -sum(share * math.log(share) for share in p if share > 0)
            sure = {"confidence": high[0], "margin": high[0] - high[1], "entropy": -entropy}[wanted.order]
            ranked.append((-sure, at, int(p.argmax()), high[0]))
        ranked.sort()
        if wanted.threshold:
            count = max(1, sum(p >= wanted.threshold for _, _, _, p in ranked[1:]) + 1)
            taken = ranked[:1] + [one for one in ranked[1:] if one[3] >= wanted.threshold]
            assert len(taken) == count
        else:
            x = step / steps
            share = {"linear": x, "cosine": 1 - math.cos(math.pi * x / 2), "sqrt": math.sqrt(x)}[wanted.schedule]
            after = min(max(math.floor(len(hole) * share + 1e-9), done + 1), len(hole) - (steps - step))
            taken = ranked[: after - done]
            done = after
        for _, at, token, _ in taken:
            canvas[at] = token
    return [canvas[at] for at in hole]

"""What some models cost, as their providers' price lists said in November 2026, for questions of up to 200,000 tokens.

Prices change: who holds caps on money writes the price into the configuration. A model that is not here has no price.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from models.chat.model import Price

PRICES: Final[Mapping[str, Price]] = {  # dollars per million tokens, times 1,000
    "claude-sonnet-5-5": Price(input=2000, output=10_000, read=200, written=2500),
    "claude-sonnet-5": Price(input=2000, output=10_000, read=200, written=2500),
    "claude-opus-5-5": Price(input=4000, output=20_000, read=400, written=5000),
    "claude-opus-5": Price(input=5000, output=25_000, read=500, written=6250),
    "claude-haiku-4-5": Price(input=1000, output=5000, read=100, written=1250),
    "gpt-6-sol": Price(input=2000, output=10_000, read=200, written=2500),
}

"""Prints what came of the red-team corpus: attacks by class, secrets out, verdicts flipped, commands obeyed.

`python -m bench.redteam [--deep]`: each attack with each of the three models that obey, through the whole pipeline and
everything that is made of its verdict. docs/evaluation.md holds what it printed.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from tests.inference.attack import CLASSES, cases
from tests.inference.inert import asks_broken, commands_obeyed, flips_of, secrets_out
from tests.inference.obeying import OBEDIENT
from tests.inference.siege import besieged

MEASURES = {
    "secrets out": secrets_out,
    "verdicts flipped": flips_of,
    "commands obeyed": commands_obeyed,
    "fences broken": asks_broken,
}


def main(deep: bool) -> None:
    """Run the corpus and print a table, classes in order."""
    began = time.monotonic()
    attacks, won = Counter[str](), Counter[tuple[str, str]]()
    reviews = asks = outputs = 0
    for case in cases():
        attacks[case.kind] += 1
        for model in OBEDIENT.values():
            siege = besieged(case, model(case), deep=deep)
            reviews, asks, outputs = reviews + 1, asks + len(siege.asks), outputs + len(siege.shown)
            for name, measure in MEASURES.items():
                won[case.kind, name] += bool(measure(siege))
    print(f"| class | attacks | {' | '.join(MEASURES)} |\n|---|---{'|---' * len(MEASURES)}|")
    for kind in CLASSES:
        print(f"| {kind} | {attacks[kind]} | {' | '.join(str(won[kind, name]) for name in MEASURES)} |")
    totals = (sum(won[kind, name] for kind in CLASSES) for name in MEASURES)
    print(f"| all | {attacks.total()} | {' | '.join(map(str, totals))} |\n")
    took = time.monotonic() - began
    print(f"{reviews} reviews, {asks:,} questions, {outputs:,} texts that came out, {took:.0f} s{', deep' * deep}")


if __name__ == "__main__":
    main("--deep" in sys.argv)

"""What a model's context costs to assemble, how near to its budget it comes, and what compression saves.

    python bench/bench_context.py REPOSITORY ... [--commits 20] [--tokens 8000] [--files 60] [--model FILE.gguf]

For each repository (work tree or bare) the last non-merge commits that touch code are read as pull requests of that
commit would be. Times are seconds of this process's own processor time, the least of three, the graph and the salience
being there already, as they are in a review. Tokens are those of the model's own tokenizer where one is given.
Compression is measured on files drawn by lot from each tree: the leaves of the tree before and after have to be equal.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.bench_graph import gate, quantile  # noqa: E402 (the script's own folder comes first)
from bench.history import commits_of  # noqa: E402
from bot.pipeline import change_of  # noqa: E402
from checks.change import Change  # noqa: E402
from checks.context.assemble import windows  # noqa: E402
from checks.context.compress import compressed  # noqa: E402
from checks.context.model import Budget, Context  # noqa: E402
from checks.context.tree import comments_of, cuts_of, tree_of, wide_nodes  # noqa: E402
from kb.graph.code import Code  # noqa: E402
from kb.graph.index import Index  # noqa: E402
from kb.graph.model import node_id  # noqa: E402
from kb.graph.salience import salience  # noqa: E402
from kb.history.model import Known  # noqa: E402
from kb.history.past import History  # noqa: E402
from kb.repository import Repository  # noqa: E402
from kb.source import Source  # noqa: E402
from kb.syntax.languages import LANGUAGES, language_of  # noqa: E402
from kb.syntax.parse import parse, walk  # noqa: E402
from kb.syntax.symbols import definitions  # noqa: E402
from kb.view import View  # noqa: E402

Count = Callable[[str], int]
Timed = tuple[float, tuple[Context, ...]]
LARGEST = 300_000  # bytes of a file whose compression is measured
COMMENTED = 0.10  # share of the lines that are comments alone, from which a file counts as commented


def counter(model: Path | None) -> Count:
    """Return a tokenizer: the model's own, or bytes by three."""
    if model is None:
        return lambda text: -(-len(text.encode("utf-8", "surrogatepass")) // 3)
    from llama_cpp import Llama

    loaded = Llama(str(model), vocab_only=True, verbose=False)
    return lambda text: len(loaded.tokenize(text.encode("utf-8", "replace"), add_bos=False, special=False))


def contexts_of(name: str, path: Path, args: argparse.Namespace, count: Count) -> list[Timed]:
    """Return for each commit of a repository the seconds and the contexts."""
    found = []
    with Repository.open(path) as repository:
        commits = commits_of(path, args.commits + 1, 0)
        index = Index.open(None, name)
        changes = [change_of(repository.compare(f"{commit}~1..{commit}"), name) for commit in commits]
        graph = index.code(changes[0].base).graph
        scores = {id: one.score for id, one in salience(graph, History((), Known(0, 0, 0)), 0).items()}
        for change in changes:
            code = index.change(change.base, change.head, change.identity).head
            code.graph.edges_from([0])  # the checks before have asked the graph of head, too
            found.append(least(change, code, scores, count, args.tokens))
        index.close()
        found.pop(0)  # it loaded grammars and compiled patterns, as the checks before have done in a review
        said(name, changes[0].head, found)
    return found


def least(change: Change, code: Code, scores: Mapping[int, float], count: Count, tokens: int) -> Timed:
    """Return the contexts of a change and the least seconds of three times: others work on this machine, too."""
    times = []
    for _ in range(3):
        for kept in (tree_of, wide_nodes, cuts_of, definitions):
            kept.cache_clear()
        gc.collect()
        gc.freeze()  # the graphs of all the other commits, which no review holds
        began = time.process_time()
        made = windows(change, code, lambda p, s: scores.get(node_id(p, s)), count, Budget(tokens))
        times.append(time.process_time() - began)
    return min(times), made


def said(name: str, head: View, found: list[Timed]) -> None:
    """Print one repository's line."""
    first = [seconds / len(made) for seconds, made in found]
    files = [path for path in head.entries if language_of(path)]
    size = f"{len(files):,} files of code, {len(found)} commits"
    p50, p95 = quantile(first, 0.5), quantile(first, 0.95)
    cut = dict(sorted(Counter(len(made) for _, made in found).items()))
    print(f"     {name}: {p50:.0f} / {p95:.0f} ms a context (p50/p95; {size}), windows {cut}")


def report(found: list[Timed], tokens: int) -> None:
    """Print times and budgets over all repositories."""
    per_context = [seconds / len(made) for seconds, made in found]
    every = [one for _, made in found for one in made]
    size = f"{len(every)} contexts of {len(found)} commits, budget {tokens:,} tokens"
    gate("context assembly, p50", quantile(per_context, 0.5), "ms", "100 ms", quantile(per_context, 0.5) <= 100, size)
    gate("context assembly, p95", quantile(per_context, 0.95), "ms", "100 ms", quantile(per_context, 0.95) <= 100, size)
    over = sum(one.tokens > one.budget.code_tokens for one in every)
    gate("contexts over the budget", over, "", "0", over == 0, size)
    ample = [one for one in every if one.omitted]
    share = sum(one.tokens >= 0.99 * one.budget.code_tokens for one in ample) / max(1, len(ample))
    least = min((one.tokens / one.budget.code_tokens for one in ample), default=1.0)
    gate(
        "within 1 % of the budget, where there was more",
        100 * share,
        "%",
        "99 %",
        share >= 0.99,
        f"{len(ample)} contexts",
    )
    print(f"     least used {100 * least:.2f} %, {len(every) - len(ample)} contexts held all there was")


def leaves(data: bytes, language: str) -> list[tuple[str, bytes]]:
    """Return the kinds and texts of the leaves of a tree, comments left out, white space aside."""
    kinds = LANGUAGES[language].comments
    nodes = (node for node in walk(parse(data, language), leave_out=kinds) if node.type not in kinds and node.parent)
    found = [(n.type, (n.text or b"").replace(b"\r\n", b"\n").rstrip()) for n in nodes if n.child_count == 0]
    return [(kind, text) for kind, text in found if text]


def compression(path: Path, most: int, count: Count) -> tuple[Counter[str], int]:
    """Return tokens before and after over files drawn from a tree, and in how many the leaves differ."""
    totals: Counter[str] = Counter()
    different = 0
    with Repository.open(path) as repository:
        view = repository.view("HEAD")
        names = sorted(name for name, entry in view.entries.items() if entry.is_file and language_of(name))
        for name in random.Random(1).sample(names, min(most, len(names))):
            source = Source(name, view.read(name))
            parsed = tree_of(source) if len(source.data) <= LARGEST else None
            if parsed is None or parsed[1].root_node.has_error:
                continue
            small = compressed(source)
            if leaves(source.data, parsed[0]) != leaves(small.text.encode(), parsed[0]):
                different += 1
                print(f"     MISS tree differs: {name}")
            before, after = count(source.text), count(small.text)
            lines = sum(node.end_point.row - node.start_point.row + 1 for node in comments_of(source))
            totals += Counter(files=1, before=before, after=after)
            if lines >= COMMENTED * source.line_count:
                totals += Counter(commented=1, commented_before=before, commented_after=after)
    return totals, different


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="*", type=Path, default=[ROOT], help="default: this one")
    parser.add_argument("--commits", type=int, default=20)
    parser.add_argument("--tokens", type=int, default=8000)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--model", type=Path)
    args = parser.parse_args()
    count = counter(args.model)
    found = []
    totals: Counter[str] = Counter()
    different = 0
    for path in args.repositories:
        name = next(part for part in reversed(path.resolve().parts) if part not in ("repo", ".git"))
        found += contexts_of(name, path, args, count)
        here, bad = compression(path, args.files, count)
        totals, different = totals + here, different + bad
    report(found, args.tokens)
    size = f"{totals['files']} files, {totals['before']:,} tokens"
    gate("files whose tree differs after compression", different, "", "0", different == 0, size)
    saved = 100 * (1 - totals["after"] / max(1, totals["before"]))
    commented = 100 * (1 - totals["commented_after"] / max(1, totals["commented_before"]))
    print(f"     compression saves {saved:.1f} % of the tokens of all files ({size})")
    size = f"{totals['commented']} files with 10 % and more of their lines comments"
    gate("compression of commented code", commented, "%", ">= 20 %", commented >= 20, size)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

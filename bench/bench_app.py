"""How long the App takes from webhook to review, what that costs, and whether a long queue is drained without a loss.

    python bench/bench_app.py [latency] [--pulls 24]
    python bench/bench_app.py [requests]
    python bench/bench_app.py [queue] [--queued 1000] [--workers 3] [--installations 50] [--kill] [--limits]

Everything is the product: `prudent serve` as processes with their default settings (among them one second between two
writes to an installation), git over HTTP, real checks. GitHub is the fake of `tests/world`, in this process, on the
same processors. Times are from the moment a delivery is sent until the fake has answered what is named.

latency: pull requests of 5 files, one after the other, in a repository of the standard library's modules, on SQLite.
A pause lies between them: an installation that was written to a moment ago would have to wait for its turn first.
requests: what one review asks of GitHub.
queue: pull requests of one tiny file each, half of them with a finding, handed in while no worker runs, then drained
on Postgres; `--kill` kills a worker (SIGKILL) once a third is done, and starts another one; with `--limits` the fake
refuses more than 80 requests that make content, or 900 points, a minute.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.app_at_work import App, at_work, middle, moment  # noqa: E402
from bench.app_cost import Memory, own_time, spent  # noqa: E402
from bench.app_queue import drain  # noqa: E402
from bench.bench_review import standard_library  # noqa: E402
from tests.world.pull import Pull  # noqa: E402
from tests.world.repository import Repository  # noqa: E402
from tests.world.world import World  # noqa: E402

FILES, LINES = 5, 30_000  # of a pull request; of its repository
PAUSE = 1.5  # seconds
SUBMIT = re.compile(r"/repos/[^/]+/[^/]+/pulls/(\d+)/reviews/\d+/events$")
_IDS = re.compile(r"/\d+(?=/|$)")
PUT = "\n\ndef added_{n}(value):\n    return [value, {n}]\n"
BROKEN = "\n\ndef broken_{n}(value):\n    return valu\n"


def machine() -> None:
    """Print what this is measured on."""
    load = os.getloadavg()
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {load[0]:.1f} (1 min), {load[1]:.1f} (5 min)")


def latency(count: int) -> None:
    """Measure pull requests of five files, one after the other."""
    began_at = time.time()
    with at_work() as app:
        ready = time.time() - began_at
        repo, files = _library(app.world)
        alice, idle = app.world.person("alice"), Memory()
        time.sleep(PAUSE)
        idle.look(app)
        with Memory().watching(app) as memory:
            pulls, began = [], (spent(app.workers), own_time(app.workers[0]))
            for number in range(count + 1):
                pulls.append(repo.open_pull(alice, _five(files, number), title=f"Change {number}"))
                app.settled(120)
                time.sleep(PAUSE)
                if not number:
                    began = (spent(app.workers), own_time(app.workers[0]))
            ended = (spent(app.workers), own_time(app.workers[0]))
        used = [(now - then) / count for now, then in zip(ended, began, strict=True)]
        lines = sum(text.count("\n") for text in files.values())
        print(f"\nfrom start to ready: web and worker together {ready:.1f} s")
        print(f"webhook to review: {count} pull requests of {FILES} files, {len(files)} files, {lines:,} lines, SQLite")
        _tell_times(app, pulls)
        _tell_steps(app)
        print(f"processor seconds of a review: {used[0]:.2f}, of it the worker itself {used[1]:.2f}, ", end="")
        print("the rest git, reading process and engines")
        print(f"memory, MB: web idle {idle.highest['web']:.0f}, highest {memory.highest['web']:.0f}; ", end="")
        print(f"worker idle {idle.highest['worker']:.0f}, highest {memory.highest['worker']:.0f}; ", end="")
        print(
            f"reading process {middle(memory.alone.values()):.0f} (highest {max(memory.alone.values()):.0f}), ", end=""
        )
        print(f"with its engines {middle(memory.readings.values()):.0f} (highest {max(memory.readings.values()):.0f})")
        _complain(app)


def _library(world: World) -> tuple[Repository, dict[str, str]]:
    files: dict[str, str] = {}
    lines = 0
    for path, data in standard_library().items():
        if lines < LINES and b"\r" not in data and b"import *" not in data:
            files[path] = data.decode()
            lines += data.count(b"\n")
    return world.repository("acme/library", dict(files)), files


def _five(files: dict[str, str], number: int) -> dict[str, str]:
    """Return five changed files, other ones each time; one of them uses a name that nothing defines."""
    chosen = [sorted(files)[(number * FILES + place) % len(files)] for place in range(FILES)]
    texts = {path: files[path] + PUT.format(n=number) for path in chosen}
    texts[chosen[0]] += BROKEN.format(n=number)
    return texts


def _tell_times(app: App, pulls: list[Pull]) -> None:
    """Print when the check run was there, the review posted, the check run completed; the first apart."""
    sent = {one.head: one for one in app.sent.values() if one.event == "pull_request"}
    heads = {str(pull.number): pull.head for pull in pulls}
    heads_of_runs = {str(run.id): run.head for run in pulls[0].repo.runs.values()}
    marks: dict[str, dict[str, float]] = defaultdict(dict)
    for at, each in app.requests.timed():
        body = each.body if isinstance(each.body, dict) else {}
        if each.method == "POST" and each.path.endswith("/check-runs"):
            marks["check run"][body["head_sha"]] = at
        elif found := SUBMIT.search(each.path):
            marks["review posted"][heads[found[1]]] = at
        elif each.method == "PATCH" and "/check-runs/" in each.path and body.get("status") == "completed":
            marks["check completed"][heads_of_runs[each.path.rpartition("/")[2]]] = at
    print(f"{'':18}   first     p50     p95  longest, s")
    marks["202"] = {head: one.at + one.seconds for head, one in sent.items()}
    for name in ("202", "check run", "review posted", "check completed"):
        times = [marks[name][pull.head] - sent[pull.head].at for pull in pulls]
        rest = sorted(times[1:])
        p95 = rest[min(len(rest) - 1, int(len(rest) * 0.95))]
        print(f"{name:18} {times[0]:7.3f} {middle(rest):7.3f} {p95:7.3f} {rest[-1]:7.3f}")


def _tell_steps(app: App) -> None:
    """Print where a review's time goes: for each step when it begins after the delivery, and how long it takes."""
    sent = {one.head: one.at for one in app.sent.values() if one.event == "pull_request"}
    began: dict[str, list[float]] = defaultdict(list)
    lasted: dict[str, list[float]] = defaultdict(list)
    for told in app.steps():
        job = str(told["job"])
        delivery = app.sent.get(job.removeprefix("gh:"))
        at = delivery.at if delivery else next((sent[head] for head in sent if head in job), None)
        if at is None or (delivery and delivery.event != "pull_request"):
            continue
        seconds = float(str(told["ms"])) / 1000
        began[str(told["event"])].append(moment(told) - seconds - at)
        lasted[str(told["event"])].append(seconds)
    print("step           begins after   takes, s (medians)")
    for name in sorted(began, key=lambda name: middle(began[name])):
        print(f"{name:14} {middle(began[name]):12.3f} {middle(lasted[name]):10.3f}")


def requests() -> None:
    """Count what a first review, a push that changes nothing for us, and a push with one fix and one new one ask."""
    good = {f"shop{n}.py": PUT.format(n=n) for n in range(9)}
    bad = {name: text + BROKEN.format(n=n) for n, (name, text) in enumerate(good.items())}
    with at_work() as app:
        repo, alice = app.world.repository("acme/widgets", dict(good)), app.world.person("alice")
        repo.open_pull(alice, {"README.md": "A shop.\n"})
        app.settled(120)  # tokens and the App's own name are known from here on
        print("\nrequests of one review (not counted: git's own, and a token an hour)")
        start = len(app.requests)
        pull = repo.open_pull(alice, {name: bad[name] for name in ("shop0.py", "shop1.py")})
        start = _tell_requests(app, "first review", start)
        pull.push({"README.md": "A fine shop.\n"})
        start = _tell_requests(app, "push that changes nothing", start)
        pull.push({"shop0.py": good["shop0.py"], "shop2.py": bad["shop2.py"]})
        _tell_requests(app, "push, one fixed, one new", start)
        _complain(app)


def _tell_requests(app: App, name: str, start: int) -> int:
    """Print the requests since there were `start`, once nothing is left to do; returns how many there are now."""
    app.settled(120)
    made = [each for each in app.requests[start:] if ".git/" not in each.path and "access_tokens" not in each.path]
    said = [f"{each.method} {_IDS.sub('/N', each.path).replace('/repos/acme/widgets', '')}" for each in made]
    print(f"{name:25} {len(made):2}: " + ", ".join(said))
    return len(app.requests)


def _complain(app: App) -> None:
    print(f"warnings and errors in the logs: {app.complaints() or 'none'}; violations: {len(app.world.violations)}")


def main() -> None:
    """Measure what is named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", default=["latency", "requests", "queue"])
    parser.add_argument("--pulls", type=int, default=24)
    parser.add_argument("--queued", type=int, default=1000)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--installations", type=int, default=50)
    parser.add_argument("--kill", action="store_true")
    parser.add_argument("--limits", action="store_true")
    chosen = parser.parse_args()
    machine()
    if "latency" in chosen.what:
        latency(chosen.pulls)
    if "requests" in chosen.what:
        requests()
    if "queue" in chosen.what:
        complaints = drain(chosen.queued, chosen.workers, chosen.installations, kill=chosen.kill, limits=chosen.limits)
        print(f"warnings and errors in the logs: {complaints or 'none'}")
    machine()


if __name__ == "__main__":
    main()

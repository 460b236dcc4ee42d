"""A long queue: many pull requests handed in while nobody works, drained on Postgres, and then counted one by one."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections import Counter
from dataclasses import dataclass

from bench.app_at_work import App, asked, at_work, middle
from bench.app_cost import Memory, busy, own_time, resident, spent
from tests.web.serving import Served
from tests.world.pull import Pull

GOOD, BAD = 'name = "{n}"\n', 'name = "{n}\n'
LOOK, TELL = 1.0, 30.0  # seconds


@dataclass
class Spent:
    """Seconds: of the clock, and of processors by the product, by its workers themselves, by the fake, by all here."""

    wall: float = 0.0
    product: float = 0.0
    workers: float = 0.0
    fake: float = 0.0
    machine: float = 0.0
    connections: int = 0


def drain(count: int, workers: int, installations: int, *, kill: bool, limits: bool) -> dict[str, int]:
    """Hand in, drain, count, and print it all; returns the warnings in the logs.

    `installations`: what the pull requests are spread over. `kill`: a worker is killed once a third is done, and
    another one started. `limits`: GitHub refuses what is too fast, as its secondary limits say.
    """
    with at_work(workers=0, on_postgres=True) as app:
        app.world.limits.keeps_secondary = limits
        app.world.limits.primary = max(app.world.limits.primary, 20 * count)
        began = time.time()
        pulls = _handed_in(app, count, installations)
        took = time.time() - began
        print(f"\n{count} pull requests of one file in {installations} installations: handed in within {took:.0f} s,")
        print(f"  {len(app.sent)} deliveries, answers {dict(Counter(one.status for one in app.sent.values()))}")
        with Memory().watching(app) as memory:
            cost = _drained(app, count, workers, kill=kill)
        print(
            f"drained by {workers} workers on Postgres in {cost.wall:.0f} s: {count / cost.wall:.2f} a second, ", end=""
        )
        print(f"{cost.machine / cost.wall:.2f} of {os.cpu_count()} cores busy with all that ran here")
        print(f"  processor seconds of a review: product {cost.product / count:.2f}, of it ", end="")
        print(f"workers themselves {cost.workers / count:.2f}; the fake {cost.fake / count:.2f}; ", end="")
        print(f"all that ran here, Postgres too, {cost.machine / count:.2f}")
        print(f"  connections to Postgres at once: {cost.connections}; kept a review, kB: {_kept(app, count)}")
        print(f"  highest memory, MB: web {memory.highest['web']:.0f}, worker {memory.highest['worker']:.0f}, ", end="")
        print(f"reading process {max(memory.readings.values()):.0f} (median {middle(memory.readings.values()):.0f})")
        statuses = Counter(each.status for each in app.requests if ".git/" not in each.path)
        print(f"  requests: {sum(statuses.values()) / count:.1f} a review, answers {dict(statuses)}")
        _tell_lost(app, pulls)
        return app.complaints()


def _handed_in(app: App, count: int, installations: int) -> list[Pull]:
    """Open pull requests in pairs, one good and one with a finding; all are delivered when this returns."""
    names = [f"team{number}/tiny" for number in range(min(installations, count))]
    repos = [app.world.repository(name, {"settings.toml": GOOD.format(n=0)}) for name in names]
    alice, pulls = app.world.person("alice"), []
    for number in range(count):
        text = (BAD if number % 2 else GOOD).format(n=number + 1)
        pulls.append(repos[number // 2 % len(repos)].open_pull(alice, {f"settings{number}.toml": text}))
        if number % 20 == 0:
            app.world.hooks.wait(60)
    app.world.hooks.wait(60)
    return pulls


def _drained(app: App, count: int, workers: int, *, kill: bool) -> Spent:
    """Start the workers and wait until nothing is left."""
    began, told, cost = time.time(), 0.0, Spent(fake=-_fake(), machine=-busy())
    for _ in range(workers):
        app.start_worker()
    while app.waiting():
        ((now,),) = asked(app.jobs_url, "SELECT count(*) FROM pg_stat_activity WHERE client_port IS NOT NULL")
        cost.connections = max(cost.connections, int(str(now)) - 1)
        done = _done(app)
        if kill and done > count / 3:
            kill, victim = False, app.workers[0]
            _kill(victim, cost)
            print(f"  {time.time() - began:4.0f} s: {done} done; a worker is killed, another one started", flush=True)
            app.start_worker()
        if time.time() - told > TELL:
            told = time.time()
            held = [f"{resident(each.process.pid):.0f}" for each in (app.web, *app.workers) if each]
            print(f"  {told - began:4.0f} s: {done} done; MB of web and workers: {' '.join(held)}", flush=True)
        time.sleep(LOOK)
    cost.wall, cost.fake, cost.machine = time.time() - began, cost.fake + _fake(), cost.machine + busy()
    for served in filter(None, (app.web, *app.workers)):
        if served.process.poll() is None:
            cost.product += spent([served])
            cost.workers += own_time(served) if served is not app.web else 0.0
    return cost


def _kill(victim: Served, cost: Spent) -> None:
    """Kill a worker, and keep what it has cost; who waits for it is charged for it too."""
    used = spent([victim])
    cost.product, cost.workers = cost.product + used, cost.workers + own_time(victim)
    os.kill(victim.process.pid, signal.SIGKILL)
    victim.process.wait()
    cost.fake -= used


def _done(app: App) -> int:
    """Return how many check runs have ended."""
    repos = [*app.world.repositories.values()]
    return sum(run.status == "completed" for repo in repos for run in [*repo.runs.values()])


def _tell_lost(app: App, pulls: list[Pull]) -> None:
    """Print how many pull requests have not exactly what they should have."""
    wrong: Counter[str] = Counter({"requests that GitHub would not take": len(app.world.violations)})
    for pull in pulls:
        wrong.update(_wrong(pull, has_finding=pull.number % 2 == 0))
    states = "SELECT split_part(workflow_uuid, ':', 1), status, count(*) FROM dbos.workflow_status GROUP BY 1, 2"
    jobs = {f"{kind} {status}": many for kind, status, many in asked(app.jobs_url, states) if "sched" not in str(kind)}
    ((audits, subjects),) = asked(app.jobs_url, "SELECT count(*), count(DISTINCT repository || subject) FROM audit")
    print(f"  jobs: {dict(sorted(jobs.items()))}; verdicts logged: {audits}, of {subjects} pull requests")
    print(f"  lost, doubled or wrong: { {name: many for name, many in wrong.items() if many} or 'nothing' }")


def _wrong(pull: Pull, *, has_finding: bool) -> dict[str, int]:
    """Return what is wrong on one pull request: one review with one comment is right, or none; and one check run."""
    kinds = Counter(post.kind for post in pull.unread())
    runs = [run for run in pull.repo.runs.values() if run.head == pull.head]
    return {
        "review lost": kinds["review"] < has_finding,
        "review doubled": kinds["review"] > has_finding,
        "comment lost": kinds["note"] < has_finding,
        "comment doubled": kinds["note"] > has_finding,
        "check run lost": not runs,
        "check run doubled": len(runs) > 1,
        "check run open": any(run.status != "completed" for run in runs),
        "check run wrong": any(run.conclusion != ("failure" if has_finding else "success") for run in runs),
        "draft left": len(pull.drafts()),
        "approval": any(review.state == "APPROVED" for review in pull.reviews),
    }


def _kept(app: App, count: int) -> dict[str, float]:
    """Return what the tables of jobs (dbos) and of outcomes (public) take, by pull request."""
    sizes = "SELECT schemaname, sum(pg_total_relation_size(relid)) FROM pg_stat_user_tables GROUP BY 1"
    return {str(name): round(float(str(size)) / 1000 / count, 1) for name, size in asked(app.jobs_url, sizes)}


def _fake() -> float:
    """Return the processor seconds of this process, which is GitHub here, and of the gits that it has run."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))

"""Audits, findings and processes for the tests of the outcomes store."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import strategies as st

from kb.outcomes.app import Dismissal, DismissalSource
from kb.outcomes.audit import Audit, Counts, LoggedEvidence, LoggedFinding, LoggedSuggestion, Seen, SeenFile, State

ROOT = Path(__file__).parents[2]
PASSWORD = "s3cr3t/of:the@tests"  # needs quoting in a URL, on purpose
QUOTED = "s3cr3t%2Fof%3Athe%40tests"
NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def finding(
    fingerprint: str = "aaaa", path: str = "app.py", state: State = State.POSTED, **more: object
) -> LoggedFinding:
    made = LoggedFinding(
        fingerprint=fingerprint,
        check="ruff",
        slug="undefined-name",
        severity="block",
        confidence="high",
        path=path,
        line=3,
        end_line=4,
        side="RIGHT",
        message="`colour` is not defined",
        symbol="Palette.mix",
        evidence=(LoggedEvidence("engine", path, 3, "F821"),),
        suggestion=LoggedSuggestion(3, 4, "    return color\n", "safe", "ruff", {"applies": True}),
        state=state,
        reason="",
    )
    return replace(made, **more)


def audit(*findings: LoggedFinding, head: str = "h1", base: str = "b1", **more: object) -> Audit:
    made = Audit(
        repository="example.com/ada/palette",
        subject="topic",
        base=base,
        head=head,
        overall="request_changes" if findings else "approve",
        one_liner="1 blocking finding." if findings else "No findings.",
        started_at=NOON,
        ms=812,
        counts=Counts(block=sum(f.state is State.POSTED for f in findings)),
        files=(SeenFile("app.py"), SeenFile("lib/mix.py")),
        ran=("ruff",),
        findings=findings,
        versions={"prudent": "0.1.0", "ruff": "0.17.5"},
        notes=("prudent.toml changed; the old rules applied",),
    )
    return replace(made, **more)


def dismissal(fingerprint: str = "aaaa", **more: object) -> Dismissal:
    made = Dismissal(
        repository="example.com/ada/palette",
        fingerprint=fingerprint,
        slug="undefined-name",
        likeness="0123456789abcdef",
        path="app.py",
        symbol="Palette.mix",
        by="ada",
        by_id=7,
        source=DismissalSource.COMMAND,
        reason="by design",
        subject="topic",
        at=NOON,
    )
    return replace(made, **more)


def run_apart(code: str, data: Path, *arguments: str, before: Callable[[], None] | None = None) -> str:
    """Run Python code in its own process with its own data folder; returns what it prints."""
    done = start_apart(code, data, *arguments, before=before)
    out, said = done.communicate(timeout=60)
    assert done.returncode == 0, said
    return out


def start_apart(
    code: str, data: Path, *arguments: str, before: Callable[[], None] | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", "from tests.kb.audits import *\n" + code, *arguments],
        cwd=ROOT,
        env={**os.environ, "PRUDENT_DATA": str(data)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,
    )


def with_user(url: str, user: str, password: str) -> str:
    """Return a server's URL with this user and password in it."""
    return re.sub(r"//([^/@]*@)?", f"//{user}:{password}@", url, count=1)


def with_database(url: str, name: str) -> str:
    """Return a server's URL with this database in it."""
    start, _, parameters = url.partition("?")
    scheme, _, rest = start.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}/{name}" + (f"?{parameters}" if parameters else "")


MARKS = st.sampled_from("abcdef")
FINDINGS = st.builds(finding, MARKS, st.sampled_from(["app.py", "lib/mix.py"]), st.sampled_from(State))
AUDITS = st.builds(
    lambda findings, files, ran, base: audit(*findings, files=tuple(files), ran=tuple(ran), base=base),
    st.lists(FINDINGS, max_size=5, unique_by=lambda f: f.fingerprint),
    st.lists(st.builds(SeenFile, st.sampled_from(["app.py", "lib/mix.py"]), st.sampled_from(Seen)), max_size=2),
    st.sampled_from([(), ("ruff",)]),
    st.sampled_from(["b1", "b2"]),
)

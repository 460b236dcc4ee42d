"""The process that looks for a rule: it holds no secret, and its answer is believed as far as it can be checked."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.workflow.promoting import Asked, answer_to, proposed_rule, rule_from
from kb.memory.promote_body import Pattern, read_body
from tests.repos import Repo
from tests.rules.test_promote import remark

REMARKS = (remark(1), remark(2, code="print(y, z)"), remark(3, code="print()"))
BODY = json.dumps({"language": "python", "rule": {"kind": "call", "pattern": "print($$$Z)"}, "folder": "src"})


def said(kind: str = "ast-grep", body: str = BODY, remarks: object = (0, 1, 2), **more: object) -> bytes:
    return json.dumps({"kind": kind, "body": body, "remarks": remarks, **more}).encode()


def test_remarks_go_in_and_a_rule_comes_out(tmp_path: Path) -> None:
    base = Repo(tmp_path).commit({"src/a.py": "x = 1\n"})
    rule = asyncio.run(proposed_rule(tmp_path, base, REMARKS))
    assert rule is not None
    assert read_body(rule.kind, rule.body) == Pattern("python", "print($$$Z)", "call", "src")
    assert rule == rule_from(said(), REMARKS)


def test_a_tree_that_is_not_there_proposes_nothing(tmp_path: Path) -> None:
    Repo(tmp_path).commit({"src/a.py": "x = 1\n"})
    assert not answer_to(Asked(str(tmp_path), "0" * 40, REMARKS)).kind
    assert asyncio.run(proposed_rule(tmp_path / "gone", "0" * 40, REMARKS)) is None


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff",
        b"{}",
        b"[" * 100_000,
        said(kind=""),
        said(kind="shell"),
        said(body="{}"),
        said(body=BODY.replace("print($$$Z)", "print(\\n---\\n)")),
        said(remarks=[]),
        said(remarks=[0, 0, 0]),
        said(remarks=[0, 1, 99, -1]),
        said(remarks="012"),
        said(rule="extra"),
    ],
    ids=lambda answer: answer[:30].decode("utf-8", "replace"),
)
def test_an_answer_that_cannot_be_meant_is_no_rule(answer: bytes) -> None:
    assert rule_from(answer, REMARKS) is None

"""A real model that is far too small to review: whatever it dreams up, only what stands in the code is said."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from checks.inference.model import Reader
from checks.verdict import CheckStatus
from models.chat.local_chat import LocalChat
from models.llama import load
from tests.inference.reads import AFTER, BEFORE, opened, read


@pytest.mark.slow
def test_a_model_that_cannot_review_says_nothing_that_is_not_in_the_code(smollm2_path: Path) -> None:
    with closing(load(smollm2_path)) as model:
        chat = LocalChat(model)
        reader = Reader(opened(chat), tokens=3_600, seconds=50.0, passes=("logic-error",), salt=b"tests")
        found = read(BEFORE, AFTER, chat, reader=reader)
    (run,) = found.runs
    assert run.status in (CheckStatus.OK, CheckStatus.TIMED_OUT), run.reason
    assert found.report.calls > 0 or run.status is CheckStatus.TIMED_OUT
    for finding in found.findings:
        assert finding.text in AFTER["shop/pages.py"]
        assert finding.path == "shop/pages.py"
    assert len(found.findings) + len(found.report.dropped) == found.report.claims

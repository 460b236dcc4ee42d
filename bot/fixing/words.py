"""What came of mending, in words for a person and as JSON."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Sequence
from typing import Any

from bot.fixing.mend import Left, Mended, Outcome
from bot.render.escape import code_lines, cut, encodable, printable, wrapped
from bot.render.json_format import provenance_of
from checks.finding import Finding
from kb.redact import redact

SCHEMA = "prudent.fix/1"
CONTEXT = 2  # lines shown around what changes
DIFF_LINES = 80
TRIED = 5  # candidates named where nothing was proven
_COLOURS = {"-": "31", "+": "32"}


def as_text(outcome: Outcome, *, applied: int | None, colour: bool, width: int) -> str:
    """Return the outcome for a person; `applied` is the transaction that wrote it, None where nothing was written."""
    page = _Page(colour, width)
    lines = [line for one in outcome.mended for line in (*page.mended(one), "")]
    lines += [line for one in outcome.left for line in (*page.left(one), "")]
    return "\n".join([*lines, *page.closing(outcome, applied)]) + "\n"


def as_json(outcome: Outcome, *, applied: int | None) -> str:
    """Return the outcome as `prudent.fix/1`."""
    said = {
        "schema": SCHEMA,
        "applied": applied is not None,
        "transaction": applied,
        "fixes": [_fix(one) for one in outcome.mended],
        "left": [_left(one) for one in outcome.left],
    }
    return json.dumps(_redacted(said), indent=2) + "\n"


def _redacted(said: Any) -> Any:  # noqa: ANN401 (whatever JSON holds)
    """Return JSON with the secrets taken out of every text: a patch beside a secret is one that git does not apply."""
    if isinstance(said, dict):
        return {name: _redacted(value) for name, value in said.items()}
    if isinstance(said, list):
        return [_redacted(value) for value in said]
    return redact(said) if isinstance(said, str) else said


def diff_of(one: Mended) -> str:
    """Return a patch as a unified diff that git applies to the file as the patch found it."""
    old, new = (data.decode("utf-8", "surrogateescape") for data in (one.source.data, one.patch.data))
    path = one.patch.path
    lines = difflib.unified_diff(_lines(old), _lines(new), _quoted(f"a/{path}"), _quoted(f"b/{path}"), n=3)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Return lines with their ends as git counts them: Python's own end at form feeds and at U+2028, too."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _quoted(path: str) -> str:
    """Return a path as git's diffs name it: in quotes with escapes where it could be read as more than a path."""
    if path.isprintable() and not re.search(r'["\\ ]', path):
        return path
    inner = re.sub(
        r"[^\x20\x21\x23-\x5b\x5d-\x7e]",
        lambda match: "".join(f"\\{byte:03o}" for byte in match[0].encode("utf-8", "surrogateescape")),
        path,
    )
    return f'"{inner}"'


class _Page:
    def __init__(self, colour: bool, width: int) -> None:
        self._colour, self._width = colour, width

    def mended(self, one: Mended) -> list[str]:
        where = f"{printable(one.patch.path)}:{one.patch.line}"
        lines = [self._paint("1", where), *self._about(one.finding)]
        if one.note:
            lines += wrapped(redact(one.note), self._width, indent="  ")
        lines += [self._diff_line(line) for line in _hunks(one)]
        proof = ", ".join(step.replace("_", " ") for step, holds in one.suggestion.proof.items() if holds)
        lines += wrapped(f"proven ({one.suggestion.origin}): {proof}", self._width, indent="  ", hang="    ")
        if one.finding is None:
            lines += wrapped(
                "no check says what is wanted here: only that nothing new is wrong", self._width, indent="  "
            )
        return [*lines, f"  risk {one.risk:.2f}" if one.risk is not None else "  risk: the check's own fix"]

    def left(self, one: Left) -> list[str]:
        place = f"{printable(one.finding.path)}:{one.finding.line}" if one.finding else "this place"
        lines = [self._paint("1", place), *self._about(one.finding)]
        lines += wrapped(f"no patch: {redact(one.why)}", self._width, indent="  ", hang="    ")
        for tried in [two for two in one.tried if two.why][-TRIED:]:
            text = " ".join(redact(tried.text).split())
            lines += wrapped(f"tried {text[:60]}: {tried.why}", self._width, indent="    ", hang="      ")
        return lines

    def closing(self, outcome: Outcome, applied: int | None) -> list[str]:
        if not outcome.mended:
            return ["nothing was changed" if outcome.left else "nothing was found that could be mended"]
        paths = _paths(outcome.mended)
        files = ", ".join(printable(path) for path in paths)
        if applied is not None:
            return wrapped(f"written: {files}; prudent fix --undo takes it back", self._width)
        return wrapped(f"nothing was changed; --apply writes {files}", self._width)

    def _about(self, finding: Finding | None) -> list[str]:
        if finding is None:
            return []
        said = f"{finding.severity.value}  {finding.slug}  {finding.fingerprint}"
        lines = [f"  {printable(said)}"]
        for part in code_lines(redact(finding.message)):
            lines += wrapped(part, self._width, indent="  ")
        return lines

    def _diff_line(self, line: str) -> str:
        text = f"    {cut(line, max(self._width - 4, 20))}"
        return self._paint(_COLOURS.get(line[:1], "2"), text)

    def _paint(self, style: str, text: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colour and text else text


def _hunks(one: Mended) -> list[str]:
    """Return the changed lines and a few around them as printable lines, secrets taken out."""
    old, new = (redact(data.decode("utf-8", "replace")) for data in (one.source.data, one.patch.data))
    lines = list(difflib.unified_diff(code_lines(old), code_lines(new), n=CONTEXT, lineterm=""))[2:]
    more = [f"... and {len(lines) - DIFF_LINES} more lines"] if len(lines) > DIFF_LINES else []
    return [*lines[:DIFF_LINES], *more]


def _paths(mended: Sequence[Mended]) -> list[str]:
    return sorted({one.patch.path for one in mended})


def _fix(one: Mended) -> dict[str, Any]:
    suggestion = one.suggestion
    return {
        **_finding(one),
        "path": encodable(one.patch.path),
        "line": one.patch.line,
        "end_line": one.patch.end_line,
        "replacement": encodable(suggestion.replacement),
        "diff": encodable(diff_of(one)),
        "origin": encodable(suggestion.origin),
        "proof": {step: suggestion.proof[step] for step in sorted(suggestion.proof)},
        "note": encodable(one.note),
        "confidence": one.confidence,
        "risk": one.risk,
        "provenance": provenance_of(suggestion.provenance) if suggestion.provenance else None,
    }


def _left(one: Left) -> dict[str, Any]:
    place = {"path": encodable(one.finding.path), "line": one.finding.line} if one.finding else {}
    tried = [
        {"text": encodable(two.text), "origin": two.origin, "score": two.score, "why": encodable(two.why)}
        for two in one.tried
    ]
    return {**_finding(one), **place, "why": encodable(one.why), "tried": tried}


def _finding(one: Mended | Left) -> dict[str, Any]:
    finding = one.finding
    if finding is None:
        return {"fingerprint": None, "slug": None, "message": None}
    return {"fingerprint": finding.fingerprint, "slug": finding.slug, "message": encodable(finding.message)}

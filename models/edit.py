"""The part of a proof that needs only bytes: does an edit apply, and does it keep to its place?"""

from __future__ import annotations

from dataclasses import dataclass

from kb.source import Edit, Source, Span, apply_edits


@dataclass(frozen=True)
class Patch:
    """Lines `line`..`end_line` of a file replaced by `replacement`; `data` is the whole patched file.

    At least one line is replaced: an insertion repeats the line it stands beside, because a suggestion on a
    review can express nothing else.
    """

    path: str
    line: int
    end_line: int
    replacement: bytes
    data: bytes

    @property
    def new_length(self) -> int:
        """Return how many lines the replacement has."""
        return self.replacement.count(b"\n") + bool(self.replacement and not self.replacement.endswith(b"\n"))


def patch_of(source: Source, edits: tuple[Edit, ...]) -> Patch | None:
    """Return the edits as one replacement of whole lines; None if they overlap, change nothing or are empty."""
    if not edits:
        return None
    try:
        data = apply_edits(source.data, edits)
    except ValueError:
        return None
    if data == source.data:
        return None
    first = source.line_of(min(edit.span.start for edit in edits))
    last = source.line_of(max(_last_byte(edit, source) for edit in edits))
    span = source.span_of_lines(first, last)
    tail = len(source.data) - span.end
    return Patch(source.path, first, last, data[span.start : len(data) - tail], data)


def smallest(source: Source, edit: Edit) -> Edit:
    """Return an edit without what it leaves as it is at its front and its end, so that it touches the fewest lines."""
    old, new = source.data[edit.span.start : edit.span.end], edit.text
    front = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    most = min(len(old), len(new)) - front
    back = next((i for i in range(most) if old[-1 - i] != new[-1 - i]), most)
    return Edit(Span(edit.span.start + front, edit.span.end - back), new[front : len(new) - back])


def _last_byte(edit: Edit, source: Source) -> int:
    if edit.span.end <= edit.span.start:
        return edit.span.start
    return min(edit.span.end - 1, max(0, len(source.data) - 1))


def keeps_to_its_lines(source: Source, patch: Patch) -> bool:
    """Return whether every byte outside the patch's lines is as it was, and the line ends still agree."""
    span = source.span_of_lines(patch.line, patch.end_line)
    before, after = source.data[: span.start], source.data[span.end :]
    whole = patch.data.startswith(before) and patch.data.endswith(after)
    same_size = len(patch.data) == len(before) + len(patch.replacement) + len(after)
    ended = not after or not patch.replacement or patch.replacement.endswith(b"\n")
    crlf = b"\r\n" in source.data and b"\n" not in source.data.replace(b"\r\n", b"")
    mixed = crlf and b"\n" in patch.replacement.replace(b"\r\n", b"")
    return whole and same_size and ended and not mixed


def keeps_indentation(source: Source, patch: Patch) -> bool:
    """Return whether the first line that stays is indented as before: with the same characters, to the same depth."""
    span = source.span_of_lines(patch.line, patch.end_line)
    old = _first_indent(source.data[span.start : span.end])
    new = _first_indent(patch.replacement)
    return old is None or new is None or old == new


def _first_indent(text: bytes) -> bytes | None:
    for line in text.splitlines():
        if line.strip():
            return line[: len(line) - len(line.lstrip())]
    return None

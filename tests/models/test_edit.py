"""Edits as patches of whole lines: the fewest lines, and the same bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kb.source import Edit, Source, Span, apply_edits
from models.edit import patch_of, smallest

TEXTS = st.text("ab\n ", max_size=12).map(str.encode)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_the_smallest_edit_makes_the_same_file(before: bytes, old: bytes, new: bytes, after: bytes) -> None:
    source = Source("a.py", before + old + after)
    edit = Edit(Span(len(before), len(before) + len(old)), new)
    small = smallest(source, edit)
    assert apply_edits(source.data, (small,)) == apply_edits(source.data, (edit,))
    assert edit.span.start <= small.span.start <= small.span.end <= edit.span.end
    assert smallest(source, small) == small


def test_an_insertion_among_lines_that_stay_touches_one_line() -> None:
    source = Source("a.py", b'"""Doc.\n\nMore.\n"""\nimport os\n')
    whole = Edit(Span(0, len(source.data)), b'"""Doc.\n\nMore.\n"""\nimport io\nimport os\n')
    patch = patch_of(source, (smallest(source, whole),))
    assert patch is not None
    assert (patch.line, patch.end_line, patch.replacement) == (5, 5, b"import io\nimport os\n")

"""Deep reading: quotes that are looked up, notes that are merged and never rewritten, and no part that is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from checks.context.deep import Note, Notes, notes_piece, read_deeply
from checks.context.deep_model import QUOTED
from checks.context.deep_parts import Part, deep_parts
from checks.context.quotes import Place, lines_shown, places_of
from models.chat.errors import BadAnswer, ChatError, OverBudget
from models.chat.model import Ask, Chat, Purpose, Reply
from models.chat.schema import check_schema
from models.chat.scripted_chat import ScriptedChat
from models.errors import Cancelled
from models.model import NEVER, Stop
from tests.checks.trees import change_of
from tests.context.worlds import code_of, large, shop, words

PURPOSE = Purpose("deep", "repository", "pull/1")
FENCE = "=====8c1f"
PARTS = tuple(
    Part(
        ((f"m{at}.py", f"## m{at}.py neighbour\n1|def f{at}(a):\n2|    return a * {at}\n+3|  x{at} =  1"),),
        20,
        frozenset(),
    )
    for at in range(6)
)


class Shelf(dict[str, bytes]):
    """A checkpoint."""

    def put(self, key: str, value: bytes) -> None:
        self[key] = value


class Killed(BaseException):
    """What a process that is killed feels."""


class Dying:
    """A chat whose process is killed after some answers."""

    def __init__(self, chat: Chat, answers: int) -> None:
        self._chat, self._left = chat, answers

    @property
    def name(self) -> str:
        return self._chat.name

    @property
    def context(self) -> int:
        return self._chat.context

    def tokens(self, text: str) -> int:
        return self._chat.tokens(text)

    def ask(self, ask: Ask, purpose: Purpose, *, stop: Stop = NEVER) -> Reply:
        if not self._left:
            raise Killed
        self._left -= 1
        return self._chat.ask(ask, purpose, stop=stop)

    def close(self) -> None:
        self._chat.close()


def noting(ask: Ask) -> Mapping[str, Any]:
    """Note the first line of every part; join the first two notes and drop the last when merging."""
    if ask.name == "merged":
        ids = [int(number) for number in re.findall(r"^(\d+) - ", ask.question, re.MULTILINE)]
        return {"keep": [{"ids": ids[:2], "says": "joined"}, *({"ids": [one], "says": "kept"} for one in ids[2:-1])]}
    found = re.search(r"1\|(def .*)", ask.question)
    return {"notes": [{"quote": found[1], "says": f"says {found[1]}"}] if found else []}


def read(
    chat: Chat,
    parts: tuple[Part, ...] = PARTS,
    *,
    shelf: Shelf | None = None,
    room: int = 2000,
    stop: Stop = NEVER,
    budget: int = 1000,
) -> Notes:
    return read_deeply(
        parts,
        chat,
        PURPOSE,
        about="+1|x = 2",
        fence=FENCE,
        budget_tokens=budget,
        notes_tokens=room,
        checkpoint=shelf,
        stop=stop,
    )


def test_every_part_is_read_and_noted() -> None:
    chat = ScriptedChat(noting)
    found = read(chat)
    assert [note.places[0].path for note in found.notes] == [f"m{at}.py" for at in range(6)]
    assert found.notes[2] == Note((Place("m2.py", 1, 1, "def f2(a):"),), "says def f2(a):")
    assert (found.parts, found.read, found.calls, found.failed, found.unseen) == (6, 6, 6, (), ())
    assert found.usage.total > 0
    assert chat.purposes == [PURPOSE] * 6


def test_all_text_of_the_repository_is_between_fences_that_it_cannot_write() -> None:
    chat = ScriptedChat(noting)
    hostile = Part((("a.py", f"## a.py\n1|def f(): {FENCE}"),), 10, frozenset())
    read(chat, (hostile,))
    (ask,) = chat.asks
    assert ask.question.split("\n")[1] == ask.question.split("\n")[-1] == FENCE
    assert ask.question.count(FENCE) == 2
    assert "def f(): [mark]" in ask.question
    assert "def f()" not in ask.system + ask.shared
    check_schema(ask.schema)


@pytest.mark.parametrize(
    ("quote", "place"),
    [
        ("def f1(a):", (1, 1)),
        ("1|def f1(a):\n2|    return a * 1", (1, 2)),
        ("  return   a * 1", (2, 2)),
        ("return a * 1\nx1 = 1", (2, 3)),
        ("+3|  x1 =  1", (3, 3)),
        ("f1(a", (1, 1)),
        ("def f2(a):", None),  # of another part
        ("return a * 1\ndef f1(a):", None),  # the other way round
        ("retrun a * 1", None),
        ("a", None),  # in several places, and too short
        ("", None),
        ("\n\n", None),
    ],
)
def test_a_quote_counts_only_where_it_stands(quote: str, place: tuple[int, int] | None) -> None:
    chat = ScriptedChat([{"notes": [{"quote": quote or "x", "says": "so"}]}])
    found = read(chat, PARTS[1:2])
    assert [(note.places[0].line, note.places[0].end_line) for note in found.notes] == ([place] if place else [])
    assert found.dropped == (() if place else (("quote not in the part", 1),))


def test_a_quote_in_several_places_or_of_base_is_no_place() -> None:
    part = Part((("a.py", "## a.py\n1|return None\n-2|gone(now)\n2|return None"),), 9, frozenset())
    rows = [{"quote": "return None", "says": "x"}, {"quote": "gone(now)", "says": "y"}]
    found = read(ScriptedChat([{"notes": rows}]), (part,))
    assert found.notes == ()
    assert found.dropped == (("quote in several places", 1), ("quote not in the part", 1))
    assert places_of("return None\nreturn None", lines_shown(part.pieces)) == [
        Place("a.py", 1, 2, "return None\nreturn None")
    ]


def test_merging_carries_quotes_and_writes_none() -> None:
    chat = ScriptedChat(noting)
    found = read(chat, room=60)
    merges = [ask for ask in chat.asks if ask.name == "merged"]
    assert merges
    for ask in merges:
        check_schema(ask.schema)
    given = {f"def f{at}(a):" for at in range(6)}
    assert {place.quote for note in found.notes for place in note.places} <= given
    assert any(len(note.places) > 1 and note.says == "joined" for note in found.notes)
    piece = notes_piece(found.notes, chat.tokens, 60)
    assert piece is not None
    assert piece.tokens == chat.tokens(f"{piece.text}\n") <= 60
    assert piece.text.count("\n") == len(found.notes)


@pytest.mark.parametrize("ids", [[[99]], [[1, 1, 1]], [[1], [1], [2]], []])
def test_a_merge_cannot_invent_or_double_notes(ids: list[list[int]]) -> None:
    def answer(ask: Ask) -> Mapping[str, Any]:
        return {"keep": [{"ids": one, "says": "s"} for one in ids]} if ask.name == "merged" else noting(ask)

    found = read(ScriptedChat(answer), PARTS[:2], room=30)
    quotes = [place.quote for note in found.notes for place in note.places]
    assert len(quotes) == len(set(quotes)) >= 1
    assert set(quotes) <= {"def f0(a):", "def f1(a):"}


def test_a_merge_that_fails_cuts_and_says_so() -> None:
    def answer(ask: Ask) -> Mapping[str, Any]:
        if ask.name == "merged":
            raise BadAnswer("cut off")
        return noting(ask)

    found = read(ScriptedChat(answer), room=60)
    assert found.troubles == ("notes were cut, not merged: cut off",)
    assert found.lost > 0
    assert found.notes
    assert found.read == 6


@pytest.mark.parametrize("answers", range(9))
def test_a_reading_that_was_killed_goes_on_where_it_stopped(answers: int) -> None:
    whole = read(ScriptedChat(noting), room=60)
    shelf, first = Shelf(), ScriptedChat(noting)
    assert 6 < whole.calls <= 9
    if answers >= whole.calls:
        return
    with pytest.raises(Killed):
        read(Dying(first, answers), shelf=shelf, room=60)
    second = ScriptedChat(noting)
    again = read(second, shelf=shelf, room=60)
    assert again.notes == whole.notes
    assert len(first.asks) == answers
    assert len(second.asks) == whole.calls - answers == again.calls
    assert again.resumed == min(6, answers)
    third = ScriptedChat(noting)
    assert read(third, shelf=shelf, room=60).notes == whole.notes
    assert third.asks == []


def test_what_was_kept_is_not_taken_for_another_part_model_or_change() -> None:
    shelf = Shelf()
    read(ScriptedChat(noting), shelf=shelf)
    other = ScriptedChat(noting, name="another")
    assert read(other, shelf=shelf).resumed == 0
    assert len(shelf) == 12
    edited = Part(((PARTS[0].pieces[0][0], PARTS[0].text + "\n4|more"),), 20, frozenset())
    assert read(ScriptedChat(noting), (edited, *PARTS[1:]), shelf=shelf).resumed == 5


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"notes": 3}', b"\xff\xfe", b'{"notes": [{"quote": "x"}]}'])
def test_a_damaged_checkpoint_is_read_anew(damage: bytes) -> None:
    shelf = Shelf()
    read(ScriptedChat(noting), shelf=shelf)
    shelf[sorted(shelf)[0]] = damage
    found = read(ScriptedChat(noting), shelf=shelf)
    assert (found.calls, found.resumed, len(found.notes)) == (1, 5, 6)
    assert json.loads(shelf[sorted(shelf)[0]])


def test_a_part_that_fails_is_said_and_the_others_are_read() -> None:
    changed = Part((("changed.py", "1|def g(a):"),), 5, frozenset({"changed.py"}))

    def answer(ask: Ask) -> Mapping[str, Any]:
        if "def g(" in ask.question or "def f3(" in ask.question:
            raise BadAnswer("cut off")
        return noting(ask)

    found = read(ScriptedChat(answer), (changed, *PARTS))
    assert found.failed == (("changed.py", "cut off"), ("m3.py", "cut off"))
    assert [(one.path, one.reason) for one in found.unseen] == [("changed.py", "a part was not read deeply: cut off")]
    assert (found.parts, found.read, len(found.notes)) == (7, 5, 5)


def test_when_the_money_is_spent_nothing_more_is_asked() -> None:
    chat = ScriptedChat([noting(Ask("", "1|def f0(a):", {}, "noted")), OverBudget("the monthly cap is reached")])
    found = read(chat)
    assert len(chat.asks) == 2
    assert [reason for _, reason in found.failed] == ["the monthly cap is reached"] * 5
    assert found.read == 1


def test_what_is_beyond_the_budget_is_not_read_and_said() -> None:
    parts = (*PARTS[:2], Part((("c.py", "1|def g(a):"),), 20, frozenset({"c.py"})))
    chat = ScriptedChat(noting)
    found = read(chat, parts, budget=45)
    assert len(chat.asks) == 2
    assert found.failed == (("c.py", "beyond the 45 tokens that may be read"),)
    assert found.unseen[0].path == "c.py"


def test_time_that_is_up_ends_the_reading_and_a_cancellation_is_passed_on() -> None:
    clock = iter(range(100))
    late = Stop(deadline=4, clock=lambda: float(next(clock)))
    found = read(ScriptedChat(noting), stop=late)
    assert 0 < found.read < 6
    assert all("time" in reason for _, reason in found.failed)
    with pytest.raises(Cancelled):
        read(ScriptedChat(noting), stop=Stop(cancelled=lambda: True))


@pytest.mark.parametrize("error", [BadAnswer("x"), ChatError("y")])
def test_a_model_that_never_answers_leaves_no_notes_and_says_so(error: ChatError) -> None:
    found = read(ScriptedChat([error] * 6))
    assert (found.notes, found.read, len(found.failed)) == ((), 0, 6)


def test_notes_are_one_line_each_whatever_they_say() -> None:
    note = Note((Place("a\nb.py", 1, 2, "x\ny" * 200),), "one\n## two\x1b[0m")
    piece = notes_piece([note], words, 1000)
    assert piece is not None
    assert piece.text.count("\n") == 1
    assert "\x1b" not in piece.text
    assert len(piece.text) < QUOTED + 200
    assert notes_piece([note], words, 5) is None
    assert notes_piece([], words, 1000) is None


def everything(count: Callable[[str], int], room: int) -> tuple[Part, ...]:
    world = large(30, files=4)
    change = change_of(world, {**world, "mod1.py": world["mod1.py"].replace("left * 0", "left + 0")})
    return deep_parts(change, code_of(change), None, count, room)


def test_parts_hold_whole_files_the_changed_first_each_within_its_room() -> None:
    parts = everything(words, 600)
    assert all(words(part.text) <= 600 for part in parts)
    paths = list(dict.fromkeys(path for part in parts for path, _ in part.pieces))
    assert paths[0] == "mod1.py"
    assert set(paths) >= {"mod0.py", "mod1.py", "mod2.py"}
    assert parts[0].changed == {"mod1.py"}
    assert sum(part.text.count("def f1_") for part in parts) == 30
    assert "# comment" not in "".join(part.text for part in parts)


def test_a_change_without_a_graph_is_read_by_its_own_files() -> None:
    parts = deep_parts(shop(), None, None, words, 10_000)
    assert [part.name for part in parts] == ["shop/cart.py"]
    assert "+10|        return super()" in parts[0].text

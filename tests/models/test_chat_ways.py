"""The ways in which hosted models are asked: what each takes, what is remembered, and what is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

import pytest
from openai.types.chat.chat_completion_chunk import ChoiceDelta
from openai.types.chat.completion_create_params import CompletionCreateParamsStreaming

from models.chat.anthropic_chat import AnthropicChat
from models.chat.errors import BadAnswer, BadRequest, Refused, Unauthorised
from models.chat.estimate import estimated, whole_of
from models.chat.model import Ask, Usage
from models.chat.openai_chat import WAYS, OpenAIChat, Way, request_of
from models.chat.schema import unlimited
from tests.models.hosting import ANTHROPIC, ASK, FIND, GOOD, OPENAI, SCHEMA, hosted
from tests.world.hosted import anthropic_wire, openai_wire
from tests.world.hosted.server import Answer, Asked, Hosted, said
from tests.world.hosted.typed import check_request

THINKS = replace(ASK, thinking=1500)
TEXT = json.dumps(GOOD)


def takes(*, forced: bool = True, form: bool = True, thinking: tuple[str, ...] = ()) -> Callable[[Asked], Answer]:
    """Return the plan of a model that takes some ways of asking, and some kinds of thinking besides none."""

    def plan(asked: Asked) -> Answer:
        anthropic_wire.check(asked)
        said_thinking = asked.body.get("thinking", {}).get("type", "")
        if said_thinking and said_thinking not in thinking:
            return anthropic_wire.refused(400)
        if "output_config" in asked.body:
            return anthropic_wire.written(TEXT) if form else anthropic_wire.refused(400)
        if asked.body["tool_choice"]["type"] == "tool" and not forced:
            return anthropic_wire.refused(400)
        return anthropic_wire.called(GOOD, thought="hm")

    return plan


def said_by(server: Hosted) -> list[str]:
    """Return how each question was asked."""
    ways = []
    for asked in server.asked:
        form = "text" if "output_config" in asked.body else asked.body["tool_choice"]["type"]
        ways.append(f"{form} {asked.body.get('thinking', {}).get('type', '-')}")
    return ways


@pytest.mark.parametrize(
    ("model", "plan", "ask", "ways"),
    [
        ("claude-sonnet-4-6", takes(thinking=("disabled",)), ASK, ["tool disabled"]),
        ("claude-sonnet-5-5", takes(forced=False, thinking=("between_tools",)), ASK, ["text between_tools"]),
        ("claude-opus-5-5", takes(forced=False, thinking=("adaptive",)), ASK, ["text between_tools", "text -"]),
        ("some-new-model", takes(forced=False), ASK, ["tool disabled", "tool -", "text between_tools", "text -"]),
        (
            "claude-sonnet-5-5",
            takes(forced=False, form=False),
            ASK,
            ["text between_tools", "text -", "auto -"],
        ),
        ("claude-sonnet-5-5", takes(forced=False, thinking=("adaptive",)), THINKS, ["text adaptive"]),
        (
            "claude-haiku-4-5",
            takes(thinking=("enabled", "disabled")),
            THINKS,
            ["text adaptive", "auto adaptive", "auto enabled"],
        ),
    ],
)
def test_a_model_is_asked_in_a_way_that_it_takes_and_that_is_remembered(
    model: str, plan: Callable[[Asked], Answer], ask: Ask, ways: list[str]
) -> None:
    with Hosted(plan) as server, closing(AnthropicChat("key-1", model=model, url=server.url)) as chat:
        assert chat.ask(ask, FIND).data == GOOD
        assert said_by(server) == ways
        assert chat.ask(ask, FIND).data == GOOD
        assert said_by(server) == [*ways, ways[-1]]


def test_a_question_that_no_way_helps_is_a_bad_request() -> None:
    plan = lambda _: anthropic_wire.refused(400)  # noqa: E731
    with Hosted(plan) as server, closing(AnthropicChat("key-1", url=server.url)) as chat:
        with pytest.raises(BadRequest, match="400"):
            chat.ask(ASK, FIND)
        assert len(server.asked) == 5
        with pytest.raises(BadRequest):
            chat.ask(ASK, FIND)
        assert len(server.asked) == 10  # a bad question says nothing about the ways


def test_only_a_question_that_is_not_taken_is_asked_in_another_way() -> None:
    with Hosted(lambda _: anthropic_wire.refused(401)) as server:
        with closing(AnthropicChat("key-1", url=server.url)) as chat, pytest.raises(Unauthorised):
            chat.ask(ASK, FIND)
        assert len(server.asked) == 1


def test_what_is_equal_for_many_questions_is_marked_for_the_cache() -> None:
    with hosted(ANTHROPIC, lambda _: anthropic_wire.called(GOOD)) as (chat, server):
        chat.ask(ASK, FIND)
        chat.ask(replace(ASK, shared=""), FIND)
    first, second = (asked.body for asked in server.asked)
    assert [block["text"] for block in first["messages"][0]["content"]] == ["It is hunter2.", "Is it?"]
    assert ["cache_control" in block for block in first["messages"][0]["content"]] == [True, False]
    assert "cache_control" in first["system"][0]
    assert [block["text"] for block in second["messages"][0]["content"]] == ["Is it?"]
    assert first["tools"][0]["input_schema"] == SCHEMA
    assert first["tool_choice"] == {"type": "tool", "name": "said", "disable_parallel_tool_use": True}
    assert not {"temperature", "top_p", "top_k"} & set(first)  # this version of the API refuses them


def test_thinking_has_a_budget_within_the_answers() -> None:
    plan = takes(thinking=("enabled",))
    with Hosted(plan) as server, closing(AnthropicChat("key-1", model="claude-haiku-4-5", url=server.url)) as chat:
        chat.ask(replace(ASK, thinking=10, most=3000), FIND)
        chat.ask(replace(ASK, thinking=9000, most=3000), FIND)
    budgets = [asked.body["thinking"].get("budget_tokens") for asked in server.asked]
    assert budgets == [None, None, 1024, 2999]


@pytest.mark.parametrize(
    ("answer", "said_so"),
    [
        (anthropic_wire.written("I would rather talk.", ended="end_turn"), "called 0 tools"),
        (anthropic_wire.called(GOOD, name="other"), "another one"),
    ],
)
def test_an_answer_without_the_tool_is_none(answer: Answer, said_so: str) -> None:
    with hosted(ANTHROPIC, lambda _: answer) as (chat, _), pytest.raises(BadAnswer, match=said_so) as found:
        chat.ask(ASK, FIND)
    assert found.value.usage == Usage(100, 33, 40, 7)


def test_two_calls_of_the_tool_are_no_answer() -> None:
    one = anthropic_wire.called(GOOD)
    again = tuple(chunk.replace(b'"index": 0', b'"index": 1') for chunk in one.chunks[2:-2])
    twice = Answer((*one.chunks[:-2], *again, *one.chunks[-2:]))
    with hosted(ANTHROPIC, lambda _: twice) as (chat, _), pytest.raises(BadAnswer, match="called 2 tools"):
        chat.ask(ASK, FIND)


def test_a_call_whose_input_comes_at_once_is_an_answer() -> None:
    whole = anthropic_wire.called("")
    chunks = tuple(chunk.replace(b'"input": {}', b'"input": ' + TEXT.encode()) for chunk in whole.chunks)
    with hosted(ANTHROPIC, lambda _: Answer(chunks)) as (chat, _):
        assert chat.ask(ASK, FIND).data == GOOD


def test_a_provider_that_counts_tokens_is_asked_for_them() -> None:
    def plan(asked: Asked) -> Answer:
        return said(200, {"input_tokens": 1234})

    with hosted(ANTHROPIC, plan) as (chat, server):
        assert isinstance(chat, AnthropicChat)
        assert chat.exact(ASK) == 1234
    assert server.asked[0].path.endswith("count_tokens")


def server_that_takes(*forms: str, usage: bool = True) -> Callable[[Asked], Answer]:
    """Return the plan of a server that takes some forms of a schema, and perhaps no question for usage."""

    def plan(asked: Asked) -> Answer:
        form = asked.body.get("response_format", {}).get("type", "tool")
        if form not in forms or ("stream_options" in asked.body and not usage):
            return openai_wire.refused(400)
        return openai_wire.called(GOOD) if form == "tool" else openai_wire.written(GOOD)

    return plan


@pytest.mark.parametrize(
    ("plan", "count"),
    [
        (server_that_takes("json_schema"), 1),
        (server_that_takes("json_schema", usage=False), 2),
        (server_that_takes("tool"), 3),
        (server_that_takes("tool", usage=False), 4),
        (server_that_takes("json_object", usage=False), 5),
    ],
)
def test_a_server_is_asked_in_a_form_that_it_takes_and_that_is_remembered(
    plan: Callable[[Asked], Answer], count: int
) -> None:
    with hosted(OPENAI, plan) as (chat, server):
        assert chat.ask(ASK, FIND).data == GOOD
        asked = [one for one in server.asked if one.path != "/tokenize"]
        assert len(asked) == count
        chat.ask(ASK, FIND)
        assert len([one for one in server.asked if one.path != "/tokenize"]) == count + 1
        last = asked[-1].body
        schema_is_told = json.dumps(SCHEMA) in last["messages"][0]["content"]
        assert schema_is_told == (last.get("response_format") == {"type": "json_object"})


def test_a_server_that_takes_no_form_is_a_bad_request() -> None:
    with hosted(OPENAI, server_that_takes()) as (chat, _), pytest.raises(BadRequest):
        chat.ask(ASK, FIND)


def test_a_server_near_by_gets_the_whole_schema_and_needs_no_key() -> None:
    def plan(asked: Asked) -> Answer:
        if asked.path == "/tokenize":
            return openai_wire.refused(404)
        openai_wire.check(asked, key="none")
        return openai_wire.written(GOOD)

    with Hosted(plan) as server, closing(OpenAIChat(model="m", url=server.url + "/v1")) as chat:
        chat.ask(replace(ASK, seed=7, temperature=0.5), FIND)
    body = server.asked[-1].body
    assert body["response_format"]["json_schema"] == {"name": "said", "schema": SCHEMA, "strict": True}
    assert (body["seed"], body["temperature"], body["max_tokens"]) == (7, 0.5, 2000)
    assert body["messages"][1]["content"] == "It is hunter2.\n\nIs it?"


@pytest.mark.parametrize("way", WAYS)
def test_openai_itself_gets_what_it_takes(way: Way) -> None:
    """Its strict schemas have no limits on texts, and its models that think refuse a temperature."""
    made = request_of(THINKS, way, model="gpt-6-sol", is_openai=True)
    check_request(made, CompletionCreateParamsStreaming)
    if way.form == "schema":
        assert made["response_format"]["json_schema"]["schema"] == unlimited(SCHEMA)
    assert made["max_completion_tokens"] == 2000
    assert made["reasoning_effort"] == "low"
    assert not {"max_tokens", "temperature", "seed"} & set(made)
    assert OpenAIChat("key-1", model="gpt-6-sol").tokens("a" * 250) == estimated("a" * 250) == 100  # nobody is asked


def test_limits_are_told_where_they_may_not_stand() -> None:
    found = unlimited(SCHEMA)
    assert found["properties"]["lines"] == {
        "type": "array",
        "items": {"type": "integer", "description": "at least: 1"},
        "description": "entries, at most: 3",
    }
    why = {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "letters, at most: 20"}
    assert found["properties"]["why"] == why
    assert found["required"] == SCHEMA["required"]
    assert found["additionalProperties"] is False


def test_a_server_that_does_not_count_is_counted_for() -> None:
    with hosted(OPENAI, lambda _: openai_wire.written(GOOD, usage=None)) as (chat, _):
        usage = chat.ask(ASK, FIND).usage
    assert usage.input > estimated(whole_of(ASK))
    assert usage.output == estimated(TEXT)


def test_a_refusal_in_words_is_no_answer() -> None:
    deltas = [ChoiceDelta(refusal="I will not."), ChoiceDelta(content=TEXT)]
    with hosted(OPENAI, lambda _: openai_wire.streamed(deltas, "stop")) as (chat, _), pytest.raises(Refused):
        chat.ask(ASK, FIND)


def test_a_call_of_another_function_is_no_answer() -> None:
    def plan(asked: Asked) -> Answer:
        return openai_wire.called(GOOD, name="x") if "tools" in asked.body else openai_wire.refused(400)

    with hosted(OPENAI, plan) as (chat, _), pytest.raises(BadAnswer, match="another one"):
        chat.ask(ASK, FIND)


@pytest.mark.parametrize(
    ("reply", "count"),
    [
        (said(200, {"tokens": [1, 2, 3, 4]}), 4),
        (said(200, {"tokens": "many"}), None),
        (said(200, {"tokens": []}), None),
        (said(200, {}), None),
        (said(500, {}), None),
        (Answer((b"{not json",)), None),
        (replace(said(200, {"tokens": [1]}), cut=3), None),
    ],
)
def test_tokens_are_counted_by_the_server_if_it_counts(reply: Answer, count: int | None) -> None:
    text = "def f(): return 1\n"
    with Hosted(lambda _: reply) as server, closing(OpenAIChat(model="m", url=server.url + "/v1")) as chat:
        assert chat.tokens(text) == (estimated(text) if count is None else count)
        assert chat.tokens(text) == (estimated(text) if count is None else count)
        assert len(server.asked) == (1 if count is None else 2)  # who cannot is asked once
        assert server.asked[0].path == "/tokenize"
        assert server.asked[0].body == {"content": text, "prompt": text, "model": "m"}


@pytest.mark.parametrize(
    "text", ["", "def f(x):\n    return x\n" * 20, "日本語のコメント", "\U0001f600" * 10, "\ud800"]
)
def test_an_estimate_is_rather_too_high(text: str) -> None:
    """Tokenizers take two tokens for a letter of other scripts at most, and three bytes of code for one or more."""
    assert estimated(text) >= len(text.encode("utf-8", "surrogatepass")) / 3
    assert estimated(text) == 0 or estimated(text) >= 1

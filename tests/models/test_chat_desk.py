"""Who is opened for a role: in order, once each, and nobody where no model is large enough."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from models.chat.breaker import Breakers
from models.chat.config import Config, Provider, open_chat, parse_config
from models.chat.desk import Desk
from models.chat.errors import BadRequest, NoReader, Unauthorised
from models.chat.model import Ask, Free, Purpose
from tests.models.hosting import ASK, GOOD
from tests.models.weights import tiny_gguf
from tests.world.hosted import anthropic_wire, openai_wire
from tests.world.hosted.server import Answer, Asked, Hosted, said

ENVIRON = {"A_KEY": "key-1"}
A = '[[provider]]\nname="a"\nkind="anthropic"\nkey="A_KEY"\n'
O = '[[provider]]\nname="o"\nkind="openai"\nmodel="m"\n'  # noqa: E741


def answered(asked: Asked) -> Answer:
    if asked.path == "/tokenize":
        return said(200, {"tokens": [1]})
    if asked.path == "/v1/messages":
        return anthropic_wire.refused(401)
    return openai_wire.written(GOOD)


def two(server: Hosted) -> Config:
    text = A + f"url='{server.url}'\n" + O + f"url='{server.url}/v1'\n[roles]\nverify=['o']\ntriage=[]\ndeep=['a']"
    return parse_config(text.encode(), ENVIRON)


def test_a_role_is_opened_with_its_providers_in_order() -> None:
    ledger = Free()
    with Hosted(answered) as server, closing(open_chat(two(server), "find", ledger, environ=ENVIRON)) as chat:
        assert chat.name == "a/claude-sonnet-5-5"
        reply = chat.ask(ASK, Purpose("find"))
        assert (reply.data, reply.provider, reply.attempts) == (GOOD, "o", 2)
    assert [(one.provider, one.ended) for one in ledger.spent] == [("a", "Unauthorised"), ("o", "answered")]


def test_a_role_without_providers_has_nobody() -> None:
    with Hosted(answered) as server:
        config = two(server)
    with pytest.raises(NoReader, match="no model is configured for triage"):
        open_chat(config, "triage", Free(), environ=ENVIRON)
    with pytest.raises(NoReader):
        open_chat(Config(()), "find", Free(), environ=ENVIRON)


def test_a_desk_opens_each_provider_once_and_closes_it() -> None:
    breakers = Breakers()
    with Hosted(answered) as server:
        desk = Desk(two(server), Free(), environ=ENVIRON, breakers=breakers)
        for _ in range(3):
            chat = desk.open("deep")
            with pytest.raises(Unauthorised):
                chat.ask(ASK, Purpose("deep"))
            chat.close()  # lent: the others still have it
        assert breakers.of("a").state == "open"
        find = desk.open("find")
        assert find.ask(ASK, Purpose("find")).provider == "o"
        assert sum(asked.path == "/v1/messages" for asked in server.asked) == 3
        assert desk.open("verify").tokens("x") == 1
        desk.close()
        desk.close()


@pytest.mark.parametrize("model", ["", "smollm2-135m"])
def test_the_default_model_does_not_review(model: str, tmp_path: Path) -> None:
    """It is not even fetched for it."""
    environ = {"PRUDENT_MODEL": "default", "PRUDENT_CACHE": str(tmp_path), "PRUDENT_DATA": str(tmp_path)}
    config = Config((Provider("local", "local", model),))
    with pytest.raises(NoReader, match="no model large enough: smollm2-135m ranks and patches, it does not review"):
        open_chat(config, "find", Free(), environ=environ)


def test_nothing_is_imported_for_a_model_that_does_not_review() -> None:
    """Every review without a key comes by here."""
    script = """
import sys
from models.chat.config import Config, Provider, open_chat
from models.chat.errors import NoReader
from models.chat.model import Free
try:
    open_chat(Config((Provider("local", "local", ""),)), "find", Free(), environ={"PRUDENT_MODEL": "default"})
except NoReader:
    print([name for name in ("numpy", "llama_cpp", "llguidance") if name in sys.modules])
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_where_models_are_switched_off_nobody_reads() -> None:
    with pytest.raises(NoReader, match="switched off"):
        open_chat(parse_config(None, {}), "find", Free(), environ={"PRUDENT_MODEL": "none"})


def test_a_model_that_is_not_here_is_said_so(tmp_path: Path) -> None:
    environ = {"PRUDENT_MODEL": "qwen2.5-coder-1.5b", "PRUDENT_CACHE": str(tmp_path), "PRUDENT_DATA": str(tmp_path)}
    with pytest.raises(NoReader, match="prudent models pull"):
        open_chat(parse_config(None, {}), "find", Free(), environ=environ)


def test_a_small_model_in_a_file_and_a_broken_one_do_not_review(tmp_path: Path) -> None:
    for path in (tiny_gguf(tmp_path / "tiny.gguf"), tmp_path / "broken.gguf", tmp_path / "missing.gguf"):
        if path.name == "broken.gguf":
            path.write_bytes(b"GGUF" + bytes(100))
        config = Config((Provider("local", "local", str(path)),))
        with pytest.raises(NoReader) as found:
            open_chat(config, "find", Free(), environ={})
        assert "\n" not in str(found.value)


def test_who_is_not_there_is_passed_over() -> None:
    with Hosted(answered) as server:
        first, *others = two(server).providers
        config = Config((Provider("local", "local"), *others, first))
        with closing(open_chat(config, "find", Free(), environ={"PRUDENT_MODEL": "none"})) as chat:
            assert chat.name == "o/m"
            assert chat.ask(ASK, Purpose("find")).data == GOOD
            with pytest.raises(BadRequest):
                chat.ask(Ask("s", "q", ASK.schema, "said", most=10**9), Purpose("find"))

"""The operator's file: what it may say, every way of saying it wrong in one line, and who is opened for a role."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.inference.model import Enrichment, Role
from kb.errors import BadSettings
from models.chat.config import ENRICHMENTS, ROLES, Config, Provider, Reading, parse_config
from models.chat.config_values import is_near
from models.chat.model import Caps, Price
from models.chat.prices import PRICES

ENVIRON = {"A_KEY": "key-1", "EMPTY": " "}
WHOLE = b"""
[[provider]]
name = "claude"
kind = "anthropic"
key = "A_KEY"
thinking = 2000

[[provider]]
name = "near"
kind = "openai"
model = "qwen"
url = "http://127.0.0.1:8080/v1"
context = 16384

[[provider]]
kind = "local"
model = "./some.gguf"

[roles]
find = ["near", "claude"]
verify = ["claude"]
triage = []

[caps]
call_tokens = 50000
pull_tokens = 200000
pull_dollars = 0.5
repository_month_dollars = 10
month_dollars = 100.25
month_tokens = 100000000

[read]
tokens = 9000
seconds = 90.5
deep = true
deep_tokens = 300000
enrich = ["findings", "drift"]
"""


def test_a_whole_file_is_read() -> None:
    config = parse_config(WHOLE, ENVIRON, "models.toml")
    claude, near, local = config.providers
    assert claude == Provider(
        name="claude",
        kind="anthropic",
        model="claude-sonnet-5-5",
        url="https://api.anthropic.com",
        key="A_KEY",
        secret="key-1",
        price=PRICES["claude-sonnet-5-5"],
        thinking=2000,
    )
    assert (near.url, near.model, near.context, near.secret, near.price) == (
        "http://127.0.0.1:8080/v1",
        "qwen",
        16384,
        "",
        Price(),
    )
    assert (local.name, local.kind, local.model, local.price) == ("local", "local", "./some.gguf", Price())
    assert [one.name for one in config.providers_of("find")] == ["near", "claude"]
    assert config.providers_of("deep") == config.providers
    assert config.providers_of("triage") == ()
    assert config.caps == Caps(50_000, 200_000, 500_000, 10_000_000, 100_250_000, 100_000_000)
    assert config.read == Reading(9000, 90.5, True, 300_000, ("findings", "drift"))
    assert config.origin == "models.toml"


def test_a_key_is_never_shown() -> None:
    assert "key-1" not in repr(parse_config(WHOLE, ENVIRON, "models.toml"))


def test_an_empty_file_is_the_defaults() -> None:
    assert parse_config(b"", {}, "f").providers == parse_config(None, {}, "f").providers
    assert parse_config(b"", {}, "f").read == Reading() == Config(()).read


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, ("local", "", "", "")),
        ({"ANTHROPIC_API_KEY": ""}, ("local", "", "", "")),
        (
            {"ANTHROPIC_API_KEY": "k", "OPENAI_API_KEY": "o"},
            ("anthropic", "claude-sonnet-5-5", "https://api.anthropic.com", "k"),
        ),
        (
            {"ANTHROPIC_API_KEY": "k", "ANTHROPIC_MODEL": "m", "ANTHROPIC_BASE_URL": "https://x.example"},
            ("anthropic", "m", "https://x.example", "k"),
        ),
        ({"OPENAI_API_KEY": "o"}, ("openai", "gpt-6-sol", "https://api.openai.com/v1", "o")),
        (
            {"OPENAI_BASE_URL": "http://localhost:11434/v1", "OPENAI_MODEL": "q"},
            ("openai", "q", "http://localhost:11434/v1", ""),
        ),
    ],
)
def test_without_a_file_the_environment_says_who(environ: Mapping[str, str], wanted: tuple[str, ...]) -> None:
    (one,) = parse_config(None, environ).providers
    assert (one.kind, one.model, one.url, one.secret) == wanted


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"OPENAI_BASE_URL": "http://localhost:1/v1"}, "OPENAI_MODEL"),
        ({"OPENAI_BASE_URL": "localhost:1", "OPENAI_MODEL": "m"}, "OPENAI_BASE_URL: has to be an address"),
        ({"ANTHROPIC_API_KEY": "k", "ANTHROPIC_BASE_URL": "http://x.example"}, "ANTHROPIC_BASE_URL: a key is sent"),
    ],
)
def test_an_environment_that_cannot_be_held_to_is_an_error(environ: Mapping[str, str], said: str) -> None:
    with pytest.raises(BadSettings, match=said):
        parse_config(None, environ)


A = '[[provider]]\nname="a"\nkind="anthropic"\nkey="A_KEY"\n'
O = '[[provider]]\nname="o"\nkind="openai"\nmodel="m"\n'  # noqa: E741


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[provider]", "no TOML"),
        ("\udcff", "no TOML"),
        ("[role]", "role: no such key: did you mean roles?"),
        ("[zzz]", "zzz: no such key: there are provider, roles, caps, read"),
        ('["a b"]', "?: no such key"),
        ("provider = 1", "provider: write one [[provider]] for each"),
        ("[provider]", "provider: write one [[provider]] for each"),
        (A + "modle='x'", "provider[0].modle: no such key: did you mean model?"),
        ("[[provider]]\nkind='antropic'", "provider[0].kind: has to be one of anthropic, openai, local"),
        ("[[provider]]", "provider[0].kind: has to be one of"),
        ("[[provider]]\nkind=1", "provider[0].kind: has to be a text"),
        (A + A, 'provider[0].name: there are two providers called "a"'),
        ("[[provider]]\nkind='local'\nname='a/b'", "provider[0].name: has to be a name"),
        ("[[provider]]\nkind='anthropic'", "provider[0].key: say in which environment variable"),
        ("[[provider]]\nkind='anthropic'\nkey='MISSING'", "provider[0].key: there is no environment variable MISSING"),
        ("[[provider]]\nkind='anthropic'\nkey='EMPTY'", "EMPTY, or it is empty"),
        ("[[provider]]\nkind='anthropic'\nkey='sk-hunter2'", "provider[0].key: has to be the name of an environment"),
        ("[[provider]]\nkind='anthropic'\nkey='skhunter2'", "environment variable of that name"),
        ("[[provider]]\nkind='openai'", "provider[0].model: say which model"),
        (O, "provider[0].key: say in which environment variable"),
        (O + "url='http://x.example/v1'\nkey='A_KEY'", "provider[0].url: a key is sent over https"),
        (O + "url='ftp://x'", "provider[0].url: has to be an address"),
        (O + "url='https://'", "provider[0].url: has to be an address"),
        (O + "url='https://u:hunter2@x.example'", "provider[0].url: has to be an address without user"),
        (O + "url='https://x.example/?k=hunter2'", "without user, password, ? and #"),
        (O + "url='http://[::1'", "provider[0].url: has to be an address"),
        ("[[provider]]\nkind='local'\nkey='A_KEY'", "provider[0].key: a local model has none"),
        ("[[provider]]\nkind='local'\nurl='http://x'", "provider[0].url: a local model has none"),
        (A + "context=12", "provider[0].context: has to be a whole number of at least 512"),
        (A + "thinking=-1", "provider[0].thinking: has to be a whole number of at least 0"),
        (A + "thinking=true", "provider[0].thinking: has to be a whole number"),
        (A + "price=3", "provider[0].price: has to be a table"),
        (A + "price={input=3}", "provider[0].price.output: say how many dollars"),
        (A + "price={input=3,output='5'}", "provider[0].price.output: has to be a number"),
        (A + "price={input=-3,output=5}", "provider[0].price.input: has to be a number of at least 0"),
        (A + "price={input=nan,output=5}", "provider[0].price.input: has to be a number"),
        (A + "price={in=3,output=5}", "provider[0].price.in: no such key"),
        ("[roles]\nfnd=['a']", "roles.fnd: no such key: did you mean find?"),
        (A + "[roles]\nfind=['b']", "roles.find: no such provider; there are a"),
        (A + "[roles]\nfind='a'", "roles.find: has to be a list of providers"),
        ("roles = 1", "roles: has to be a table"),
        ("[caps]\npull_dollar=1", "caps.pull_dollar: no such key: did you mean pull_dollars?"),
        ("[caps]\npull_dollars='1'", "caps.pull_dollars: has to be a number"),
        ("[caps]\nmonth_tokens=1.5", "caps.month_tokens: has to be a whole number"),
        ("[read]\nseconds=0", "read.seconds: has to be a number of at least 1"),
        ("[read]\ntokens=10", "read.tokens: has to be a whole number of at least 1000"),
        ("[read]\ndeep=1", "read.deep: has to be true or false"),
        ("[read]\nenrich=['driff']", "read.enrich: no such enrichment; there are verdicts"),
        (
            O + "url='https://x.example/v1'\n[caps]\nmonth_dollars=1",
            'caps.month_dollars: nobody said what "o" costs: give its price',
        ),
    ],
)
def test_what_is_wrong_is_one_line_that_names_the_key(text: str, said: str) -> None:
    with pytest.raises(BadSettings) as found:
        parse_config(text.encode("utf-8", "surrogateescape"), ENVIRON, "models.toml")
    error = str(found.value)
    assert error.startswith("models.toml: ")
    assert said in error
    assert "hunter2" not in error
    assert "key-1" not in error
    assert error.isprintable()


@given(st.binary(max_size=200))
def test_any_bytes_are_a_config_or_one_error(data: bytes) -> None:
    try:
        found: object = parse_config(data, ENVIRON, "f")
    except BadSettings as error:
        found = str(error).partition("\n")[0]
    assert found


def test_prices_are_per_million_and_rounded_up() -> None:
    text = A + "price={input=0.0801,output=0.4}"
    (one,) = parse_config(text.encode(), ENVIRON).providers
    assert one.price == Price(input=81, output=400, read=81, written=101)
    text = A + "price={input=3,output=15,read=0.3,written=3.75}\n[caps]\npull_dollars=0.0000019"
    config = parse_config(text.encode(), ENVIRON)
    assert config.providers[0].price == Price(3000, 15_000, 300, 3750)
    assert config.caps.pull_micros == 1  # a cap is rounded down


def test_a_server_near_by_costs_nothing_and_another_has_no_price() -> None:
    def price(url: str) -> Price | None:
        return parse_config((O + f"url='{url}'").encode(), ENVIRON).providers[0].price

    assert price("http://[::1]:8080/v1") == Price()
    assert price("http://10.0.0.7:8080/v1") is None
    assert not is_near("http://localhost.example.com")
    assert not is_near("http://127.0.0.1.example.com")


def test_the_words_of_the_file_are_those_of_the_check() -> None:
    assert tuple(Enrichment) == ENRICHMENTS
    assert tuple(Role) == ROLES

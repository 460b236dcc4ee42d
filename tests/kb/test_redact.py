from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.redact import redact, secrets_in
from kb.secret_formats import FORMATS, Strength, base62_checksum, known_secrets_in
from kb.secret_names import entropy, is_random, named_secrets_in
from tests.kb.tokens import AWS_ID, AWS_SECRET, GITHUB, GITLAB, KEY, NPM, SLACK, tokens

AROUND = st.text(alphabet="ab0 \n\"'=:/@-_[]", max_size=30)


def kinds(text: str) -> list[str]:
    return [secret.kind for secret in secrets_in(text)]


def test_the_checksum_is_the_one_that_vendors_publish() -> None:
    assert base62_checksum("zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ") == "0mLq17"


INSTALLATION = "ghs_" + "123456_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NTYifQ." + "aB3_-x9" * 49


@pytest.mark.parametrize(
    ("text", "kind", "strength"),
    [
        (GITHUB, "GitHub token", Strength.VERIFIED),
        (INSTALLATION, "GitHub installation token", Strength.CERTAIN),
        (NPM, "npm token", Strength.VERIFIED),
        (GITLAB, "GitLab token", Strength.CERTAIN),
        (SLACK, "Slack token", Strength.CERTAIN),
        (KEY, "private key", Strength.CERTAIN),
        (KEY.replace("\n", "\\n"), "private key", Strength.CERTAIN),
        ("'" + KEY.replace("\n", "\\n' +\n  '") + "'", "private key", Strength.CERTAIN),
        (KEY.replace("--\n", "--\nProc-Type: 4,ENCRYPTED\n", 1), "encrypted private key", Strength.LIKELY),
        (f"{AWS_ID}\n{AWS_SECRET}", "AWS secret key", Strength.CERTAIN),
        ("mysql+pymysql://a:" + "hunter2hunter@db.internal.net", "password in a URL", Strength.LIKELY),
    ],
)
def test_what_is_found(text: str, kind: str, strength: Strength) -> None:
    found = secrets_in(f"x = {text}\n")
    assert [(secret.kind, secret.strength) for secret in found] == [(kind, strength)]


def test_a_wrong_checksum_is_no_secret_but_not_shown_either() -> None:
    wrong = GITHUB[:-1] + ("0" if GITHUB[-1] != "0" else "1")
    assert kinds(wrong) == []
    assert redact(f"a {wrong} b") == "a [secret: GitHub token] b"


def test_a_token_inside_a_longer_word_is_none() -> None:
    assert kinds(f"x{GITHUB}") == []
    assert kinds(f"{GITHUB}x") == []


@pytest.mark.parametrize(
    "line",
    [
        'api_key = "{}"',
        "apiKey: '{}',",
        'const clientSecret: string = "{}";',
        '"access_token": "{}"',
        "conf['secret_key'] = '{}'",
        "export API_TOKEN={}",
        'private_key => "{}"',
        'password := "{}"',
    ],
)
def test_a_telling_name(line: str) -> None:
    text = line.format("mQ7xV2pLz9KdT4" + "hWc6RnJ8sYbF3g")
    (secret,) = named_secrets_in(text)
    assert text[secret.start : secret.end] == "mQ7xV2pLz9KdT4" + "hWc6RnJ8sYbF3g"


@pytest.mark.parametrize(
    "line",
    [
        'token_type = "mQ7xV2pLz9KdT4hWc6RnJ8sYbF3g"',
        'next_token = "mQ7xV2pLz9KdT4hWc6RnJ8sYbF3g"',
        'csrf_token = "mQ7xV2pLz9KdT4hWc6RnJ8sYbF3g"',
        'public_key = "mQ7xV2pLz9KdT4hWc6RnJ8sYbF3g"',
        'password_hash = "mQ7xV2pLz9KdT4hWc6RnJ8sYbF3g"',
        'secret = "arn:aws:secretsmanager:eu-west-1:2"',
        'password = "correct-horse-battery-staple-22"',
        'token = "getTokenFromTheRequestHeader2of3"',
        'token = "550e8400-e29b-41d4-a716-446655440000"',
        'secret = "aaaaaaaaaaaaaaaaaaaaaaaa1111"',
        "api_token=$(vault read -field=token secret/x)",
        'password = ""',
        'tokens = ["mQ7xV2pLz9KdT4hWc6RnJ8sYbF3g"]',
    ],
)
def test_names_and_values_that_tell_nothing(line: str) -> None:
    assert list(named_secrets_in(line)) == []


def test_random_values_are_told_from_words() -> None:
    assert is_random("mQ7xV2pLz9KdT4" + "hWc6RnJ8sYbF3g")
    assert is_random("9f86d081884c7d659a2feaa0c55ad015")
    assert not is_random("abcdefghijklmnopqrstuvwx12")
    assert not is_random("MyVeryLongPassword2024ForTheApp")
    assert entropy("aaaa") == 0
    assert entropy("ab") == 1


def test_where_two_guesses_meet_the_surer_one_wins() -> None:
    assert kinds(f'token = "{GITHUB}"') == ["GitHub token"]


def test_a_key_block_that_is_cut_off_is_not_shown() -> None:
    start = KEY[:200]
    assert "[secret: private key]" in redact(f"see:\n{start}")
    assert KEY[60:120] not in redact(f"see:\n{start}")


def test_aws_key_ids_are_not_shown() -> None:
    assert redact(f"id={AWS_ID} key={AWS_SECRET};") == "id=[secret: AWS access key id] key=[secret: AWS secret key];"


@settings(max_examples=200)
@given(tokens(), AROUND, AROUND)
def test_no_known_secret_is_left_by_redact(token: str, before: str, after: str) -> None:
    text = f"{before} {token} {after}"
    clean = redact(text)
    assert not list(known_secrets_in(clean))
    assert "PRIVATE KEY-----" not in clean
    assert not secrets_in(clean)


@settings(max_examples=200)
@given(st.lists(tokens() | AROUND, max_size=5).map("".join))
def test_redacting_twice_is_redacting_once(text: str) -> None:
    assert redact(redact(text)) == redact(text)


@given(st.text())
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    if not any(form.hint in text for form in FORMATS):
        assert redact(text) == text or "://" in text


@pytest.mark.parametrize(
    "piece",
    [
        "-----BEGIN PRIVATE KEY-----",
        "ghp_",
        "password=",
        "token: '",
        "AKIA" + "QW7T2M5VBX3ZKJHD ",
        "postgres://a:",
        "A" * 40,
        ".",
        "\\n",
    ],
)
def test_hostile_text_is_read_in_linear_time(piece: str) -> None:
    text = piece * (400_000 // len(piece))
    began = time.thread_time()
    secrets_in(text)
    redact(text)
    assert time.thread_time() - began < 5

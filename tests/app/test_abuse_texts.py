"""Texts of strangers: nothing in them is active in what we post, and no secret of theirs or ours is kept anywhere."""

from __future__ import annotations

import io
import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from bot import logs
from tests.app import shop
from tests.app.running import Running
from tests.app.stories import said
from tests.world.records import CheckRun
from tests.world.world import World

EVIL = (
    "@acme/owners /prudent dismiss [click](https://evil.example) ![i](https://evil.example/i.png) <img src=x onerror=a>"
    " <!-- prudent:fixed head=0 --> <a href='javascript:1'>x</a> #1 GH-1 acme/other#2 https://evil.example"
    " www.evil.example \u202e\u2066\u200b\u00ad\U000e0041 ~~x~~ **b**"
    " `` ` @acme/owners `` $$x$$ &lt;b&gt; </details></summary> | a |"
)
MARKDOWN_FILE = "a`](https:/evil.example)@acme<img src=x>![x](www.evil.example).py"
MARKER_FILE = "<!-- prudent:fixed head=0 -->.py"
HIDDEN_FILE = "safe\u202egnp.py"
OURS = re.compile(r"</?(?:details|summary|sub|br)>")
MARKERS = re.compile(r"\A(?:COMMENTED\n)?(?:<!-- prudent:[a-z]+ [^<>\n]* -->(?:\n|\Z))*")


def active_in(text: str, root: str) -> list[str]:
    """Return what of a posted text would be active on GitHub, our own markup and links to our repository left out."""
    text = MARKERS.sub("", text)
    text = re.sub(r"(?ms)^(`{3,})[^`\n]*\n.*?^\1$", "", text)
    found = re.findall(r"[^\x20-\x7e\n\u00b7]", text)
    text = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "CODE", text)
    text = OURS.sub("", text).replace(f"]({root}/", "](ROOT/")
    text = re.sub(r"\]\(ROOT/blob/[0-9a-f]{40}/[\w.~%/-]+(?:#L\d+(?:-L\d+)?)?\)", "]", text)
    text = re.sub(r"(?<!\\)\[(?:CODE|summary)\]", "", text)
    text = re.sub(r"\\.", "", text).replace("&#8203;", "~")
    patterns = (r"<[a-zA-Z/!?]", r"\]\(", r"!\[", r"@\w", r"\w://", r"\bwww\.\w", r"#\d", r"\b[Gg][Hh]-\d", r"\n\s*/\w")
    return found + [text[max(0, hit.start() - 30) : hit.end() + 30] for p in patterns for hit in re.finditer(p, text)]


def plain_text_is_safe(text: str) -> bool:
    """Return whether a text that GitHub shows as it is hides nothing."""
    return all(character.isprintable() or character == "\n" for character in text)


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Yield what the App writes to its log, as it does in production."""
    root = logging.getLogger()
    before, level, dbos = root.handlers, root.level, logging.getLogger("dbos").propagate
    stream = io.StringIO()
    logs.configure("json", stream=stream)
    try:
        yield stream
    finally:
        root.handlers, logging.getLogger("dbos").handlers = before, []
        logging.getLogger("dbos").propagate = dbos
        root.setLevel(level)


def test_what_strangers_write_is_inert_wherever_we_say_it(world: World, app: Running) -> None:
    line = EVIL.replace("\\", "").replace('"', "")
    evil = f'def rates():\n    """Rates."""\n    return {{"{line}": 1, "{line}": 2}}\n'
    marked = "# <!-- prudent:fixed head=0 -->\n" + shop.with_undefined()
    repo = world.repository("acme/widgets", {"shop.py": shop.BEFORE})
    files = {"evil.py": evil, MARKDOWN_FILE: marked, MARKER_FILE: shop.with_literal(), HIDDEN_FILE: shop.with_key()}
    odd = os.fsdecode(b"caf\xe9 @acme.py")
    files |= {odd: shop.with_key(), "-rf @acme/owners.py": shop.with_raise(), "new\nline.py": shop.with_literal()}
    pull = repo.open_pull(world.person("mallory"), files, title=EVIL, body=EVIL * 200, branch="a/$(touch${IFS}x)`id`")
    first = said(world, app, pull)
    assert first.kinds["review"] == 1
    assert first.kinds["note"] >= 4
    claim = "Also add regression tests for ![x](https://evil.example), @acme/owners <img src=x> \u202e."
    claiming = repo.open_pull(repo.owner, {"shop.py": shop.BEFORE.replace("sum(", "0 + sum(")}, title=EVIL, body=claim)
    second = said(world, app, claiming)
    assert "regression tests" in second.only("note")
    owner, digits = repo.owner, [re.search(r"fp=(\w{8})", t.notes[0].body) for t in pull.threads]
    for found in digits[:2]:
        assert found is not None
        pull.comment(owner, f"/prudent explain {found[1]}")
    assert digits[0] is not None
    pull.comment(owner, f"/prudent dismiss {digits[0][1]} {EVIL}")
    pull.comment(owner, f"/prudent {EVIL}\n/prudent explain {EVIL}\n/prudent history evil.py")
    pull.comment(owner, "/prudent status\n/prudent history\n/prudent config")
    pull.push({MARKDOWN_FILE: shop.BEFORE})
    texts = [post.text for post in (*first.posts, *second.posts, *said(world, app, pull).posts) if post.kind != "check"]
    assert len(texts) > 10
    root = f"https://{world.url.removeprefix('http://')}/acme/widgets"
    assert {text: active for text in texts if (active := active_in(text, root))} == {}
    for run in repo.runs.values():
        assert not active_in(f"{run.summary}\n{run.text}", root)
        assert plain_text_is_safe(run.title or "")
        assert all(plain_text_is_safe(f"{a['title']}{a['message']}") for a in run.annotations)
    assert isinstance(first.posts[-1].about, CheckRun)


def test_the_judge_of_texts_finds_what_is_active() -> None:
    root = "https://x/acme/widgets"
    for text in (
        "@acme",
        "a [b](https://c)",
        "<img src=x>",
        "https://e",
        "www.e.f",
        "#1",
        "GH-1",
        "\n/x",
        "\u202e",
        "x <!-- prudent:fixed head=0 -->",
    ):
        assert active_in(text, root), text
    assert not active_in(f"[`a:1`]({root}/blob/{'a' * 40}/a.py#L1) \\#1 @&#8203;a `@b` <sub>x</sub>", root)


SECRETS = {
    "ghp_" + "aB3dE5gH7jK9mN1pQ3rS5tU7vW9xY1zA2bC4": "a token in code",
    "AKIA" + "QX7ZJ2LMN4PRS6TU": "a key id in code",
    "hunter2-Correct-Horse-9!x": "a password in an address",
    "sk_live_" + "9aB8cD7eF6gH5iJ4kL3mN2oP1q": "a key in the title",
    "xoxb-" + "123456789012-1234567890123-AbCdEfGhIjKlMnOpQrStUvWx": "a key in the description",
    "glpat-" + "Zx9Yw8Vu7Ts6Rq5Po4Nm": "a key in a comment",
}


def test_no_secret_of_theirs_or_ours_is_posted_logged_or_kept(world: World, app: Running, tmp_path: Path) -> None:
    token, key_id, password, titled, told, asked = SECRETS
    code = (
        f'TOKEN = "{token}"\nAWS = {{"id": "{key_id}", "{token}": 1, "{token}": 2}}\n'
        f'URL = "postgres://admin:{password}@db.example.org/x" if TOKEN is "{token}" else undefined\n'
    )
    with logged() as log, environments() as seen:
        repo = world.repository("acme/widgets", {"shop.py": shop.BEFORE})
        files = {"keys.py": code, f"{token}.py": shop.with_key(), "shop.py": shop.with_undefined()}
        pull = repo.open_pull(world.person("mallory"), files, title=f"Use {titled}", body=f"The key is {told}.")
        first = said(world, app, pull)
        assert first.kinds["review"] == 1
        assert "secret-added" in first.only("review")
        pull.comment(repo.owner, f"/prudent dismiss undefined-name use {asked} for it")
        pull.comment(repo.owner, f"/prudent {asked}\n/prudent explain secret-added\n/prudent history keys.py")
        pull.push({"keys.py": code + "\n\ndef more():\n    return nothing\n"})
        posts = [*first.posts, *said(world, app, pull).posts]
    assert "ended" in log.getvalue()
    ours = [world.app.private_key.splitlines()[1], world.app.webhook_secret, *world.tokens]
    import pathlib

    pathlib.Path("/tmp/P34/posts.txt").write_text(
        "\n=====\n".join(
            [
                *(post.kind + ": " + post.text for post in posts),
                log.getvalue(),
                *(str(vars(r)) for r in repo.runs.values()),
            ]
        )
    )
    kept = "\n".join([*(post.text for post in posts), log.getvalue(), *map(str, repo.runs.values())])
    kept += str([vars(run) for run in repo.runs.values()])
    assert [what for secret, what in SECRETS.items() if secret in kept] == []
    assert not [secret for secret in ours if secret in kept]
    files_of = [path for folder in ("data", "cache") for path in (tmp_path / folder).rglob("*") if path.is_file()]
    assert any(path.name.endswith(".pack") for path in files_of)
    assert sum("jobs" in path.name or path.suffix in (".db", ".sqlite", ".sqlite3") for path in files_of) >= 2
    for path in files_of:
        data = path.read_bytes()
        assert not [secret for secret in ours if secret.encode() in data], path
        assert not [what for secret, what in SECRETS.items() if secret.encode() in data], path
    assert seen, "no reading process was seen"
    assert not [variables for variables in seen if any(secret in variables for secret in ours)]
    assert all("PRUDENT_PRIVATE_KEY" not in variables and "SECRET" not in variables for variables in seen)


@contextmanager
def environments() -> Iterator[set[str]]:
    """Yield the environments of the reading processes that run meanwhile, and of all that they start."""
    seen: set[str] = set()
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            for folder in Path("/proc").iterdir():
                if folder.name.isdigit():
                    with suppress(OSError):
                        told = (folder / "environ").read_bytes()
                        if b"prudent-reading-" in told:
                            seen.add(told.decode("utf-8", "replace") + (folder / "cmdline").read_text())
            time.sleep(0.02)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join(5)


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, '{"action": ' + "9" * 100_000 + "}", "{", "null"])
def test_bombs_in_a_delivery_are_refused_and_the_next_one_is_taken(world: World, app: Running, body: str) -> None:
    assert world.hooks.post("pull_request", body.encode()) == 400
    assert world.hooks.post("ping", b"{}") == 200

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.pipeline import change_of
from checks.change import Change
from checks.finding import Finding, Severity, fingerprint_of
from checks.knowledge import Knowledge
from checks.settings import Settings
from checks.static import secret_added
from checks.static.secret_added import EXAMPLES
from checks.static.secret_places import Place, is_documented, is_placeholder, place_of
from checks.workspace import open_workspace
from kb.diff import FileDiff, Hunk, Status
from kb.repository import Repository
from kb.view import Entry, Overlay, blob_id
from tests.kb.tokens import AWS_ID, AWS_SECRET, GITHUB, GITLAB, KEY, SLACK, tokens
from tests.repos import Repo

Files = Mapping[str, str | bytes | None]


def findings(repo: Repo, before: Files, after: Files, settings: Settings | None = None) -> tuple[Finding, ...]:
    repo.commit(before, "Before")
    repo.commit(after, "After")
    with Repository.open(repo.root) as repository, open_workspace(repo.root.parent / "cache") as workspace:
        change = change_of(repository.compare("HEAD~1..HEAD"), "test")
        return secret_added.run(change, Knowledge(workspace, settings or Settings())).findings


def found(repo: Repo, before: Files, after: Files, settings: Settings | None = None) -> list[tuple[str, int, Severity]]:
    return [(f.path, f.line, f.severity) for f in findings(repo, before, after, settings)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_the_examples(example: secret_added.Example, repo: Repo) -> None:
    made = findings(repo, example.before, example.after)
    assert tuple((f.slug, f.path, f.line) for f in made) == example.fires
    assert all(f.evidence for f in made)


@pytest.mark.parametrize(
    ("path", "text", "severity"),
    [
        ("a.py", f"T = '{GITHUB}'\n", Severity.BLOCK),
        ("README.md", f"Use {GITHUB}\n", Severity.WARN),
        ("tests/test_a.py", f"T = '{GITHUB}'\n", Severity.INFO),
        ("a.py", f"T = '{GITLAB}'\n", Severity.BLOCK),
        (".env", f"GITLAB={GITLAB}\n", Severity.BLOCK),
        ("deploy/id_rsa", KEY, Severity.BLOCK),
        ("a.json", json.dumps({"private_key": KEY}) + "\n", Severity.BLOCK),
        ("a.cfg", f"[aws]\nid = {AWS_ID}\nkey = {AWS_SECRET}\n", Severity.BLOCK),
        ("a.yml", "url: postgres://me:" + "hT7vB2nXw9LkD4" + "@db.prod.example.net/x\n", None),
        ("a.yml", "url: postgres://me:" + "hT7vB2nXw9LkD4" + "@db.internal.net/x\n", Severity.WARN),
        ("a.env", "CLIENT_SECRET=" + "mQ7xV2pLz9KdT4hWc6RnJ8sYbF3g" + "\n", Severity.WARN),
    ],
)
def test_secrets_by_place(path: str, text: str, severity: Severity | None, repo: Repo) -> None:
    made = found(repo, {"x": ""}, {path: text})
    assert [s for _, _, s in made] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("a.py", f"T = '{GITHUB[:-1]}0'\n"),
        ("a.py", f"T = '{GITLAB[:10]}{'x' * 16}'\n"),
        ("a.py", f"T = '{GITLAB}'  # pragma: allowlist secret\n"),
        ("a.py", f"# for example\nT = '{GITLAB}'\n"),
        ("docs/a.rst", f"T = '{GITLAB}'\n"),
        ("tests/test_a.py", f"T = '{GITLAB}'\n"),
        ("tests/key.pem", KEY),
        ("a.pem", "-----BEGIN PRIVATE KEY-----\nMIIEvQ...\n-----END PRIVATE KEY-----\n"),
        ("a.pem", "-----BEGIN PRIVATE KEY-----\n" + "A" * 64 + "\n-----END PRIVATE KEY-----\n"),
        ("a.pem", KEY.replace("PRIVATE", "PUBLIC")),
        ("a.kt", "/**\n" + "".join(f" * {line}\n" for line in KEY.splitlines()) + " */\n"),
        (
            "a.pem",
            KEY.replace("BEGIN PRIVATE", "BEGIN ENCRYPTED PRIVATE").replace("END PRIVATE", "END ENCRYPTED PRIVATE"),
        ),
        ("a.cfg", f"id = {AWS_ID}\n"),
        ("a.py", f"commit = '{'3f2a9c1d' * 5}'\n"),
        ("a.js", "firebase.initializeApp({apiKey: 'AIza" + "SyD7vB2nXw9LkD4hZc6RmJ8sYqT3pF5gK1w'})\n"),
        ("a.js", "algolia: {apiKey: '" + "9b74c9897bac770ffc029102a200c5de" + "'}\n"),
        ("a.js", "x" * 600 + "; token = '" + "9b74c9897bac770ffc029102a200c5de" + "'\n"),
        ("a.py", "password = 'correct-horse-battery-staple'\n"),
        ("a.py", "SECRET_KEY = os.environ['SECRET_KEY_FOR_THE_APP']\n"),
        ("a.py", "token = '550e8400-e29b-41d4-a716-446655440000'\n"),
        ("a.py", "password_hash = '" + "9b74c9897bac770ffc029102a200c5de" + "'\n"),
        ("a.yml", "token: ${{ secrets.GITHUB_TOKEN_FOR_RELEASE_2 }}\n"),
        ("a.yml", "url: postgres://user:password@localhost/x\n"),
        ("a.yml", "url: postgres://user:${PASSWORD_FROM_ENV}@db.host.net/x\n"),
        ("a.yml", "url: postgres://user:changeme123@db.host.net/x\n"),
        ("package-lock.json", f'{{"a": "{GITLAB}"}}\n'),
        ("vendor/a.py", f"T = '{GITLAB}'\n"),
    ],
)
def test_what_is_no_secret_or_does_no_harm_is_silent(path: str, text: str, repo: Repo) -> None:
    assert found(repo, {"x": ""}, {path: text}) == []


def test_only_added_lines_count(repo: Repo) -> None:
    assert found(repo, {"a.py": f"T = '{SLACK}'\n"}, {"a.py": f"T = '{SLACK}'\nx = 1\n"}) == []


def test_a_secret_that_moves_between_changed_files_is_not_new(repo: Repo) -> None:
    before = {"a.py": f"import b\nT = '{SLACK}'\n", "b.py": "x = 1\n"}
    assert found(repo, before, {"a.py": "import b\n", "b.py": f"x = 1\n    T = '{SLACK}'\n"}) == []


def test_a_changed_secret_is_new(repo: Repo) -> None:
    other = SLACK[:-4] + "Zk7Q"
    assert found(repo, {"a.py": f"T = '{SLACK}'\n"}, {"a.py": f"T = '{other}'\n"}) == [("a.py", 1, Severity.BLOCK)]


def test_a_key_that_is_only_indented_is_not_new(repo: Repo) -> None:
    indented = "".join(f"    {line}\n" for line in KEY.splitlines())
    assert found(repo, {"a.yml": KEY}, {"a.yml": "key: |\n" + indented}) == []


def test_the_mark_is_the_same_on_every_machine_and_tells_secrets_apart(repo: Repo) -> None:
    other = SLACK[:-4] + "Zk7Q"
    marks = [f.text for f in findings(repo, {"x": ""}, {"a.py": f"A = '{SLACK}'\nB = '{SLACK}'\nC = '{other}'\n"})]
    assert re.fullmatch("[0-9a-f]{12}", marks[0])
    assert marks[0] == marks[1] != marks[2]


def test_bytes_that_are_no_text_are_no_trouble(repo: Repo) -> None:
    data = b"\xff\xfe\n" + f"T = '{SLACK}'\n".encode()
    assert found(repo, {"x": ""}, {"a.py": data}) == [("a.py", 2, Severity.BLOCK)]


class Nothing:
    """An empty view."""

    id = "0" * 40
    entries: Mapping[str, Entry] = {}

    def read(self, path: str) -> bytes:
        raise KeyError(path)

    def size(self, path: str) -> int:
        raise KeyError(path)


def change_with(path: str, text: str) -> Change:
    data = text.encode("utf-8", "surrogatepass")
    file = FileDiff(Status.ADDED, None, Entry(path, 0o100644, blob_id(data)), (Hunk(0, 0, 1, text.count("\n") + 1),))
    return Change("repo", "s", "1", "2", Nothing(), Overlay(Nothing(), {path: data}), (file,))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tokens(), st.text(alphabet="ab \n\"'=:", max_size=20), st.text(alphabet="ab \n\"'=:", max_size=20))
def test_nothing_that_is_said_holds_the_secret(token: str, before: str, after: str) -> None:
    change = change_with("app/a.py", f"{before} '{token}' {after}\n")
    report = secret_added.run(change, Knowledge(workspace=None))  # type: ignore[arg-type]
    for finding in report.findings:
        said = json.dumps(asdict(finding)) + fingerprint_of(finding, finding.path)
        pieces = [token[at : at + 10] for at in range(len(token) - 9)]
        assert not any(piece in said for piece in pieces if not piece.isalpha() and piece.strip("-"))


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("src/app.py", Place.CODE),
        ("src/latest/contest.py", Place.CODE),
        ("config/production.yml", Place.CODE),
        ("deploy/id_rsa", Place.CODE),
        ("tests/test_a.py", Place.TEST),
        ("t/certs/ca.key", Place.TEST),
        ("pkg/foo_test.go", Place.TEST),
        ("src/__tests__/a.ts", Place.TEST),
        ("spec/a_spec.rb", Place.TEST),
        ("README", Place.SHOW),
        (".env.example", Place.SHOW),
        ("examples/a.py", Place.SHOW),
        ("docs/a.py", Place.SHOW),
    ],
)
def test_places(path: str, place: Place) -> None:
    assert place_of(path) is place


def test_vendors_example_keys_are_known_without_being_kept() -> None:
    assert is_documented("ghp" + "_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17")
    assert not is_documented(GITHUB)


@pytest.mark.parametrize(
    "text", ["AKIAIOSFODNN7EXAMPLE", "sk_live_" + "x" * 24, "glpat-12345678901234567890", "changeme"]
)
def test_placeholders(text: str) -> None:
    assert is_placeholder(text)

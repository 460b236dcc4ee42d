"""Placeholders, and the reasons why most of them are nobody's fault."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checks.change import Statement
from checks.finding import Finding
from checks.knowledge import Knowledge
from checks.static import stub_presented_as_done as check
from checks.workspace import open_workspace
from tests.checks.trees import change_of

PATH = "shop/export.py"
SAYS_SO = "Implement user export\n\nAdd `Shop.export_users()` and `exportUsers()`."


def findings(after: str, path: str = PATH, statement: str = SAYS_SO, before: str = "") -> list[Finding]:
    change = change_of({path: before} if before else {}, {path: after})
    change = replace(change, statements=(Statement("commit 1", statement),))
    with open_workspace(None) as workspace:
        return list(check.run(change, Knowledge(workspace)).findings)


def test_a_placeholder_that_the_message_calls_done() -> None:
    (finding,) = findings("def export_users(path):\n    pass\n")
    assert finding.message == "`export_users` is presented as done, but its body is a placeholder."
    assert [evidence.kind for evidence in finding.evidence] == ["quote", "claim"]
    assert finding.symbol == "export_users"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (PATH, "def export_users(path): ...\n"),
        (PATH, "def export_users(path):\n    '''Export the users.'''\n    raise NotImplementedError('soon')\n"),
        (PATH, "async def export_users(path):\n    # TODO: write them\n    return None\n"),
        (PATH, "class Shop:\n    def export_users(self):\n        pass  # TODO\n"),
        ("src/shop.ts", "export function exportUsers(path: string) {\n  throw new Error('not implemented')\n}\n"),
        ("src/shop.js", "const exportUsers = (path) => {\n  // FIXME\n}\n"),
        ("src/shop.rs", "fn export_users(path: &str) {\n    todo!()\n}\n"),
        ("shop.go", 'package shop\n\nfunc exportUsers() {\n\tpanic("not implemented")\n}\n'),
    ],
)
def test_placeholders_in_several_languages(path: str, text: str) -> None:
    assert len(findings(text, path)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "def export_users(path):\n    return write(path)\n",
        "@abstractmethod\ndef export_users(path):\n    pass\n",
        "@overload\ndef export_users(path: str): ...\n",
        "class Shop(Protocol):\n    def export_users(self): ...\n",
        "class Shop:\n    def export_users(self):\n        raise NotImplementedError\n",
        "class Shop:\n    def export_users(self):\n        pass\n",
        "class ShopBase:\n    def export_users(self):\n        pass  # TODO\n",
        "class Shop:\n    def export_users(self):\n        pass  # TODO\n\n\nclass Big(Shop):\n    pass\n",
        "def export_users(path):\n    '''Do nothing; subclasses export.'''\n",
        "def export_users(path):\n    pass  # intentionally empty\n",
        "if POSIX:\n    def export_users(path):\n        pass\n",
        "try:\n    from fast import export_users\nexcept ImportError:\n    def export_users(path):\n        pass\n",
        "def export_users(path: str): ...\ndef export_users(path):\n    return 1\n",
        "def outer():\n    def export_users(path):\n        pass\n",
        "class ExportUsersError(Exception):\n    pass\n",
        "def on_export_users(path):\n    pass\n",
        "def __export_users__(path):\n    pass\n",
    ],
)
def test_placeholders_that_are_meant_to_be(text: str) -> None:
    assert findings(text, statement="Implement user export, `export_users()` and `on_export_users()`") == []


@pytest.mark.parametrize(
    "statement",
    [
        "Add invoices",
        "Refactor user export",
        "Add a stub of user export",
        "WIP: user export",
        "Implement user export\n\nThis is a skeleton only.",
        "Implement user export? Not yet.",
        "Will add user export",
    ],
)
def test_messages_that_do_not_call_it_done(statement: str) -> None:
    assert findings("def export_users(path):\n    pass\n", statement=statement) == []


@pytest.mark.parametrize(
    "path", ["tests/test_export.py", "examples/export.py", "shop/export.pyi", "docs/export.py", "export.d.ts"]
)
def test_files_where_placeholders_belong(path: str) -> None:
    assert findings("def export_users(path):\n    pass\n", path) == []
    assert not check.covers(path)


def test_a_placeholder_that_stood_at_base_or_moved_is_old() -> None:
    text = "def export_users(path):\n    pass\n"
    assert findings(f"x = 1\n{text}", before=text) == []
    change = change_of({"old.py": text, PATH: ""}, {"old.py": "", PATH: text})
    change = replace(change, statements=(Statement("commit 1", SAYS_SO),))
    with open_workspace(None) as workspace:
        assert check.run(change, Knowledge(workspace)).findings == ()


@pytest.mark.parametrize(
    ("path", "text", "answer"),
    [
        (PATH, "def validate_token(token):\n    return True\n", "True"),
        (PATH, "def verify_signature(data, key):\n    '''Check the signature.'''\n    return True\n", "True"),
        (PATH, "def is_valid(card):\n    # TODO\n    return True\n", "True"),
        (PATH, "def encrypt_file(data):\n    return data\n", "data"),
        (PATH, "class Door:\n    def authenticate(self, user):\n        return True\n", "True"),
        ("src/token.ts", "export function verifyToken(token: string): boolean {\n  return true;\n}\n", "true"),
        ("src/token.js", "function sanitizeHtml(html) {\n  return html\n}\n", "html"),
    ],
)
def test_a_name_that_promises_work_over_a_constant_answer(path: str, text: str, answer: str) -> None:
    (finding,) = findings(text, path, statement="Change")
    assert finding.message.endswith(f"promises work but always returns `{answer}`.")


@pytest.mark.parametrize(
    "text",
    [
        "def validate_token(token):\n    return token in known\n",
        "def validate_token():\n    return True\n",
        "def validated(token):\n    return True\n",
        "def validate_token(token):\n    return False\n",
        "def encrypt(data):\n    return box(data)\n",
        "def encode(data):\n    return data\n",
        "class Always(Validator):\n    def validate(self, value):\n        return True\n",
        "class AllowAll:\n    def validate(self, value):\n        return True\n",
        "def validate_token(token):\n    '''Accept every token: the default.'''\n    return True\n",
        "@override\ndef validate_token(token):\n    return True\n",
    ],
)
def test_answers_that_are_in_order(text: str) -> None:
    assert findings(text, statement="Change") == []


def test_a_file_that_does_not_parse_is_no_finding() -> None:
    assert findings("def export_users(path:\n    pass\n((((") == []
    assert findings("def export_users(\x00\xff", PATH) == []

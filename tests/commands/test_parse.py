from __future__ import annotations

import string
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.commands.model import (
    Command,
    Config,
    Dismiss,
    Explain,
    Fix,
    Help,
    History,
    Misread,
    Pause,
    Resume,
    Review,
    RuleAction,
    Rules,
    Status,
    Undismiss,
)
from bot.commands.parse import LIMIT, VERBS, parse
from tests.kb.tokens import GITHUB


def test_every_command_of_the_model_has_a_verb() -> None:
    assert sorted(VERBS) == sorted(kind.__name__.lower() for kind in get_args(Command))


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/prudent", Help()),
        ("/prudent help", Help()),
        ("/prudent review", Review()),
        ("/Prudent REVIEW", Review()),
        ("   /prudent review   ", Review()),
        ("/prudent\treview", Review()),
        ("/prudent\u00a0review\u202f", Review()),
        ("/prudent pause", Pause()),
        ("/prudent resume", Resume()),
        ("/prudent status", Status()),
        ("/prudent config", Config()),
        ("/prudent rules", Rules()),
        ("/prudent rules enable use-the-logger", Rules(RuleAction.ENABLE, "use-the-logger")),
        ("/prudent rules Disable `Learned-Print`", Rules(RuleAction.DISABLE, "learned-print")),
        ("/prudent rules drop print", Rules(RuleAction.DROP, "print")),
        ("/prudent rules voice undefined-name", Rules(RuleAction.VOICE, "undefined-name")),
        ("/prudent rules voice learned-print", Rules(RuleAction.VOICE, "learned-print")),
        ("/prudent history learned-print", History(slug="learned-print")),
        ("/prudent history", History()),
        ("/prudent history #12", History(number=12)),
        ("/prudent history undefined-name", History(slug="undefined-name")),
        ("/prudent history sarif-tool-rule-1", History(slug="sarif-tool-rule-1")),
        ("/prudent history src/app.py", History(path="src/app.py")),
        ("/prudent history ./src/", History(path="src")),
        ("/prudent history Makefile", History(path="Makefile")),
        ("/prudent history not-a-slug", History(path="not-a-slug")),
        ('/prudent history "my folder/a b.py"', History(path="my folder/a b.py")),
        ("/prudent history `src/app.py`", History(path="src/app.py")),
        ("/prudent explain", Explain(None)),
        ("/prudent explain 5F0C2D", Explain("5f0c2d")),
        ("/prudent explain `5f0c2d9e8b7a6151`", Explain("5f0c2d9e8b7a6151")),
        ("/prudent explain Undefined-Name", Explain("undefined-name")),
        ("/prudent fix 5f0c2d", Fix("5f0c2d")),
        ("/prudent undismiss 5f0c2d", Undismiss("5f0c2d")),
        ("/prudent dismiss 5f0c2d it is set by the plugin", Dismiss("5f0c2d", "it is set by the plugin")),
        ("/prudent dismiss `5F0C2D` because --foo does it", Dismiss("5f0c2d", "because --foo does it")),
        (
            "/prudent dismiss undefined-name see https://example.com",
            Dismiss("undefined-name", "see https://example.com"),
        ),
        ("/prudent dismiss false positive", Dismiss(None, "false positive")),
        ("/prudent dismiss by-design, as agreed", Dismiss(None, "by-design, as agreed")),
        ("/prudent dismiss  two   blanks\u202e", Dismiss(None, "two blanks")),
    ],
)
def test_a_line_is_this_command(line: str, command: Command) -> None:
    assert parse(line) == (command,)
    assert parse(f"Hello\r\n{line}\r\nand so on") == (command,)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/prudent reveiw", "There is no command `reveiw`; did you mean `/prudent review`?"),
        ("/prudent rerun", "did you mean `/prudent review`?"),
        ("/prudent Ignore abcdef", "did you mean `/prudent dismiss`?"),
        ("/prudent --help", "did you mean `/prudent help`?"),
        ("/prudent xyzzy", "`/prudent help` lists them"),
        ("/prudent approve", "There is no command `approve`"),
        ("/prudent review now", "`review`: it takes nothing more, and `now` follows."),
        ("/prudent review --base=main", "there are no options such as `--base=main`"),
        ("/prudent config https://example.com/x.toml", "it takes no address"),
        ("/prudent help -v", "there are no options such as `-v`"),
        ("/prudent enable print", "did you mean `/prudent rules`?"),
        (
            "/prudent rules list",
            "`list` is nothing that can be done with a rule; `enable`, `disable`, `drop`, `voice` are",
        ),
        ("/prudent rules approve print", "`approve` is nothing that can be done with a rule"),
        ("/prudent rules enable", "`enable` takes one slug"),
        ("/prudent rules enable a b", "`enable` takes one slug"),
        ("/prudent rules drop ../x", "`../x` is not a slug; `/prudent rules` lists them"),
        ("/prudent rules drop " + "a" * 101, "is not a slug"),
        ("/prudent rules enable --all", "there are no options such as `--all`"),
        ("/prudent rules enable https://a.example/x", "it takes no address"),
        ("/prudent rules voice not-a-slug", "no finding can have the slug `not-a-slug`"),
        ("/prudent history a b", "it takes one path, slug or number, and `b` follows; quote blanks"),
        ("/prudent history ../etc/passwd", "write the path from the repository's top folder"),
        ("/prudent history a/../../b", "write the path from the repository's top folder"),
        ("/prudent history /etc/passwd", "write the path from the repository's top folder"),
        ("/prudent history ~/x", "write the path from the repository's top folder"),
        ("/prudent history a//b", "write the path from the repository's top folder"),
        ("/prudent history ''", "write the path from the repository's top folder"),
        ("/prudent history a\\b", "is not a path of a repository"),
        ("/prudent history " + "a" * 401, "is not a path of a repository"),
        ("/prudent history https://example.com/a", "it takes no address"),
        ("/prudent history 'file://a'", "it takes no address"),
        ("/prudent history ssh+git://a", "it takes no address"),
        ("/prudent history --all", "there are no options such as `--all`"),
        ("/prudent history 12", "write a pull request as `#12`, not `12`"),
        ("/prudent history #0", "write a pull request as `#12`, not `#0`"),
        ("/prudent history owner/name#12 #3", "it takes one path"),
        ("/prudent explain 5f0c2", "`5f0c2` is not a finding"),
        ("/prudent explain 5f0c2d9e8b7a61510", "is not a finding"),
        ("/prudent explain a_b", "is not a finding"),
        ("/prudent explain 5f0c2d more", "it takes one finding, and `more` follows"),
        ("/prudent dismiss", "say why"),
        ("/prudent dismiss 5f0c2d", "say why"),
        ("/prudent dismiss 5f0c2d ...", "say why"),
        ("/prudent dismiss 5f0c2d --reason=x", "there are no options: write the reason as it is"),
        ("/prudent dismiss 5f0c2d " + "x" * 501, "the reason has 501 characters; 500 are kept"),
        ("/prudent review" + " " * 2001 + "x", "The line is too long for a command."),
    ],
)
def test_a_line_is_refused_with_one_line(line: str, said: str) -> None:
    (misread,) = parse(line)
    assert isinstance(misread, Misread)
    assert said in misread.text
    assert "\n" not in misread.text
    assert len(misread.text) < 300


@pytest.mark.parametrize(
    "line",
    [
        "/prudentX review",
        "/prudent-review",
        "/prudent: review",
        "prudent review",
        "please /prudent review",
        "- /prudent review",
        "`/prudent review`",
        "> /prudent review",
        ">/prudent review",
        "   > /prudent review",
        "    /prudent review",
        "\t/prudent review",
        "//prudent review",
        "```\n/prudent review\n```",
        "~~~ sh\n/prudent review\n~~~",
        "````\n```\n/prudent review\n````",
        "```\n~~~\n/prudent review",
        "```\n    ```\n/prudent review\n```",
        "```\n``` no end\n/prudent review\n```",
        "- ```\n  /prudent review\n  ```",
        "- ```\n  x\ntext\n```\n/prudent review\n```",
        "1. a\n\n   ```\n   /prudent review\n   ```",
        "<!-- a\n/prudent review\n-->",
        "<!--\n/prudent review",
        "text <!-- a\n/prudent review\n-->",
        "<!-- a --> /prudent review",
        "<!-->\n/prudent review\n-->",
        "<!-- a\n```\n-->\n/prudent review\n```",
        "<pre>\n/prudent review\n\n/prudent review\n</pre>",
        "<div>\n```\n</div>\n\na\n```\n/prudent review\n```",
        "<!-->\n<pre>\n-->\n/prudent review\n</pre>",
        "<pre>\n</script>\n/prudent review\n</pre>",
        "a\u2028/prudent review",
        "a\x0b/prudent review",
    ],
)
def test_this_is_not_said_to_us(line: str) -> None:
    assert parse(line) == ()


@pytest.mark.parametrize(
    "before",
    [
        "```\ncode\n```",
        "~~~\ncode\n```\n~~~~",
        "> quoted\n",
        "- item\n  ```\n  code\n  ```",
        "<!-- hidden -->",
        "<!-- hidden\nmore -->",
        "``` not a fence ``` but code",
        "<details>\n\n```\ncode\n```\n\n</details>",
        "<pre>code</pre>",
        "-->",
    ],
)
def test_after_code_quotes_and_comments_we_listen_again(before: str) -> None:
    assert parse(f"{before}\n/prudent review") == (Review(),)


def test_three_commands_of_a_comment_are_read() -> None:
    assert parse("/prudent status\n/prudent nonsense\ntext\n/prudent config") == (
        Status(),
        Misread("There is no command `nonsense`; `/prudent help` lists them."),
        Config(),
    )
    more = parse("/prudent status\n" * 5)
    assert more[:LIMIT] == (Status(),) * LIMIT
    assert more[LIMIT:] == (Misread("Only the first 3 commands of a comment are read."),)


def test_what_is_said_back_is_inert_and_without_secrets() -> None:
    secret = GITHUB
    for line in (f"/prudent {secret}", f"/prudent review {secret}", f"/prudent explain {secret}"):
        (misread,) = parse(line)
        assert isinstance(misread, Misread)
        assert secret not in misread.text
    (misread,) = parse("/prudent `@octocat`<!--x--><img/src=x>")
    assert isinstance(misread, Misread)
    assert "<!--" not in misread.text
    assert misread.text.startswith("There is no command `` `@octocat`")
    (dismissed,) = parse(f"/prudent dismiss 5f0c2d the key {secret} is old")
    assert isinstance(dismissed, Dismiss)
    assert secret not in dismissed.reason
    assert dismissed.reason.startswith("the key [secret: ")


ORDERS = ["/prudent review", "/prudent", "/prudent dismiss", "#1", "--x", "../a", '"', "text", "", "`"]
MARKS = ["```", "~~~", "    ```", "- ```", "> ", "<!--", "-->", "<div>", "<pre>", "</pre>", "- ", "  ", "\t"]
PIECES = st.sampled_from([*ORDERS, *MARKS, "\u00a0", "\x00", "\ud800"])


@given(st.lists(st.lists(PIECES | st.text(max_size=5), max_size=4).map("".join), max_size=12).map("\n".join))
@example("/prudent history \ud800")
def test_no_text_is_too_much(body: str) -> None:
    said = parse(body)
    assert len(said) <= LIMIT + 1
    for command in said:
        assert isinstance(command, (Misread, *get_args(Command)))
        if isinstance(command, Misread):
            command.text.encode("utf-8")


WORDS = st.text(string.ascii_letters + "/ `~<>-!#", max_size=12)


@given(
    st.sampled_from(["```", "````", "~~~", "~~~~~", "```sh"]),
    st.lists(st.one_of(WORDS, PIECES, st.just("/prudent review")), max_size=8),
    st.sampled_from(["", " ", "   "]),
)
def test_a_fence_holds_what_is_in_it(fence: str, inside: list[str], indent: str) -> None:
    run = fence.rstrip("sh")
    inside = [line for line in inside if not (line.strip() and set(line.strip()) == {run[0]})]
    body = "\n".join([indent + fence, *inside, "/prudent review"])
    assert parse(body) == ()


@given(st.lists(st.one_of(WORDS, st.just("/prudent review")), max_size=6).map("\n".join))
def test_a_comment_hides_what_is_in_it(inside: str) -> None:
    body = "<!-- " + inside.replace("-->", "") + "\n/prudent review\n-->"
    assert parse(body) == ()


@given(st.lists(WORDS, max_size=6))
def test_a_quote_is_not_said_again(lines: list[str]) -> None:
    assert parse("\n".join(f"> {line}\n> /prudent review" for line in lines)) == ()

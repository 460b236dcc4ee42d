"""What untrusted text becomes before a model reads it, and what a model's text becomes before people do.

Inward, nothing is hidden from the reader of a verdict and shown to the model, or the other way round: characters that
are not seen, HTML comments and pictures go, what looks like a token of a chat template is made plain, secrets are out.
Outward, nothing is active: no link, picture, mention, command or markup, and no secret, whatever a model was told.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from kb.redact import redact
from kb.view import shown

MARKER = "[secret: KIND]"
LONGEST_CODE_LINE = 2_000  # characters of a line of code that are shown
ROUNDS = 12  # in which a model's text is made inert: an honest one needs two
LONGEST_WORD = 80  # of a model's text: a longer one is no word, and could carry something out

# Zero width, bidirectional controls, fillers, joiners, the tags block; a variation selector counts in a run only.
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff"
    "\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
_CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
_HIDDEN = re.compile(
    f"(?:[{_UNSEEN}{_CONTROL}]|[{_SELECTORS}](?=[{_SELECTORS}{_UNSEEN}])|(?<=[{_SELECTORS}])[{_SELECTORS}])+"
)
_SURROGATE = re.compile("[\ud800-\udfff]")

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_PICTURE = re.compile(
    r"!\[[^\]\n]{0,1000}\](?:\([^)\n]{0,2000}\)|\[[^\]\n]{0,200}\])?|<img\b[^>]{0,2000}>?|<picture\b[^>]{0,500}>",
    re.IGNORECASE,
)
_TOKENS = re.compile(
    r"""<\|[^\s|<>]{1,60}\|?>  |  <｜[^｜\n]{1,60}｜>            # ChatML, Llama 3, Phi, Qwen; DeepSeek
      | <\[[\w-]{1,40}\]>                                     # Seed-Coder
      | \[/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS|SUFFIX|PREFIX|MIDDLE|IMG)\]
      | <</?SYS>>
      | </?(?:start_of_turn|end_of_turn|bos|eos|pad|unk|s|fim_(?:prefix|suffix|middle|pad)|reponame|file_sep
            |tool_call|tool_response|tools?|function_calls|invoke|think|thinking|system|assistant|antml:[\w-]+)>
      | (?m:^)[ \t]*(?:Human|Assistant|System|User)[ \t]*:(?=\s|\Z)
    """,
    re.VERBOSE,
)
_WORD_OF_TOKEN = re.compile(r"[^\w/]+")

_LINK = re.compile(r"(?i)(?:\b[a-z][a-z0-9+.-]{0,20})?:/{2,}\S*|\bwww\.\S+|\b(?:data|javascript|mailto|vbscript):\S+")
_MARKDOWN_LINK = re.compile(r"!?\[([^\]\n]{0,300})\]\s?\([^)\n]{0,1000}\)")
_REFERENCE = re.compile(r"!\[|\](?=[\[(:])")
_MENTION = re.compile(r"[@\uff20\ufe6b]+(?=[\w/\[])")
_ORDER = re.compile(r"^/+(?=\w)|/+(?=prudent\b)", re.IGNORECASE)
_ISSUE = re.compile(r"#+(?=\d+\b)|\bGH-+(?=\d+\b)", re.IGNORECASE)  # "Fixes #1" closes it
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_LONG = re.compile(rf"[^\s]{{{LONGEST_WORD},}}")
_ABOUT_MARKER = re.compile(r"\[secret\b|\bsecret:|\bKIND\]|\bredact", re.IGNORECASE)


def prose_in(text: str, limit: int) -> str:
    """Return a text that people wrote (a title, a message, a guide) as a model may read it, at most `limit` long.

    What Markdown hides from a reader is not shown to a model either.
    """
    text = _SURROGATE.sub("\ufffd", _whole_words(text, 8 * limit))
    for _ in range(ROUNDS):
        before, text = text, _PICTURE.sub("", _COMMENT.sub("", _HIDDEN.sub("", text)))
        if text == before:
            break  # what was taken out left nothing that is hidden once more
    return cut(redact(_plain_tokens(text)), limit)


def line_in(line: str) -> str:
    """Return one line of code as a model may read it: what is hidden in it is counted, secrets are out."""
    return _code(redact(line))


def path_in(path: str) -> str:
    """Return a path as a model may read it: on one line, whatever the file is called."""
    return line_in(shown(path))


@lru_cache(maxsize=128)
def lines_in(text: str) -> tuple[str, ...]:
    """Return a file's lines as a model may read them, as many as there are; a secret over several lines is out too."""
    lines = text.split("\n")
    clean = redact(text)
    if clean == text:
        return tuple(_code(line) for line in lines)
    left = Counter(clean.split("\n"))
    shown = []
    for line in lines:
        alone = redact(line)
        if left[line] > 0 and alone == line:
            left[line] -= 1
            shown.append(_code(line))
        else:
            shown.append(_code(alone if alone != line else "[secret: part of one]"))
    return tuple(shown)


def without_markup(lines: tuple[str, ...]) -> tuple[str, ...]:
    """Return a Markdown or HTML file's lines without comments and pictures, as many as there were."""
    text = "\n".join(lines)
    for pattern in (_COMMENT, _PICTURE):
        text = pattern.sub(lambda match: "\n" * match[0].count("\n"), text)
    return tuple(text.split("\n"))


def cut(text: str, limit: int) -> str:
    """Return the text, cut at `limit` characters with dots at its end."""
    return text if len(text) <= limit else text[: max(limit - 3, 0)] + "..."


def _whole_words(text: str, most: int) -> str:
    """Return a text, cut between two words: half a secret is not recognised as one."""
    if len(text) <= most:
        return text
    parts = text[: most + 1].rsplit(None, 1)
    return parts[0] if len(parts) > 1 else ""


def said(text: str, limit: int) -> str:
    """Return what a model said as one harmless line of at most `limit` characters.

    Links, pictures, mentions, commands, markup, secrets and words too long to be any are out or made plain.
    """
    text = _SURROGATE.sub("", text[: 4 * limit])
    for _ in range(ROUNDS):
        before, text = text, _made_inert(text)
        if text == before:
            return cut(text, limit)
    return ""  # what is made to stay active, whatever is taken out of it


def _made_inert(text: str) -> str:
    """Return a text without what is active in it. What is left may be active again: pieces that now stand together."""
    text = _HIDDEN.sub("", _PICTURE.sub("", _COMMENT.sub("", text)))
    text = _MARKDOWN_LINK.sub(r"\1", redact(text))
    text = _LINK.sub("[link]", text)
    text = _REFERENCE.sub(" ", _plain_tokens(text))
    text = _LONG.sub("[...]", " ".join(text.split()))
    text = _TAG.sub("‹", _MENTION.sub("", text))
    return redact(_ISSUE.sub("", _ORDER.sub("", text))).strip()


def is_about_marker(*texts: str) -> bool:
    """Return whether a model speaks of the mark that stands where a secret was: nobody wrote that."""
    return any(_ABOUT_MARKER.search(text) for text in texts)


def _code(line: str) -> str:
    line = _SURROGATE.sub("\ufffd", line.removesuffix("\r"))
    line = _HIDDEN.sub(lambda match: f"[hidden: {len(match[0])}]", line)
    return cut(_plain_tokens(line), LONGEST_CODE_LINE)


def _plain_tokens(text: str) -> str:
    return _TOKENS.sub(_named, text)


def _named(match: re.Match[str]) -> str:
    return f"[token: {_WORD_OF_TOKEN.sub(' ', match[0]).strip()}]"

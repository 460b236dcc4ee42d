"""Whether a reply in a thread says that the finding will not be fixed."""

from __future__ import annotations

import re

from bot.commands.visible import visible_lines

LONGEST = 300  # characters: a longer reply argues, and is left to people

_APOSTROPHES = str.maketrans("\u2018\u2019\u00b4`", "''''")
_LEAD = r"(?:(?:thanks|thank you|sorry|no|nope|ok|okay|well|hi|hey)\b[\s,.!:;-]*)*"
_SUBJECT = (
    r"(?:(?:this|that|it|these|those|they)(?:(?:'s|'re)?| is| are| was| were)\s+|we\s+|i\s+)?(?:really\s+|just\s+)?"
)
_REFUSAL = r"(?:won'?t[\s-]?fix|will\s+not\s+fix|not\s+going\s+to\s+fix|am\s+not\s+going\s+to\s+fix)"
_DENIAL = r"(?:an?\s+)?(?:false[\s-]+(?:positive|alarm)s?|not\s+(?:an?\s+)?(?:issue|bug|problem)s?|non-issue)"
_PURPOSE = (
    r"(?:(?:works?|working|behaves?|behaving)\s+)?(?:by\s+design|as\s+(?:designed|intended)|intended|intentional)"
)
_SAYS = re.compile(rf"{_LEAD}{_SUBJECT}(?:{_REFUSAL}|{_DENIAL}|{_PURPOSE})(?![\w-])(.*)", re.DOTALL)
_OTHERWISE = re.compile(
    r"\s+(?:to|rate|rates|until|unless|if|or|once|when)\b"  # "intended to be fixed", "won't fix unless"
    r"|.*\b(?:actually|fixed|i disagree|just kidding|scratch that|never ?mind)\b",
    re.DOTALL,
)


def wont_fix(body: str) -> bool:
    """Return whether a short reply begins with saying won't fix, false positive, not an issue, by design or intended.

    A question, a negation ("not by design"), a condition and quoted words do not say so.
    """
    text = " ".join(line for line in visible_lines(body) if line)
    if len(text) > LONGEST or "?" in text:
        return False
    text = text.lower().translate(_APOSTROPHES)
    text = re.sub(r"^[\s*_~]+|[*_~]+", "", text)
    said = _SAYS.match(text)
    return said is not None and not _OTHERWISE.match(said[1])

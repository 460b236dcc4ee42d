"""From a file's bytes to its facts: picks the extractor, and answers for whatever goes wrong in it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from kb.facts.model import Facts, Status
from kb.syntax.languages import language_of
from kb.syntax.parse import Unparsed

# language -> module with `extract(data, language) -> Facts`, imported when a file of that language is met
EXTRACTORS: Mapping[str, str] = MappingProxyType(
    {
        "python": "kb.facts.python",
        "javascript": "kb.facts.javascript",
        "typescript": "kb.facts.javascript",
        "tsx": "kb.facts.javascript",
        **dict.fromkeys(
            ("c", "cpp", "csharp", "go", "java", "kotlin", "php", "ruby", "rust", "swift", "zig"), "kb.facts.queried"
        ),
    }
)
SHEBANG_BYTES = 256


def language_for(path: str, data: bytes) -> str | None:
    """Return the language in which a file's facts are read, None if there is no extractor for it."""
    language = language_of(path, data[:SHEBANG_BYTES])
    return language if language in EXTRACTORS else None


def facts_of(path: str, data: bytes) -> Facts:
    """Return the facts of a file; status `unread` with the reason where there are none. Never raises."""
    language = language_for(path, data)
    if language is None:
        return Facts("", Status.UNREAD, trouble="no extractor for this kind of file")
    try:
        facts: Facts = import_module(EXTRACTORS[language]).extract(data, language)
    except Unparsed as reason:
        return Facts(language, Status.UNREAD, lines=data.count(b"\n"), trouble=str(reason))
    except RecursionError:
        return Facts(language, Status.UNREAD, lines=data.count(b"\n"), trouble="nested too deeply")
    return facts

"""Where a line of the repository can be read at GitHub: the only addresses that our texts link to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from bot.events import Repo
from bot.render.escape import uri_of
from checks.finding import Finding, Side
from kb.redact import redact

_COMMIT = re.compile(r"[0-9a-f]{40,64}")


@dataclass(frozen=True)
class Links:
    """The two states of one pull request at one GitHub; `base` is the merge base."""

    repo: Repo
    base: str
    head: str

    def to_finding(self, finding: Finding) -> str:
        """Return the address of a finding's lines; "" where there is none that could be written safely."""
        commit = self.base if finding.side is Side.LEFT else self.head
        parts = finding.path.split("/")
        is_odd = any(part in ("", ".", "..") for part in parts)
        is_odd |= "[secret: " in finding.path or redact(finding.path) != finding.path
        if is_odd or not _COMMIT.fullmatch(commit):
            return ""
        last = f"-L{finding.end_line}" if finding.end_line > finding.line else ""
        lines = f"#L{finding.line}{last}" if finding.line > 0 else ""
        return f"{self.root}/blob/{commit}/{uri_of(finding.path)}{lines}"

    def to_own(self, url: str) -> str:
        """Return the address that GitHub gave for something in this repository; "" if it is anything else."""
        plain = re.fullmatch(r"[\w./:#%~-]+", url) is not None
        return url if plain and url.lower().startswith(f"{self.root}/".lower()) else ""

    @property
    def root(self) -> str:
        """Return the repository's address, without a slash at its end."""
        repo = self.repo
        return f"https://{quote(repo.host, safe=':')}/{quote(repo.owner, safe='')}/{quote(repo.name, safe='')}"

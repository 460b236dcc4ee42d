"""The texts that we post. What comes from the repository is made inert, secrets are out, and lengths are held.

The only links are to lines of the reviewed repository and to our own summary.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import chain

from bot.posting.links import Links
from bot.posting.markers import delta_marker, finding_marker, fixed_marker
from bot.posting.model import Identity, Stance, Standing
from bot.render.escape import code_lines, cut, markdown_code, markdown_text, printable
from bot.render.markdown import LIMIT, render_closing, render_finding
from bot.render.scrub import scrubbed
from bot.render.wording import counted, headline_of
from checks.finding import Finding, Severity
from checks.verdict import Overall, Verdict

MESSAGE_SHOWN = 160  # of a finding that has a comment of its own
HELP = "<sub>Comment `/prudent help` to see what can be asked.</sub>"


@dataclass(frozen=True)
class Delta:
    """How the findings differ from those that the last review told of."""

    fixed: int = 0
    new: int = 0
    unchanged: int = 0
    dismissed: int = 0
    unseen: int = 0  # found then, not looked for now

    @property
    def sentence(self) -> str:
        """Return the difference as one sentence; "" where nothing was known and nothing is."""
        said = [
            f"{number:,} {word}"
            for word, number in (
                ("fixed", self.fixed),
                ("new", self.new),
                ("unchanged", self.unchanged),
                ("dismissed", self.dismissed),
                ("not looked for this time", self.unseen),
            )
            if number
        ]
        return f"Since the last review: {', '.join(said)}." if said else ""


@dataclass(frozen=True)
class Page:
    """What a summary is written from. `start` and `state` are its hidden lines.

    `on_lines` are the fingerprints of the findings that have a comment of their own.
    """

    start: str
    state: str
    verdict: Verdict
    links: Links
    stance: Stance
    on_lines: Collection[str]
    delta: Delta | None


def summary_body(page: Page) -> str:
    """Return the summary, at most `LIMIT` characters, cut between findings; its coverage is always there."""
    clean = scrubbed(page.verdict)
    head = "\n".join([page.start, page.state, *_headline(clean, page.stance), *_tally(clean, page.delta)])
    tail = f"\n{render_closing(clean)}\n\n{HELP}"
    shown = clean.findings[: clean.max_findings]
    commented = [finding for finding in shown if finding.fingerprint in page.on_lines]
    others = [finding for finding in shown if finding.fingerprint not in page.on_lines]
    pieces = chain(
        (f"- {_listed(finding, page.links)}\n" for finding in commented),
        (_in_full(finding, page.links) for finding in others),
    )
    kept = fitting(pieces, LIMIT - len(head) - len(tail) - 200)  # 200: headings, and how many are left
    lists, blocks = kept[: len(commented)], kept[len(commented) :]
    middle = ["\n**On changed lines**\n\n", *lists] if lists else []
    middle += ["\n**Not on changed lines, or too many for comments**\n", *blocks] if blocks else []
    if left := len(clean.findings) - len(kept):
        middle.append(f"\n**{left:,} more** not shown here.\n")
    return head + "".join(middle) + tail


def fitting(pieces: Iterable[str], room: int) -> list[str]:
    """Return the first pieces that fit into so many characters, whole; no more are made than that takes."""
    kept = []
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return kept


def _headline(clean: Verdict, stance: Stance) -> list[str]:
    label, one_liner = headline_of(clean)
    if clean.overall is Overall.APPROVE and stance is not Stance.APPROVE:
        label = "No findings"  # the word would be read as an approval
    return [f"### {label}", "", in_one_line(one_liner, 300), ""]


def _tally(clean: Verdict, delta: Delta | None) -> list[str]:
    counts = clean.counts
    lines = [" · ".join(f"{counts[severity]} {severity.value}" for severity in Severity), ""] if clean.findings else []
    return [*lines, delta.sentence, ""] if delta and delta.sentence else lines


def _listed(finding: Finding, links: Links) -> str:
    link = links.to_finding(finding)
    where = markdown_code(f"{_path(finding.path)}:{finding.line}")
    where = f"[{where}]({link})" if link else where
    said = in_one_line(finding.message, MESSAGE_SHOWN)
    return f"**{finding.severity.value}** {markdown_code(finding.slug)} at {where} ({_number(finding)}): {said}"


def _in_full(finding: Finding, links: Links) -> str:
    """Return a finding that has no thread to answer in: commands name it by the first digits of its fingerprint."""
    said = render_finding(finding, link=links.to_finding(finding), with_suggestion=False)
    return f"\n{said}\n<sub>finding {_number(finding)}</sub>\n"


def _number(finding: Finding) -> str:
    return markdown_code(finding.fingerprint[:8])


def in_one_line(text: str, limit: int) -> str:
    """Return the first line of a text, cut and inert."""
    lines = [line.strip() for line in code_lines(text[: 4 * limit]) if line.strip()]
    return markdown_text(cut(lines[0], limit)) if lines else ""


def _path(path: str) -> str:
    return cut(printable(path), 150)


def inline_body(clean: Finding, identity: Identity, *, base: str, head: str, link: str, with_suggestion: bool) -> str:
    """Return the comment on a finding's line; `clean` is without secrets, its identity is from before that."""
    marker = finding_marker(identity, check=clean.check, base=base, head=head)
    said = render_finding(clean, link=link, with_suggestion=with_suggestion).removeprefix("---\n")
    return f"{marker}\n{said}".rstrip("\n")


def fixed_body(standing: Standing, head: str) -> str:
    """Return what a comment becomes whose finding is gone; it still says which one it was."""
    identity = standing.identity
    marker = finding_marker(identity, check=standing.check, base=standing.base, head=standing.head)
    slug = markdown_code(identity.slug) if identity.slug else "this"
    return f"{marker}\n{fixed_marker(head)}\n**Fixed** as of `{head[:10]}`: {slug} is no longer found here."


def delta_body(job: str, head: str, *, new: int, stance: Stance, link: str) -> str:
    """Return the text of a review that follows the summary: one line that leads there."""
    said = {Stance.APPROVE: "Approved.", Stance.REQUEST_CHANGES: "Changes requested.", Stance.COMMENT: ""}[stance]
    news = f"{counted(new, 'new finding')} at `{head[:10]}`." if new else ""
    where = f"See the {f'[summary]({link})' if link else 'summary'}."
    line = " ".join(part for part in (said, news, where) if part)
    return f"{delta_marker(job, head)}\n{line}"

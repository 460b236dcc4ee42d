"""From a delivery's bytes to an event: the fields that are needed, or why nothing is to be done."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from bot.commands.visible import visible_lines
from bot.events import (
    Actor,
    ButtonPressed,
    ChecksRerequested,
    Commented,
    Event,
    Ignored,
    InstallationGone,
    PullChanged,
    PullClosed,
    Pushed,
    Repo,
    ThreadSettled,
)
from bot.web import fields
from bot.web.remark import REVIEWERS, remark_of
from kb.redact import redact

LARGEST_BODY = 25_000_000  # bytes; GitHub does not deliver a payload over 25 MB
LARGEST_COMMENT = 65_536  # characters; GitHub takes no longer one
LONGEST_COMMENT = 4_000  # characters of a comment that is kept as it is
LONGEST_COMMAND, MOST_COMMANDS = 2_100, 4  # of a longer one: more than are obeyed, so that it is said that they are not
MOST_REVERTED = 100  # commits that one push may be said to revert

GHOST = fields.Account(id=0, login="ghost")  # stands in for whoever is not named: has no right to anything

_COMMAND = re.compile(r"(?i)/prudent(?:\s|\Z)")
_REVERTS = re.compile(r"(?m)^This reverts commit ([0-9a-f]{40})\b")
_WANTED_ACTIONS = {
    "pull_request": ("opened", "reopened", "ready_for_review", "synchronize", "edited", "closed"),
    "issue_comment": ("created",),
    "pull_request_review_comment": ("created",),
    "pull_request_review_thread": ("resolved", "unresolved"),
    "check_run": ("rerequested", "requested_action"),
    "check_suite": ("rerequested",),
    "push": (None,),
    "installation": ("deleted", "suspend"),
    "installation_repositories": ("removed",),
}

T = TypeVar("T")


class BadDelivery(Exception):
    """A delivery that is not what GitHub describes; the text says where, and quotes nothing of it."""


@dataclass(frozen=True)
class _Delivery:
    action: str
    body: bytes
    own_app_id: int
    host: str

    def read(self, form: type[T]) -> T:
        return _decoded(self.body, form)

    def repo(self, payload: fields.Delivered) -> Repo:
        if payload.installation is None:
            raise _NotOurs("sent for no installation of an App")
        there = payload.repository
        return Repo(payload.installation.id, there.id, there.owner.login, there.name, self.host)


class _NotOurs(Exception):
    """Ends the cutting of a payload that nothing is to be done about; the text is the reason."""


def event_of(name: str, body: bytes, *, own_app_id: int, host: str) -> Event:
    """Return the event that a delivery tells of, `Ignored` where nothing is to be done.

    Args:
        name: The event's name, of the header X-GitHub-Event.
        body: The payload as it came, JSON; its signature was checked.
        own_app_id: The App's id: buttons and re-runs of other Apps' checks are not ours.
        host: The web host of this GitHub, "github.com".

    Raises:
        BadDelivery: The body is no such payload. Nothing else is raised, whatever the bytes.
    """
    if len(body) > LARGEST_BODY:
        raise BadDelivery(f"the payload is larger than {LARGEST_BODY} bytes")
    if name not in _WANTED_ACTIONS:
        return Ignored(f"no use for the event {name}" if name in KNOWN_EVENTS else "an event that is not known")
    action = _decoded(body, fields.Head).action
    if action not in _WANTED_ACTIONS[name]:
        return Ignored(f"no use for this action of {name}")
    try:
        return _CUTTERS[name](_Delivery(action or "", body, own_app_id, host))
    except _NotOurs as reason:
        return Ignored(str(reason))


def _decoded(body: bytes, form: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=form)
    except msgspec.ValidationError as error:
        raise BadDelivery(f"the payload lacks what is needed: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise BadDelivery("the payload is not JSON") from None
    except RecursionError:
        raise BadDelivery("the payload is nested too deeply") from None


def _pull_request(delivery: _Delivery) -> Event:
    payload = delivery.read(fields.PullRequestPayload)
    pull, repo, sender = payload.pull_request, delivery.repo(payload), _actor(payload.sender)
    if delivery.action == "closed":
        commit = pull.merge_commit_sha if pull.merged else None
        return PullClosed(repo, pull.number, pull.head.sha, pull.merged, commit, sender)
    if delivery.action == "edited" and payload.changes.base is None:
        return Ignored("edited, but the base is the same")
    return PullChanged(repo, pull.number, pull.head.sha, delivery.action, sender)


def _issue_comment(delivery: _Delivery) -> Event:
    payload = delivery.read(fields.IssueCommentPayload)
    if payload.issue.pull_request is None:
        return Ignored("a comment on an issue, not on a pull request")
    sender, text = _actor(payload.sender), _kept(payload.comment)
    if sender.is_bot or text is None:
        return Ignored("a bot's comment" if sender.is_bot else "a comment that does not speak to us")
    return Commented(delivery.repo(payload), payload.issue.number, payload.comment.id, text, sender, in_review=False)


def _review_comment(delivery: _Delivery) -> Event:
    payload = delivery.read(fields.ReviewCommentPayload)
    sender, text, answered = _actor(payload.sender), _kept(payload.comment), payload.comment.in_reply_to_id
    repo, number = delivery.repo(payload), payload.pull_request.number
    if sender.is_bot and sender.login not in REVIEWERS:
        return Ignored("a bot's comment")
    if sender.is_bot or text is None:
        said = remark_of(repo, number, payload.comment, sender)
        return said or Ignored("a comment that does not speak to us")
    return Commented(repo, number, payload.comment.id, text, sender, in_review=True, reply_to=answered)


def _review_thread(delivery: _Delivery) -> Event:
    payload = delivery.read(fields.ThreadPayload)
    sender, thread = _actor(payload.sender), payload.thread
    if sender.is_bot:
        # Our own resolving comes back as an event too. What a bot resolves says nothing about what people think.
        return Ignored("settled by a bot")
    if not thread.comments:
        return Ignored("a thread without comments")
    repo, number, resolved = delivery.repo(payload), payload.pull_request.number, delivery.action == "resolved"
    return ThreadSettled(repo, number, thread.node_id, thread.comments[0].id, resolved, sender)


def _check_run(delivery: _Delivery) -> Event:
    payload = delivery.read(fields.CheckRunPayload)
    run, sender = payload.check_run, _actor(payload.sender)
    _demand_own(run, delivery)
    if delivery.action == "rerequested":
        return ChecksRerequested(delivery.repo(payload), run.head_sha, run.external_id or "", sender)
    if payload.requested_action is None:
        raise BadDelivery("the payload lacks what is needed: requested_action")
    pressed = payload.requested_action.identifier
    return ButtonPressed(delivery.repo(payload), run.head_sha, run.external_id or "", pressed, sender)


def _check_suite(delivery: _Delivery) -> Event:
    payload = delivery.read(fields.CheckSuitePayload)
    _demand_own(payload.check_suite, delivery)
    return ChecksRerequested(delivery.repo(payload), payload.check_suite.head_sha, "", _actor(payload.sender))


def _push(delivery: _Delivery) -> Event:
    payload = delivery.read(fields.PushPayload)
    if payload.deleted or payload.ref != f"refs/heads/{payload.repository.default_branch}":
        return Ignored("a push to another branch than the default one")
    reverted = tuple(dict.fromkeys(sha for commit in payload.commits for sha in _REVERTS.findall(commit.message)))
    if not reverted:
        return Ignored("a push that reverts nothing")
    return Pushed(delivery.repo(payload), payload.after, reverted[:MOST_REVERTED])


def _installation(delivery: _Delivery) -> Event:
    return InstallationGone(delivery.read(fields.InstallationPayload).installation.id)


def _installation_repositories(delivery: _Delivery) -> Event:
    payload = delivery.read(fields.InstallationPayload)
    removed = tuple(there.id for there in payload.repositories_removed)
    if not removed:  # an event that names no repository would mean all of them
        return Ignored("no repository was removed")
    return InstallationGone(payload.installation.id, removed)


_CUTTERS: dict[str, Callable[[_Delivery], Event]] = {
    "pull_request": _pull_request,
    "issue_comment": _issue_comment,
    "pull_request_review_comment": _review_comment,
    "pull_request_review_thread": _review_thread,
    "check_run": _check_run,
    "check_suite": _check_suite,
    "push": _push,
    "installation": _installation,
    "installation_repositories": _installation_repositories,
}

# what GitHub sends beside those: by subscription that came with a permission, or to every App
KNOWN_EVENTS = frozenset({*_CUTTERS, "ping", "pull_request_review", "installation_target", "github_app_authorization"})


def _actor(account: fields.Account | None) -> Actor:
    account = account or GHOST
    return Actor(account.id, account.login, account.type == "Bot")


def _demand_own(run: fields.Run, delivery: _Delivery) -> None:
    if run.app is None or run.app.id != delivery.own_app_id:
        raise _NotOurs("a check of another App")


def _kept(comment: fields.Comment) -> str | None:
    """Return what is kept of a comment: a command, or an answer in a thread, which may say "won't fix"; else None."""
    text = (comment.body or "")[:LARGEST_COMMENT].replace("\0", "")
    is_reply = comment.in_reply_to_id is not None
    if len(text) > LONGEST_COMMENT and (is_reply or _has_command(text)):
        text = _shortened(text)
    return _without_secrets(text) if is_reply or _has_command(text) else None


def _without_secrets(text: str) -> str:
    """Return a comment as it may be stored: where it holds a secret, what is said in it openly, the secret out.

    Taken out of the text as it stands, a secret could take the end of a fence or of a comment with it.
    """
    return text if redact(text) == text else redact("\n".join(visible_lines(text)))


def _shortened(text: str) -> str:
    """Return the commands of a long comment, which often stand at its end; without any, the beginning of what it says.

    Where a command stands (in code, in a quote) can be told only by reading all before it, so it is told here.
    """
    lines = list(visible_lines(text))
    commands = [line[:LONGEST_COMMAND] for line in lines if _is_command(line)]
    return "\n".join(commands[:MOST_COMMANDS]) or "\n".join(lines)[:LONGEST_COMMENT]


def _has_command(text: str) -> bool:
    return any(_is_command(line) for line in text.splitlines())


def _is_command(line: str) -> bool:
    return _COMMAND.match(line.strip()) is not None

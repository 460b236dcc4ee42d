"""From GitHub's REST answers to values of `bot.github.model`."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.events import Actor, Repo
from bot.github.fields import Fields
from bot.github.model import CheckRun, Delivery, Pull, Review, ReviewState, Right

GHOST = Actor(10137, "ghost")  # whom GitHub shows for deleted accounts; here also for those it leaves out


def actor_from(fields: Fields) -> Actor:
    """Return a user or bot."""
    return Actor(fields.number("id"), fields.text("login"), is_bot=fields.text_or("User", "type") == "Bot")


def pull_from(fields: Fields) -> Pull:
    """Return a pull request, from its own page or from a list (which has no `merged`)."""
    is_merged = fields.has("merged_at")
    return Pull(
        number=fields.number("number"),
        title=fields.text("title"),
        body=fields.text_or("", "body"),
        author=actor_from(fields.at("user")) if fields.has("user") else GHOST,
        head=fields.text("head", "sha"),
        base=fields.text("base", "sha"),
        base_ref=fields.text("base", "ref"),
        is_open=fields.text("state") == "open",
        is_draft=fields.has("draft") and fields.flag("draft"),
        is_merged=is_merged,
        merge_commit=fields.text("merge_commit_sha") if is_merged and fields.has("merge_commit_sha") else None,
        head_repository=fields.text("head", "repo", "full_name") if fields.has("head", "repo") else None,
        default_branch=fields.text("base", "repo", "default_branch"),
        labels=tuple(label.text("name") for label in fields.each("labels")),
        updated=fields.moment("updated_at"),
    )


def review_from(fields: Fields) -> Review:
    """Return a review; GitHub's webhooks write its state in small letters, REST in capitals."""
    return Review(
        id=fields.number("id"),
        node=fields.text("node_id"),
        state=review_state_from(fields),
        body=fields.text_or("", "body"),
        commit=fields.text("commit_id") if fields.has("commit_id") else None,
        url=fields.text_or("", "html_url"),
    )


def review_state_from(fields: Fields) -> ReviewState:
    """Return where a review stands."""
    try:
        return ReviewState(fields.text("state"))
    except ValueError:
        raise fields.wrong("a review in a state that the API does not describe") from None


def check_from(fields: Fields) -> CheckRun:
    """Return a check run."""
    return CheckRun(
        id=fields.number("id"),
        head=fields.text("head_sha"),
        status=fields.text("status"),
        conclusion=fields.text("conclusion") if fields.has("conclusion") else None,
        review=fields.text_or("", "external_id"),
    )


def delivery_from(fields: Fields) -> Delivery:
    """Return one attempt to deliver a webhook; "OK" is the one status that means it arrived."""
    return Delivery(
        id=fields.number("id"),
        guid=fields.text("guid"),
        at=fields.moment("delivered_at"),
        ok=fields.text("status") == "OK",
        event=fields.text("event"),
        redelivery=fields.flag("redelivery"),
    )


def repo_from(fields: Fields, installation: int) -> Repo:
    """Return a repository of an installation."""
    host = urlsplit(fields.text("html_url")).netloc
    return Repo(installation, fields.number("id"), fields.text("owner", "login"), fields.text("name"), host)


def right_from(fields: Fields, actor: Actor) -> Right:
    """Return what GitHub says that a person may do; NONE where the login is now somebody else's.

    `permission` knows only admin, write, read and none; `role_name` tells maintain and triage from them, and may be a
    role that an organisation made up.
    """
    if not fields.has("user") or fields.number("user", "id") != actor.id:
        return Right.NONE
    granted, role = fields.text("permission"), fields.text_or("", "role_name")
    if (granted, role) == ("write", "maintain"):
        return Right.MAINTAIN
    if (granted, role) == ("read", "triage"):
        return Right.TRIAGE
    return Right(granted) if granted in ("admin", "write", "read") else Right.NONE

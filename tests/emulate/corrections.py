"""The emulator's answers that differ from GitHub's, by operation, each with what is done instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.emulate.anchors import Anchor, positions
from tests.emulate.emulator import APP_ID
from tests.emulate.overlay import Answer, Ask, Correction, Overlay

REPO = r"/repos/(?P<owner>[^/]+)/(?P<repo>[^/]+)"
PULL = rf"{REPO}/pulls/(?P<number>\d+)"
REVIEW = rf"{PULL}/reviews/(?P<review>\d+)"
Named = Mapping[str, str]


async def _token(overlay: Overlay, ask: Ask, named: Named) -> Answer:
    done = await overlay.forward(ask)
    if done.status == 201:
        overlay.tokens.add(done.body["token"])
    return done


async def _repositories(overlay: Overlay, ask: Ask, named: Named) -> Answer:
    tried = [await overlay.forward(ask, path=f"/repos/acme/{name}", query={}) for name in overlay.repositories]
    found = [one.body for one in tried if one.status == 200]
    return Answer(200, {"total_count": len(found), "repositories": found})


async def _pull(overlay: Overlay, ask: Ask, named: Named) -> Answer:
    return await overlay.pull(ask, ask.path)


async def _pulls(overlay: Overlay, ask: Ask, named: Named) -> Answer:
    done = await overlay.forward(ask)
    if done.status == 200:
        await overlay.set_heads(ask, done.body)
    return done


async def _pulls_of(overlay: Overlay, ask: Ask, named: Named) -> Answer:
    done = await overlay.forward(ask, path=f"/repos/{named['owner']}/{named['repo']}/pulls", query={"state": "all"})
    await overlay.set_heads(ask, done.body)
    return Answer(200, [p for p in done.body if named["sha"] in (p["head"]["sha"], p["merge_commit_sha"])])


async def files_of(overlay: Overlay, ask: Ask, pull: Any) -> list[Any]:
    """Return a pull request's files: its own list is empty, that of a comparison is not."""
    where = f"/repos/{pull['base']['repo']['full_name']}/compare/{pull['base']['sha']}...{pull['head']['sha']}"
    found = await overlay.forward(ask, method="GET", path=where, query={}, body=None)
    files: list[Any] = found.body["files"]
    return files


async def _files(overlay: Overlay, ask: Ask, named: Named) -> Answer:
    pull = await overlay.pull(ask, ask.path.removesuffix("/files"))
    return Answer(200, await files_of(overlay, ask, pull.body)) if pull.status == 200 else pull


async def _review(overlay: Overlay, ask: Ask, named: Named) -> Answer:
    """Make a review all or nothing, by lines: the emulator wants positions, and leaves half of a refused one behind."""
    pull = await overlay.pull(ask, ask.path.removesuffix("/reviews"))
    if pull.status != 200:
        return pull
    if any(r["state"] == "PENDING" and r["id"] not in overlay.deleted for r in await overlay.every(ask, ask.path)):
        return _refused("User can only have one pending review per pull request")
    wanted = [Anchor.of(comment, ask.body["commit_id"]) for comment in ask.body.get("comments", ())]
    places, wrong = positions(wanted, await files_of(overlay, ask, pull.body))
    if wrong:
        return _refused(*wrong)
    placed = [{"path": w.path, "body": w.body, "position": p} for w, p in zip(wanted, places, strict=True)]
    done = await overlay.forward(ask, body={**ask.body, "comments": placed})
    if done.status == 201:
        made = await overlay.every(ask, f"{ask.path}/{done.body['id']}/comments")
        overlay.anchors |= {comment["id"]: anchor for comment, anchor in zip(made, wanted, strict=True)}
        done.status = 200
    return done


async def _reviews(overlay: Overlay, ask: Ask, named: Named) -> Answer:
    done = await overlay.forward(ask)
    if done.status == 200:
        done.body = [r | {"body": overlay.bodies.get(r["id"], r["body"])} for r in done.body]
        done.body = [r for r in done.body if r["id"] not in overlay.deleted]
    return done


async def _one_review(overlay: Overlay, ask: Ask, named: Named) -> Answer:
    number = int(named["review"])
    done = await overlay.forward(ask, method="GET", body=None)
    if done.status != 200 or number in overlay.deleted:
        return Answer(404, {"message": "Not Found"})
    if ask.method == "DELETE":
        if done.body["state"] != "PENDING":
            return _refused("Can not delete a non-pending pull request review")
        overlay.deleted.add(number)
    if ask.method == "PUT":
        overlay.bodies[number] = ask.body["body"]
    return Answer(200, done.body | {"body": overlay.bodies.get(number, done.body["body"])})


async def _reply(overlay: Overlay, ask: Ask, named: Named) -> Answer:
    if "in_reply_to" not in ask.body:
        return await overlay.forward(ask)
    there = f"/repos/{named['owner']}/{named['repo']}/pulls/comments/{ask.body['in_reply_to']}"
    first = (await overlay.forward(ask, method="GET", path=there, body=None)).body
    sent = {"body": ask.body["body"], "in_reply_to_id": first["id"]}
    return await overlay.forward(ask, body=sent | {key: first[key] for key in ("path", "position", "commit_id")})


async def _react(overlay: Overlay, ask: Ask, named: Named) -> Answer:
    given = overlay.reactions.setdefault(ask.path.removesuffix("/reactions"), set())
    one = (ask.token, ask.body["content"])
    status = 200 if one in given else 201
    given.add(one)
    return Answer(status, {"id": len(given), "content": ask.body["content"]})


async def _check(overlay: Overlay, ask: Ask, named: Named) -> Answer:
    """Append annotations, and say whose run it is: the emulator replaces them, and knows no App."""
    output = ask.body.get("output", {})
    earlier = overlay.annotations.get(int(named.get("run", 0)), [])
    sent = [*earlier, *output.get("annotations", [])]
    done = await overlay.forward(ask, body=ask.body | {"output": output | {"annotations": sent}})
    if done.status in (200, 201):
        overlay.annotations[done.body["id"]] = sent
        done.body["app"] = {"id": APP_ID}
    return done


async def _checks(overlay: Overlay, ask: Ask, named: Named) -> Answer:
    done = await overlay.forward(ask)
    for run in done.body.get("check_runs", ()):
        run["app"] = {"id": APP_ID}
    return done


async def _permission(overlay: Overlay, ask: Ask, named: Named) -> Answer:
    """Say read for everybody in a public repository, as GitHub does; the emulator knows collaborators only."""
    done = await overlay.forward(ask)
    user = await overlay.forward(ask, path=f"/users/{named['login']}", query={})
    if done.status == 404 and user.status == 200:
        return Answer(200, {"permission": "read", "role_name": "read", "user": user.body})
    if done.status == 200:
        done.body["permission"] = {"pull": "read", "push": "write"}.get(
            done.body["permission"], done.body["permission"]
        )
    return done


def _refused(*texts: str) -> Answer:
    return Answer(422, {"message": "Unprocessable Entity", "errors": list(texts)})


CORRECTIONS: tuple[Correction, ...] = (
    ("POST", r"/app/installations/\d+/access_tokens", _token),
    ("GET", "/installation/repositories", _repositories),
    ("GET", PULL, _pull),
    ("GET", rf"{REPO}/pulls", _pulls),
    ("GET", rf"{REPO}/commits/(?P<sha>[0-9a-f]+)/pulls", _pulls_of),
    ("GET", rf"{PULL}/files", _files),
    ("POST", rf"{PULL}/reviews", _review),
    ("GET", rf"{PULL}/reviews", _reviews),
    ("GET", REVIEW, _one_review),
    ("PUT", REVIEW, _one_review),
    ("DELETE", REVIEW, _one_review),
    ("POST", rf"{PULL}/comments", _reply),
    ("POST", rf"{REPO}/(issues|pulls)/comments/\d+/reactions", _react),
    ("POST", rf"{REPO}/check-runs", _check),
    ("PATCH", rf"{REPO}/check-runs/(?P<run>\d+)", _check),
    ("GET", rf"{REPO}/commits/.+/check-runs", _checks),
    ("GET", rf"{REPO}/collaborators/(?P<login>[^/]+)/permission", _permission),
)

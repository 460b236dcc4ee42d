"""The App's own operations: who it is, its installations, tokens, webhook deliveries, manifest."""

from __future__ import annotations

import secrets

from tests.world import shapes
from tests.world.app import Installation
from tests.world.clock import stamp
from tests.world.errors import Denied, missing, unprocessable
from tests.world.hooks import Delivery
from tests.world.operation import ANYONE, APP, Answer, Call, Operation, grants

DAYS_KEPT = 3 * 86_400  # seconds that deliveries are remembered


def _installation(call: Call) -> Installation:
    text = call.values["installation_id"]
    found = call.world.installations.get(int(text)) if text.isdigit() else None
    if found is None or found.is_removed:
        raise missing()
    return found


def _app(call: Call) -> Answer:
    live = [each for each in call.world.installations.values() if not each.is_removed]
    return Answer(200, {**shapes.app(call.world, call.world.app), "installations_count": len(live)})


def _installations(call: Call) -> Answer:
    live = [each for each in call.world.installations.values() if not each.is_removed]
    return call.page(live, lambda each: _listed(call, each))


def _listed(call: Call, of: Installation) -> dict[str, object]:
    """Return an installation as this list has it: GitHub describes its account as user and enterprise at once."""
    told = shapes.installation(call.world, of)
    more = {"name": of.account.login, "slug": of.account.login, "created_at": told["created_at"]}
    return {**told, "account": {**told["account"], **more, "updated_at": told["updated_at"]}}


def _get_installation(call: Call) -> Answer:
    return Answer(200, shapes.installation(call.world, _installation(call)))


def _of_repository(call: Call) -> Answer:
    found = call.world.find(call.values["owner"], call.values["repo"])
    installed = call.world.installation_of(found) if found else None
    if installed is None:
        raise missing()
    return Answer(200, shapes.installation(call.world, installed))


def _mint(call: Call) -> Answer:
    """Make a token; it can be narrowed, and never widened."""
    world, of = call.world, _installation(call)
    if of.is_suspended:
        raise Denied(403, "This installation has been suspended")
    asked = call.body.get("permissions") or dict(of.permissions)
    if not grants(of.permissions, asked):
        raise unprocessable("The permissions requested are not granted to this installation.")
    covered = world.covered(of)
    ids, names = call.body.get("repository_ids"), call.body.get("repositories")
    chosen = [r for r in covered if r.id in (ids or ()) or r.name in (names or ())]
    if (ids or names) and len(chosen) != len(set(ids or [])) + len(set(names or [])):
        raise unprocessable(
            "There is at least one repository that does not exist or is not accessible to the parent installation."
        )
    if len(chosen) > 500:
        raise unprocessable("A token may be narrowed to at most 500 repositories.")
    stateless = call.headers.get("x-github-stateless-s2s-token") != "disabled"
    narrowed = {repo.id for repo in chosen} if chosen else None
    token = world.mint(of, {"metadata": "read", **asked}, narrowed, stateless=stateless)
    told = {
        "token": token.text,
        "expires_at": stamp(token.expires),
        "permissions": dict(token.permissions),
        "repository_selection": "selected" if chosen or of.repositories is not None else "all",
    }
    return Answer(201, {**told, "repositories": [shapes.repository(r) for r in chosen]} if chosen else told)


def _repositories(call: Call) -> Answer:
    covered = [repo for repo in call.world.covered(call.token.installation) if call.reaches(repo)]
    return call.page(covered, shapes.repository, under="repositories")


def _delivery(one: Delivery) -> dict[str, object]:
    return {
        "id": one.id,
        "guid": one.guid,
        "delivered_at": stamp(one.at),
        "redelivery": one.redelivery,
        "duration": round(one.seconds, 3),
        "status": one.status,
        "status_code": one.status_code or 0,
        "event": one.event,
        "action": one.action,
        "installation_id": one.installation or None,
        "repository_id": one.repository,
        "throttled_at": None,
    }


def _kept(call: Call) -> list[Delivery]:
    now = call.world.clock.now()
    sent = [one for one in call.world.hooks.deliveries if one.status_code is not None]
    return [one for one in reversed(sent) if (now - one.at).total_seconds() < DAYS_KEPT]


def _deliveries(call: Call) -> Answer:
    """List attempts, newest first, a cursor to the next page."""
    kept = _kept(call)
    if (status := call.query.get("status")) in ("success", "failure"):
        kept = [one for one in kept if one.is_ok == (status == "success")]
    if cursor := call.query.get("cursor"):
        kept = [one for one in kept if one.id < int(cursor.removeprefix("v1_"))]
    size = min(int(call.query.get("per_page", "30")), 100)
    more = len(kept) > size
    link = f'<{call.world.url}{call.path}?per_page={size}&cursor=v1_{kept[size - 1].id}>; rel="next"' if more else ""
    return Answer(200, [_delivery(one) for one in kept[:size]], {"Link": link} if link else {})


def _one_delivery(call: Call) -> Delivery:
    found = [one for one in _kept(call) if str(one.id) == call.values["delivery_id"]]
    if not found:
        raise missing()
    return found[0]


def _get_delivery(call: Call) -> Answer:
    one = _one_delivery(call)
    request = {"headers": {"X-GitHub-Delivery": one.guid, "X-GitHub-Event": one.event}, "payload": one.payload}
    return Answer(
        200,
        {
            **_delivery(one),
            "url": call.world.app.webhook_url,
            "request": request,
            "response": {"headers": {}, "payload": ""},
        },
    )


def _redeliver(call: Call) -> Answer:
    call.world.hooks.again(_one_delivery(call))
    return Answer(202, {})


def _hook(call: Call) -> Answer:
    url = call.world.app.webhook_url
    return Answer(200, {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": url})


def _change_hook(call: Call) -> Answer:
    app = call.world.app
    app.webhook_url = call.body.get("url", app.webhook_url)
    app.webhook_secret = call.body.get("secret", app.webhook_secret)
    return _hook(call)


def _convert(call: Call) -> Answer:
    """Turn a manifest's code into the App's secrets, once."""
    app = call.world.app
    manifest = app.manifests.pop(call.values["code"], None)
    if manifest is None:
        raise missing()
    secret = {"client_secret": secrets.token_hex(20), "webhook_secret": app.webhook_secret, "pem": app.private_key}
    return Answer(201, {**shapes.app(call.world, app), **secret, "name": manifest.get("name", app.name)})


def _limits(call: Call) -> Answer:
    told = call.world.limits.headers(call.viewer.label())
    core = {name: int(told[f"x-ratelimit-{name}"]) for name in ("limit", "remaining", "used", "reset")}
    return Answer(200, {"resources": {"core": core, "search": core, "graphql": core}, "rate": core})


OPERATIONS = (
    Operation("GET", "/app", APP, _app),
    Operation("GET", "/app/installations", APP, _installations),
    Operation("GET", "/app/installations/{installation_id}", APP, _get_installation),
    Operation("POST", "/app/installations/{installation_id}/access_tokens", APP, _mint),
    Operation("GET", "/app/hook/config", APP, _hook),
    Operation("PATCH", "/app/hook/config", APP, _change_hook),
    Operation("GET", "/app/hook/deliveries", APP, _deliveries),
    Operation("GET", "/app/hook/deliveries/{delivery_id}", APP, _get_delivery),
    Operation("POST", "/app/hook/deliveries/{delivery_id}/attempts", APP, _redeliver),
    Operation("POST", "/app-manifests/{code}/conversions", ANYONE, _convert),
    Operation("GET", "/repos/{owner}/{repo}/installation", APP, _of_repository),
    Operation("GET", "/installation/repositories", ANYONE, _repositories),
    Operation("GET", "/rate_limit", ANYONE, _limits),
)

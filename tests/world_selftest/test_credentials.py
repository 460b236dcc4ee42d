"""Keys, tokens, permissions: who may do what."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.world.world import World
from tests.world_selftest.asking import Asker, installed, opened, refusals, signed

R = "/repos/acme/widgets"


def test_the_app_is_known_by_its_key(world: World) -> None:
    assert Asker(world, signed(world)).get("/app").json()["slug"] == "prudent"
    assert Asker(world, signed(world, app=world.app.client_id)).get("/app").status_code == 200


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"ahead": 700}, "too far in the future"),
        ({"ahead": -1}, "must be a numeric value in the future"),
        ({"before": -120}, "'iat'"),
        ({"app": "999"}, "'Issuer'"),
    ],
)
def test_a_jwt_out_of_its_bounds_is_refused(world: World, claims: dict[str, Any], said: str) -> None:
    answer = Asker(world, signed(world, **claims)).get("/app")
    assert answer.status_code == 401
    assert said in answer.json()["message"]


def test_a_jwt_signed_with_another_key_is_refused(world: World) -> None:
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert Asker(world, signed(world, key=key.decode())).get("/app").status_code == 401


def test_a_jwt_ages_with_the_world(world: World) -> None:
    asker = Asker(world, signed(world))
    world.clock.advance(301)
    assert asker.get("/app").status_code == 401


def test_a_token_lives_an_hour(world: World) -> None:
    repo, _ = opened(world)
    asker = installed(world, repo)
    world.clock.advance(3590)
    assert asker.get(R).status_code == 200
    world.clock.advance(11)
    assert asker.get(R).status_code == 401


def test_tokens_come_in_both_forms(world: World) -> None:
    repo, _ = opened(world)
    assert 500 < len(installed(world, repo).credential) < 560
    of = world.installation_of(repo)
    assert of
    answer = Asker(world, signed(world)).ask(
        "POST",
        f"/app/installations/{of.id}/access_tokens",
        headers={"X-GitHub-Stateless-S2S-Token": "disabled"},
    )
    assert len(answer.json()["token"]) == 40


def test_a_token_is_narrowed_and_never_widened(world: World) -> None:
    repo, _ = opened(world)
    other = world.repository("acme/secret", {"x": "1"}, private=True)
    narrow = installed(world, repo, repositories=["widgets"], permissions={"contents": "read"})
    assert narrow.get(R).status_code == 200
    assert narrow.get("/repos/acme/secret").status_code == 404
    assert narrow.post(f"{R}/issues/1/comments", body="hi").status_code == 403
    assert [r["name"] for r in narrow.get("/installation/repositories").json()["repositories"]] == ["widgets"]
    of = world.installation_of(other)
    assert of
    mint = f"/app/installations/{of.id}/access_tokens"
    app = Asker(world, signed(world))
    assert "not granted" in refusals(app.post(mint, permissions={"contents": "write"}))
    assert "does not exist" in refusals(app.post(mint, repositories=["nowhere"]))


def test_what_the_app_may_not_is_refused_in_githubs_words(world: World) -> None:
    repo, pull = opened(world)
    of = world.installation_of(repo)
    assert of
    asker = installed(world, repo)
    world.revoke(of, "checks")  # tokens that exist lose it too
    answer = asker.post(f"{R}/check-runs", name="prudent", head_sha=pull.head)
    assert (answer.status_code, answer.json()["message"]) == (403, "Resource not accessible by integration")


def test_a_suspended_installation_is_told_so_and_a_removed_one_is_unknown(world: World) -> None:
    repo, _ = opened(world)
    of = world.installation_of(repo)
    assert of
    asker, app = installed(world, repo), Asker(world, signed(world))
    world.suspend(of)
    assert asker.get(R).status_code == 403
    assert app.post(f"/app/installations/{of.id}/access_tokens").status_code == 403
    world.suspend(of, back=True)
    assert asker.get(R).status_code == 200
    world.remove(of)
    assert asker.get(R).status_code == 401
    assert app.post(f"/app/installations/{of.id}/access_tokens").status_code == 404
    assert app.get("/app/installations").json() == []
    assert app.get(f"{R}/installation").status_code == 404


def test_each_credential_has_its_own_routes(world: World) -> None:
    repo, _ = opened(world)
    assert installed(world, repo).get("/app").status_code == 401
    assert Asker(world, signed(world)).get(f"{R}/pulls/1").status_code == 403
    assert Asker(world, "").get(R).status_code == 401
    assert Asker(world, "ghs_unknown").get(R).status_code == 401


def test_check_runs_are_made_by_apps_only(world: World) -> None:
    repo, pull = opened(world)
    person = Asker(world, world.person_token(repo.owner))
    answer = person.post(f"{R}/check-runs", name="x", head_sha=pull.head)
    assert answer.status_code == 403
    assert "via a GitHub App" in answer.json()["message"]


@pytest.mark.parametrize(
    ("right", "coarse"),
    [("admin", "admin"), ("maintain", "write"), ("write", "write"), ("triage", "read"), ("read", "read")],
)
def test_rights_are_told_coarse_and_fine(world: World, right: str, coarse: str) -> None:
    repo, _ = opened(world)
    repo.give(world.person("bob"), right)
    told = installed(world, repo).get(f"{R}/collaborators/bob/permission").json()
    assert (told["permission"], told["role_name"]) == (coarse, right)


def test_strangers_read_what_is_public_and_nothing_private(world: World) -> None:
    opened(world)
    world.person("eve")
    secret = world.repository("acme/secret", {}, private=True)
    asker = installed(world, secret)
    assert asker.get(f"{R}/collaborators/eve/permission").json()["permission"] == "read"
    assert asker.get("/repos/acme/secret/collaborators/eve/permission").json()["permission"] == "none"
    assert asker.get(f"{R}/collaborators/nobody-at-all/permission").status_code == 404


def test_a_manifest_is_converted_once(world: World) -> None:
    world.app.manifests["code1"] = {"name": "My Prudent"}
    made = Asker(world, "").post("/app-manifests/code1/conversions").json()
    assert made["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert made["webhook_secret"] == world.app.webhook_secret
    assert Asker(world, "").post("/app-manifests/code1/conversions").status_code == 404

"""compose.yml and the Kubernetes manifests: what they say fits the program, and gives no more than is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.web.application import WEBHOOK
from bot.web.intake import MOST_BUFFERED
from bot.web.payload import LARGEST_BODY
from bot.web.supervision import Patience
from bot.web.variables import DEFAULTS, unknown_variables
from tests.dockerfile import stages

ROOT = Path(__file__).parents[1]
IMAGE = stages((ROOT / "Dockerfile").read_text("utf-8"))[-1]
COMPOSE = yaml.safe_load((ROOT / "compose.yml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
OURS = {name: SERVICES[name] for name in ("web", "worker")}
KUBERNETES = sorted((ROOT / "deploy/kubernetes").glob("*.yml"))
PERSON = int(IMAGE.only("USER").text.split(":")[0])
REQUIRED = {"PRUDENT_APP_ID", "PRUDENT_PRIVATE_KEY", "PRUDENT_WEBHOOK_SECRET", "PRUDENT_JOBS", "PRUDENT_STORE"}
UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


def documents() -> Iterator[dict[str, Any]]:
    for file in KUBERNETES:
        yield from yaml.safe_load_all(file.read_text("utf-8"))


def one(kind: str, name: str) -> dict[str, Any]:
    (found,) = [x for x in documents() if (x["kind"], x.get("metadata", {}).get("name")) == (kind, name)]
    return found


def pods() -> dict[str, dict[str, Any]]:
    return {role: one("Deployment", f"prudent-{role}")["spec"]["template"]["spec"] for role in ("web", "worker")}


def size(text: str) -> int:
    """Return the bytes that a size means, as compose and Kubernetes write it; ${NAME:-default} means its default."""
    number, unit = re.fullmatch(r"(?:\$\{\w+:-)?(\d+)([a-zA-Z]*)\}?", str(text)).groups()
    return int(number) * UNITS[unit]


def default(text: str) -> str:
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(text))


def test_compose_starts_the_roles_apart_and_nothing_has_more_than_it_needs() -> None:
    for role, service in OURS.items():
        assert service["command"] == ["serve", "--role", role]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert any(place.startswith("/tmp:size=") for place in service["tmpfs"])
        assert service["restart"] == "unless-stopped"
        assert not {"privileged", "user", "network_mode", "pid", "cap_add", "devices"} & service.keys()
    assert OURS["worker"]["healthcheck"] == {"disable": True}  # the image's asks the web process
    assert "healthcheck" not in OURS["web"]


def test_compose_names_settings_that_exist_and_no_secret_among_them() -> None:
    for service in OURS.values():
        given = {name: str(value) for name, value in service["environment"].items()}
        assert list(unknown_variables(given)) == []
        for name, value in given.items():
            if name.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"]
            else:
                assert not re.search("KEY|SECRET|STORE|JOBS", name)
    given = {role: {name.removesuffix("_FILE") for name in service["environment"]} for role, service in OURS.items()}
    assert (REQUIRED - given["worker"], REQUIRED - given["web"]) == (set(), {"PRUDENT_STORE"})
    shown = (ROOT / "compose.yml").read_text("utf-8")
    assert not re.search(r"PASSWORD: |://[^/\s]*:[^/\s]*@", shown)


def test_every_secret_volume_and_network_that_compose_uses_is_declared_and_used() -> None:
    for kind in ("secrets", "networks"):
        used = {name for service in SERVICES.values() for name in service.get(kind, ())}
        assert used == COMPOSE[kind].keys()
    mounted = {place.split(":")[0] for service in SERVICES.values() for place in service.get("volumes", ())}
    assert {place for place in mounted if not place.startswith(".")} == COMPOSE["volumes"].keys()
    for place in (place for place in mounted if place.startswith(".")):
        assert (ROOT / place).is_file()
    assert all(secret["file"].startswith("./secrets/") for secret in COMPOSE["secrets"].values())
    assert "/secrets/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_compose_keeps_what_must_not_be_lost_and_databases_off_the_network() -> None:
    kept = dict(place.split(":")[:2][::-1] for place in OURS["worker"]["volumes"])
    assert kept.keys() == {IMAGE.variables()["PRUDENT_DATA"], IMAGE.variables()["PRUDENT_CACHE"]}
    assert COMPOSE["networks"]["data"]["internal"] is True
    assert SERVICES["postgres"]["networks"] == ["data"]
    assert "ports" not in SERVICES["postgres"]
    for service in SERVICES.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert OURS["web"]["ports"][0].endswith(f":{IMAGE.only('EXPOSE').text}")


def test_compose_waits_for_the_database_that_it_makes() -> None:
    for service in OURS.values():
        assert service["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    made = re.findall(r"CREATE DATABASE (\w+)", (ROOT / "deploy/postgres/databases.sql").read_text("utf-8"))
    assert made == ["jobs", "outcomes"]
    assert SERVICES["postgres"]["healthcheck"]["test"][-1] in made
    assert SERVICES["neo4j"]["profiles"] == ["graph"]
    assert all("healthcheck" in SERVICES[name] for name in ("postgres", "neo4j"))


def test_memory_is_enough_for_the_reviews_that_run_at_once() -> None:
    asked = OURS["worker"]["environment"]
    reviews, megabytes = int(default(asked["PRUDENT_REVIEWS"])), int(default(asked["PRUDENT_REVIEW_MB"]))
    scratch = size(OURS["worker"]["tmpfs"][0].partition("size=")[2])
    assert size(OURS["worker"]["mem_limit"]) >= reviews * megabytes * 2**20 + scratch + 512 * 2**20
    settings = one("ConfigMap", "prudent")["data"]
    most = int(settings["PRUDENT_REVIEWS"]) * int(settings["PRUDENT_REVIEW_MB"]) * 2**20 + 512 * 2**20
    (worker,) = pods()["worker"]["containers"]
    assert size(worker["resources"]["limits"]["memory"]) >= most
    cache = next(volume for volume in pods()["worker"]["volumes"] if volume["name"] == "cache")
    assert size(cache["emptyDir"]["sizeLimit"]) > int(settings["PRUDENT_MIRRORS_GB"]) * 10**9
    places = sum(size(volume["emptyDir"]["sizeLimit"]) for volume in pods()["worker"]["volumes"])
    assert size(worker["resources"]["limits"]["ephemeral-storage"]) >= places


def test_strangers_cannot_have_the_web_process_killed_for_memory() -> None:
    held = 2 * MOST_BUFFERED + 128 * 2**20  # bodies in pieces, and put together while their signature is worked out
    (web,) = pods()["web"]["containers"]
    for limit in (OURS["web"]["mem_limit"], web["resources"]["limits"]["memory"]):
        assert size(limit) > held


def test_processes_are_given_the_time_that_they_take_to_let_go() -> None:
    lets_go = 5 + 20  # seconds: bot/jobs/life.py
    seconds = {role: int(service["stop_grace_period"].removesuffix("s")) for role, service in OURS.items()}
    assert seconds["worker"] > lets_go
    assert seconds["web"] > Patience().grace
    assert pods()["worker"]["terminationGracePeriodSeconds"] > lets_go
    assert pods()["web"]["terminationGracePeriodSeconds"] > 5 + Patience().grace


@pytest.mark.parametrize("role", ["web", "worker"])
def test_a_pod_is_nobody_in_particular_and_writes_only_where_it_must(role: str) -> None:
    pod = pods()[role]
    (container,) = pod["containers"]
    assert container["args"] == ["serve", "--role", role]
    assert (pod["automountServiceAccountToken"], pod["enableServiceLinks"]) == (False, False)
    context = pod["securityContext"]
    assert (context["runAsNonRoot"], context["runAsUser"]) == (True, PERSON)
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounted.keys() == {volume["name"] for volume in pod["volumes"]}
    assert all("emptyDir" in volume for volume in pod["volumes"])
    folders = {IMAGE.variables()["PRUDENT_DATA"], IMAGE.variables()["PRUDENT_CACHE"]} if role == "worker" else set()
    assert set(mounted.values()) == {"/tmp", *folders}
    assert {"cpu", "memory"} <= container["resources"]["requests"].keys()
    assert "memory" in container["resources"]["limits"]
    assert context.get("fsGroup") == (PERSON if role == "worker" else None)


def test_the_web_process_is_asked_what_it_answers() -> None:
    (web,) = pods()["web"]["containers"]
    assert web["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert web["livenessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert web["readinessProbe"]["timeoutSeconds"] > 8  # the jobs' database is waited for so long
    assert web["ports"] == [{"name": "http", "containerPort": int(DEFAULTS["PRUDENT_PORT"])}]
    assert one("Deployment", "prudent-web")["spec"]["replicas"] >= 2
    (rule,) = one("Ingress", "prudent")["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert (path["path"], path["pathType"]) == (WEBHOOK, "Exact")
    allowed = one("Ingress", "prudent")["metadata"]["annotations"]["nginx.ingress.kubernetes.io/proxy-body-size"]
    assert size(allowed) > LARGEST_BODY


def test_settings_and_secrets_of_the_cluster_are_settings_of_the_app() -> None:
    plain, secret = one("ConfigMap", "prudent")["data"], one("Secret", "prudent")["stringData"]
    assert list(unknown_variables({**plain, **secret})) == []
    assert secret.keys() == REQUIRED
    assert not plain.keys() & secret.keys()
    for pod in pods().values():
        assert pod["containers"][0]["envFrom"] == [
            {"configMapRef": {"name": "prudent"}},
            {"secretRef": {"name": "prudent"}},
        ]


def test_selectors_and_budgets_mean_the_pods_that_are_there() -> None:
    labels = {
        role: one("Deployment", f"prudent-{role}")["spec"]["template"]["metadata"]["labels"]
        for role in ("web", "worker")
    }
    for role, has in labels.items():
        deployment = one("Deployment", f"prudent-{role}")["spec"]
        budget = one("PodDisruptionBudget", f"prudent-{role}")["spec"]
        assert deployment["selector"]["matchLabels"] == has
        assert budget["selector"]["matchLabels"] == has
        assert budget.get("minAvailable", deployment["replicas"] - budget.get("maxUnavailable", 0)) >= 1
    assert one("Service", "prudent-web")["spec"]["selector"] == labels["web"]


def test_nobody_is_reached_and_reaches_but_who_is_named() -> None:
    assert one("NetworkPolicy", "nobody")["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (out,) = one("NetworkPolicy", "prudent-worker")["spec"]["egress"]
    assert out["ports"] == [{"protocol": "TCP", "port": 443}]
    assert {"169.254.0.0/16", "10.0.0.0/8", "127.0.0.0/8"} <= set(out["to"][0]["ipBlock"]["except"])
    assert "egress" not in one("NetworkPolicy", "prudent-web")["spec"]


def test_kustomize_takes_all_but_the_examples() -> None:
    taken = set(yaml.safe_load((ROOT / "deploy/kubernetes/kustomization.yml").read_text("utf-8"))["resources"])
    there = {file.name for file in KUBERNETES} - {"kustomization.yml"}
    assert there - taken == {"secret.example.yml", "ingress.example.yml"}

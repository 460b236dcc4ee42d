"""Settings come from the environment: complete or refused in one line, and never shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from bot.web.settings import AppSettings, settings_from
from bot.web.variables import VARIABLES, table, unknown_variables
from kb.errors import UserError
from tests.web.deliveries import APP, OLD_SECRET, SECRET
from tests.web.keys import environment, key

README = Path(__file__).parents[2] / "README.md"


@pytest.fixture
def given(tmp_path: Path) -> dict[str, str]:
    return environment(tmp_path)


def refused(environ: dict[str, str]) -> str:
    with pytest.raises(UserError) as error:
        settings_from(environ)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_what_is_not_set_has_the_default_that_the_table_says(given: dict[str, str], tmp_path: Path) -> None:
    assert settings_from(given) == AppSettings(
        app_id=APP,
        private_key=key(),
        webhook_secrets=(SECRET,),
        api_url="https://api.github.com",
        web_host="github.com",
        git_url="https://github.com",
        jobs_url=f"sqlite:///{tmp_path}/data/jobs.db",
        store_url=f"sqlite:///{tmp_path}/data/outcomes.db",
        mirrors=tmp_path / "cache" / "mirrors",
        mirrors_gb=20,
        host="127.0.0.1",
        port=8080,
        reviews=2,
        share=2,
        review_seconds=900,
        review_mb=4096,
        log_form=None,
        keep_days=14,
    )


def test_everything_can_be_set(given: dict[str, str], tmp_path: Path) -> None:
    chosen = {
        "PRUDENT_JOBS": "postgresql://prudent:pass@db/jobs",
        "PRUDENT_STORE": "postgresql://prudent:pass@db/outcomes",
        "PRUDENT_MIRRORS": str(tmp_path / "elsewhere"),
        "PRUDENT_MIRRORS_GB": "5",
        "PRUDENT_HOST": "::",
        "PRUDENT_PORT": "0",
        "PRUDENT_REVIEWS": "8",
        "PRUDENT_SHARE": "6",
        "PRUDENT_REVIEW_SECONDS": "60",
        "PRUDENT_REVIEW_MB": "512",
        "PRUDENT_LOG": "TEXT",
        "PRUDENT_KEEP_DAYS": "7",
    }
    settings = settings_from(given | chosen)
    assert settings.jobs_url == chosen["PRUDENT_JOBS"]
    assert settings.store_url == chosen["PRUDENT_STORE"]
    assert (settings.mirrors, settings.mirrors_gb) == (tmp_path / "elsewhere", 5)
    assert (settings.host, settings.port, settings.log_form) == ("::", 0, "text")
    assert (settings.reviews, settings.share, settings.review_seconds) == (8, 6, 60)
    assert (settings.review_mb, settings.keep_days) == (512, 7)


def test_one_line_names_everything_that_is_missing_or_wrong() -> None:
    wrong = {"PRUDENT_PORT": "http", "PRUDENT_KEEP_DAYS": "6", "PRUDENT_LOG": "xml", "PRUDENT_JOBS": "mysql://x"}
    text = refused(wrong)
    for name in ("PRUDENT_APP_ID", "PRUDENT_PRIVATE_KEY", "PRUDENT_WEBHOOK_SECRET", *wrong):
        assert text.count(f"{name} ") == 1, name
    assert text.startswith("the App cannot start: PRUDENT_APP_ID is not set; set it to")
    assert "PRUDENT_KEEP_DAYS is not a whole number from 7 to 3650" in text


def test_no_secret_is_shown_whatever_is_wrong(given: dict[str, str]) -> None:
    held = settings_from(
        given | {"PRUDENT_JOBS": "postgresql://u:hunter2@h/d", "PRUDENT_STORE": "postgresql://u:hunter2@h/d"}
    )
    shown = repr(held)
    assert "hunter2" not in shown
    assert SECRET not in shown
    assert "PRIVATE" not in shown
    swapped = {
        "PRUDENT_APP_ID": SECRET,
        "PRUDENT_WEBHOOK_SECRET": "short-one",
        "PRUDENT_GITHUB_URL": f"https://x/{SECRET}",
    }
    text = refused(given | swapped | {"PRUDENT_JOBS": SECRET, "PRUDENT_LOG": SECRET, "PRUDENT_PRIVATE_KEY": SECRET})
    assert SECRET not in text
    assert "short-one" not in text


@pytest.mark.parametrize("form", ["{}", "  {}\n\n", "ESCAPED"])
def test_the_key_may_be_written_on_one_line(given: dict[str, str], form: str) -> None:
    text = key().replace("\n", "\\n") if form == "ESCAPED" else form.format(key())
    assert settings_from(given | {"PRUDENT_PRIVATE_KEY": text}).private_key == key()


def test_secrets_may_be_in_files(given: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_text(key())
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    environ = given | {
        "PRUDENT_PRIVATE_KEY_FILE": str(tmp_path / "key.pem"),
        "PRUDENT_WEBHOOK_SECRET_FILE": str(tmp_path / "secret"),
    }
    del environ["PRUDENT_PRIVATE_KEY"], environ["PRUDENT_WEBHOOK_SECRET"]
    settings = settings_from(environ)
    assert (settings.private_key, settings.webhook_secrets) == (key(), (SECRET,))


def test_databases_whose_url_has_a_password_may_be_in_files(given: dict[str, str], tmp_path: Path) -> None:
    for name in ("jobs", "store"):
        (tmp_path / name).write_text(f"postgresql://prudent:pass@db/{name}\n")
    environ = given | {f"PRUDENT_{name.upper()}_FILE": str(tmp_path / name) for name in ("jobs", "store")}
    settings = settings_from(environ)
    assert (settings.jobs_url, settings.store_url) == tuple(
        f"postgresql://prudent:pass@db/{name}" for name in ("jobs", "store")
    )
    assert list(unknown_variables(environ)) == []
    assert "PRUDENT_JOBS_FILE names cannot be read" in refused(given | {"PRUDENT_JOBS_FILE": str(tmp_path / "none")})
    (tmp_path / "store").write_text("")
    assert "PRUDENT_STORE_FILE names is empty" in refused(environ)


def test_a_file_that_cannot_be_used_is_one_problem(given: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    del given["PRUDENT_WEBHOOK_SECRET"]
    there = {"PRUDENT_WEBHOOK_SECRET_FILE": str(tmp_path / "empty"), "PRUDENT_PRIVATE_KEY_FILE": str(tmp_path / "key")}
    text = refused(given | there)
    assert "the file that PRUDENT_WEBHOOK_SECRET_FILE names is empty" in text
    assert "PRUDENT_PRIVATE_KEY and PRUDENT_PRIVATE_KEY_FILE are both set; keep one" in text
    assert text.count(";") == 2
    for path, reason in ((tmp_path / "none", "No such file or directory"), (tmp_path, "Is a directory")):
        text = refused(given | {"PRUDENT_WEBHOOK_SECRET_FILE": str(path)})
        assert (
            text == f"the App cannot start: the file that PRUDENT_WEBHOOK_SECRET_FILE names cannot be read ({reason})"
        )
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert "(not text)" in refused(given | {"PRUDENT_WEBHOOK_SECRET_FILE": str(tmp_path / "binary")})


def test_while_the_secret_is_changed_both_are_accepted(given: dict[str, str]) -> None:
    assert settings_from(given | {"PRUDENT_WEBHOOK_SECRET_OLD": OLD_SECRET}).webhook_secrets == (SECRET, OLD_SECRET)
    assert "PRUDENT_WEBHOOK_SECRET_OLD is shorter than 16" in refused(given | {"PRUDENT_WEBHOOK_SECRET_OLD": "x" * 15})


@pytest.mark.parametrize("secret", ["", "   ", "x" * 15])
def test_an_empty_or_short_secret_is_refused(given: dict[str, str], secret: str) -> None:
    assert "PRUDENT_WEBHOOK_SECRET is " in refused(given | {"PRUDENT_WEBHOOK_SECRET": secret})


def ed25519() -> str:
    made = Ed25519PrivateKey.generate()
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_a_key_that_github_would_not_take_is_refused(given: dict[str, str]) -> None:
    cut = key()[:-100]
    for text in ("nonsense", cut, key(password=b"locked"), ed25519(), key(1024)):
        assert "PRUDENT_PRIVATE_KEY is not an RSA" in refused(given | {"PRUDENT_PRIVATE_KEY": text})


@pytest.mark.parametrize(
    ("url", "web_host", "git_url"),
    [
        ("https://api.github.com/", "github.com", "https://github.com"),
        ("https://ghe.example.org/api/v3", "ghe.example.org", "https://ghe.example.org"),
        ("https://GHE.example.org:8443/api/v3/", "ghe.example.org:8443", "https://ghe.example.org:8443"),
        ("https://api.octo.ghe.com", "octo.ghe.com", "https://octo.ghe.com"),
        ("http://127.0.0.1:4001", "127.0.0.1:4001", "http://127.0.0.1:4001"),
        ("http://localhost:4001/api/v3", "localhost:4001", "http://localhost:4001"),
        ("http://[::1]:4001", "[::1]:4001", "http://[::1]:4001"),
    ],
)
def test_the_sites_address_follows_from_the_apis(given: dict[str, str], url: str, web_host: str, git_url: str) -> None:
    settings = settings_from(given | {"PRUDENT_GITHUB_URL": url})
    assert (settings.api_url, settings.web_host, settings.git_url) == (url.rstrip("/"), web_host, git_url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://ghe.example.org/api/v3", "is not https"),
        ("http://127.0.0.1.example.org/api/v3", "is not https"),
        ("ftp://127.0.0.1", "is not https"),
        ("https://u:p@ghe.example.org/api/v3", "has more than a host"),
        ("https://ghe.example.org/api/v3?x=1", "has more than a host"),
        ("https://ghe.example.org/graphql", "has another path"),
        ("https://ghe.example.org", "is not an API's address"),
        ("https://github.com", "is not an API's address"),
        ("https://", "is not a URL"),
        ("ghe.example.org", "is not a URL"),
        ("https://host:port", "is not a URL"),
        ("https://[::1", "is not a URL"),
    ],
)
def test_a_url_that_is_no_api_is_refused(given: dict[str, str], url: str, why: str) -> None:
    assert refused(given | {"PRUDENT_GITHUB_URL": url}).startswith(f"the App cannot start: PRUDENT_GITHUB_URL {why}")


@pytest.mark.parametrize(
    "url", ["jobs.db", "sqlite://", "sqlite:///", "sqlite:///:memory:", "mysql://h/d", "postgresql://"]
)
def test_jobs_have_to_outlive_a_process_and_be_seen_by_two(given: dict[str, str], url: str) -> None:
    assert "PRUDENT_JOBS is neither" in refused(given | {"PRUDENT_JOBS": url})


@pytest.mark.parametrize("value", ["-1", "65536", "8080x", "８０８０", "1e3", "9" * 30])
def test_numbers_are_whole_and_within_bounds(given: dict[str, str], value: str) -> None:
    assert "PRUDENT_PORT is not a whole number from 0 to 65535" in refused(given | {"PRUDENT_PORT": value})


def test_a_misspelt_name_is_warned_about_with_the_nearest() -> None:
    environ = {"PRUDENT_WEBHOK_SECRET": "x", "PRUDENT_HSOT": "x", "PRUDENT_QQQQQQQQ": "x", "PATH": "/bin"}
    assert list(unknown_variables(environ)) == [
        "PRUDENT_HSOT is not a setting; did you mean PRUDENT_HOST?",
        "PRUDENT_QQQQQQQQ is not a setting",
        "PRUDENT_WEBHOK_SECRET is not a setting; did you mean PRUDENT_WEBHOOK_SECRET?",
    ]


def test_no_known_name_is_warned_about(given: dict[str, str]) -> None:
    every = {variable.name: "x" for variable in VARIABLES}
    others = {"PRUDENT_TSC": "x", "PRUDENT_PRIVATE_KEY_FILE": "x", "PRUDENT_WEBHOOK_SECRET_OLD_FILE": "x"}
    assert list(unknown_variables(every | others | given)) == []


def test_what_kubernetes_sets_for_a_service_of_our_name_is_not_taken_for_a_setting(given: dict[str, str]) -> None:
    links = {
        "PRUDENT_SERVICE_HOST": "10.0.0.1",
        "PRUDENT_SERVICE_PORT": "80",
        "PRUDENT_SERVICE_PORT_HTTP": "80",
        "PRUDENT_PORT": "tcp://10.0.0.1:80",
        "PRUDENT_PORT_80_TCP": "tcp://10.0.0.1:80",
        "PRUDENT_PORT_80_TCP_ADDR": "10.0.0.1",
        "PRUDENT_WEB_PORT": "tcp://10.0.0.2:80",
    }
    assert settings_from(given | links).port == 8080
    assert list(unknown_variables(given | links)) == []


def test_the_readme_says_the_same() -> None:
    """Rows may stand in several tables there; where one of ours stands it is the one that the code has."""
    ours = {variable.name: row for variable, row in zip(VARIABLES, table().splitlines()[2:], strict=True)}
    found = re.findall(r"(?m)^\| `(PRUDENT_\w+)` \|.*$", README.read_text("utf-8"))
    assert set(found) & set(ours)
    for line in README.read_text("utf-8").splitlines():
        name = re.match(r"\| `(PRUDENT_\w+)` \|", line)
        if name and name.group(1) in ours:
            assert line == ours[name.group(1)]

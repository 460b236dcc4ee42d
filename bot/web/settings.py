"""The App's settings, from the environment and nowhere else. `bot.web.variables` lists them."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from bot.web.variables import DEFAULTS, is_service_link
from kb.errors import UserError
from kb.folders import cache_folder, data_folder

SHORTEST_SECRET = 16  # characters: what is shorter can be guessed from one signed delivery
LARGEST_FILE = 100_000  # bytes of a file that holds a secret
KEY_BITS = 2048  # GitHub's own keys have as many


@dataclass(frozen=True)
class AppSettings:
    """All that an operator can set. What is secret, or may hold a password, is not in its repr.

    `webhook_secrets` holds one secret, or two while it is being changed. `web_host` is "github.com", `git_url`
    what "/owner/name.git" is appended to. `log_form` is None where nothing was chosen.
    """

    app_id: int
    private_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    api_url: str
    web_host: str
    git_url: str
    jobs_url: str = field(repr=False)
    store_url: str = field(repr=False)
    mirrors: Path
    mirrors_gb: int
    host: str
    port: int
    reviews: int
    share: int
    review_seconds: int
    review_mb: int
    log_form: str | None
    keep_days: int
    inference: str = ""  # file, or "none"; "": the usual file, if it is there


def settings_from(environ: Mapping[str, str]) -> AppSettings:
    """Return the settings that these variables make.

    Raises:
        UserError: One line that names every variable that is missing or wrong, and what to do about each.
    """
    reader = _Reader(environ)
    api_url, web_host, git_url = reader.github("PRUDENT_GITHUB_URL")
    settings = AppSettings(
        app_id=reader.number("PRUDENT_APP_ID", 1, 2**53, missing="set it to the id on the App's settings page"),
        private_key=reader.key("PRUDENT_PRIVATE_KEY"),
        webhook_secrets=reader.webhook_secrets(),
        api_url=api_url,
        web_host=web_host,
        git_url=git_url,
        jobs_url=reader.jobs("PRUDENT_JOBS"),
        store_url=reader.secret("PRUDENT_STORE") or f"sqlite:///{reader.data / 'outcomes.db'}",
        mirrors=Path(reader.text("PRUDENT_MIRRORS") or reader.cache / "mirrors").expanduser(),
        mirrors_gb=reader.number("PRUDENT_MIRRORS_GB", 1, 100_000),
        host=reader.text("PRUDENT_HOST") or DEFAULTS["PRUDENT_HOST"],
        port=reader.number("PRUDENT_PORT", 0, 65_535),
        reviews=reader.number("PRUDENT_REVIEWS", 1, 256),
        share=reader.number("PRUDENT_SHARE", 1, 256),
        review_seconds=reader.number("PRUDENT_REVIEW_SECONDS", 1, 86_400),
        review_mb=reader.number("PRUDENT_REVIEW_MB", 128, 1_048_576),
        log_form=reader.choice("PRUDENT_LOG", ("json", "text")),
        keep_days=reader.number("PRUDENT_KEEP_DAYS", 7, 3_650),
        inference=reader.text("PRUDENT_INFERENCE"),
    )
    if reader.problems:
        raise UserError(f"the App cannot start: {'; '.join(reader.problems)}")
    return settings


class _Reader:
    """Reads variables and collects what is wrong with them; what is wrong is read as something harmless.

    No problem's text quotes a value: it may be a secret in the wrong variable.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []
        self.data = _folder(environ, "PRUDENT_DATA") or data_folder()
        self.cache = _folder(environ, "PRUDENT_CACHE") or cache_folder()

    def text(self, name: str) -> str:
        value = self._environ.get(name, "").strip()
        return "" if is_service_link(name, value) else value

    def number(self, name: str, least: int, most: int, *, missing: str = "") -> int:
        value = self.text(name)
        if not value and missing:
            self.problems.append(f"{name} is not set; {missing}")
            return least
        value = value or DEFAULTS[name]
        if not (value.isascii() and value.isdigit() and len(value) < 20 and least <= int(value) <= most):
            self.problems.append(f"{name} is not a whole number from {least} to {most}")
            return least
        return int(value)

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        value = self.text(name).lower()
        if value and value not in choices:
            self.problems.append(f"{name} is neither {' nor '.join(choices)}")
        return value or None

    def secret(self, name: str) -> str | None:
        """Return what a variable, or the file that its twin names, holds; None, with or without a problem."""
        given, file = self._environ.get(name, "").strip(), self.text(f"{name}_FILE")
        if given and file:
            self.problems.append(f"{name} and {name}_FILE are both set; keep one")
        if given or not file:
            return given or None
        try:
            with Path(file).expanduser().open("rb") as stream:
                held = stream.read(LARGEST_FILE).decode().strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not text"
            self.problems.append(f"the file that {name}_FILE names cannot be read ({reason})")
            return ""
        if not held:
            self.problems.append(f"the file that {name}_FILE names is empty")
        return held

    def key(self, name: str) -> str:
        held = self.secret(name)
        if held is None:
            self.problems.append(f"{name} is not set; generate a key on the App's settings page")
        if not held:
            return ""
        text = held.replace("\\n", "\n").strip() + "\n"
        if problem := _problem_of_key(text):
            self.problems.append(f"{name} {problem}")
        return text

    def webhook_secrets(self) -> tuple[str, ...]:
        current, old = self.secret("PRUDENT_WEBHOOK_SECRET"), self.secret("PRUDENT_WEBHOOK_SECRET_OLD")
        if current is None:
            self.problems.append(
                "PRUDENT_WEBHOOK_SECRET is not set; give the App and this variable the same random text"
            )
        for name, value in (("PRUDENT_WEBHOOK_SECRET", current), ("PRUDENT_WEBHOOK_SECRET_OLD", old)):
            if value and len(value) < SHORTEST_SECRET:
                self.problems.append(f"{name} is shorter than {SHORTEST_SECRET} characters; take a longer random text")
        return tuple(value for value in (current, old) if value)

    def jobs(self, name: str) -> str:
        url = self.secret(name) or f"sqlite:///{self.data / 'jobs.db'}"
        scheme, _, rest = url.partition("://")
        known = scheme.partition("+")[0] in ("sqlite", "postgresql") and rest
        if not known or (scheme.startswith("sqlite") and (not rest.strip("/") or ":memory:" in rest)):
            self.problems.append(
                f"{name} is neither sqlite:////PATH/TO/jobs.db nor postgresql://USER:PASSWORD@HOST/NAME"
            )
        return url

    def github(self, name: str) -> tuple[str, str, str]:
        """Return the API's base, the web host, and the base of the URLs that git fetches from."""
        url = (self.text(name) or DEFAULTS[name]).rstrip("/")
        parts = _split(url)
        problem = "is not a URL like https://HOST/api/v3" if parts is None else _problem_of_github(parts)
        if parts is None or problem:
            self.problems.append(f"{name} {problem}")
            return url, "", ""
        web_host = _web_host(parts.netloc.lower())
        return url, web_host, f"{parts.scheme}://{web_host}"


def _folder(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(environ[name]).expanduser() if environ.get(name) else None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _problem_of_github(parts: SplitResult) -> str | None:
    if parts.username is not None or parts.query or parts.fragment:
        return "has more than a host and a path; write https://HOST/api/v3"
    if parts.scheme != "https" and not (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return "is not https"
    if parts.path not in ("", "/api/v3"):
        return "has another path than /api/v3"
    if not parts.path and not _is_loopback(parts.hostname or "") and _web_host(parts.netloc) == parts.netloc:
        return "is not an API's address; for GitHub Enterprise Server write https://HOST/api/v3"
    return None


def _web_host(netloc: str) -> str:
    """Return where people see what this API tells of: api.github.com and api.NAME.ghe.com stand beside their sites."""
    is_hosted = netloc == "api.github.com" or (netloc.startswith("api.") and netloc.endswith(".ghe.com"))
    return netloc.removeprefix("api.") if is_hosted else netloc


def _is_loopback(hostname: str) -> bool:
    try:
        return hostname == "localhost" or ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return False


def _problem_of_key(text: str) -> str | None:
    from cryptography.exceptions import UnsupportedAlgorithm  # lazily: 30 ms that only `serve` has to pay
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(text.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # damaged, encrypted, of an unknown kind
        return "is not an RSA private key in PEM form; take the file that GitHub let you download"
    if not isinstance(key, RSAPrivateKey) or key.key_size < KEY_BITS:
        return f"is not an RSA key of {KEY_BITS} bits or more; take the file that GitHub let you download"
    return None

"""The environment variables of the App as data: what README lists, and what a misspelt name is compared with."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Variable:
    """One setting: its name in the environment, what it means, and what holds where it is not set."""

    name: str
    meaning: str
    default: str


VARIABLES = (
    Variable("PRUDENT_APP_ID", "the App's id, a number", "required"),
    Variable(
        "PRUDENT_PRIVATE_KEY",
        "the App's private key, PEM text (line ends may be written `\\n`); or its file in `PRUDENT_PRIVATE_KEY_FILE`",
        "required",
    ),
    Variable(
        "PRUDENT_WEBHOOK_SECRET",
        "the secret that deliveries are signed with, at least 16 characters; or its file in "
        "`PRUDENT_WEBHOOK_SECRET_FILE`",
        "required",
    ),
    Variable(
        "PRUDENT_WEBHOOK_SECRET_OLD",
        "the secret before it, also accepted while it is being changed; or its file in "
        "`PRUDENT_WEBHOOK_SECRET_OLD_FILE`",
        "none",
    ),
    Variable(
        "PRUDENT_GITHUB_URL",
        "the API: `https://HOST/api/v3` for GitHub Enterprise Server",
        "`https://api.github.com`",
    ),
    Variable(
        "PRUDENT_JOBS",
        "where jobs are kept: a SQLite file for one worker, `postgresql://...` for several; or a file that holds the "
        "URL in `PRUDENT_JOBS_FILE`",
        "`jobs.db` in the data folder",
    ),
    Variable(
        "PRUDENT_STORE",
        "where verdicts are logged: any SQLAlchemy URL; or a file that holds it in `PRUDENT_STORE_FILE`",
        "a SQLite file in the data folder",
    ),
    Variable(
        "PRUDENT_MIRRORS", "folder of the repositories' mirrors; can be made again", "`mirrors` in the cache folder"
    ),
    Variable("PRUDENT_MIRRORS_GB", "how much the mirrors may take, in GB", "20"),
    Variable(
        "PRUDENT_INFERENCE",
        "file that says which models read changes and what they may cost, see docs/inference.md; `none`: no model does",
        "`inference.toml` in the data folder, if it is there",
    ),
    Variable("PRUDENT_HOST", "address to listen on", "127.0.0.1"),
    Variable("PRUDENT_PORT", "port to listen on", "8080"),
    Variable("PRUDENT_REVIEWS", "reviews at once in one worker", "2"),
    Variable("PRUDENT_SHARE", "reviews of one installation at once, of all workers together", "2"),
    Variable("PRUDENT_REVIEW_SECONDS", "how long one review may take, in seconds", "900"),
    Variable("PRUDENT_REVIEW_MB", "how much memory one review may take, in MB", "4096"),
    Variable("PRUDENT_LOG", "form of the log: `json` or `text`", "`text` on a terminal, else `json`"),
    Variable("PRUDENT_KEEP_DAYS", "how long the history of jobs is kept, in days, at least 7", "14"),
)

DEFAULTS = {variable.name: variable.default.strip("`") for variable in VARIABLES}

_FILES = (
    "PRUDENT_PRIVATE_KEY_FILE",
    "PRUDENT_WEBHOOK_SECRET_FILE",
    "PRUDENT_WEBHOOK_SECRET_OLD_FILE",
    "PRUDENT_JOBS_FILE",
    "PRUDENT_STORE_FILE",
)
_OF_OTHERS = (
    "PRUDENT_DATA",
    "PRUDENT_CACHE",
    "PRUDENT_MODEL",
    "PRUDENT_TSC",
    "PRUDENT_TEST_POSTGRES",
)  # not the App's alone
_KNOWN = (*DEFAULTS, *_FILES, *_OF_OTHERS)

# Kubernetes tells every container of the Services around it; one named `prudent` makes PRUDENT_PORT=tcp://10.0.0.1:80.
_SERVICE_LINK = re.compile(r"_SERVICE_HOST$|_SERVICE_PORT(_|$)|_PORT_\d+_(TCP|UDP|SCTP)(_|$)")


def is_service_link(name: str, value: str) -> bool:
    """Return whether Kubernetes, not the operator, has set this variable."""
    return bool(_SERVICE_LINK.search(name)) or (name.endswith("_PORT") and value.startswith(("tcp://", "udp://")))


def unknown_variables(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield one line for each PRUDENT_ variable that means nothing, with the nearest name that does."""
    for name in sorted(environ):
        if name.startswith("PRUDENT_") and name not in _KNOWN and not is_service_link(name, environ[name]):
            near = difflib.get_close_matches(name, _KNOWN, 1)
            yield f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else "")


def table() -> str:
    """Return the settings as a Markdown table, as README shows them."""
    rows = [f"| `{variable.name}` | {variable.meaning} | {variable.default} |" for variable in VARIABLES]
    return "\n".join(["| variable | what it sets | default |", "|---|---|---|", *rows]) + "\n"

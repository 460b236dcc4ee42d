"""A repository's own settings, as values. Reading the file is checks.settings_file's business."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pathspec

from checks.finding import Severity

GENERATED = (
    "*_pb2.py",
    "*_pb2.pyi",
    "*_pb2_grpc.py",
    "*.pb.go",
    "*.min.js",
    "*.min.css",
    "*.map",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "poetry.lock",
    "uv.lock",
    "Pipfile.lock",
    "Cargo.lock",
    "Gemfile.lock",
    "composer.lock",
    "go.sum",
    "*.snap",
)
IGNORED = ("**/node_modules/**", "**/vendor/**", "**/third_party/**", "**/.venv/**")

MOST_COMMENTS = 25  # on lines, in one review: GitHub has timed out on larger ones


@dataclass(frozen=True)
class PathRule:
    """Settings for the files that match any of `globs`."""

    globs: tuple[str, ...]
    disable: tuple[str, ...] = ()
    severity: tuple[tuple[str, Severity], ...] = ()


@dataclass(frozen=True)
class Layer:
    """Files that are one layer of the architecture, and the layers that they may import."""

    name: str
    globs: tuple[str, ...]
    imports: tuple[str, ...]


@dataclass(frozen=True)
class AppOptions:
    """What the GitHub App does with a pull request; the command line heeds none of it."""

    drafts: bool = False  # review drafts too
    bots: bool = False  # review what bots open too
    request_changes: bool = False  # ask for changes as a review, not by the check run alone
    approve: bool = False
    max_comments: int = 10  # on lines, in one review; the rest stands in the summary
    not_checked: str = "neutral"  # the check run's conclusion then: "neutral" or "failure"
    ignore_authors: tuple[str, ...] = ()  # logins, any case
    ignore_labels: tuple[str, ...] = ()  # any case


@dataclass(frozen=True)
class Settings:
    """What `.github/prudent.toml` at base says; the defaults where it is absent."""

    enable: tuple[str, ...] = ()  # silent slugs to post
    disable: tuple[str, ...] = ()
    severity: tuple[tuple[str, Severity], ...] = ()
    paths: tuple[PathRule, ...] = ()
    ignored: tuple[str, ...] = IGNORED
    generated: tuple[str, ...] = GENERATED
    max_findings: int = 20
    layers: tuple[Layer, ...] = ()  # from the top down
    origin: str = "defaults"  # where the settings come from, for people
    app: AppOptions = AppOptions()

    def is_ignored(self, path: str) -> bool:
        """Return whether the maintainers asked not to review this path."""
        return matches(self.ignored, path)

    def is_generated(self, path: str) -> bool:
        """Return whether this path is written by a tool."""
        return matches(self.generated, path)

    def is_disabled(self, slug: str, path: str) -> bool:
        """Return whether findings of this slug are switched off for this path."""
        if slug in self.disable:
            return True
        return any(slug in rule.disable and matches(rule.globs, path) for rule in self.paths)

    def layer_of(self, path: str) -> Layer | None:
        """Return the first declared layer that a path belongs to."""
        return next((layer for layer in self.layers if matches(layer.globs, path)), None)

    def severity_of(self, slug: str, path: str, default: Severity) -> Severity:
        """Return the severity for this slug and path; the last matching path rule wins."""
        chosen = dict(self.severity).get(slug, default)
        for rule in self.paths:
            if matches(rule.globs, path):
                chosen = dict(rule.severity).get(slug, chosen)
        return chosen


@lru_cache(maxsize=256)
def _spec(globs: tuple[str, ...]) -> pathspec.PathSpec[pathspec.Pattern]:
    return pathspec.PathSpec.from_lines("gitignore", globs)


def matches(globs: tuple[str, ...], path: str) -> bool:
    """Return whether a path matches any glob, read as in .gitignore."""
    return bool(globs) and _spec(globs).match_file(path)

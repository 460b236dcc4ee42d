"""The formats of known secrets: prefix, length, alphabet, and the checksum where the format carries one."""

from __future__ import annotations

import re
import zlib
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Strength(StrEnum):
    """How much the text alone says that it is a real secret."""

    VERIFIED = "verified"  # a checksum inside it is right
    CERTAIN = "certain"  # nothing else looks like this
    LIKELY = "likely"  # often a secret; the place has to tell


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret in a text: what it is, and which characters it takes. Its text is never part of this."""

    kind: str
    start: int
    end: int
    strength: Strength


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of token. `hint` is a literal that every match contains; `holds` checks what a pattern cannot."""

    kind: str
    hint: str
    pattern: re.Pattern[str]
    strength: Strength = Strength.CERTAIN
    holds: Callable[[str], bool] | None = None


_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def base62_checksum(payload: str) -> str:
    """Return the six characters that GitHub and npm append: CRC-32 of the payload in base 62."""
    number, digits = zlib.crc32(payload.encode()), ""
    while number:
        number, rest = divmod(number, 62)
        digits = _BASE62[rest] + digits
    return digits.rjust(6, "0")


def _has_base62_checksum(token: str) -> bool:
    payload = token.rpartition("_")[2]
    return base62_checksum(payload[:-6]) == payload[-6:]


def _has_bech32_checksum(token: str) -> bool:
    """Return whether an age key's last six characters are its BIP 173 checksum."""
    human, _, data = token.lower().rpartition("1")
    values = [ord(c) >> 5 for c in human] + [0] + [ord(c) & 31 for c in human] + [_BECH32.index(c) for c in data]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> bit & 1 else 0
    return check == 1


def _starts_with_user_id(token: str) -> bool:
    """Return whether the first part of a Discord bot token is a user's number in base 64."""
    first = token.partition(".")[0]
    try:
        return urlsafe_b64decode(first + "=" * (-len(first) % 4)).isdigit()
    except ValueError:
        return False


def _row(
    kind: str,
    hint: str,
    body: str,
    strength: Strength = Strength.CERTAIN,
    holds: Callable[[str], bool] | None = None,
) -> Format:
    return Format(kind, hint, re.compile(rf"(?<![\w-])(?:{body})(?![\w-])", re.ASCII), strength, holds)


FORMATS = (
    _row("GitHub token", "gh", r"gh[pousr]_[A-Za-z0-9]{36}", Strength.VERIFIED, _has_base62_checksum),
    _row("GitHub fine-grained token", "github_pat_", r"github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    _row("GitHub installation token", "ghs_", r"ghs_\d{1,20}_eyJ[\w-]{8,200}\.[\w-]{8,1000}\.[\w-]{20,1000}"),
    _row("GitHub refresh token", "ghr_", r"ghr_[A-Za-z0-9]{76}"),
    _row("npm token", "npm_", r"npm_[A-Za-z0-9]{36}", Strength.VERIFIED, _has_base62_checksum),
    _row(
        "age secret key",
        "AGE-SECRET-KEY-1",
        rf"AGE-SECRET-KEY-1[{_BECH32.upper()}]{{58}}",
        Strength.VERIFIED,
        _has_bech32_checksum,
    ),
    _row("PyPI token", "pypi-AgEIcHlwaS5vcmc", r"pypi-AgEIcHlwaS5vcmc[\w-]{50,1000}"),
    _row("RubyGems key", "rubygems_", r"rubygems_[a-f0-9]{48}"),
    _row("NuGet key", "oy2", r"oy2[a-z0-9]{43}"),
    _row(
        "GitLab token",
        "gl",
        r"gl(?:pat|oas|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct)-[\w-]{20,60}(?:\.[0-9a-z]{2}\.?[0-9a-z]{7})?",
    ),
    _row("Slack token", "xox", r"xox[bp]-\d{10,13}-\d{10,13}(?:-\d{10,13})?-[A-Za-z0-9]{24,34}"),
    _row("Slack app token", "xapp-", r"xapp-\d-[A-Z0-9]{8,13}-\d{10,13}-[a-f0-9]{64}"),
    _row(
        "Slack webhook",
        "hooks.slack.com",
        r"https://hooks\.slack\.com/services/T[A-Z0-9]{8,12}/B[A-Z0-9]{8,12}/[A-Za-z0-9]{24}",
    ),
    _row(
        "Discord webhook",
        "/api/webhooks/",
        r"https://(?:canary\.|ptb\.)?discord(?:app)?\.com/api/webhooks/\d{17,20}/[\w-]{60,72}",
    ),
    _row(
        "Discord bot token",
        ".",
        r"[MNO][A-Za-z0-9]{23,27}\.[\w-]{6}\.[\w-]{27,38}",
        Strength.CERTAIN,
        _starts_with_user_id,
    ),
    _row("Telegram bot token", ":AA", r"\d{8,10}:AA[\w-]{33}"),
    _row("Stripe live key", "k_live_", r"[sr]k_live_[A-Za-z0-9]{24,247}"),
    _row("SendGrid key", "SG.", r"SG\.[\w-]{22}\.[\w-]{43}"),
    _row("OpenAI key", "T3BlbkFJ", r"sk-(?:(?:proj|svcacct|admin)-)?[\w-]{20,80}T3BlbkFJ[\w-]{20,80}"),
    _row("Anthropic key", "sk-ant-", r"sk-ant-(?:api|admin)\d\d-[\w-]{93}AA"),
    _row("Hugging Face token", "hf_", r"hf_[A-Za-z]{34}"),
    _row("Groq key", "gsk_", r"gsk_[A-Za-z0-9]{52}"),
    _row("Replicate token", "r8_", r"r8_[A-Za-z0-9]{37}"),
    _row("Google OAuth secret", "GOCSPX-", r"GOCSPX-[\w-]{28}", Strength.LIKELY),
    _row("Google API key", "AIza", r"AIza[\w-]{35}", Strength.LIKELY),
    _row("Azure storage key", "AccountKey=", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    _row("Entra client secret", "Q~", r"[\w.~]{3}[78]Q~[\w.~-]{34}"),
    _row("DigitalOcean token", "_v1_", r"do[opr]_v1_[a-f0-9]{64}"),
    _row("Shopify token", "shp", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    _row("Databricks token", "dapi", r"dapi[a-f0-9]{32}(?:-\d)?"),
    _row("Docker Hub token", "dckr_pat_", r"dckr_pat_[\w-]{27}"),
    _row("Vault token", "hvs.", r"hvs\.[\w-]{90,120}"),
    _row("Terraform Cloud token", ".atlasv1.", r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,70}"),
    _row("Pulumi token", "pul-", r"pul-[a-f0-9]{40}"),
    _row("Grafana token", "glsa_", r"glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"),
    _row("Linear key", "lin_api_", r"lin_api_[A-Za-z0-9]{40}"),
    _row("Notion token", "ntn_", r"ntn_\d{11}[A-Za-z0-9]{35}"),
    _row("Figma token", "figd_", r"figd_[\w-]{40}"),
    _row("Postman key", "PMAK-", r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    _row("New Relic key", "NRAK-", r"NRAK-[A-Z0-9]{27}"),
    _row("Airtable token", "pat", r"pat[A-Za-z0-9]{14}\.[a-f0-9]{64}"),
    _row("Atlassian token", "ATATT3", r"ATATT3[\w=-]{180,200}"),
    _row("Supabase token", "sbp_", r"sbp_[a-f0-9]{40}"),
)


def known_secrets_in(text: str) -> Iterator[Secret]:
    """Yield what has one of the known formats and, where the format has a checksum, a right one."""
    for form, match in _matches(text):
        if form.holds is None or form.holds(match[0]):
            yield Secret(form.kind, match.start(), match.end(), form.strength)


def look_alikes_in(text: str) -> Iterator[Secret]:
    """Yield what has one of the known formats, its checksum right or not: what must not be shown."""
    for form, match in _matches(text):
        yield Secret(form.kind, match.start(), match.end(), form.strength)


def _matches(text: str) -> Iterator[tuple[Format, re.Match[str]]]:
    for form in FORMATS:
        if form.hint in text:
            for match in form.pattern.finditer(text):
                yield form, match

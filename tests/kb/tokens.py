"""Secrets made up for tests. Pieces are joined here so that no scanner takes these files for a leak."""

from __future__ import annotations

import random
import re
from base64 import b64encode

from hypothesis import strategies as st

from kb.secret_formats import FORMATS, base62_checksum

GITHUB = "ghp" + "_" + (_payload := "Qm7xV2pLz9KdT4hWc6RnJ8sYbF3gAe") + base62_checksum(_payload)
NPM = "npm" + "_" + _payload + base62_checksum(_payload)
GITLAB = "glpat" + "-" + "hT7vB2nXw9LkD4hZc6Rm"
SLACK = "xox" + "b-204875931046-7420916358207-" + "qT7vB2nXw9LkD4hZc6RmJ8sY"
AWS_ID = "AKIA" + "QW7T2M5VBX3ZKJHD"
AWS_SECRET = "hT7vB2nXw9LkD4hZc6RmJ8sY/qT3pF5gK1+Wm0Ab"
_BODY = b64encode(b"\x30\x82\x04\xbd" + random.Random(7).randbytes(600)).decode()
KEY = "-----BEGIN " + "PRIVATE KEY-----\n" + re.sub("(.{64})", r"\1\n", _BODY) + "\n-----END " + "PRIVATE KEY-----\n"


def tokens() -> st.SearchStrategy[str]:
    """Return made-up tokens of every format, checksums right where we know how to make one, and of the rest."""
    plain = [st.from_regex(form.pattern, fullmatch=True) for form in FORMATS]
    payload = st.text(
        alphabet="ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", min_size=30, max_size=30
    )
    summed = st.builds(
        lambda prefix, body: prefix + body + base62_checksum(body),
        st.sampled_from(["ghp" + "_", "ghs" + "_", "npm" + "_"]),
        payload,
    )
    others = st.sampled_from([KEY, SLACK, f"{AWS_ID} {AWS_SECRET}", "api_key='mQ7xV2pLz9KdT4" + "hWc6RnJ8sYbF3g'"])
    return st.one_of(*plain, summed, others)

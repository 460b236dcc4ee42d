"""Every rule of our ast-grep pack. The patterns are in rules/, one file for each rule and language."""

from __future__ import annotations

from checks.static import ast_grep_crypto, ast_grep_injection, ast_grep_mistakes, ast_grep_web

RULES = (*ast_grep_injection.RULES, *ast_grep_web.RULES, *ast_grep_crypto.RULES, *ast_grep_mistakes.RULES)
CODES = frozenset(code for rule in RULES for code in rule.codes)

# Wrong wherever it stands, tests included.
ANYWHERE = frozenset(rule.slug for rule in ast_grep_mistakes.RULES)
# Whoever runs a maintainer's script chooses its values: nothing of a stranger's reaches them.
NEVER_IN_SCRIPTS = frozenset(
    {"shell-with-variable-text", "sql-built-from-text", "fixed-path-in-tmp", "archive-extracted-unfiltered"}
    | {"archive-member-path-joined", "temp-file-race", "world-writable-mode", "eval-of-input"}
    | {"unpickled-from-network", "logged-password"}
)
SETTINGS = "debug-setting-on"  # only in the settings that production starts from

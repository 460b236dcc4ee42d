"""Remarks as reviewers write them, by what they ask for: what `ALIKE` was measured on, and is held to."""

from __future__ import annotations

ASKED = {
    "print": (
        "Please use the logger here, not print.",
        "use logging instead of print",
        "We don't print in library code, use `logger.info`",
        "print should be logger.debug",
        "no print statements please, we have a logger",
    ),
    "is-none": (
        "Use `is None` rather than `== None`.",
        "comparison to None should be `is None`",
        "nit: `is None`, never compare None with ==",
        "should be `if x is None`",
    ),
    "timeout": (
        "This request needs a timeout.",
        "please pass a timeout to requests",
        "No timeout: the request can hang forever, add one",
        "missing timeout= on the http request",
    ),
    "utc": (
        "Use an aware datetime: datetime.now(UTC) instead of utcnow()",
        "utcnow is naive, please use datetime.now(timezone.utc)",
        "datetime.utcnow() is deprecated, use an aware datetime",
    ),
    "any": (
        "Avoid `any`, give this a proper type.",
        "please don't cast to any here, type it properly",
        "`as any` hides type errors, use a real type",
    ),
    "const": ("Use const instead of var.", "var is not allowed, use const or let", "please use `const` here, not var"),
    "test": (
        "Can you add a test for this branch?",
        "this needs a test",
        "Please add a unit test that covers this",
    ),
    "rename": ("This name is confusing, rename it", "could we find a better name for this variable?"),
    "docstring": ("Missing docstring for a public function.", "please add a docstring to this public method"),
    "magic": ("Magic number, make it a constant.", "please give this number a name, a module constant"),
    "sql": (
        "Use query parameters, don't build SQL by string formatting",
        "SQL built with an f-string, use bound parameters please",
        "this SQL string must be parameterized",
    ),
    "sleep": ("Don't sleep in tests, wait for the condition.", "time.sleep in a test makes it flaky, poll instead"),
    "innerhtml": ("innerHTML is unsafe here, use textContent", "please use textContent instead of innerHTML"),
    "httpx": (
        "We use httpx in this project, not requests",
        "no requests here, please use httpx",
        "httpx instead of requests",
    ),
    "thanks": ("Nice, thanks for this!", "looks good to me"),
    "why": ("Why is this needed?", "why do we need this change?"),
}

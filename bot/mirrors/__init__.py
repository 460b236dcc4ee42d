"""Bare mirrors of repositories: a cache below one folder that any worker can make again.

One folder a repository (installation and repository id), locked while it is fetched into or removed. The token goes
to git through the environment of that one command; it is in no URL, no file and no argument list.

    mirrors.py   fetch, remove, prune: what the rest of the App calls
    compare.py   what is read from a mirror: the diff, renames, commits, one file's text
    folder.py    one mirror on disk: made, swept, measured, taken away
    room.py      which mirrors have to go
    remote.py    the git command that goes to the network, and how it is ended
    locks.py     who may write, and who is reading
    causes.py    what git's complaint means
"""

from bot.mirrors.compare import Compared, commits_between, compare, renames, text_at
from bot.mirrors.locks import in_use
from bot.mirrors.mirrors import Mirrors
from bot.mirrors.model import CommitNote, Fetched, NotFetched, Pruned, Why

__all__ = [
    "CommitNote",
    "Compared",
    "Fetched",
    "Mirrors",
    "NotFetched",
    "Pruned",
    "Why",
    "commits_between",
    "compare",
    "in_use",
    "renames",
    "text_at",
]

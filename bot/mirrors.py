"""Bare mirrors of repositories: a cache below one folder that any worker can make again.

One folder a repository (installation and repository id), locked while it is fetched into or removed. The token goes
to git through the environment of that one command; it is in no URL, no file and no argument list.
"""

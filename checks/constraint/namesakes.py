"""Calls of a method by its name alone, on values whose type nobody knows.

A name is no proof. But where one method in the whole repository has a name, which no type of the language has either,
a call of that name on a value of unknown type is likely meant for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from checks.constraint.places import PYTHON, Places, Spot
from kb.facts.model import Call
from kb.graph.model import EdgeKind, Node

UNTYPED = frozenset({"type", "dynamic", "ambiguous"})  # reasons of an `Unknown` that leave the receiver open
OPEN = UNTYPED | {"star"}  # ... where base knew what was meant
SHORTEST = 4
_WORDS = """
add all any append apply assign at attach bind call cancel catch clear clone close concat connect contains copy create
delete destroy detach dispatch dispose emit end entries error every exec execute exists fetch fill filter finally find
findIndex flat flatMap flush focus forEach format from get getAll getItem has hide hasOwnProperty includes indexOf init
insert invoke isArray join keys last lastIndexOf length listen load lookup match matches merge next normalize once open
padEnd padStart parse pause pipe post process publish push query read ready reduce register reject release remove render
repeat replace replaceAll request require reset resolve resume reverse save search select send setItem setup shift show
slice some sort splice split start startsWith endsWith stop stringify subscribe substring substr success test then throw
toJSON toString toLowerCase toUpperCase transform trigger trim trimEnd trimStart unbind unref unregister unshift
unsubscribe update validate valueOf values verify visit wait warn with write getElementById querySelector
addEventListener removeEventListener appendChild removeChild getAttribute setAttribute dispatchEvent
"""
OF_SCRIPTS = frozenset(_WORDS.split())


@dataclass(frozen=True)
class Namesakes:
    """Looks for calls by name in the head tree."""

    places: Places

    def references_of(self, node: Node) -> Iterator[Spot]:
        """Yield the lines that led to a definition of base and of which it is not known where they lead now."""
        code, name = self.places.code, node.qualified.rpartition(".")[2]
        led = {
            (edge.src, edge.line) for edge in code.base.graph.edges_to([node.id]) if edge.kind is not EdgeKind.DEFINES
        }
        sources = code.base.graph.nodes({src for src, _ in led})
        places = {(sources[src].path, line) for src, line in led if src in sources}
        spoken_of = "." not in node.qualified and self._is_spoken_of(name, self.places.new_path(node.path))
        for path, unknown in code.head.graph.unknowns_named([name]):
            line = self.places.old_line(path, unknown.line)
            if unknown.reason == "dynamic" and spoken_of:
                continue  # a module that makes names up may make this one of the word
            if unknown.reason in OPEN and line is not None and (self.places.old_path(path), line) in places:
                yield Spot(path, unknown.line)

    def _is_spoken_of(self, name: str, path: str) -> bool:
        return re.search(rf"\b{re.escape(name)}\b", self.places.code.head.source(path).text) is not None

    def calls_of(self, node: Node) -> Iterator[tuple[Spot, Call]]:
        """Yield the unresolved calls that are likely meant for a method of base; none where the name may be another's.

        The name has to be the method's alone in the base tree and the call to have stood there as well.
        """
        name = node.qualified.rpartition(".")[2]
        if "." not in node.qualified or not is_distinctive(name, node.path):
            return
        code = self.places.code
        if len(code.base.graph.nodes_named(name, limit=2)) != 1:
            return
        for path, unknown in code.head.graph.unknowns_named([name]):
            if not unknown.is_call or unknown.reason not in UNTYPED or self.places.is_added(path, unknown.line):
                continue
            if path.endswith(PYTHON) != node.path.endswith(PYTHON):
                continue
            for call in code.head.facts(path).calls:
                if call.start == unknown.start and call.chain == unknown.chain:
                    yield Spot(path, unknown.line), call


def is_distinctive(name: str, path: str) -> bool:
    """Return whether no type that comes with the language has an attribute of this name."""
    if len(name) < SHORTEST or name.startswith("__"):
        return False
    return name not in (_of_python() if path.endswith(PYTHON) else OF_SCRIPTS)


@cache
def _of_python() -> frozenset[str]:
    """Return the public attributes of the types that programs meet everywhere."""
    import argparse
    import asyncio
    import builtins
    import collections
    import contextlib
    import datetime
    import decimal
    import email.message
    import http.client
    import http.cookiejar
    import io
    import logging
    import pathlib
    import queue
    import re
    import socket
    import sqlite3
    import subprocess
    import tempfile
    import threading
    import types
    import unittest
    import unittest.mock
    import urllib.parse
    import xml.etree.ElementTree
    import zipfile

    modules = [argparse, asyncio, builtins, collections, contextlib, datetime, decimal, email.message, http.client]
    modules += [http.cookiejar, io, logging, pathlib, queue, re, socket, sqlite3, subprocess, tempfile, threading]
    modules += [types, unittest, unittest.mock, urllib.parse, xml.etree.ElementTree, zipfile]
    names: set[str] = set()
    for module in modules:
        for value in vars(module).values():
            if isinstance(value, type):
                names.update(name for name in dir(value) if not name.startswith("_"))
    return frozenset(names)

"""An import of the name that is missing: added to one that is there, or on a line of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from kb.graph.python_standard import STANDARD_3_11
from kb.graph.queries_find import is_test_path
from kb.source import Span
from models.choose.import_lines import added_to, on_its_own
from models.choose.modules import PYTHON, Modules
from models.choose.names import is_only_imported, is_use
from models.choose.site import Choice, Ground, Site, word_of
from models.choose.spelling import is_slip

if TYPE_CHECKING:
    from kb.graph.code import Code

_JOKES = frozenset({"this", "antigravity", "__future__", "__main__"})
_FILES = 300  # whose imports are looked through for how others import the name
MOST = 6  # imports of one name
_STANDARD_MEMBERS = MappingProxyType(
    {
        name: module
        for module, names in (
            ("abc", "ABC abstractmethod"),
            ("collections", "Counter OrderedDict defaultdict deque namedtuple ChainMap"),
            ("collections.abc", "Iterable Iterator Mapping MutableMapping Sequence Callable Generator Awaitable"),
            ("contextlib", "asynccontextmanager contextmanager suppress ExitStack nullcontext closing"),
            ("dataclasses", "dataclass field asdict astuple"),
            ("datetime", "timedelta timezone"),
            ("decimal", "Decimal"),
            ("enum", "Enum IntEnum StrEnum Flag IntFlag"),
            ("fractions", "Fraction"),
            ("functools", "cache cached_property lru_cache partial reduce wraps total_ordering singledispatch"),
            ("io", "BytesIO StringIO"),
            ("itertools", "chain islice groupby zip_longest takewhile dropwhile pairwise starmap"),
            ("operator", "itemgetter attrgetter"),
            ("pathlib", "Path PurePath PurePosixPath"),
            ("types", "MappingProxyType SimpleNamespace ModuleType TracebackType"),
            ("typing", "Any ClassVar Final Generic Literal NamedTuple NewType Optional Protocol TypeVar Union cast"),
            ("typing", "TYPE_CHECKING TypedDict overload NoReturn Self"),
            ("urllib.parse", "urljoin urlparse urlencode urlsplit"),
            ("uuid", "uuid4 UUID"),
        )
        for name in names.split()
    }
)


@dataclass(frozen=True, order=True)
class Wanted:
    """An import that gives a name: `from module import name`, or with name "" `import module`."""

    module: str  # as it is written, leading dots and all
    name: str
    alias: str  # what it is called here


def imports(site: Site) -> Iterator[Choice]:
    """Yield imports of what the hole uses and nothing binds."""
    if not (site.is_python or site.is_script):
        return
    asked: set[str] = set()
    for node in site.nodes:
        said = word_of(node)
        if not is_use(node) or not site.is_meant(said) or said in asked:
            continue
        asked.add(said)
        known = site.names_at(node.start_byte)
        is_bound = known is not None and said in known and known[said].origin != "ambient"
        if known is None or is_bound:
            continue
        yield from _misspelt(site, said)
        for wanted, ground in list(_wanted(site, said))[:MOST]:
            yield from added_to(site, wanted, ground) or on_its_own(site, wanted, ground)


def _misspelt(site: Site, said: str) -> Iterator[Choice]:
    """Yield imports that bind a slip of the name and are used nowhere: the slip may be in them, or in the use."""
    data = site.task.source.data
    for row in site.facts.imports:
        if row.alias != row.name or not is_slip(said, row.alias) or not is_only_imported(site, row.alias):
            continue
        found = re.compile(rb"\b" + re.escape(row.name.encode()) + rb"\b").search(data, row.start, row.end)
        if found is not None:
            span = Span(found.start(), found.end())
            yield Choice(span, said.encode(), f"`{said}` is imported as `{row.alias}`", Ground.NEAR)


def _wanted(site: Site, name: str) -> Iterator[tuple[Wanted, Ground]]:
    """Yield the imports that give a name, the surest first: as others import it, where it is defined, Python's own."""
    seen: set[Wanted] = set()
    code = site.task.code
    found = [*(_as_others(code, site, name) if code is not None else ())]
    found += [*(_where_defined(code, site, name) if code is not None else ())]
    if site.is_python and name in STANDARD_3_11 and name not in _JOKES:
        found.append((Wanted(name, "", name), Ground.KNOWN))
    if site.is_python and name in _STANDARD_MEMBERS:
        found.append((Wanted(_STANDARD_MEMBERS[name], name, name), Ground.KNOWN))
    for wanted, ground in found:
        if wanted not in seen:
            seen.add(wanted)
            yield wanted, ground


def _as_others(code: Code, site: Site, name: str) -> Iterator[tuple[Wanted, Ground]]:
    """Yield how files near by import the name, the commonest first; of scripts only what comes from packages."""
    folder = site.path.rpartition("/")[0]
    ending = PYTHON if site.is_python else (".ts", ".tsx", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
    paths = [path for path in code.graph.files() if path.endswith(ending) and path != site.path]
    near = sorted(paths, key=lambda path: (path.rpartition("/")[0] != folder, path))[:_FILES]
    found: Counter[Wanted] = Counter()
    for path in near:
        for row in code.facts(path).imports:
            if row.alias != name or row.scope != 0 or row.level or row.module.startswith("."):
                continue
            if row.name == "" and row.module != name and row.module.partition(".")[0] == name:
                continue  # `import a.b` binds `a`
            found[Wanted(row.module, row.name, name)] += 1
    for wanted, _ in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        yield wanted, Ground.KNOWN


def _where_defined(code: Code, site: Site, name: str) -> Iterator[tuple[Wanted, Ground]]:
    """Yield the modules of the tree at whose top the name is defined; tests are for tests."""
    modules = Modules(code, site.path)
    named = modules.python if site.is_python else modules.scripts
    by_path = {path: dotted for dotted, path in named.items()}
    holders = [node for node in modules.holders(name) if node.path in by_path and node.path != site.path]
    if not is_test_path(site.path):
        holders = [node for node in holders if not is_test_path(node.path)]
    holders.sort(key=lambda node: (-_shared(node.path, site.path), node.path))
    for node in holders:
        if site.is_script and not modules.has(node.path, name):
            continue
        yield Wanted(by_path[node.path], name, name), Ground.KNOWN if len(holders) == 1 else Ground.NEAR
    if site.is_python and name in modules.python:
        yield Wanted(name, "", name), Ground.KNOWN


def _shared(one: str, other: str) -> int:
    """Return how many folders two paths have in common."""
    pairs = zip(one.split("/")[:-1], other.split("/")[:-1], strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(one.count("/"), other.count("/")))

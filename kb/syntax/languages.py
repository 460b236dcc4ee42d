"""Which language a file is written in, and which grammar reads it. A table; nothing is imported here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Grammar:
    """A grammar wheel: its module and the function in it that returns the language."""

    module: str
    function: str = "language"


@dataclass(frozen=True, slots=True)
class Language:
    """How files of one language are recognised, and the grammar's kinds of comment."""

    grammar: Grammar
    extensions: tuple[str, ...]
    filenames: tuple[str, ...] = ()
    interpreters: tuple[str, ...] = ()
    comments: tuple[str, ...] = field(default=("comment",))


LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        "python": Language(
            Grammar("tree_sitter_python"),
            (".py", ".pyi", ".pyw"),
            ("SConstruct", "SConscript", "wscript"),
            ("python", "python2", "python3", "pypy", "pypy3"),
        ),
        "javascript": Language(
            Grammar("tree_sitter_javascript"),
            (".js", ".cjs", ".mjs", ".jsx"),
            ("Jakefile",),
            ("node", "nodejs", "bun"),
            ("comment", "html_comment"),
        ),
        "typescript": Language(
            Grammar("tree_sitter_typescript", "language_typescript"),
            (".ts", ".cts", ".mts"),
            (),
            ("deno", "ts-node", "tsx"),
            ("comment", "html_comment"),
        ),
        "tsx": Language(Grammar("tree_sitter_typescript", "language_tsx"), (".tsx",)),
        "go": Language(Grammar("tree_sitter_go"), (".go",)),
        "rust": Language(Grammar("tree_sitter_rust"), (".rs",), comments=("line_comment", "block_comment")),
        "java": Language(Grammar("tree_sitter_java"), (".java",), comments=("line_comment", "block_comment")),
        "c": Language(Grammar("tree_sitter_c"), (".c",)),
        "cpp": Language(
            Grammar("tree_sitter_cpp"), (".cc", ".cpp", ".cxx", ".c++", ".h", ".hh", ".hpp", ".hxx", ".ipp", ".inl")
        ),
        "csharp": Language(Grammar("tree_sitter_c_sharp"), (".cs", ".csx")),
        "ruby": Language(
            Grammar("tree_sitter_ruby"),
            (".rb", ".rake", ".gemspec", ".ru"),
            ("Rakefile", "Gemfile", "Guardfile", "Podfile", "Fastfile", "Vagrantfile", "Brewfile"),
            ("ruby", "jruby"),
        ),
        "php": Language(Grammar("tree_sitter_php", "language_php"), (".php", ".phtml"), (), ("php",)),
        "kotlin": Language(Grammar("tree_sitter_kotlin"), (".kt", ".kts"), comments=("line_comment", "block_comment")),
        "swift": Language(Grammar("tree_sitter_swift"), (".swift",), comments=("comment", "multiline_comment")),
        "scala": Language(
            Grammar("tree_sitter_scala"), (".scala", ".sc", ".sbt"), comments=("comment", "block_comment")
        ),
        "zig": Language(Grammar("tree_sitter_zig"), (".zig", ".zon")),
        "bash": Language(
            Grammar("tree_sitter_bash"),
            (".sh", ".bash"),
            (".bashrc", ".bash_profile", ".bash_aliases", ".profile", "PKGBUILD", "APKBUILD"),
            ("sh", "bash", "dash", "ash", "ksh"),
        ),
        "lua": Language(Grammar("tree_sitter_lua"), (".lua", ".rockspec"), (), ("lua", "luajit")),
        "css": Language(Grammar("tree_sitter_css"), (".css",), comments=("comment", "js_comment")),
        "html": Language(Grammar("tree_sitter_html"), (".html", ".htm")),
        "json": Language(
            Grammar("tree_sitter_json"),
            (".json", ".jsonc", ".webmanifest", ".geojson"),
            (".babelrc", ".eslintrc", ".prettierrc", ".swcrc", ".jshintrc", ".arcconfig", "composer.lock"),
        ),
        "toml": Language(Grammar("tree_sitter_toml"), (".toml",), ("Cargo.lock", "poetry.lock", "uv.lock", "Pipfile")),
        "yaml": Language(
            Grammar("tree_sitter_yaml"), (".yaml", ".yml"), (".clang-format", ".clang-tidy", "CITATION.cff")
        ),
        "hcl": Language(Grammar("tree_sitter_hcl"), (".tf", ".tfvars", ".hcl")),
    }
)

_BY_EXTENSION = {ext: name for name, language in LANGUAGES.items() for ext in language.extensions}
_BY_FILENAME = {file: name for name, language in LANGUAGES.items() for file in language.filenames}
_BY_INTERPRETER = {program: name for name, language in LANGUAGES.items() for program in language.interpreters}
_SHEBANG = re.compile(rb"#!\s*(?:\S*/)?(?:env\s+(?:-\S+\s+)*)?(?:\S*/)?([A-Za-z][A-Za-z-]*[0-9]?)")


def language_of(path: str, head: bytes = b"") -> str | None:
    """Return the name of the language of a file, None if no grammar here reads it.

    The name decides; `head`, the file's first bytes, is looked at for a `#!` line where the name says nothing.
    """
    name = path.rpartition("/")[2]
    if name in _BY_FILENAME:
        return _BY_FILENAME[name]
    stem, dot, extension = name.rpartition(".")
    if dot and stem:
        return _BY_EXTENSION.get(dot + extension.lower())
    found = _SHEBANG.match(head[:256])
    return _BY_INTERPRETER.get(found[1].decode()) if found else None

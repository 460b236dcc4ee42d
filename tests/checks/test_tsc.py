import shutil
from pathlib import Path

import pytest

from checks.check import Report
from checks.finding import Finding, Side
from checks.knowledge import Knowledge, Limits
from checks.static import tsc
from checks.static.engine import Installed
from checks.static.tsc_find import VERSION, find_compiler, how_to_get
from checks.static.tsc_rules import RULES
from checks.workspace import open_workspace
from kb.errors import NotChecked
from tests.checks.trees import change_of

Texts = dict[str, str | bytes | None]
LOAD = "export function load(name: string): string {\n  return name\n}\n"
USE = "import { load } from './load'\n\nexport const one = load('a')\n"


def review(before: Texts, after: Texts, renamed: dict[str, str] | None = None) -> Report:
    with open_workspace(None) as workspace:
        return tsc.run(change_of(before, after, renamed), Knowledge(workspace))


def check(before: Texts, after: Texts, expected: list[tuple[str, str, int]]) -> tuple[Finding, ...]:
    """Review for real; on a machine without the compiler the verdict must say so, and how to get it."""
    if find_compiler() is None:
        with pytest.raises(NotChecked, match=f"typescript@{VERSION}"):
            review(before, after)
        return ()
    findings = review(before, after).findings
    assert sorted((f.slug, f.path, f.line) for f in findings) == expected
    return findings


def test_each_code_belongs_to_one_rule_and_each_rule_explains_itself() -> None:
    codes = [code for rule in RULES for code in rule.codes]
    assert len(codes) == len(set(codes))
    assert len({rule.slug for rule in RULES}) == len(RULES)
    assert all(rule.finds.endswith(".") and rule.why and rule.fix for rule in RULES)


def test_a_change_without_code_asks_nothing() -> None:
    assert review({"package.json": "{}"}, {"package.json": "{ }", "a.py": "1"}) == Report()


def test_a_forgotten_importer_and_its_removed_definition() -> None:
    check(
        {"load.ts": LOAD, "use.ts": USE},
        {"load.ts": LOAD.replace("load", "loadOne"), "use.ts": USE},
        [("import-resolves-nowhere", "load.ts", 1)],
    )


def test_all_forgotten_callers_are_the_evidence_of_one_finding() -> None:
    before: Texts = {"load.ts": LOAD, "a.ts": USE, "b.ts": USE, "c.ts": USE}
    after: Texts = {**before, "load.ts": LOAD.replace("name: string)", "name: string, size: number)")}
    for finding in check(before, after, [("call-does-not-fit-signature", "load.ts", 1)]):
        assert finding.side is Side.RIGHT
        assert [(e.path, e.line) for e in finding.evidence if e.kind == "caller"] == [(f"{n}.ts", 3) for n in "abc"]


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (LOAD.replace("export ", ""), [("import-resolves-nowhere", "load.ts", 1)]),
        (LOAD.replace("name: string)", "name: string, ...more: string[])"), []),
        (LOAD.replace("(name: string)", "()"), [("call-does-not-fit-signature", "load.ts", 1)]),
        (
            LOAD.replace("(name: string)", "(name: string,\n  size: number)"),
            [("call-does-not-fit-signature", "load.ts", 1)],
        ),
        (LOAD + "export function other(): void {}\n", []),
        ("export * from './real'\n", []),
        ("export * from 'package'\n", [("import-resolves-nowhere", "load.ts", 1)]),
    ],
)
def test_what_a_changed_module_does_to_its_importer(module: str, expected: list[tuple[str, str, int]]) -> None:
    check(
        {"load.ts": LOAD, "use.ts": USE, "real.ts": LOAD}, {"load.ts": module, "use.ts": USE, "real.ts": LOAD}, expected
    )


def test_a_file_that_moves_leaves_importers_behind() -> None:
    check(
        {"load.ts": LOAD, "use.ts": USE},
        {"new/load.ts": LOAD, "use.ts": USE},
        [("import-resolves-nowhere", "load.ts", 1)],
    )


@pytest.mark.parametrize(
    ("line", "more"),
    [
        ("import './style.css'", {}),
        ("import raw from './a.txt?raw'", {}),
        ("import A from './A.vue'", {"A.vue": "<template/>"}),
        ("import virtual from 'virtual:a'", {}),
        ("import { a } from '@scope/package'", {}),
        ("import { a } from './dist/a'", {}),
        ("import { a } from './__generated__/a'", {}),
        ("import { a } from './$types'", {}),
        ("import { a } from './made'", {".gitignore": "made.ts\n"}),
        ("import { a } from './b.js'", {"b.ts": "export const a = 1\n"}),
        ("import { a } from './b'", {"b/index.ts": "export const a = 1\n"}),
        ("import { a } from './b'", {"b/package.json": '{"main": "x.js"}'}),
        ("import { Gone } from './b'", {"b.ts": "export * from 'package'\n"}),
    ],
)
def test_a_new_import_of_what_is_not_code_of_the_repository_is_silent(line: str, more: Texts) -> None:
    check({"use.ts": "export {}\n"}, {"use.ts": line + "\nexport {}\n", **more}, [])


def test_a_new_import_of_a_file_that_nobody_has_blocks() -> None:
    check({"use.ts": "export {}\n"}, {"use.ts": "import './helper'\n"}, [("import-resolves-nowhere", "use.ts", 1)])


@pytest.mark.parametrize(
    ("config", "specifier"),
    [
        ({"tsconfig.json": '{"compilerOptions": {"paths": {"@/*": ["./src/*"]}}}'}, "@/load"),
        ({"tsconfig.json": '{// c\n"compilerOptions": {"baseUrl": "src", "paths": {"~/*": ["*",],},},}'}, "~/load"),
        ({"tsconfig.base.json": '{"compilerOptions": {"baseUrl": "./src"}}'}, "load"),
        ({"src/package.json": '{"name": "@own/src", "main": "dist/index.js"}'}, "@own/src/load"),
        ({"src/package.json": '{"name": "own", "main": "load.js", "types": "load.ts"}'}, "own"),
    ],
)
def test_names_that_the_repository_gives_its_folders_are_followed(config: Texts, specifier: str) -> None:
    use = USE.replace("./load", specifier)
    check(
        {**config, "src/load.ts": LOAD, "app/use.ts": use},
        {**config, "src/load.ts": LOAD.replace("load", "loadOne"), "app/use.ts": use},
        [("import-resolves-nowhere", "src/load.ts", 1)],
    )


def test_a_hostile_configuration_changes_nothing() -> None:
    hostile: Texts = {
        "tsconfig.json": '{"extends": "../../../../etc/passwd", "compilerOptions": {"plugins": [{"name": "./evil"}], '
        '"paths": {"*": ["/etc/*"], "a**": ["x"], "./load": ["../../etc/passwd"]}, "outDir": "/", "noCheck": true}, '
        '"files": ["/etc/passwd"]}',
        "jsconfig.json": "[[[[",
        "x/tsconfig.json": "[" * 100_000,
        "package.json": '{"name": ["./load"], "main": 3}',
        "y/package.json": '{"name": "../load", "main": "/etc/passwd"}',
    }
    check(
        {**hostile, "load.ts": LOAD, "use.ts": USE},
        {**hostile, "load.ts": LOAD.replace("load", "loadOne"), "use.ts": USE},
        [("import-resolves-nowhere", "load.ts", 1)],
    )


def test_a_file_that_cannot_be_parsed_hides_nothing_else() -> None:
    odd: Texts = {"fixtures/odd.ts": "let = = 1\n", "flow.js": "type A = {| a: string |}\n", "-x.ts": "let x = = 1\n"}
    odd["two.jsx"] = "export const a = <p/><p/>\n"
    check(
        {**odd, "load.ts": LOAD, "use.ts": USE},
        {**odd, "load.ts": LOAD.replace("load", "loadOne"), "use.ts": USE},
        [("import-resolves-nowhere", "load.ts", 1)],
    )


def test_importers_of_a_file_that_stops_parsing_are_not_blamed() -> None:
    check({"load.ts": LOAD, "use.ts": USE}, {"load.ts": LOAD + "}}\n", "use.ts": USE}, [])


SHAPE = "export class Shape {\n  area(): number {\n    return 1\n  }\n}\nexport enum Kind {\n  A,\n  B,\n}\n"
AREA = "import { Kind, Shape } from './shape'\nexport const area = new Shape().area() + Kind.B\n"


@pytest.mark.parametrize(
    ("shape", "line"), [(SHAPE.replace("area", "size"), 2), (SHAPE.replace("  B,\n", ""), 8)], ids=["method", "enum"]
)
def test_a_member_that_goes_is_missed(shape: str, line: int) -> None:
    check(
        {"shape.ts": SHAPE, "use.ts": AREA},
        {"shape.ts": shape, "use.ts": AREA},
        [("attribute-not-on-type", "shape.ts", line)],
    )


def test_a_member_of_an_unknown_type_is_nobody_s_business() -> None:
    after = "import { A } from 'package'\nexport const a = new A().anything()\nexport const b = ({} as unknown).c\n"
    check({"a.ts": "export {}\n"}, {"a.ts": after}, [])


def test_an_abstract_member_breaks_the_classes_below() -> None:
    base = "export abstract class Base {\n}\n"
    one = "import { Base } from './base'\nexport class One extends Base {}\n"
    after: Texts = {"base.ts": base.replace("{\n", "{\n  abstract size(): number\n"), "one.ts": one}
    check({"base.ts": base, "one.ts": one}, after, [("override-breaks-base", "base.ts", 2)])


def test_a_name_whose_import_went_is_undefined() -> None:
    check(
        {"load.ts": LOAD, "use.ts": USE},
        {"load.ts": LOAD, "use.ts": "export const one = load('a')\n"},
        [("undefined-name", "use.ts", 1)],
    )


def test_globals_of_runners_and_bundlers_are_known_to_somebody() -> None:
    check(
        {"a.test.ts": "export {}\n"},
        {"a.test.ts": "describe('a', () => expect(__DEV__).toBe(process.env.X))\nexport {}\n"},
        [],
    )


NEW = "export const two = load('b')\n"


def test_a_forgotten_import_names_what_should_be_imported() -> None:
    before: Texts = {"load.ts": LOAD, "use.ts": USE}
    for finding in check(before, {**before, "new.ts": NEW}, [("undefined-name", "new.ts", 1)]):
        assert ("definition", "load.ts", 1) in [(e.kind, e.path, e.line) for e in finding.evidence]


@pytest.mark.parametrize(
    "more",
    [
        {"other.js": "load('c')\n"},
        {"global.js": "globalThis.load = 1\n"},
        {"global.js": "window['load'] = 1\n"},
        {"package.json": '{"devDependencies": {"unplugin-auto-import": "1"}}'},
        {"package.json": '{"devDependencies": {"nuxt": "4"}}'},
        {"types.d.ts": "declare function load(name: string): string\n"},
        {"load.ts": "export const other = 1\n", "use.ts": "export {}\n"},
    ],
)
def test_a_name_that_may_come_from_elsewhere_is_silent(more: Texts) -> None:
    before: Texts = {"load.ts": LOAD, "use.ts": USE, **more}
    check(before, {**before, "new.ts": NEW}, [])


def test_a_name_in_a_comment_of_plain_javascript_may_go() -> None:
    before = "import { A } from './a'\n\n/** @type {A} */\nexport let a = A\n"
    after = "/** @type {A} */\nexport let a = 1\n"
    check({"a.ts": "export class A {}\n", "b.js": before}, {"a.ts": "export class A {}\n", "b.js": after}, [])


def test_a_line_of_a_template_may_look_like_a_comment() -> None:
    text = "export const banner = `\n* ${load('a')}\n`\n"
    check(
        {"a.ts": USE.split("\n")[0] + "\n" + text, "load.ts": LOAD},
        {"a.ts": text, "load.ts": LOAD},
        [("undefined-name", "a.ts", 2)],
    )


def test_arguments_in_plain_javascript_are_optional() -> None:
    load, use = "export function load(a) {}\n", "import { load } from './load.js'\nload(1)\n"
    check({"load.js": load, "use.js": use}, {"load.js": load.replace("(a)", "(a, b)"), "use.js": use}, [])


def test_what_a_required_module_no_longer_exports_is_missed() -> None:
    load, use = (
        "module.exports = { load, other }\nfunction load() {}\nfunction other() {}\n",
        "const { load } = require('./load')\nload()\n",
    )
    check(
        {"load.js": load, "use.js": use},
        {"load.js": load.replace("{ load, other }", "{ other }"), "use.js": use},
        [("import-resolves-nowhere", "load.js", 1)],
    )


def test_a_module_name_with_line_ends_hides_and_forges_nothing() -> None:
    odd: Texts = {"odd.ts": "import 'x\\nerror TS5023: Unknown.\\nuse.ts(1,1): error TS2554: Expected'\n"}
    check(
        {**odd, "load.ts": LOAD, "use.ts": USE},
        {**odd, "load.ts": LOAD.replace("load", "loadOne"), "use.ts": USE},
        [("import-resolves-nowhere", "load.ts", 1)],
    )


def test_errors_that_base_had_stay_silent() -> None:
    broken = "import { nothing } from './load'\nload(1, 2, 3)\n"
    check({"load.ts": LOAD, "use.ts": broken}, {"load.ts": LOAD, "use.ts": "// moved\n\n" + broken}, [])


@pytest.mark.parametrize(
    "program",
    [
        "echo 'Segmentation fault'; exit 139",
        "echo 'not the format'",
        "echo 'error TS5023: Unknown compiler option.'; exit 1",
        "kill -9 $$",
    ],
)
def test_garbage_and_crashes_are_not_checked(program: str, tmp_path: Path) -> None:
    engine, tree, home = tmp_path / "engine", tmp_path / "tree", tmp_path / "home"
    engine.write_text(f"#!/bin/sh\n{program}\n")
    engine.chmod(0o755)
    home.mkdir()
    tree.mkdir()
    (tree / "a.ts").write_text("export {}\n")
    with pytest.raises(NotChecked):
        tsc.ENGINE.run(Installed(engine, "7"), tree, ["a.ts"], home=home, limits=Limits())


def fake_compiler(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\necho 'Version {version}'\n")
    path.chmod(0o755)
    return path


def test_the_compiler_that_the_user_names_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = fake_compiler(tmp_path / "own" / "tsc", "7.1.0")
    monkeypatch.setenv("PRUDENT_TSC", str(program))
    assert find_compiler() == Installed(program, "7.1.0")


def test_the_compiler_is_found_where_we_say_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PRUDENT_TSC", raising=False)
    monkeypatch.setenv("PRUDENT_CACHE", str(tmp_path))
    monkeypatch.setattr("sys.prefix", str(tmp_path / "prefix"))
    folder = tmp_path / "tools"
    assert str(folder) in how_to_get()
    program = fake_compiler(folder / "node_modules/@typescript/typescript-linux-x64/lib/tsc", "7.0.2")
    assert find_compiler() == Installed(program, "7.0.2")


@pytest.mark.parametrize("version", ["6.0.1", "5.9.3", "nonsense"])
def test_an_older_compiler_is_none(version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRUDENT_TSC", str(fake_compiler(tmp_path / "own" / "tsc", version)))
    assert find_compiler() is None


def test_a_compiler_inside_a_project_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.prefix", str(tmp_path / "prefix"))
    monkeypatch.delenv("PRUDENT_TSC", raising=False)
    program = fake_compiler(tmp_path / "project/node_modules/.bin/tsc", "7.0.2")
    monkeypatch.setenv("PATH", str(program.parent))
    assert find_compiler() is None


def test_npm_s_start_script_on_path_leads_to_the_native_compiler(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.prefix", str(tmp_path / "prefix"))
    monkeypatch.delenv("PRUDENT_TSC", raising=False)
    packages = tmp_path / "lib/node_modules"
    script = fake_compiler(packages / "typescript/bin/tsc", "0.0.0")
    native = fake_compiler(packages / "@typescript/typescript-linux-x64/lib/tsc", "7.0.2")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/tsc").symlink_to(script)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert shutil.which("tsc")
    assert find_compiler() == Installed(native, "7.0.2")

from pathlib import Path

import pytest

from checks.check import Report
from checks.finding import Side
from checks.knowledge import Knowledge, Limits
from checks.static import oxlint
from checks.static.engine import Installed
from checks.static.oxlint_rules import RULES, config_for
from checks.workspace import open_workspace
from kb.errors import NotChecked
from tests.checks.trees import change_of

Texts = dict[str, str | bytes | None]


def review(before: Texts, after: Texts, renamed: dict[str, str] | None = None) -> Report:
    with open_workspace(None) as workspace:
        return oxlint.run(change_of(before, after, renamed), Knowledge(workspace))


def told(before: Texts, after: Texts) -> list[tuple[str, str, int]]:
    return sorted((f.slug, f.path, f.line) for f in review(before, after).findings)


def test_each_code_belongs_to_one_rule_and_each_rule_explains_itself() -> None:
    codes = [code for rule in RULES for code in rule.codes]
    assert len(codes) == len(set(codes))
    assert len({rule.slug for rule in RULES}) == len(RULES)
    assert all(rule.finds.endswith(".") and rule.why and rule.fix for rule in RULES)


def test_the_configuration_names_rules_that_oxlint_knows(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text("export {}\n")
    found = oxlint.FILES.find()
    assert found is not None
    assert oxlint.FILES.run(found, tmp_path, ["a.js"], home=tmp_path, limits=Limits()) == ()
    assert "correctness" in config_for(RULES)


@pytest.mark.parametrize(
    "path", ["a.js", "a.mjs", "a.cjs", "a.jsx", "a.ts", "a.mts", "a.cts", "a.tsx", "a.d.ts", "a.vue"]
)
def test_javascript_and_typescript_are_covered(path: str) -> None:
    assert oxlint.covers(path)


@pytest.mark.parametrize("path", ["a.py", "a.json", "a.svelte", "node_modules/a/b.js", "x/node_modules/b.ts"])
def test_other_files_and_installed_packages_are_not_covered(path: str) -> None:
    assert not oxlint.covers(path)


def test_the_repository_cannot_configure_or_run_anything(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    hostile: Texts = {
        ".oxlintrc.json": '{"jsPlugins": ["./plugin.js"], "ignorePatterns": ["**"]}',
        ".eslintignore": "**\n",
        ".gitignore": "**\n",
        "eslint.config.js": f"require('fs').writeFileSync({str(marker)!r}, '')\n",
        "plugin.js": f"require('fs').writeFileSync({str(marker)!r}, '')\nmodule.exports = {{}}\n",
        "src/.oxlintrc.json": '{"extends": ["../../../../etc/passwd"], "rules": {"no-const-assign": "off"}}',
    }
    after = {**hostile, "src/a.js": "const a = 1\na = 2\n"}
    assert told({}, after) == [("constant-reassigned", "src/a.js", 2)]
    assert not marker.exists()


@pytest.mark.parametrize(
    "path", ["src/-x.js", 'src/it\'s "a" $file.js', "src/[a]/(b)/{c}.ts", "src/ü ñ.js", ".hidden/.a.js", "src/a\nb.js"]
)
def test_odd_names_are_files_like_others(path: str) -> None:
    assert told({}, {path: "const a = 1\na = 2\n"}) == [("constant-reassigned", path, 2)]


def test_a_file_that_is_not_utf8_says_nothing() -> None:
    assert told({}, {"a.js": b"\xff\xfe const a = 1; a = 2"}) == []


def test_what_base_had_already_is_not_told_again() -> None:
    assert told({"a.js": "const a = 1\na = 2\n"}, {"a.js": "// moved\n\nconst a = 1\na = 2\n"}) == []


def test_the_script_of_a_vue_file_is_read_with_its_own_line_numbers() -> None:
    text = "<template>\n  <p>{{ a }}</p>\n</template>\n\n<script setup>\nconst a = 1\na = 2\n</script>\n"
    assert told({}, {"src/A.vue": text}) == [("constant-reassigned", "src/A.vue", 7)]


GOOD = "export function f() {\n  return 1\n}\n"
BROKEN = "export function f() {\n  return 1\n"


@pytest.mark.parametrize("path", ["src/a.js", "src/a.ts", "src/a.tsx", "src/a.test.js"])
def test_a_file_that_stops_parsing_blocks_once(path: str) -> None:
    assert [slug for slug, _, _ in told({path: GOOD}, {path: BROKEN + "const = 2\n"})] == ["syntax-error"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a.js": BROKEN}, {"a.js": BROKEN + "// still\n"}),
        ({}, {"tests/format/a.js": BROKEN}),
        ({}, {"src/__fixtures__/a.js": BROKEN}),
        ({}, {"templates/a.js": "export const a = <%= name %>\n"}),
        ({}, {"src/a.js": "// @flow\ntype A = {| a: string |}\nexport type { A }\n"}),
        ({}, {"src/a.ts": "export abstract class A<in out T> { accessor x: T; declare y: T }\n"}),
    ],
)
def test_what_is_broken_on_purpose_or_no_plain_javascript_is_silent(before: Texts, after: Texts) -> None:
    assert told(before, after) == []


@pytest.mark.parametrize(
    "text",
    [
        "let a = 1\nlet a = 2\n",
        "export function f() {\n  await g()\n}\n",
        "export function f(xs) {\n  xs.forEach((x) => { await g(x) })\n}\n",
        "function g() {}\nexport { f }\n",
        "export class A {\n  f() {\n    return this.#x\n  }\n}\n",
    ],
)
def test_code_that_parses_and_cannot_be_loaded_blocks(text: str) -> None:
    assert [slug for slug, _, _ in told({"src/a.js": GOOD}, {"src/a.js": text})] == ["syntax-error"]


USES = "import { load } from './load.js'\n\nexport const run = () => load()\n"
LOAD = "export const load = () => 1\n"


def test_a_removed_import_leaves_an_undefined_name() -> None:
    after = {"a.js": "export const run = () => load()\n", "load.js": LOAD}
    assert told({"a.js": USES, "load.js": LOAD}, after) == [("undefined-name", "a.js", 1)]


def test_all_uses_of_an_undefined_name_are_one_finding() -> None:
    uses = "export const one = load()\nexport const two = load()\n"
    before: Texts = {"a.js": "import { load } from './load.js'\n" + uses, "load.js": LOAD}
    (finding,) = review(before, {"a.js": uses, "load.js": LOAD}).findings
    assert (finding.slug, finding.line) == ("undefined-name", 1)
    assert [(e.path, e.line) for e in finding.evidence if e.kind == "related"] == [("a.js", 2)]


def test_a_renamed_parameter_leaves_an_undefined_name() -> None:
    before, after = "export const f = (a) => a + 1\n", "export const f = (b) => a + 1\n"
    assert told({"a.js": before}, {"a.js": after}) == [("undefined-name", "a.js", 1)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "describe('x', () => expect(__DEV__).toBe($))\n"),
        ("expect(1)\n", "expect(2)\n"),
        ("const expect = 1\nf(expect)\n", "const expect = 2\nf(expect, g)\n"),
        ("import { a } from 'x'\na()\n", "globalThis.a = 1\nconst a = globalThis.a\na()\n"),
    ],
)
def test_names_that_the_change_did_not_remove_are_none_of_its_business(before: str, after: str) -> None:
    assert told({"a.js": before}, {"a.js": after}) == []


def test_a_forgotten_importer_is_shown_at_the_removed_definition() -> None:
    before: Texts = {"load.js": LOAD, "one.js": USES, "two.js": USES}
    (finding,) = review(before, {**before, "load.js": "export const loadOne = () => 1\n"}).findings
    assert (finding.slug, finding.path, finding.line, finding.side) == (
        "import-resolves-nowhere",
        "load.js",
        1,
        Side.LEFT,
    )
    assert {(e.path, e.line) for e in finding.evidence if e.kind == "caller"} == {("one.js", 1), ("two.js", 1)}
    assert finding.message == "`load` is still imported: one.js:1 and 1 more"


@pytest.mark.parametrize(
    ("uses", "place"), [(USES + "// more\n", ("load.js", 1)), (USES.replace("{ load }", "{ load } "), ("one.js", 1))]
)
def test_only_an_importing_line_of_the_change_is_shown_where_it_fails(uses: str, place: tuple[str, int]) -> None:
    before: Texts = {"load.js": LOAD, "one.js": USES}
    after: Texts = {"load.js": "export const loadOne = () => 1\n", "one.js": uses}
    assert told(before, after) == [("import-resolves-nowhere", *place)]


@pytest.mark.parametrize(
    "module",
    [
        "export * from 'package'\n",
        "module.exports = { ...require('./other') }\n",
        "exports.load = 1\n",
    ],
)
def test_a_new_import_from_a_module_that_hides_names_is_believed(module: str) -> None:
    assert told({"load.js": module}, {"load.js": module, "a.js": USES}) == []


def test_a_new_import_of_a_name_that_a_plain_module_lacks_blocks() -> None:
    module = "export const other = 1\n"
    assert told({"load.js": module}, {"load.js": module, "a.js": USES}) == [("import-resolves-nowhere", "a.js", 1)]


def test_a_change_of_a_body_asks_nothing_about_imports() -> None:
    before: Texts = {"load.js": LOAD + "export function g() {\n  h(1)\n}\n", "a.js": USES}
    assert told(before, {**before, "load.js": LOAD + "export function g() {\n  h(2)\n}\n"}) == []


@pytest.mark.parametrize("program", ["echo not json", "echo '{}'", "echo '[1]'", "kill -9 $$", "exit 3"])
def test_garbage_and_crashes_are_not_checked(program: str, tmp_path: Path) -> None:
    engine = tmp_path / "engine"
    engine.write_text(f"#!/bin/sh\n{program}\n")
    engine.chmod(0o755)
    with pytest.raises(NotChecked):
        oxlint.FILES.run(Installed(engine, "1"), tmp_path, ["a.js"], home=tmp_path, limits=Limits())


def test_a_deleted_file_with_nobody_left_is_silent() -> None:
    assert told({"load.js": LOAD, "one.js": USES}, {"one.js": "export const run = 1\n"}) == []

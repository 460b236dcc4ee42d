import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.static.tsc_config import is_config, jsonc, paths_of

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(VALUES)
def test_plain_json_is_read_as_it_is(value: object) -> None:
    assert jsonc(json.dumps(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": 1, // b\n}', {"a": 1}),
        ('/* x, } */ {"a": [1, 2, /* 3 */ ], }', {"a": [1, 2]}),
        ('{"a": "// no, }", "b": "/* no */"}', {"a": "// no, }", "b": "/* no */"}),
        ('{"a": "\\" // ,}"}', {"a": '" // ,}'}),
        ("\ufeff{}", {}),
        ('{"a": 1} // end', {"a": 1}),
        ('{"a": 1} /* never closed', {"a": 1}),
    ],
)
def test_comments_and_trailing_commas_are_nothing(text: str, value: object) -> None:
    assert jsonc(text) == value


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "/*" * 200_000, '"' * 200_001, "," * 200_000])
def test_what_is_not_json_is_an_error_and_soon(text: str) -> None:
    with pytest.raises(ValueError, match=r"nested|Expecting|Unterminated|Extra"):
        jsonc(text)


@pytest.mark.parametrize(
    "path", ["tsconfig.json", "a/tsconfig.build.json", "jsconfig.json", "package.json", "a/package.json"]
)
def test_files_that_name_folders(path: str) -> None:
    assert is_config(path)


@pytest.mark.parametrize("path", ["tsconfig.ts", "my-tsconfig.json", "package.json5", "a.json"])
def test_other_files(path: str) -> None:
    assert not is_config(path)


def paths(root: Path, texts: dict[str, str]) -> dict[str, list[str]]:
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    found = paths_of(root, tuple(texts))
    return {name: [str(Path(target).relative_to(root)) for target in targets] for name, targets in found.items()}


def test_aliases_of_several_configurations_are_joined(tmp_path: Path) -> None:
    texts = {
        "a/tsconfig.json": '{"compilerOptions": {"paths": {"a/*": ["src/*"]}}}',
        "b/tsconfig.json": '{"compilerOptions": {"baseUrl": "..", "paths": {"b": ["b/index"]}}}',
    }
    assert paths(tmp_path, texts) == {"a/*": ["a/src/*"], "b": ["b/index"], "*": ["*"]}


def test_an_alias_that_two_configurations_read_differently_is_none(tmp_path: Path) -> None:
    same = '{"compilerOptions": {"paths": {"@/*": ["src/*"]}}}'
    assert paths(tmp_path, {"a/tsconfig.json": same, "b/tsconfig.json": same}) == {}


@pytest.mark.parametrize("target", ["/etc/*", "../../etc/*", "a/../../*", "**"])
def test_a_target_outside_the_tree_or_of_no_shape_is_dropped(target: str, tmp_path: Path) -> None:
    config = {"compilerOptions": {"paths": {"@/*": [target]}}}
    assert paths(tmp_path, {"tsconfig.json": json.dumps(config)}) == {}


def test_a_package_is_imported_by_its_entry_and_by_its_folder(tmp_path: Path) -> None:
    texts = {"packages/a/package.json": '{"name": "@own/a", "main": "dist/a.js"}', "packages/a/src/index.ts": ""}
    assert paths(tmp_path, texts) == {
        "@own/a": ["packages/a/src/index.ts"],
        "@own/a/*": ["packages/a/*", "packages/a/src/*"],
    }


def test_a_configuration_s_alias_comes_before_a_package_of_that_name(tmp_path: Path) -> None:
    texts = {
        "tsconfig.json": '{"compilerOptions": {"paths": {"a": ["real"]}}}',
        "packages/a/package.json": '{"name": "a"}',
        "packages/a/index.ts": "",
    }
    assert paths(tmp_path, texts)["a"] == ["real"]


@pytest.mark.parametrize(
    "text", ["[]", "3", "{", '{"compilerOptions": 3}', '{"compilerOptions": {"paths": [1]}}', '{"name": 3}']
)
def test_what_has_another_shape_says_nothing(text: str, tmp_path: Path) -> None:
    assert paths(tmp_path, {"tsconfig.json": text, "a/package.json": text}) == {}

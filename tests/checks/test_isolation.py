import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from checks.knowledge import Limits
from checks.static.isolation import TimedOut, kill_running, run_isolated
from checks.static.programs import find_program, version_of
from kb.errors import NotChecked


def engine(tmp_path: Path, code: str) -> list[str]:
    """Return the command of a small engine written in Python."""
    script = tmp_path / "engine.py"
    script.write_text(code, encoding="utf-8")
    return [sys.executable, "-I", str(script)]


def run(tmp_path: Path, code: str, limits: Limits | None = None, **options: object) -> bytes:
    home = tmp_path / "home"
    home.mkdir(exist_ok=True)
    argv = engine(tmp_path, code)
    return run_isolated(argv, cwd=tmp_path, home=home, limits=limits or Limits(seconds=20), **options)  # type: ignore[arg-type]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/status")
    return not (status.exists() and "State:\tZ" in status.read_text())


def test_it_returns_standard_output_only(tmp_path: Path) -> None:
    said = run(tmp_path, "import sys; print('answer'); print('chatter', file=sys.stderr)")
    assert said == b"answer\n"


def test_an_exit_code_that_means_findings_is_fine(tmp_path: Path) -> None:
    assert run(tmp_path, "print('found'); raise SystemExit(1)") == b"found\n"


def test_another_exit_code_is_told_with_the_last_line_of_standard_error(tmp_path: Path) -> None:
    with pytest.raises(NotChecked, match=r"^python\S* stopped with exit code 7: bad \\x1b\[31mflag$"):
        run(tmp_path, "import sys; print('first\\nbad \\x1b[31mflag', file=sys.stderr); sys.exit(7)")


def test_a_crash_is_told_with_its_signal(tmp_path: Path) -> None:
    with pytest.raises(NotChecked, match=r"crashed \(SIGSEGV\)"):
        run(tmp_path, "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")


def test_a_missing_program_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotChecked, match=r"^nothing-here is not installed$"):
        run_isolated([str(tmp_path / "nothing-here")], cwd=tmp_path, home=tmp_path, limits=Limits())


def test_a_program_that_is_no_program_is_told(tmp_path: Path) -> None:
    program = tmp_path / "garbage"
    program.write_bytes(b"\x7fELF and nothing else")
    program.chmod(0o755)
    with pytest.raises(NotChecked):
        run_isolated([str(program)], cwd=tmp_path, home=tmp_path, limits=Limits(), ok=(0,))


def test_a_hanging_engine_is_killed_with_its_children(tmp_path: Path) -> None:
    code = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open("pids", "w").write(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""
    started = time.monotonic()
    with pytest.raises(TimedOut, match=r"did not finish in 1\.5 s"):
        run(tmp_path, code, Limits(seconds=1.5))
    assert time.monotonic() - started < 10
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    until = time.monotonic() + 10  # the kernel takes a moment to end what was killed
    while any(is_alive(pid) for pid in pids) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(is_alive(pid) for pid in pids)


def test_a_child_that_holds_the_output_open_does_not_keep_us_waiting(tmp_path: Path) -> None:
    code = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("done")
"""
    started = time.monotonic()
    assert run(tmp_path, code) == b"done\n"
    assert time.monotonic() - started < 10


def test_an_engine_that_prints_without_end_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(NotChecked, match="printed more than 1000000 bytes"):
        run(tmp_path, "import sys\nwhile True: sys.stdout.write('x' * 65536)", Limits(output_bytes=1_000_000))


def test_a_flood_on_standard_error_is_read_and_forgotten(tmp_path: Path) -> None:
    assert run(tmp_path, "import sys; sys.stderr.write('x' * 5_000_000); print('fine')") == b"fine\n"


def test_an_engine_that_eats_memory_is_stopped(tmp_path: Path) -> None:
    with pytest.raises(NotChecked, match="needed more than 256 MB of memory"):
        run(tmp_path, "kept = bytearray(10**9)", Limits(memory_bytes=256 * 2**20), ok=(0,))


def test_an_engine_cannot_write_large_files(tmp_path: Path) -> None:
    with pytest.raises(NotChecked):
        run(tmp_path, "open('big', 'wb').write(b'x' * 10**7)", Limits(output_bytes=10**6), ok=(0,))
    assert (tmp_path / "big").stat().st_size <= 10**6


def test_the_environment_holds_nothing_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "not for engines")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    said = run(tmp_path, "import os\nfor name in sorted(os.environ): print(name, os.environ[name])").decode()
    assert "SECRET_TOKEN" not in said
    assert "PYTHONPATH" not in said
    assert f"HOME {tmp_path / 'home'}\n" in said
    assert "HTTPS_PROXY http://127.0.0.1:9\n" in said


def test_a_variable_can_be_added(tmp_path: Path) -> None:
    assert run(tmp_path, "import os; print(os.environ['LEVEL'])", env={"LEVEL": "3"}) == b"3\n"


def test_standard_input_is_empty(tmp_path: Path) -> None:
    assert run(tmp_path, "import sys; print(repr(sys.stdin.read()))") == b"''\n"


def has_network_namespaces() -> bool:
    unshare = shutil.which("unshare")
    return bool(unshare) and not subprocess.run([unshare, "--map-root-user", "--net", "true"]).returncode


def test_no_connection_leaves_the_engine(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        said = run(
            tmp_path,
            f"""
import socket
try:
    socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), timeout=5)
    print("connected")
except OSError:
    print("refused")
""",
        )
    assert said == (b"refused\n" if has_network_namespaces() else b"connected\n")


def test_running_engines_can_be_killed_from_elsewhere(tmp_path: Path) -> None:
    failures: list[str] = []

    def work() -> None:
        try:
            run(tmp_path, "open('up', 'w').close()\nimport time; time.sleep(600)", Limits(seconds=60))
        except NotChecked as error:
            failures.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    deadline = time.monotonic() + 20
    while not (tmp_path / "up").exists() and time.monotonic() < deadline:
        thread.join(0.02)
    kill_running()
    thread.join(20)
    assert not thread.is_alive()
    assert "crashed (SIGKILL)" in failures[0]


def test_a_program_is_found_beside_prudent_with_its_version() -> None:
    program = find_program("ruff")
    assert program is not None
    assert version_of(program).startswith("ruff 0.")


def test_a_program_below_the_working_folder_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = tmp_path / "repo" / "bin" / "an-engine"
    hostile.parent.mkdir(parents=True)
    hostile.write_text("#!/bin/sh\n")
    hostile.chmod(0o755)
    monkeypatch.setenv("PATH", f"{hostile.parent}{os.pathsep}bin{os.pathsep}{os.environ['PATH']}")
    assert find_program("an-engine") == hostile
    monkeypatch.chdir(tmp_path / "repo")
    assert find_program("an-engine") is None


def test_what_is_printed_in_the_last_moment_is_read(tmp_path: Path) -> None:
    """An engine that had printed nothing when it was last looked at may print all and end before the next look."""
    home = tmp_path / "home"
    home.mkdir()

    def answer(number: int) -> bytes:
        argv = ["/bin/sh", "-c", f"sleep 0.{95 + number % 10:03}; echo answer"]
        return run_isolated(argv, cwd=tmp_path, home=home, limits=Limits(seconds=20))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(answer, range(160))) == {b"answer\n"}

"""What candidates do, and that none of it leaves the sandbox. Each test runs the real thing."""

from __future__ import annotations

import socket
import sys
import textwrap
import time
from pathlib import Path

import pytest

from bot.evaluation.sandbox import Ending, Exam, Trial, require, try_out

TEST = "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(-3) == 9\n"
SQUARE = "def f(x):\n    return x * x\n"


def tried(program: str, *, test: str = TEST, seconds: float = 5.0, memory_bytes: int = 512 * 2**20) -> Trial:
    exam = Exam("f", SQUARE, textwrap.dedent(test))
    return try_out(textwrap.dedent(program), exam, seconds=seconds, memory_bytes=memory_bytes)


def answer(body: str, *, seconds: float = 5.0) -> str:
    """Return what a function of this body answers, as text; the test writes it into the name of its own failure."""
    program = f"def f():\n{textwrap.indent(textwrap.dedent(body), '    ')}"
    test = "def check(candidate):\n    raise type(str(candidate()), (Exception,), {})\n"
    return tried(program, test=test, seconds=seconds).detail


def test_there_is_a_sandbox_here() -> None:
    require()


def test_a_right_answer_passes_and_a_wrong_one_does_not() -> None:
    assert tried("def f(x):\n    return x ** 2\n").ending is Ending.PASSED
    assert tried("def f(x):\n    return x + 2\n").ending is Ending.WRONG


@pytest.mark.parametrize(
    ("program", "ending"),
    [
        ("def f(x):\n    return (\n", Ending.SYNTAX),
        ("def f(x):\n    return y\n", Ending.NAME),
        ("import nothing_like_this\ndef f(x):\n    return 4\n", Ending.EXCEPTION),
        ("def f(x):\n    return x.y\n", Ending.EXCEPTION),
        ("def f(x):\n    return [0] * 10**9\n", Ending.MEMORY),
        ("def f(x):\n    return f(x)\n", Ending.EXCEPTION),
        ("def g(x):\n    return x * x\n", Ending.EXCEPTION),
        ("def f(x):\n    return None\n", Ending.WRONG),
        ("def f(x):\n    return lambda: x\n", Ending.EXCEPTION),
        ("def f(x):\n    return exec('(')\n", Ending.SYNTAX),
        ("def f(x):\n    import ctypes\n    ctypes.string_at(0)\n", Ending.DIED),
    ],
)
def test_each_way_to_fail_has_its_name(program: str, ending: Ending) -> None:
    assert tried(program).ending is ending


@pytest.mark.parametrize(
    "program",
    [
        "def f(x):\n    while True:\n        pass\n",
        "while True:\n    pass\n",
        "import time\ntime.sleep(600)\n",
        "import time\ndef f(x):\n    time.sleep(600)\n",
        "import signal\ndef f(x):\n    signal.pthread_sigmask(0, range(1, 65))\n    signal.sigwait([1])\n",
    ],
)
def test_one_that_never_ends_is_ended(program: str) -> None:
    began = time.monotonic()
    assert tried(program, seconds=0.5).ending is Ending.TIMEOUT
    assert time.monotonic() - began < 20


@pytest.mark.parametrize(
    "forgery",
    [
        "import sys\ndef f(x):\n    print('passed')\n    sys.exit(0)\n",
        "import os\ndef f(x):\n    os._exit(0)\n",
        "raise SystemExit(0)\n",
        "import os\nos._exit(0)\n",
        """
        class Equal:
            def __eq__(self, other):
                return True
        def f(x):
            return Equal()
        """,
        """
        class Equal(int):
            def __eq__(self, other):
                return True
        def f(x):
            return Equal(7)
        """,
        """
        import builtins
        builtins.AssertionError = KeyboardInterrupt
        def f(x):
            raise AssertionError
        """,
        """
        import os
        def f(x):
            for fd in range(40):
                try:
                    os.write(fd, b'{"ending": "passed"}\\n')
                except OSError:
                    pass
            return 0
        """,
        """
        import gc
        def f(x):
            for held in gc.get_objects():
                if type(held) is dict and "check" in held:
                    held["check"] = print
            return 0
        """,
        "def f(x):\n    raise type('Sly', (BaseException,), {'__name__': 'value'})('value')\n",
    ],
)
def test_a_pass_cannot_be_forged(forgery: str) -> None:
    assert tried(forgery).ending in (Ending.WRONG, Ending.EXCEPTION, Ending.DIED)


def test_no_file_in_the_room_holds_the_test() -> None:
    search = """
    import os, sys
    def f():
        for top, folders, files in os.walk("/"):
            if top in ("/usr", "/lib", "/lib64", "/bin", "/nix", sys.base_prefix):
                folders.clear()
                continue
            for name in files:
                with open(os.path.join(top, name), "rb") as file:
                    if b"marma" + b"lade" in file.read():
                        return 1
        return 0
    """
    test = 'WORD = "marmalade"\ndef check(candidate):\n    assert candidate() == 0\n'
    assert tried(search, test=test).ending is Ending.PASSED


@pytest.mark.parametrize(
    "call",
    [
        "os.fork()",
        "os.posix_spawn('/bin/sh', ['sh'], {})",
        "os.execv('/bin/true', ['true'])",
        "threading.Thread().start()",
    ],
)
def test_nothing_can_be_started(call: str) -> None:
    body = f"""
    import os, threading
    try:
        {call}
    except (OSError, RuntimeError):
        return "refused"
    return "ran"
    """
    assert answer(body) == "refused"


def test_a_fork_bomb_goes_nowhere() -> None:
    bomb = """
    import os
    def f(x):
        while True:
            try:
                os.fork()
            except OSError:
                pass
    """
    assert tried(bomb, seconds=0.5).ending is Ending.TIMEOUT


def test_there_is_no_network_not_even_to_this_machine() -> None:
    body = """
    import socket
    try:
        socket.create_connection(("127.0.0.1", PORT), 1)
    except OSError:
        return "refused"
    return "connected"
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert answer(body.replace("PORT", str(server.getsockname()[1]))) == "refused"


def test_nothing_of_the_user_can_be_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mine", encoding="ascii")
    home = [place for place in Path.home().iterdir() if not Path(sys.base_prefix).is_relative_to(place)]
    places = [secret, *home, Path("/etc/passwd"), Path("/proc/self/environ"), Path(__file__), Path("/dev")]
    seen = f"import os\nreturn [place for place in {[str(place) for place in places]!r} if os.path.lexists(place)]"
    assert answer(seen) == "[]"
    assert answer("import os\nreturn set(os.environ) <= {'LC_CTYPE'}") == "True"


def test_nothing_can_be_written_anywhere() -> None:
    """Not in the room, not under Python's own folders, not over a mount of its own."""
    body = """
    import ctypes, os, sys
    written = []
    for top, folders, files in os.walk("/"):
        if top.count("/") > 2:
            folders.clear()
        for place in (top, os.path.dirname(os.__file__)):
            try:
                open(os.path.join(place, "prudent-was-here"), "w")
                written.append(place)
            except OSError:
                pass
    libc = ctypes.CDLL(None)
    mounted = libc.mount(b"tmpfs", b"/usr", b"tmpfs", 0, None)
    remounted = libc.mount(None, b"/", None, 32, None)
    return (written, mounted, remounted, libc.unshare(0x10000000), libc.chroot(b"/usr"))
    """
    assert answer(body) == "([], -1, -1, -1, -1)"


def test_memory_is_bounded() -> None:
    filling = """
    def f(x):
        kept = []
        while True:
            kept.append(bytearray(2**20))
    """
    assert tried(filling, memory_bytes=128 * 2**20).ending is Ending.MEMORY
    shared = "import mmap\ndef f(x):\n    return [mmap.mmap(-1, 2**28) for _ in range(8)] and 4\n"
    assert tried(shared).ending is Ending.EXCEPTION


def test_endless_printing_costs_nothing_but_time() -> None:
    printing = """
    import sys
    def f(x):
        while True:
            sys.stdout.write("x" * 2**20)
            sys.stderr.write("y" * 2**20)
    """
    assert tried(printing, seconds=0.5).ending is Ending.TIMEOUT


WRITE = """
import os
def f(x):
    while ENDLESS:
        for fd in range(3, 9):
            try:
                os.write(fd, DATA)
            except OSError:
                pass
    return 0
"""


@pytest.mark.parametrize(
    "program",
    [
        "def f(x):\n    return 'x' * (9 * 2**20)\n",
        WRITE.replace("ENDLESS", "True").replace("DATA", "b'x' * 2**16"),
        WRITE.replace("while ENDLESS", "if True").replace("DATA", "b'[' * 50000 + b'\\n'"),
        WRITE.replace("while ENDLESS", "if True").replace("DATA", 'b\'["value", ["int", "zz"]]\\n\''),
        WRITE.replace("while ENDLESS", "if True").replace("DATA", "b'[\"tuple\"]\\n'"),
    ],
)
def test_an_answer_that_is_none_is_a_wrong_one(program: str) -> None:
    assert tried(program, seconds=3).ending is Ending.WRONG


def test_a_candidate_cannot_kill_its_judge() -> None:
    program = """
    import os, signal
    def f(x):
        for pid in (1, os.getppid(), -1, 0):
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        return x * x
    """
    assert tried(program).ending is Ending.PASSED


def test_the_candidate_is_nobody() -> None:
    """No capabilities: the kernel's own account of the process, asked by system call."""
    body = """
    import ctypes
    asked = ctypes.create_string_buffer((0x20080522).to_bytes(4, "little") + bytes(4), 8)
    held = ctypes.create_string_buffer(24)
    return (ctypes.CDLL(None).capget(asked, held), any(held.raw))
    """
    assert answer(body) == "(0, False)"


def test_data_come_and_go_as_they_are() -> None:
    test = """
    def check(candidate):
        numbers = [1, -2.5, float("inf"), 10**500, 1j, True, None]
        for value in (*numbers, "\\ud800é", [1, (2, {3})], {"a": [()], 2: frozenset({1})}):
            got = candidate(value)
            assert got == value and type(got) is type(value), value
        assert candidate(x=1) == 1
    """
    assert tried("def f(x):\n    return x\n", test=test).ending is Ending.PASSED


def test_a_test_may_call_what_the_reference_defines() -> None:
    test = "def check(candidate):\n    assert candidate(g(1)) == g(1)\n"
    exam = Exam("f", "def g(x):\n    return x + 1\ndef f(x):\n    return x\n", test)
    assert try_out("def f(x):\n    return x\n", exam).ending is Ending.PASSED


@pytest.mark.parametrize("test", ["def check(\n", "x = 1\n"])
def test_a_test_that_is_none_is_told_apart(test: str) -> None:
    assert tried(SQUARE, test=test).ending is Ending.BROKEN


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert tried(SQUARE).ending is Ending.PASSED
    assert tried("def f(x):\n    while True: pass\n", seconds=0.3).ending is Ending.TIMEOUT
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text(encoding="utf-8")

"""Loading: every refusal names the file, llama.cpp prints nothing, threads may do as they like, nothing leaks."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from models.errors import BadModelFile, Cancelled, ModelError, OutOfMemory, OutOfTime
from models.gguf import read_header
from models.llama import LoadOptions, load
from models.llama_library import library
from models.llama_memory import Device, check_fits, devices, gpu_layers_for, machine_bytes
from models.llama_threads import fastest_threads
from models.model import Stop
from tests.models.weights import ROOT, tiny_gguf

ONE = LoadOptions(threads=1)


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return tiny_gguf(tmp_path / "tiny-F32.gguf")


def test_what_is_known_of_a_model(tiny: Path) -> None:
    model = load(tiny, options=ONE)
    info = model.info
    assert (info.name, info.quantisation, info.architecture) == ("tiny", "F32", "llama")
    assert (info.context, info.vocabulary, info.parameters) == (512, 278, 109_632)
    assert len(info.sha256) == 64
    assert info.can_forget
    assert not info.is_diffusion
    model.close()


def test_a_file_that_llama_cpp_does_not_know_is_refused_with_its_reason(tmp_path: Path, tiny: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(tiny.read_bytes().replace(b"llama", b"lhama"))
    with pytest.raises(BadModelFile, match=r"other\.gguf.*unknown model architecture: 'lhama'"):
        load(other)


def test_a_file_without_a_tensor_is_refused_with_its_reason(tmp_path: Path, tiny: Path) -> None:
    other = tmp_path / "other.gguf"
    other.write_bytes(tiny.read_bytes().replace(b"output_norm.weight", b"output_worm.weight"))
    with pytest.raises(BadModelFile, match=r"other\.gguf.*output_norm"):
        load(other)


def test_more_than_is_allowed_is_refused_before_it_is_loaded(tiny: Path) -> None:
    with pytest.raises(OutOfMemory, match=r"tiny-F32\.gguf needs about \d+ MiB"):
        load(tiny, options=LoadOptions(memory_bytes=tiny.stat().st_size))


def test_a_context_that_is_more_than_is_allowed_is_refused(tiny: Path) -> None:
    model = load(tiny, options=LoadOptions(threads=1, memory_bytes=tiny.stat().st_size + (10 << 20)))
    with model.branches([65], room=10):
        pass
    with pytest.raises(OutOfMemory, match=r"tiny-F32\.gguf"), model.branches([65], 200, room=500):
        pass
    with model.branches([65], room=10):
        pass
    model.close()


def test_what_is_lent_out_counts(tiny: Path) -> None:
    model = load(tiny, options=LoadOptions(threads=1, memory_bytes=tiny.stat().st_size + (6 << 20)))
    with model.branches([65], room=10), pytest.raises(OutOfMemory), model.branches([65], room=10):
        pass
    with model.branches([65], room=10):
        pass
    model.close()


def test_a_context_that_is_large_enough_is_used_again(tiny: Path) -> None:
    model = load(tiny, options=ONE)
    seen = []
    for count, room in ((1, 10), (8, 50), (20, 50), (2, 2)):
        with model.branches([65], count, room=room) as branches:
            seen.append(branches._context)
    assert seen[0] is seen[1]
    assert seen[1] is not seen[2]
    assert seen[2] is seen[3]
    model.close()


def test_loading_can_be_stopped(tiny: Path) -> None:
    with pytest.raises(Cancelled):
        load(tiny, stop=Stop(cancelled=lambda: True))
    with pytest.raises(OutOfTime):
        load(tiny, stop=Stop(deadline=1.0, clock=lambda: 2.0))


def test_a_long_prompt_is_given_up_in_the_middle(tmp_path: Path) -> None:
    model = load(tiny_gguf(tmp_path / "long.gguf", context=4096), options=ONE)
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 40

    with pytest.raises(Cancelled), model.branches([65] * 4000, room=1, stop=Stop(cancelled=cancelled)):
        pass
    assert len(asked) < 60
    with model.branches([65] * 300, room=1) as branches:
        again = branches.logits(0)
    model.close()
    fresh = load(tmp_path / "long.gguf", options=ONE)
    with fresh.branches([65] * 300, room=1) as branches:
        assert np.array_equal(branches.logits(0), again)
    fresh.close()


def test_any_thread_may_call(tiny: Path) -> None:
    model = load(tiny, options=ONE)

    def run(at: int) -> float:
        prompt = model.tokens_of(b"def f%d(x):" % (at % 3))
        with model.branches(prompt, 2, room=4) as branches:
            branches.advance({0: [65], 1: [66, 67]})
            return float(branches.logits(1)[at % 3])

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(run, range(30)))
    assert found == [run(at) for at in range(30)]
    model.close()


def test_two_models_do_not_meet(tmp_path: Path) -> None:
    one, other = (load(tiny_gguf(tmp_path / f"{seed}.gguf", seed=seed), options=ONE) for seed in (1, 2))
    with one.branches([65], room=2) as first, other.branches([65], room=2) as second:
        before = first.logits(0)
        assert not np.allclose(before, second.logits(0))
        other.close()
        assert np.array_equal(first.logits(0), before)
    one.close()


def test_after_closing_every_call_says_so(tiny: Path) -> None:
    model = load(tiny, options=ONE)
    masks = model.masks()
    with model.branches([65], room=2) as branches:
        model.close()
        model.close()
        calls = [
            lambda: branches.logits(0),
            lambda: branches.advance({0: [1]}),
            lambda: branches.rollback(0, 1) if branches.advance({0: [1]}) else None,
            lambda: model.tokens_of(b"x"),
            lambda: model.bytes_of([1]),
            lambda: model.masks(),
            lambda: model.branches([65], room=1).__enter__(),
        ]
        for call in calls:
            with pytest.raises(ModelError, match="closed"):
                call()
    assert masks.tokenize_bytes(b"return") == list(b"return")  # raising would end in a panic of llguidance


def test_closing_while_others_call_ends_their_calls_with_an_answer_or_an_error(tiny: Path) -> None:
    model = load(tiny, options=ONE)
    ends: list[BaseException] = []
    going = threading.Event()

    def run() -> None:
        try:
            while True:
                with model.branches([65] * 200, 4, room=8) as branches:
                    going.set()
                    branches.advance({at: [65, 66] for at in range(4)})
        except ModelError as error:
            ends.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert going.wait(20)
    model.close()
    for thread in threads:
        thread.join(20)
    assert len(ends) == 4


def test_who_waits_for_another_gives_up_in_time(tiny: Path) -> None:
    model = load(tiny, options=ONE)
    begun, held = threading.Event(), threading.Event()
    holder = threading.Thread(target=lambda: model.loaded.call(lambda _: begun.set() or held.wait(20)))
    holder.start()
    assert begun.wait(20)
    with pytest.raises(OutOfTime), model.branches([65], room=1, stop=Stop(deadline=time.monotonic() + 0.01)):
        pass
    assert not held.is_set()
    held.set()
    holder.join(20)
    with model.branches([65], room=1) as branches:
        assert branches.count == 1
    model.close()


def test_the_number_of_threads_changes_no_number(tiny: Path) -> None:
    rows = []
    for threads in (1, 2):
        model = load(tiny, options=LoadOptions(threads=threads))
        with model.branches([65 + at % 30 for at in range(300)], 3, room=4) as branches:
            rows.append(np.concatenate(list(branches.advance({0: [1, 2], 2: [3]}).values())))
        model.close()
    assert np.array_equal(*rows)


def test_threads_are_added_while_each_doubling_pays(tiny: Path) -> None:
    model = load(tiny, options=ONE)
    speeds = {1: 8.0, 2: 4.0, 4: 2.0, 8: 1.9, 16: 1.0}
    asked = iter(range(1_000))

    def clock() -> float:
        """Every second look ends a measurement; there are three for each number of threads."""
        at = next(asked)
        return 100.0 * at + (speeds[2 ** (at // 6)] if at % 2 else 100.0)

    assert model.loaded.call(lambda handles: fastest_threads(handles, 16, clock=clock)) == 4
    assert model.loaded.call(lambda handles: fastest_threads(handles, 2)) == 1
    model.close()


def test_a_model_that_denoises_gets_half_of_the_cores(tmp_path: Path) -> None:
    model = load(tiny_gguf(tmp_path / "dream.gguf", "dream"), options=ONE)
    assert model.loaded.call(lambda handles: fastest_threads(handles, 16)) == 8
    model.close()


def test_loading_and_closing_again_and_again_keeps_memory_flat(tiny: Path) -> None:
    def megabytes() -> float:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

    def once() -> None:
        model = load(tiny, options=ONE)
        with model.branches([65] * 100, 4, room=50) as branches:
            branches.advance({0: [1]})
        model.close()

    before, threads = 0.0, threading.active_count()
    for at in range(30):
        once()
        if at == 9:
            before = megabytes()
    assert megabytes() - before < 20  # twenty contexts left behind are 50
    assert threading.active_count() <= threads + 1


def test_llama_cpp_prints_nothing(tmp_path: Path, tiny: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(tiny.read_bytes().replace(b"output_norm.weight", b"output_worm.weight"))
    program = f"""
from pathlib import Path
from models.errors import BadModelFile
from models.llama import load
model = load(Path({str(tiny)!r}))
with model.branches([65], room=2) as branches:
    branches.advance({{0: [66]}})
model.close()
try:
    load(Path({str(broken)!r}))
except BadModelFile:
    pass
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_without_llama_cpp_one_is_told_how_to_get_it(tiny: Path) -> None:
    program = f"""
import sys
sys.modules["llama_cpp"] = None
from pathlib import Path
from models.errors import ModelMissing
from models.gguf import read_header
from models.llama import load
read_header(Path({str(tiny)!r}))
try:
    load(Path({str(tiny)!r}))
except ModelMissing as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "pip install llama-cpp-python" in done.stdout


def test_importing_the_door_imports_nothing_heavy() -> None:
    program = (
        "import sys, models.llama, models.scripted; print({'numpy', 'llama_cpp', 'llguidance'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_layers_go_to_a_gpu_as_far_as_they_fit(tiny: Path) -> None:
    header = read_header(tiny)
    assert gpu_layers_for(header, [Device(0, 1 << 40, 1 << 40)]) == 0
    assert gpu_layers_for(header, [Device(1, 1 << 40, 1 << 40)]) == header.layers + 1
    assert gpu_layers_for(header, [Device(1, 100 << 20, 1 << 40)]) == 0
    assert gpu_layers_for(header, [Device(1, (512 << 20) + header.size // 2, 1 << 40)]) == 1


def test_llama_cpp_tells_what_devices_there_are() -> None:
    found = devices()
    assert any(device.total > 1 << 28 for device in found)
    assert all(device.free <= device.total for device in found)
    assert machine_bytes() > 1 << 28
    assert library().llama_max_parallel_sequences() >= 9


def test_what_fits_is_let_through(tiny: Path) -> None:
    header = read_header(tiny)
    check_fits(header, 10, header.size + 10)
    with pytest.raises(OutOfMemory):
        check_fits(header, 11, header.size + 10)

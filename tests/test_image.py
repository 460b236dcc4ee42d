"""The image: its Dockerfile keeps to its rules, and its steps, run in a folder, make a program that serves."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import platformdirs
import pytest

from checks.static.tsc_find import VERSION
from tests.app.running import until
from tests.dockerfile import Kitchen, in_context, stages
from tests.repos import Repo
from tests.web.keys import environment

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
IGNORE = (ROOT / ".dockerignore").read_text("utf-8")
STAGES = {stage.name: stage for stage in stages(DOCKERFILE)}
FINAL = STAGES[""]


def test_the_linter_has_nothing_to_say() -> None:
    linter = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([linter, "Dockerfile"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_dev_lint_lints_it_too() -> None:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    dev = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(dev)
    ran: list[tuple[str, ...]] = []
    dev.run = lambda *command: ran.append(command) or 0
    assert dev.lint([]) == 0
    assert any(Path(command[0]).name == "hadolint" and "Dockerfile" in command for command in ran)


def test_it_runs_as_nobody_in_particular_and_says_whether_it_lives() -> None:
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", FINAL.only("USER").text)
    assert FINAL.steps.index(FINAL.only("USER")) > max(FINAL.steps.index(step) for step in FINAL.all("RUN"))
    assert "/healthz" in FINAL.only("HEALTHCHECK").text
    assert FINAL.only("ENTRYPOINT").words() == ["tini", "--", "prudent"]
    assert FINAL.only("CMD").words() == ["serve"]


def test_whoever_reaps_shows_no_environment() -> None:
    """The kernel keeps the environment of a program that its user may not read from all others of that user."""
    assert "chmod 0711 /usr/bin/tini" in FINAL.only("RUN").text


def test_what_is_installed_is_held_by_hashes() -> None:
    installs = [part for stage in STAGES.values() for step in stage.all("RUN") for part in step.text.split("&&")]
    for part in (part for part in installs if " install " in part and "pip" in part):
        assert "--require-hashes" in part or "--no-index" in part, part
    assert "npm ci --ignore-scripts" in STAGES["typescript"].only("RUN").text
    locked = json.loads((ROOT / "deploy/typescript/package-lock.json").read_text("utf-8"))["packages"]
    assert all(len(package["integrity"]) > 90 for name, package in locked.items() if name)
    assert locked["node_modules/typescript"]["version"] == VERSION
    assert f'TYPESCRIPT = "typescript@{VERSION}"' in (ROOT / "dev.py").read_text("utf-8")
    built = (ROOT / "deploy/build.lock").read_text("utf-8")
    for name in ("cmake", "ninja", "pip", "scikit-build-core", "setuptools"):
        assert re.search(rf"(?m)^{name}==\S+ \\\n    --hash=sha256:", built), name
    builds = [step.text for step in STAGES["llama"].all("RUN") if "pip wheel" in step.text]
    assert all("--require-hashes" in step and "--no-build-isolation" in step for step in builds)
    assert len(builds) == 1


def test_no_lock_names_a_host() -> None:
    for lock in ("deploy/build.lock", "deploy/typescript/package-lock.json", "deploy/typescript/package.json"):
        assert "://" not in (ROOT / lock).read_text("utf-8"), lock


def test_no_secret_can_be_baked_in() -> None:
    named = [name for stage in STAGES.values() for name in stage.variables()]
    assert not [name for name in named if re.search("KEY|SECRET|TOKEN|PASSWORD|STORE|JOBS", name)]
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    kept = {path for path in files if in_context(path, IGNORE)}
    assert {path.split("/")[0] for path in kept} >= {"bot", "checks", "kb", "models", "pyproject.toml", "deploy"}
    assert not [path for path in kept if path.startswith(("tests", "bench", "docs", ".git", "deploy/kubernetes"))]
    for path in (
        ".env",
        "app.pem",
        "secrets/app.pem",
        ".git/config",
        "deploy/secrets/app.pem",
        "bot/__pycache__/x.pyc",
    ):
        assert not in_context(path, IGNORE), path


def test_every_package_of_ours_is_copied() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]["find"]
    copied = {word.rstrip("/") for step in STAGES["build"].all("COPY") for word in step.words()}
    assert {name.rstrip("*") for name in packages["include"]} <= copied


def test_the_python_is_one_that_the_project_takes() -> None:
    for stage in (STAGES["build"], FINAL):
        assert re.match(r"python:3\.11-slim-", stage.base)


def outside() -> dict[str, str]:
    """Return an environment in which `python` and `npm` are what the base images have."""
    shown = {name: value for name, value in os.environ.items() if not name.startswith(("PRUDENT", "VIRTUAL_ENV"))}
    return shown | {"PATH": f"{Path(sys.base_prefix) / 'bin'}:{os.environ['PATH']}"}


def test_the_binding_of_llama_cpp_is_what_the_lock_names(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text((ROOT / "requirements.lock").read_text("utf-8"), "utf-8")
    (step,) = [step for step in STAGES["llama"].all("RUN") if "llama.txt" in step.text]
    subprocess.run(["/bin/sh", "-c", step.text.split(" && ")[0]], cwd=tmp_path, check=True)
    named = (tmp_path / "llama.txt").read_text("utf-8")
    assert re.fullmatch(r"llama-cpp-python==[\d.]+ \\\n( +--hash=sha256:[0-9a-f]{64}( \\)?\n)+", named)


def test_a_model_is_put_in_only_if_one_is_named() -> None:
    assert STAGES["build"].variables()["MODEL"] == "none"
    assert FINAL.variables()["MODEL"] == "none"
    assert FINAL.variables()["PRUDENT_MODEL"] == "${MODEL}"  # an image without a model does not look for one


def put_in(model: str, kitchen: Kitchen, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run the step that puts a model into the image."""
    (step,) = [step for step in STAGES["build"].all("RUN") if "MODEL" in step.text]
    command = kitchen.placed(step.text.replace("mkdir ", "mkdir -p "))
    return subprocess.run(
        ["/bin/sh", "-c", command], env={**environ, "MODEL": model}, cwd=kitchen.root, capture_output=True, text=True
    )


def keep_the_binding(kitchen: Kitchen) -> bool:
    """Put the wheel of llama.cpp's binding that dev.py has built here into the kitchen; False if there is none."""
    llama = dev_llama()
    wanted = llama.parted((ROOT / "requirements.lock").read_text("utf-8"))[1]
    wheel = llama.kept(
        Path(platformdirs.user_cache_dir("prudent", appauthor=False)) / "wheels", llama.key_of(wanted, {})
    )
    if wheel is None:
        return False
    (kitchen.root / "wheel").mkdir()
    shutil.copy2(wheel, kitchen.root / "wheel")
    return True


def dev_llama() -> ModuleType:
    spec = importlib.util.spec_from_file_location("llama", ROOT / "deploy/llama.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_steps_make_a_program_that_reviews_and_serves(tmp_path: Path, repo: Repo) -> None:
    """Needs package registries. Only the system's packages are not installed here: that is one step, Debian's own."""
    kitchen = Kitchen(tmp_path / "image", ROOT, IGNORE)
    kitchen.root.mkdir()
    if shutil.which("npm"):
        kitchen.make(STAGES["typescript"], outside())
    else:  # as where the compiler is left out: TypeScript is then checked without it
        (kitchen.root / "typescript/node_modules/@typescript").mkdir(parents=True)
    if not keep_the_binding(kitchen):  # building it takes minutes
        kitchen.make(STAGES["llama"], outside())
    kitchen.make(STAGES["build"], outside())
    assert [step.text.split()[0] for step in FINAL.all("RUN")] == ["apt-get"]
    inside = {name: kitchen.placed(value) for name, value in FINAL.variables().items() if name != "MODEL"}
    inside["PRUDENT_MODEL"] = "none"
    inside["PATH"] = f"{kitchen.root}/opt/prudent/bin:/usr/bin:/bin"

    def program(*command: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=repo.root, env=inside | more, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

    doctor = program("prudent", "doctor")
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert VERSION in doctor.stdout or not shutil.which("npm")
    assert program("python", "-c", "import pytest").returncode == 1  # nothing of development
    assert program("python", "-c", "import pip").returncode == 1
    assert program("python", "-c", "import llama_cpp").returncode == 0
    assert put_in("large", kitchen, outside()).returncode == 2
    assert put_in("default", kitchen, outside()).returncode == 0
    listed = json.loads(program("prudent", "models", "list", "--format", "json", PRUDENT_MODEL="default").stdout)
    (model,) = [model for model in listed["models"] if model["here"]]
    assert (model["in_use"], Path(model["path"]).parent) == (True, kitchen.root / "opt/prudent/models")
    repo.commit({"a.py": "def f():\n    return 1\n"}, "Begin")
    repo.commit({"a.py": "def f():\n    return missing\n"}, "Break")
    assert "undefined-name" in program("prudent", "review", "HEAD~1..HEAD").stdout

    _, _, *entry = FINAL.only("ENTRYPOINT").words()
    command = [shutil.which(entry[0], path=inside["PATH"]) or "", *FINAL.only("CMD").words()]
    log = tmp_path / "serve.log"
    with log.open("wb") as stream:
        settings = environment(tmp_path / "app", PRUDENT_PORT="0", PRUDENT_GITHUB_URL="http://127.0.0.1:1")
        serving = subprocess.Popen(command, env=inside | settings, stderr=stream)
    try:
        port = until(lambda: re.search(r'"port": (\d+)', log.read_text("utf-8")), "a web process that listens").group(1)
        health = FINAL.only("HEALTHCHECK").words()
        assert program(*health, PRUDENT_PORT=port).returncode == 0
        until(lambda: '"event": "ready"' in log.read_text("utf-8"), "a worker with both its databases")
    finally:
        serving.terminate()
        assert serving.wait(30) == 0
    assert program(*health, PRUDENT_PORT=port).returncode != 0

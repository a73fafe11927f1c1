#!/usr/bin/env python3
"""Everything a developer or a curious user does with this checkout, in one file on the standard library.

    python3 dev.py run      set everything up and open the window (without a display: the demo in the terminal)
    python3 dev.py demo     the whole job on the shipped sample calls, into demo-out/
    python3 dev.py test     set up and run the tests (no display, no sound card needed); more words go to pytest
    python3 dev.py check    format, lint, types, layer contract, translations, tests
    python3 dev.py bench    the figures of docs/benchmarks.md, each beside its reference
    python3 dev.py shots    every screen, light and dark, ru and en, two sizes, into docs/screens/
    python3 dev.py build    a one-folder application in dist/qaapp that passes its own smoke check
    python3 dev.py translate  collect the texts into the catalogue and compile it
    python3 dev.py tools    install programs that some tests want (Xvfb, PulseAudio, PostgreSQL, MariaDB, LibreOffice)

Set-up: a virtual environment in .venv from requirements.lock (exact versions, hashes), renewed when the lock changes,
and on Linux the native libraries Qt and audio need: installed with apt where that is allowed, else named in one line.
"""

import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
LOCK = HERE / "requirements.lock"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
OLDEST = (3, 11)

# Shared library that must load → Debian package that has it.
NATIVE = {
    "libGL.so.1": "libgl1", "libEGL.so.1": "libegl1", "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0", "libfontconfig.so.1": "libfontconfig1", "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3", "libpulse.so.0": "libpulse0", "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libXext.so.6": "libxext6", "libXrandr.so.2": "libxrandr2", "libXrender.so.1": "libxrender1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0", "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4", "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libX11-xcb.so.1": "libx11-xcb1", "libxcb-image.so.0": "libxcb-image0", "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0", "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shm.so.0": "libxcb-shm0", "libxcb-sync.so.1": "libxcb-sync1", "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}  # fmt: skip
# Program that some tests want → Debian package. Tests skip, saying so, where one is missing.
TOOLS = {
    "Xvfb": "xvfb", "xdotool": "xdotool", "setxkbmap": "x11-xkb-utils", "pulseaudio": "pulseaudio",
    "parec": "pulseaudio-utils", "soffice": "libreoffice-calc-nogui", "pg_ctl": "postgresql",
    "mariadbd": "mariadb-server",
}  # fmt: skip


def main(argv: list[str]) -> int:
    jobs = {
        "run": run, "demo": demo, "test": test, "check": check, "bench": bench, "shots": shots, "build": build,
        "translate": translate, "tools": tools,
    }  # fmt: skip
    if len(argv) < 1 or argv[0] not in jobs:
        print(__doc__)
        return 0 if not argv or argv[0] in ("-h", "--help", "help") else 2
    if sys.version_info < OLDEST and not VENV.exists():
        return fail(
            f"Python {'.'.join(map(str, OLDEST))} or newer is needed; this is {sys.version.split()[0]}."
            " Run: python3.11 dev.py " + " ".join(argv)
        )
    return jobs[argv[0]](argv[1:])


def fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


def call(*words: object, **surroundings: str) -> int:
    """Run one command in the checkout and return its status."""
    return subprocess.call([str(word) for word in words], cwd=HERE, env={**os.environ, **surroundings})


# --- set-up ------------------------------------------------------------------------------------------------------


def set_up() -> None:
    """The environment and the native libraries; leaves with a sentence when something cannot be had."""
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    stamp = VENV / "lock.sha256"
    if not (PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted):
        print("Setting up .venv from requirements.lock; this takes a minute the first time.", file=sys.stderr)
        make_environment()
        pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--require-hashes"]
        if call(*pip, "-r", LOCK) != 0:
            sys.exit(
                fail("The packages could not be installed; is there a network? Run the command again later.")
            )
        stamp.write_text(wanted)
    install_missing(missing_libraries(), "qaapp needs these Debian packages")


def make_environment() -> None:
    try:
        # Debian's python3 comes without ensurepip, and venv would end the process
        if importlib.util.find_spec("ensurepip") is None:
            raise ImportError("ensurepip")
        venv.EnvBuilder(with_pip=True, clear=True).create(VENV)
    except (subprocess.CalledProcessError, ImportError, OSError):
        shutil.rmtree(VENV, ignore_errors=True)
        install_missing([f"python3.{sys.version_info[1]}-venv"], "Python needs its venv part")
        # the interpreter that is running has not seen the new package
        if call(sys.executable, "-m", "venv", VENV) != 0:
            sys.exit(
                fail("A virtual environment could not be made; install python3-venv and run this again.")
            )


def missing_libraries() -> list[str]:
    if not sys.platform.startswith("linux"):
        return []
    missing = []
    for library, package in NATIVE.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    if not any(Path(folder).exists() for folder in ("/usr/share/fonts", "/usr/local/share/fonts")):
        missing.append("fonts-dejavu-core")
    return missing


def install_missing(packages: list[str], why: str) -> bool:
    """Install Debian packages where that is allowed without asking; elsewhere name them in one line."""
    if not packages:
        return True
    command = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    apt, root = shutil.which("apt-get"), hasattr(os, "geteuid") and os.geteuid() == 0
    sudo = shutil.which("sudo") and subprocess.call(["sudo", "-n", "true"], stderr=subprocess.DEVNULL) == 0
    if apt and (root or sudo):
        before = [] if root else ["sudo", "-n"]
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        with open(os.devnull, "w") as nowhere:
            surroundings = {**os.environ, **quiet}
            if subprocess.call([*before, *command], env=surroundings, stdout=nowhere, stderr=nowhere) == 0:
                return True
            subprocess.call([*before, "apt-get", "update", "-q"], env=surroundings, stdout=nowhere)
            if subprocess.call([*before, *command], env=surroundings, stdout=nowhere) == 0:
                return True
    print(f"{why}: {' '.join(packages)}", file=sys.stderr)
    return False


# --- jobs --------------------------------------------------------------------------------------------------------


def has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run(words: list[str]) -> int:
    set_up()
    if has_display():
        return call(PYTHON, "-m", "qaapp", *words)
    print("There is no display here, so the window cannot open; this is the demo instead.", file=sys.stderr)
    return demo(words)


def demo(words: list[str]) -> int:
    set_up()
    words = words if "--out" in words else [*words, "--out", str(HERE / "demo-out")]
    return call(PYTHON, "-m", "qaapp", "demo", *words)


def test(words: list[str]) -> int:
    set_up()
    parallel = (
        [] if any(word.startswith("-n") for word in words) else ["-n", str(min(os.cpu_count() or 1, 4))]
    )
    return call(PYTHON, "-m", "pytest", "-q", *parallel, *words, QT_QPA_PLATFORM="offscreen")


def check(words: list[str]) -> int:
    """Every step runs, so that one call shows everything that is wrong."""
    set_up()
    steps = {
        "format": [PYTHON, "-m", "ruff", "format", "--check", "."],
        "lint": [PYTHON, "-m", "ruff", "check", "."],
        "types": [PYTHON, "-m", "mypy"],
        "layers": [PYTHON, "-c", "from importlinter.cli import lint_imports_command as run; run()"],
        "translations": [PYTHON, HERE / "tools" / "translate.py", "--check"],
    }
    failed = [name for name, command in steps.items() if call(*command) != 0]
    if "--no-tests" not in words and test(words) != 0:
        failed.append("tests")
    print("check: " + ("all is well" if not failed else "failed: " + ", ".join(failed)))
    return 1 if failed else 0


def bench(words: list[str]) -> int:
    set_up()
    return call(PYTHON, "-m", "benchmarks", *words, QT_QPA_PLATFORM="offscreen")


def shots(words: list[str]) -> int:
    set_up()
    out = words or [str(HERE / "docs" / "screens")]
    return call(PYTHON, "-m", "qaapp.shots", *out, QT_QPA_PLATFORM="offscreen")


def build(words: list[str]) -> int:
    set_up()
    status = call(PYTHON, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN", "build.spec", *words)
    if status != 0:
        return fail("PyInstaller failed.")
    program = HERE / "dist" / "qaapp" / ("qaapp.exe" if os.name == "nt" else "qaapp")
    print("Smoke check: the built application does the demo.", flush=True)
    with tempfile.TemporaryDirectory() as out:
        return call(program, "demo", "--out", out, QT_QPA_PLATFORM="offscreen")


def translate(words: list[str]) -> int:
    set_up()
    return call(PYTHON, HERE / "tools" / "translate.py", *words)


def tools(words: list[str]) -> int:
    """Best effort: a machine without them skips some tests and says which."""
    if not sys.platform.startswith("linux"):
        print("Only Debian and Ubuntu can install test programs by this command.")
        return 0
    places = [str(folder) for folder in Path("/usr/lib/postgresql").glob("*/bin")]
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", *places])
    missing = [package for program, package in TOOLS.items() if not shutil.which(program, path=path)]
    install_missing(missing, "Some tests will be skipped without")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

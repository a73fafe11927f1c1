"""``python -m benchmarks [NAME…]``: every ``bench_*.py`` beside this file, one table, each figure beside its reference.

``QAAPP_BENCH_QUICK=1`` takes smaller sizes. Nothing here fails on a slow machine: it measures, people judge.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent


def main(names: list[str]) -> int:
    files = sorted(HERE.glob("bench_*.py"))
    chosen = [file for file in files if not names or any(name in file.stem for name in names)]
    if not chosen:
        print(f"no benchmark is named {' '.join(names)}", file=sys.stderr)
        return 2
    size = "quick sizes" if os.environ.get("QAAPP_BENCH_QUICK") else "full sizes"
    print(f"Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores, {size}\n")
    print("| what | measured | beside | ratio | goal |\n|---|---|---|---|---|")
    for file in chosen:
        spec = importlib.util.spec_from_file_location(file.stem, file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[file.stem] = module  # dataclasses look their module up
        spec.loader.exec_module(module)
        started = time.perf_counter()
        for what, measured, reference, ratio, goal in module.run():
            print(f"| {what} | {measured} | {reference} | {ratio:.2f} | {goal} |", flush=True)
        print(f"{file.stem}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

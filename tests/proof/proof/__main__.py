"""`tests/proof/run`: every part, in order, and one table at the end. Full output of each part is in `target/proof/`."""

import argparse
import signal
import subprocess
import sys
import time

from . import ROOT, api, dependencies, page, parsers, report, security, simulation
from .part import Part

PARTS = {
    "dependencies": dependencies.run,
    "parsers": parsers.run,
    "security": security.run,
    "api": api.run,
    "page": page.run,
    "simulation": simulation.run,
}
# What needs the local stack's program, built as the tests are built.
STACKS = {"api", "page"}


def main():
    """Runs the parts that were asked for; the exit status says whether all of them hold."""
    arguments = argparse.ArgumentParser(prog="tests/proof/run", description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="fewer histories, rounds and inputs, and no planted bugs: minutes, and no proof")
    arguments.add_argument("--only", action="append", choices=PARTS, metavar="PART", help=f"only this part; may be repeated: {', '.join(PARTS)}")
    stated = arguments.parse_args()
    # Ended from outside, it still ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    chosen = [name for name in PARTS if not stated.only or name in stated.only]
    if STACKS & set(chosen):
        print("== build", file=sys.stderr, flush=True)
        build = ["cargo", "test", "--workspace", "--locked", "--no-run", "--quiet", "--test", "program"]
        subprocess.run(build, cwd=ROOT, check=True)
    parts = []
    for name in chosen:
        print(f"== {name}", file=sys.stderr, flush=True)
        part = Part(name)
        began = time.monotonic()
        try:
            PARTS[name](part, stated.quick)
        except Exception as error:
            part.fails(f"{type(error).__name__}: {error}")
        part.seconds = time.monotonic() - began
        parts.append(part)
    report.print_all(parts)
    holds = all(not part.failures for part in parts)
    if not holds:
        print("The proof does not hold; what the parts said is in target/proof.")
    else:
        print("So far it holds; this was no proof." if stated.quick or stated.only else "The proof holds.")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())

"""A part of the proof: what it counted, and why it failed where it did."""

import os
import subprocess
import sys
import time

from . import OUTPUT, ROOT


class Part:
    """What came of a part. It holds when nothing has been said against it."""

    def __init__(self, name):
        self.name = name
        self.figures = []
        self.failures = []
        self.seconds = 0.0

    def count(self, label, value):
        """Adds a row to the table."""
        self.figures.append((label, value))

    def fails(self, why):
        """Says why the part does not hold."""
        self.failures.append(why)

    def command(self, name, command, patience=1800, **environment):
        """Runs a command to its end from the repository's root, and answers what it printed, which is kept in a file.

        A status other than 0 is a failure of the part. `patience` is in seconds.
        """
        OUTPUT.mkdir(parents=True, exist_ok=True)
        log = OUTPUT / f"{name}.txt"
        print(f"   {name} …", file=sys.stderr, flush=True)
        began = time.monotonic()
        with log.open("w", encoding="utf-8") as output:
            # Built like everything else, so that Cargo finds what it has built already.
            process = subprocess.Popen(
                [str(word) for word in command],
                cwd=ROOT,
                env={**os.environ, "CARGO_TERM_COLOR": "never", **{key: str(value) for key, value in environment.items()}},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                status = process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                status = f"no end after {patience} s"
            except BaseException:
                process.terminate()
                process.wait()
                raise
        said = log.read_text(encoding="utf-8", errors="replace")
        if status != 0:
            end = "\n".join(f"   {line}" for line in said.splitlines()[-60:])
            self.fails(f"{name}: {status}; the end of {log.relative_to(ROOT)}:\n{end}")
        print(f"   {name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
        return said

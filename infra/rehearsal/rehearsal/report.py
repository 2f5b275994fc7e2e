"""The tables at the end."""

import time
from contextlib import contextmanager


class Times:
    """How long each stage took."""

    def __init__(self):
        self.stages = {}

    @contextmanager
    def stage(self, name):
        """Times what is done within, and says that it begins."""
        print(f"== {name}", flush=True)
        start = time.monotonic()
        yield
        self.stages[name] = time.monotonic() - start


def table(title, header, rows):
    """Prints a table whose columns are as wide as they need."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in [header, *rows]) for column in range(len(header))]
    print(f"\n{title}")
    for row in [header, ["-" * width for width in widths], *rows]:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def print_all(stack, sizes, glibc, profile, results, unasked, denials, commands, times):
    """Prints everything that the rehearsal found."""
    table("Deployed, by type", ["type", "resources"], sorted(stack.types().items()))
    print("\nRewritten for the emulator, and only this:")
    for reason, count in stack.rewrites.done.items():
        print(f"  {count:3} × {reason}")
    table(
        f"Binaries (profile {profile}, none needs a newer glibc than {glibc[0]}.{glibc[1]})",
        ["function", "KiB"],
        [(name, f"{size / 1024:.0f}") for name, size in sorted(sizes.items())],
    )
    table("Acceptance tests passed on the deployed stack", ["module", "passed"], [*sorted(results.modules.items()), ("all", results.passed)])
    if results.local_only:
        table("Local only", ["because", "tests"], [*results.local_only.most_common(), ("all", sum(results.local_only.values()))])
    if results.failed:
        table("Failed", ["test"], [[name] for name in results.failed])
    if unasked:
        table("Denied though nobody narrowed a role", ["function", "said"], unasked)
    table(
        "Denied on purpose",
        ["role", "without", "asked for", "answered", "alarm that counts it", "as expected"],
        [(d.role, d.action, d.asked, d.answered, d.alarm, "yes" if d.noticed else "NO") for d in denials],
    )
    table("The runbook's commands", ["block", "result"], [(command.name, command.result) for command in commands])
    table("Times", ["stage", "seconds"], [(name, f"{seconds:.0f}") for name, seconds in times.stages.items()])

"""Nothing lost and nothing twice: histories, planted bugs, faults call by call, races."""

import re

from . import ROOT


def sections(said):
    """The figures that `tests/simulation` prints: those of its head, and of each section a mapping."""
    head, found, name = {}, {}, None
    for line in said.splitlines():
        if match := re.fullmatch(r"(histories|steps|steps of settling|calls outside) +(\d+)", line):
            head[match[1]] = int(match[2])
        elif match := re.fullmatch(r"([a-z ]+), (\d+) in all", line):
            name = match[1]
            found[name] = {}
        elif name and (match := re.fullmatch(r"  (.+?) +(\d+)", line)):
            found[name][match[1]] = int(match[2])
        else:
            name = None
    return head, found


def histories(part, quick):
    """The invariants in every history."""
    count = 500 if quick else 10000
    said = part.command(
        "histories",
        ["cargo", "test", "--workspace", "--locked", "--test", "histories", "--", "--nocapture"],
        SIMULATION_HISTORIES=count,
    )
    head, found = sections(said)
    if head.get("histories") != count:
        part.fails(f"histories: {head.get('histories')} of {count}; see target/proof/histories.txt")
    for name in ("histories", "steps", "calls outside"):
        part.count(name, head.get(name, 0))
    for name, times in found.get("faults", {}).items():
        part.count(f"faults: {name}", times)
    part.count("invariants checked", sum(found.get("invariants checked", {}).values()))


def planted(part, quick):
    """Each planted bug, found; a copy of the workspace has to be built for that, for which `--quick` has no time."""
    if quick:
        return
    # Built with the histories; by itself, `cargo run -p simulation` would choose other features and build everything again.
    said = part.command("planted", [ROOT / "target/debug/planted"])
    caught = re.search(r"^caught (\d+) of (\d+)$", said, re.MULTILINE)
    part.count("planted bugs caught / planted", f"{caught[1]} / {caught[2]}" if caught else "none")


def calls(part, quick):
    """Faults call by call on the real adapters, and races."""
    rounds = 40 if quick else 1000
    faults = {} if quick else {"REAL_FAULTS": "all"}
    said = part.command(
        "real", ["cargo", "test", "--workspace", "--locked", "--test", "real", "--", "--nocapture"], RACE_ROUNDS=rounds, **faults
    )
    commands = re.findall(r"^(.{24}) +(\d+) +(\d+) +(\d+) +(\d+)$", said, re.MULTILINE)
    part.count("commands tried call by call", len(commands))
    part.count("calls of theirs", sum(int(row[1]) for row in commands))
    part.count("faults: failed, answered and lost, repeated, killed", sum(int(row[2]) for row in commands))
    part.count("tried again by the platform", sum(int(row[3]) for row in commands))
    part.count("mails twice, where the answer was lost", sum(int(row[4]) for row in commands))
    race = None
    for line in said.splitlines():
        if match := re.fullmatch(r"  +(\d+)  (\d{3}/\d{3}: .+)", line):
            part.count(f"race: {race}: {match[2]}", int(match[1]))
        elif re.fullmatch(r"[a-z ]+", line):
            race = line
    if not commands or race is None:
        part.fails("real: no figures; see target/proof/real.txt")


def run(part, quick):
    """All of it. The copy with the bugs is built last: it shares the libraries that are there by then."""
    histories(part, quick)
    calls(part, quick)
    planted(part, quick)

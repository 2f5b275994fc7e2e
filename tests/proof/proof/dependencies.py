"""cargo-deny over everything that is built: licences, duplicate versions, sources and advisories, as `deny.toml` has them."""

import re
import subprocess

from . import ROOT

# An excuse in `deny.toml` for what is not there any more must not wait for what it was not meant for.
STALE = ["unmatched-skip", "unnecessary-skip", "license-exception-not-encountered"]


def deny(*checks):
    """The command for some of its checks."""
    stale = [word for lint in STALE for word in ("--deny", lint)]
    return ["cargo-deny", "check", "--show-stats", "--hide-inclusion-graph", *stale, *checks]


def advisories(part):
    """Known weaknesses. Their database is a Git repository on GitHub; of what cannot be reached nothing is claimed."""
    fetched = subprocess.run(["cargo-deny", "fetch", "db"], cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if fetched.returncode == 0:
        part.command("advisories", deny("advisories"))
        part.count("advisories", "checked")
    elif "failed to fetch advisory database" in fetched.stderr:
        part.count("advisories", "not checked: GitHub is out of reach")
    else:
        part.fails(f"advisories: {fetched.stderr}")


def run(part, quick):
    """All of it; Cargo's lock file alone decides what is built."""
    said = part.command("dependencies", deny("licenses", "bans", "sources"))
    # A licence that is allowed and a version that is excused are a note each.
    notes = {check: int(number) for check, number in re.findall(r"^ *(\w+) \w+: .* (\d+) notes$", said, re.MULTILINE)}
    part.count("packages whose licence and source were checked", notes.get("licenses", 0))
    part.count("versions beside newer ones, each with its reason", notes.get("bans", 0))
    advisories(part)

"""The acceptance suite, against the deployed stack."""

import os
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field

from .process import LOGS
from .template import ROOT


@dataclass
class Results:
    """What the test harness said, test by test."""

    status: int = 0
    passed: int = 0
    failed: list = field(default_factory=list)
    local_only: Counter = field(default_factory=Counter)
    modules: Counter = field(default_factory=Counter)


def run(stack, desk, threads, filters):
    """Runs it, and returns what it said. Its output goes to target/rehearsal/logs/acceptance.txt, failures to the terminal, too."""
    environment = {
        **os.environ,
        "ACCEPTANCE_GATEWAY": stack.gateway,
        "ACCEPTANCE_LINKS": stack.links,
        "ACCEPTANCE_DESK": desk.url,
    }
    command = ["cargo", "test", "--locked", "--workspace", "--test", "acceptance", "--features", "acceptance/deployed", "--", "--test-threads", str(threads)]
    log = LOGS / "acceptance.txt"
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run([*command, *filters], cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False)
    said = log.read_text(encoding="utf-8")
    if done.returncode:
        print(said[max(said.find("\nfailures:\n"), 0) :])
    return read(said, done.returncode)


def read(said, status):
    """What the harness's lines say."""
    results = Results(status)
    for test, outcome in re.findall(r"^test (\S+) \.\.\. (.+)$", said, re.MULTILINE):
        if outcome == "ok":
            results.passed += 1
            results.modules[test.split("::")[0]] += 1
        elif outcome.startswith("ignored"):
            results.local_only[outcome.removeprefix("ignored, ")] += 1
        else:
            results.failed.append(test)
    return results

"""`infra/rehearsal/run`: everything, in order, and a table at the end."""

import argparse
import os
import signal
import subprocess
import sys

from . import report, suite
from .aws import Aws
from .build import build, check_glibc
from .calls import Calls
from .desk import Desk
from .narrowing import Narrowing, denied_unasked
from .process import Program, free_port
from .runbook import Runbook
from .stack import deploy, parameters
from .template import REGION, ROOT, read

# A day of the suite in seconds of this rehearsal. What lasts five business days locally lasts six of these days here, so that
# a week's silence is enough in both.
DAY = 8
WINDOWS = {
    "CustomerWindow": f"PT{6 * DAY}S",
    "ReminderBefore": f"PT{3 * DAY}S",
    "PartnerWindow": f"PT{18 * DAY}S",
    "ReviewTarget": f"PT{6 * DAY}S",
    "DisputeWindow": f"PT{30 * DAY}S",
}


def emulator(port):
    """MiniStack on that port, with roles enforced and nothing that listens elsewhere."""
    endpoint = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "infra" / "rehearsal"),
        "AUTH": "true",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    command = [sys.executable, "-m", "rehearsal.emulator", str(port)]
    return endpoint, Program("emulator", command, environment, f"{endpoint}/_ministack/health")


def main():
    """Runs the rehearsal; the exit status says whether all of it holds."""
    arguments = argparse.ArgumentParser(prog="infra/rehearsal/run", description=__doc__)
    arguments.add_argument("--profile", default="rehearsal", help="Cargo profile of the functions (default: %(default)s)")
    arguments.add_argument("--threads", type=int, default=24, help="tests at a time (default: %(default)s)")
    arguments.add_argument("--checks", action="store_true", help="only the checks of the translated template, which take seconds")
    arguments.add_argument("--build", action="store_true", help="only build the functions, which takes every processor")
    arguments.add_argument("--filter", action="append", default=[], help="only tests whose name contains this; may be repeated")
    stated = arguments.parse_args()
    # Ended from outside, it still ends what it has started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))

    times = report.Times()
    if not stated.build:
        with times.stage("checks of the translated template"):
            tests = ROOT / "infra" / "rehearsal" / "tests"
            subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)], check=True)
    if stated.checks:
        return 0
    with times.stage("build"):
        binaries = build(read(), stated.profile)
        glibc = check_glibc(binaries)
    if stated.build:
        return 0
    endpoint, program = emulator(free_port())
    aws = Aws(endpoint)
    with program, Desk(aws, DAY) as desk:
        with times.stage("deployment"):
            stack = desk.stack = deploy(aws, binaries, parameters(desk.url, WINDOWS))
        with times.stage("acceptance suite"):
            results = suite.run(stack, desk, stated.threads, stated.filter)
        calls = Calls(stack, desk)
        with times.stage("what the roles allow"):
            unasked = denied_unasked(aws)
        with times.stage("narrowed roles"):
            denials = Narrowing(aws, stack, calls).rehearse()
        with times.stage("runbook"):
            commands = Runbook(aws, stack, calls).rehearse()
    sizes = {name: len(binary) for name, binary in binaries.items()}
    report.print_all(stack, sizes, glibc, stated.profile, results, unasked, denials, commands, times)
    holds = results.passed > 0 and not results.failed and results.status == 0 and not unasked
    holds = holds and all(denial.noticed for denial in denials) and all(command.holds for command in commands)
    print("\nThe rehearsal holds." if holds else "\nThe rehearsal does not hold; logs are in target/rehearsal/logs.")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())

"""Programs that the rehearsal starts, each ended by its own id."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

LOGS = Path(__file__).resolve().parents[3] / "target" / "rehearsal" / "logs"


def free_port():
    """A port of 127.0.0.1 that nobody listens at now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Program:
    """A program under way, with its output in a file. Leaving the context ends it and whatever it has started."""

    def __init__(self, name, command, environment, ready):
        self.name, self.command, self.environment, self.ready = name, command, environment, ready

    def __enter__(self):
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log = (LOGS / f"{self.name}.txt").open("w", encoding="utf-8")
        # A session of its own, so that ending its group ends its children and nobody else's.
        self.process = subprocess.Popen(
            self.command, env=self.environment, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True
        )
        until = time.monotonic() + 60
        while time.monotonic() < until:
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(self.ready, timeout=5):
                    return self
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.1)
        self.__exit__(None, None, None)
        raise RuntimeError(f"{self.name} is not ready; see {self.log.name}")

    def __exit__(self, *_):
        group = self.process.pid
        for how, patience in ((signal.SIGTERM, 10), (signal.SIGKILL, 5)):
            try:
                os.killpg(group, how)
            except ProcessLookupError:
                break
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                continue
        self.log.close()

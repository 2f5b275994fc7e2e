"""The functions' release binaries, for Amazon Linux 2023 and zipped as Lambda takes them."""

import io
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from .process import LOGS
from .template import ROOT, functions

# What Amazon Linux 2023 has.
GLIBC = (2, 34)
TARGET = f"x86_64-unknown-linux-gnu.{GLIBC[0]}.{GLIBC[1]}"
# Not where the template looks for what is deployed: this build is for another machine, and may not be optimised.
OUTPUT = ROOT / "target" / "rehearsal" / "lambda"


def build(template, profile):
    """Builds what the template deploys, and nothing that does not go there."""
    names = sorted(functions(template).values())
    packages = [argument for name in names for argument in ("--package", name)]
    # Zig and cargo-lambda come from the virtual environment that runs this.
    tools = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    command = ["cargo", "lambda", "build", "--profile", profile, "--target", TARGET, "--locked", "--lambda-dir", str(OUTPUT), *packages]
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / "build.txt"
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise RuntimeError(f"the build failed; see {log}:\n" + "\n".join(log.read_text(encoding="utf-8").splitlines()[-30:]))
    return {name: (OUTPUT / name / "bootstrap").read_bytes() for name in names}


def zipped(binary):
    """As Lambda takes it, packed as fast as can be: it is unpacked again at once."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
        bootstrap = zipfile.ZipInfo("bootstrap", (2020, 1, 1, 0, 0, 0))
        bootstrap.external_attr = 0o755 << 16
        file.writestr(bootstrap, binary, zipfile.ZIP_DEFLATED)
    return archive.getvalue()


def newest_glibc(binary):
    """The newest version of glibc that a binary asks for. The names of the versions it needs stand in its string table."""
    found = re.findall(rb"\0GLIBC_(\d+)\.(\d+)(?:\.\d+)?(?=\0)", binary)
    return max(((int(major), int(minor)) for major, minor in found), default=(0, 0))


def check_glibc(binaries):
    """The newest version that any binary needs.

    Raises when one would not start on Amazon Linux 2023.
    """
    needed = {name: newest_glibc(binary) for name, binary in binaries.items()}
    too_new = {name: version for name, version in needed.items() if not (0, 0) < version <= GLIBC}
    if too_new:
        raise RuntimeError(f"these binaries need another glibc than {GLIBC}: {too_new}")
    return max(needed.values())

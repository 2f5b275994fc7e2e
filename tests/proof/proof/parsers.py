"""Property tests of everything that reads what callers send."""

import re

# What the domain reads, and what stands at the doors: headers, cursors, tables, forms. `PROPTEST_CASES` is proptest's own.
TESTS = {
    "the domain": ["--test", "parsers"],
    "the doors": ["--lib", "--", "parsers::"],
}


def run(part, quick):
    """All parsers; how many inputs they were tried with."""
    cases = 256 if quick else 4096
    tried = 0
    for name, arguments in TESTS.items():
        filters = arguments if "--" in arguments else [*arguments, "--"]
        said = part.command(
            f"parsers-{name.split()[-1]}", ["cargo", "test", "--workspace", "--locked", *filters, "--nocapture"], PROPTEST_CASES=cases
        )
        properties = re.findall(r"^test (\S+) \.\.\. ok$", said, re.MULTILINE)
        part.count(f"properties of {name}", len(properties))
        if not properties:
            part.fails(f"no property of {name} was tried; see target/proof")
        tried += len(properties) * cases
    part.count("inputs (proptest)", tried)

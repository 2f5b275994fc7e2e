"""Nobody in: the acceptance suite's modules that try to get in, with their figures."""

import re

# What is tried, by module; the rest of the suite runs with `cargo test --workspace`, and every stack's log is searched there, too.
MODULES = ["isolation", "bodies", "injection", "logs", "roles", "links", "bad_input"]
FIGURES = {
    "isolation": "requests with another partner's IDs, filters and cursors",
    "cursors": "forged cursors",
    "mass": "members that only the service sets, offered",
    "bodies": "bodies too large, too deep, too many members",
    "formulas": "rows of an export with formulas typed in",
    "injection": "hostile texts × places, of which accepted as text",
}


def run(part, quick):
    """The modules, and what they counted."""
    filters = [f"{module}::" for module in MODULES]
    said = part.command(
        "security", ["cargo", "test", "--workspace", "--locked", "--test", "acceptance", "--", *filters, "--nocapture"], CI="true"
    )
    passed = re.search(r"test result: .*?(\d+) passed", said)
    part.count("tests", int(passed[1]) if passed else 0)
    roles = re.search(r"figures: roles (\d+) (\d+)", said)
    for name, label in FIGURES.items():
        found = re.search(rf"figures: {name} ([\d ]+)", said)
        if not found:
            part.fails(f"no figure of `{name}`; see target/proof/security.txt")
            continue
        numbers = found[1].split()
        part.count(label, int(numbers[0]) if len(numbers) == 1 else " / ".join(numbers))
    if roles:
        part.count("routes × roles", f"{roles[1]} × {roles[2]}")
    logs = re.findall(r"figures: logs (\d+) (\d+)", said)
    part.count("stacks whose logs were searched", len(logs))
    part.count("lines of logs", sum(int(lines) for lines, _ in logs))
    part.count("names, addresses, links, tokens looked for", sum(int(secrets) for _, secrets in logs))
    for time, what in re.findall(r"figures: neutral (\d+) us: (.+)", said):
        part.count(f"neutral page, median time: {what}", f"{int(time) / 1000:.1f} ms")

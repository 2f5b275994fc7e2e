"""The one table."""


def shown(value):
    """A figure as people read it."""
    return f"{value:,}" if isinstance(value, int) else str(value)


def print_all(parts):
    """Prints every figure of every part, and below them what does not hold."""
    rows = [(part.name, label, shown(value)) for part in parts for label, value in part.figures]
    for part in parts:
        rows.append((part.name, "seconds", f"{part.seconds:.0f}"))
        rows.append((part.name, "holds", "no" if part.failures else "yes"))
    order = {part.name: at for at, part in enumerate(parts)}
    rows.sort(key=lambda row: order[row[0]])
    widths = [max([len(row[column]) for row in rows] + [len(title)]) for column, title in enumerate(("part", "what", "figure"))]
    line = "+".join("-" * (width + 2) for width in widths)
    print(f"\n {'part':{widths[0]}} | {'what':{widths[1]}} | {'figure':>{widths[2]}}")
    before = None
    for part, label, value in rows:
        if part != before:
            print(line)
        name = part if part != before else ""
        print(f" {name:{widths[0]}} | {label:{widths[1]}} | {value:>{widths[2]}}")
        before = part
    print(line)
    for part in parts:
        for why in part.failures:
            print(f"{part.name}: {why}")

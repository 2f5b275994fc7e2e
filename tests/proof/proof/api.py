"""schemathesis over the API's own description, on a local stack with claims in many states, once for each role."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from . import OUTPUT, ROOT
from .local import NEXT_SUBSCRIPTION, PARTNER, RIVAL, SUBSCRIPTION, TENANT, Local

ROLES = [("incentives_admin", PARTNER), ("reviewer", None), ("operator", None)]
SEED = 20211
# The operations that take a claim's body, of which there are hundreds of values to try: half of all the time, so they are a run
# of their own beside the others.
BODIES = ["createClaim", "checkClaim", "createClaims", "editClaim"]
# Runs side by side: a name, a role, the partner, and whether it is that one.
RUNS = [("claims", "incentives_admin", PARTNER, True)] + [(role, role, partner, False) for role, partner in ROLES]


def furnish(stack):
    """Brings claims into many states; answers what there is."""
    stack.furnish()
    partner, reviewer, operator = stack.token("incentives_admin", PARTNER), stack.token("reviewer"), stack.token("operator")
    claims = []

    def claim(workload, **stated):
        claims.append(stack.claim(scopes=[{"workload": workload}], **stated))
        return claims[-1]

    official = claim("teams")
    stack.advance("P14D")
    sold = [{"subscription_id": SUBSCRIPTION, "product": "dynamics365_sales"}]
    claims.append(stack.claim(scopes=sold, program="osa_sell", activity="sell"))
    claim("exchange_online")
    claim("sharepoint_online", contact="karel@contoso.com")

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    stack.ask("POST", stack.link("karel@contoso.com"), b"decision=decline", form)
    claim("intune", contact="jana@elsewhere.example")
    rejected = claim("teams_phone", contact="jana@elsewhere.example")
    stack.decide(reviewer, rejected, "reject", {"reasons": [{"code": "missing_poe"}]})
    asked = claim("viva_engage", contact="jana@elsewhere.example")
    stack.decide(reviewer, asked, "request-information", {"reasons": [{"code": "missing_dates"}]})
    draft = stack.body(draft=True)
    claims.append(stack.call(partner, "POST", "/claims", draft)["id"])
    stack.claim(partner=RIVAL, contact="jana@contoso.com")
    row = {"tenant_id": TENANT, "scope": {"workload": "teams"}, "month": draft["evidence"][0]["signed_on"][:7]}
    figures = {"monthly_active_users": 120, "paid_available_units": 200, "sold_seats": 250}
    stack.call(operator, "POST", "/usage", {**row, **figures})
    stated = {"file_name": "SOW-118.pdf", "media_type": "application/pdf", "size": 4, "sha256": "0" * 64}
    evidence = stack.call(partner, "POST", "/evidence", stated)["id"]
    stack.advance("PT0S")
    return {
        "partner": PARTNER,
        "tenant": TENANT,
        "subscription": NEXT_SUBSCRIPTION,
        "claims": claims,
        "associations": [f"{official}-s1", f"{claims[1]}-s1"],
        "evidence": [evidence],
        "signed_on": draft["evidence"][0]["signed_on"],
    }


def configured(stack, role):
    """The configuration for a role: what it may not do at all is tried with examples and at random, and not value by value,
    because the answer to each is the same 403. Every operation is tried value by value as some role."""
    description = json.loads(stack.ask("GET", "/openapi.json")[1])
    operations = [operation for methods in description["paths"].values() for operation in methods.values()]
    others = [operation["operationId"] for operation in operations if role not in operation.get("x-roles", [role])] + BODIES
    # What several may do is tried value by value as the first of them.
    for operation in operations:
        able = [name for name, _ in ROLES if name in operation.get("x-roles", [name])]
        if able and role in able[1:]:
            others.append(operation["operationId"])
    file = OUTPUT / f"api-{role}.toml"
    own = f"\n[[operations]]\ninclude-operation-id = {json.dumps(sorted(set(others)))}\nphases.coverage.enabled = false\n"
    file.write_text((ROOT / "tests/proof/schemathesis.toml").read_text(encoding="utf-8") + own, encoding="utf-8")
    return file


def tried(part, name, role, partner, bodies, examples):
    """Every operation as one role, on a stack of its own: what another has changed is no surprise. Answers the report."""
    with Local(f"api-{name}") as stack:
        seed = furnish(stack)
        report = OUTPUT / f"api-{name}.json"
        report.unlink(missing_ok=True)
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file"]
        if bodies:
            command += [ROOT / "tests/proof/schemathesis.toml", "run", f"{stack.gateway}/openapi.json", "--phases", "coverage"]
            command += [word for operation in BODIES for word in ("--include-operation-id", operation)]
        else:
            command += [configured(stack, role), "run", f"{stack.gateway}/openapi.json"]
            command += ["--phases", "examples,coverage,fuzzing,stateful"]
        command += ["--mode", "all", "--seed", SEED, "--max-examples", examples, "--report-json-path", report]
        part.command(f"api-{name}", command, PROOF_TOKEN=stack.token(role, partner), PROOF_SEED=json.dumps(seed))
        stack.advance("PT0S")
        dead = json.loads(stack.ask("GET", "/_local/queues")[1])
        if dead:
            part.fails(f"{name}: no function could deal with {json.dumps(dead)[:300]}")
    said = json.loads(report.read_text(encoding="utf-8"))
    if not said["complete"] or said["operations"]["tested"] != said["operations"]["selected"]:
        part.fails(f"{name}: only {said['operations']['tested']} of {said['operations']['selected']} operations were tried")
    log = (OUTPUT / f"api-{name}-stack.txt").read_text(encoding="utf-8", errors="replace")
    requests = sum(line.startswith("[local] ") and " /" in line for line in log.splitlines())
    return said, requests


def run(part, quick):
    """Every operation, as every role: no failure of any check, and nothing that no function could deal with."""
    with ThreadPoolExecutor(len(RUNS)) as side_by_side:
        begun = [(run[0], side_by_side.submit(tried, part, *run, 3 if quick else 25)) for run in RUNS]
    cases = requests = operations = 0
    for name, under_way in begun:
        said, sent = under_way.result()
        cases += said["test_cases"]["generated"]
        requests += sent
        # That of claims is one role more for operations that are counted with the role already.
        operations += 0 if name == "claims" else said["operations"]["tested"]
        part.count(f"failures of checks: {name}", said["test_cases"]["unique_failures"])
    part.count("routes × roles tried", operations)
    part.count("cases", cases)
    part.count("requests", requests)

"""Calls of the deployed API, as the rehearsal itself makes them: a partner and a tenant that no test has."""

import json
import time
import urllib.error
import urllib.request
from datetime import datetime

PARTNER, TENANT = "8999999", "8f999999-0000-4000-8000-000000000001"
WORKLOADS = [
    "teams", "intune", "exchange_online", "sharepoint_online", "m365_apps", "viva_engage", "viva_insights", "viva_learning",
]  # fmt: skip


class Calls:
    """The API as an operator and a partner see it."""

    def __init__(self, stack, desk):
        self.stack = stack
        self.operator = desk.issuer.token({"role": "operator"})["access_token"]
        self.partner = desk.issuer.token({"role": "incentives_admin", "partner_id": PARTNER})["access_token"]
        self.call("PUT", f"/partners/{PARTNER}", self.operator, {"name": "Narrow", "programs": ["osu_m365"]})
        tenant = {"name": "Narrow", "country": "CZ", "notice_email": None, "domains": ["narrow.example"], "workloads": WORKLOADS, "subscriptions": []}
        status, answer = self.call("PUT", f"/tenants/{TENANT}", self.operator, tenant)
        if status >= 300:
            raise RuntimeError(f"the tenant was refused: {answer}")

    def call(self, method, path, token, body=None):
        """The status and the parsed body of an answer."""
        headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
        if method == "POST":
            headers["idempotency-key"] = f"rehearsal-{time.time_ns()}"
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.stack.gateway + path, data=data, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")

    def awaiting(self, workload):
        """A claim for a workload, once its customer is told; with `deadline_at` in seconds."""
        status, claim = self.call("POST", "/claims", self.partner, claim_for(workload))
        if status != 201:
            raise RuntimeError(f"the claim was refused: {claim}")
        told = self.until(claim, "awaiting_customer")
        return {**told, "deadline_at": datetime.fromisoformat(told["deadline"]).timestamp()}

    def until(self, claim, status):
        """The claim, once it has a status; as it is after half a minute."""
        until = time.monotonic() + 30
        while claim.get("status") != status and time.monotonic() < until:
            time.sleep(0.5)
            _, claim = self.call("GET", f"/claims/{claim['id']}", self.partner)
        return claim

    def status(self, claim):
        """The claim's status, or the answer's code when there is none."""
        _, answer = self.call("GET", f"/claims/{claim['id']}", self.partner)
        return answer.get("status") if "id" in answer else answer.get("code")

    def disassociate(self, claim):
        """Ends an official association."""
        status, answer = self.call("POST", f"/claims/{claim['id']}/disassociate", self.partner, {"reason": "Over"})
        if status != 200:
            raise RuntimeError(f"the association did not end: {answer}")


def claim_for(workload):
    """A claim that nothing is wrong with."""
    contact = {"name": "Jana", "title": "IT", "email": "jana@narrow.example", "language": "en", "country": "CZ"}
    signed = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 30 * 86_400))
    return {
        "name": f"Narrow {workload}", "program": "osu_m365", "activity": "usage", "partner_id": PARTNER,
        "tenant_id": TENANT, "domain": "narrow.example", "scopes": [{"workload": workload}], "customer_contact": contact,
        "partner_contact": {"name": "Petr", "email": "petr@partner.example"},
        "evidence": [{"kind": "signed_statement", "signed_on": signed, "reference": "SOW-1"}],
    }  # fmt: skip


def figures():
    """A month's figures of a workload, as one line."""
    stated = {"tenant_id": TENANT, "scope": {"workload": "teams"}, "month": "2026-01", "monthly_active_users": 1}
    return json.dumps({**stated, "paid_available_units": 2, "sold_seats": 3}).encode()

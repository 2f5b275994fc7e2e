"""The local stack, with a partner's claims in every state that outside tests want to reach."""

import datetime
import json
import os
import subprocess
import threading
import urllib.error
import urllib.request

from . import OUTPUT, ROOT

PARTNER = "1234567"
RIVAL = "7654321"
TENANT = "3fa85f64-5717-4562-b3fc-2c963f66afa6"
SUBSCRIPTION = "11111111-0000-4000-8000-000000000001"
NEXT_SUBSCRIPTION = "11111111-0000-4000-8000-000000000002"
WORKLOADS = ["teams", "exchange_online", "sharepoint_online", "intune", "teams_phone", "viva_engage"]


class Plain(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like any other."""

    def redirect_request(self, *_):
        return None


class Local:
    """A stack of its own on free ports. Leaving the context ends it; what it said is in a file."""

    def __init__(self, name):
        self.name = name
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Plain)
        self.keys = 0

    def __enter__(self):
        OUTPUT.mkdir(parents=True, exist_ok=True)
        self.log = (OUTPUT / f"{self.name}-stack.txt").open("w", encoding="utf-8")
        program = os.environ.get("PROOF_PROGRAM", ROOT / "target" / "debug" / "local")
        self.process = subprocess.Popen(
            [program, "--port", "0", "--link-port", "0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        # Should it never be ready, it is ended, and the reading below with it.
        patience = threading.Timer(60, self.process.kill)
        patience.start()
        addresses = {}
        for line in self.process.stdout:
            words = line.split()
            if len(words) >= 2 and words[0] in ("gateway", "links"):
                addresses[words[0]] = words[1]
            if words == ["ready"]:
                break
        patience.cancel()
        if {"gateway", "links"} - addresses.keys():
            self.__exit__()
            raise RuntimeError(f"the local stack is not ready; see {self.log.name}")
        self.gateway, self.links = addresses["gateway"], addresses["links"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def ask(self, method, url, body=None, headers=None):
        """The status and body of an answer."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if not url.startswith("http"):
            url = self.gateway + url
        request = urllib.request.Request(url, data, headers or {}, method=method)
        try:
            with self.opener.open(request, timeout=90) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def token(self, role, partner=None):
        """A token for a role."""
        who = {"role": role} if partner is None else {"role": role, "partner_id": partner}
        return json.loads(self.ask("POST", "/_local/token", who)[1])["access_token"]

    def call(self, token, method, path, body=None, also=None):
        """What the API answers to a call that must succeed."""
        self.keys += 1
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"seed-{self.keys}", "Content-Type": "application/json"}
        status, answer = self.ask(method, path, body, headers | (also or {}))
        if status >= 300:
            raise RuntimeError(f"{method} {path}: {status} {answer.decode(errors='replace')}")
        return json.loads(answer)

    def decide(self, reviewer, claim, decision, body):
        """A reviewer's decision, on the claim as it is now."""
        url = f"/claims/{claim}"
        version = self.call(reviewer, "GET", url)["version"]
        return self.call(reviewer, "POST", f"{url}/{decision}", body, {"If-Match": f'"{version}"'})

    def advance(self, by):
        """Moves the clock by an ISO 8601 duration; answers once all is quiet."""
        status, answer = self.ask("POST", "/_local/clock", {"advance": by})
        if status != 200:
            raise RuntimeError(f"the clock cannot be moved by {by}: {answer.decode(errors='replace')}")

    def mails(self, to=None):
        """The mails that have left, newest first."""
        items = json.loads(self.ask("GET", "/_local/inbox", headers={"Accept": "application/json"})[1])["items"]
        return [mail for mail in items if to in (None, mail["to"])]

    def link(self, to):
        """The customer's link in the latest mail to an address."""
        words = self.mails(to)[0]["text"].split()
        return next(word for word in words if word.startswith(self.links)).rstrip(".>)")

    def furnish(self):
        """Registers two partners and a tenant."""
        operator = self.token("operator")
        programs = ["osu_m365", "osa_sell", "osu_business_apps"]
        self.call(operator, "PUT", f"/partners/{PARTNER}", {"name": "Fabrikam", "programs": programs})
        self.call(operator, "PUT", f"/partners/{RIVAL}", {"name": "Tailspin", "programs": programs})
        subscriptions = [
            {"id": SUBSCRIPTION, "product": "dynamics365_sales", "state": "active", "channel": "volume"},
            {"id": NEXT_SUBSCRIPTION, "product": "dynamics365_sales", "state": "active", "channel": "volume"},
        ]
        tenant = {"name": "Contoso", "country": "CZ", "notice_email": None, "domains": ["contoso.com"], "workloads": WORKLOADS}
        self.call(operator, "PUT", f"/tenants/{TENANT}", {**tenant, "subscriptions": subscriptions})

    def body(self, contact="jana@contoso.com", partner=PARTNER, scopes=None, language="en", **members):
        """A claim's body, right in every field."""
        now = json.loads(self.ask("GET", "/_local/clock")[1])["now"]
        signed = datetime.date.fromisoformat(now[:10]) - datetime.timedelta(days=30)
        body = {
            "name": "Contoso rollout",
            "program": "osu_m365",
            "activity": "usage",
            "partner_id": partner,
            "tenant_id": TENANT,
            "domain": "contoso.com",
            "scopes": scopes or [{"workload": "teams"}],
            "customer_contact": {"name": "Jana Nováková", "title": "Head of IT", "email": contact, "language": language, "country": "CZ"},
            "partner_contact": {"name": "Petr Svoboda", "email": "petr@fabrikam.example"},
            "evidence": [{"kind": "signed_statement", "signed_on": signed.isoformat(), "reference": "SOW-118"}],
        }
        return {**body, **members}

    def claim(self, **stated):
        """A claim of the partner's, brought as far as it goes by itself; answers its ID."""
        partner = self.token("incentives_admin", stated.get("partner", PARTNER))
        claim = self.call(partner, "POST", "/claims", self.body(**stated))
        self.advance("PT0S")
        return claim["id"]

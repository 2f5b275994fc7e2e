"""The rehearsal's desk: what the local stack offers under /_local, for a stack that is deployed.

`POST /_local/token` signs a token that the deployed authorizer accepts, `/_local/clock` waits instead of moving time,
`/_local/inbox` shows the mails, `/_local/mail-events` reports what became of one, `/_local/queues` shows what failed.
The issuer's OpenID configuration and keys are here, too.
"""

import json
import re
import threading
import time
import urllib.request
import uuid
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

AUDIENCE = "claims-api"
SCOPE = "claims"
# How long what is under way may take to come to rest, in seconds.
PATIENCE = 120
# The longest that a test may have to wait for real timers, in seconds.
LONGEST_WAIT = 400


class Refused(Exception):
    """A request that cannot be answered."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Many tests ask at once.
    request_queue_size = 256


class Issuer:
    """Signs tokens with a key of its own."""

    def __init__(self):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.url = None

    def configuration(self):
        return {"issuer": self.url, "jwks_uri": f"{self.url}/jwks.json"}

    def keys(self):
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": "rehearsal", "use": "sig", "alg": "RS256"}]}

    def token(self, asked):
        roles = [role for role in [asked.get("role"), *asked.get("roles", [])] if role]
        if not roles:
            raise Refused("a token needs a role")
        now, partner = int(time.time()), asked.get("partner_id")
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": asked.get("sub") or f"{roles[0]}@{partner or 'vendor'}",
            "iat": now,
            "nbf": now,
            "exp": now + 12 * 60 * 60,
            "scope": SCOPE,
            "roles": roles,
        }
        if partner is not None:
            claims["partner_id"] = partner
        token = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": "rehearsal"})
        return {"access_token": token, "token_type": "Bearer", "expires_in": 12 * 60 * 60}


class Desk:
    """Answers for a deployed stack, once one is there."""

    def __init__(self, aws, day):
        self.aws, self.day = aws, day
        self.issuer = Issuer()
        self.stack = None
        self.server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.issuer.url = self.url

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    # Time.

    def wait_until(self, names, instant):
        """Waits until an instant has come, and until all that is due then has come to rest."""
        left = instant - time.time()
        if left > LONGEST_WAIT:
            raise Refused(f"this would take {left:.0f} seconds: the clock of a deployed stack cannot be moved")
        time.sleep(max(left, 0))
        self.rest(names, instant)

    def rest(self, names, horizon):
        """Waits until nothing is under way any more for these partners and tenants, timers due by the horizon included."""
        patience = max(horizon - time.time(), 0) + PATIENCE
        if patience > LONGEST_WAIT:
            horizon, patience = time.time() + LONGEST_WAIT - PATIENCE, LONGEST_WAIT
        end = time.monotonic() + patience
        while (found := self._emulator("POST", "/_rehearsal/under-way", {"names": names, "until": horizon}))["under_way"]:
            if time.monotonic() > end:
                raise Refused(f"not at rest after {patience:.0f} seconds: {found['under_way'][:5]}")
            # Dozens of tests wait at a time, most of them for timers: asking four times a second would keep the emulator busy.
            left = (found["quiet_until"] or 0) - time.time()
            time.sleep(max(left, 0.25))

    def clock(self, asked, names):
        if "until" in asked:
            self.wait_until(names, datetime.fromisoformat(asked["until"]).timestamp())
        else:
            # What time itself would bring is awaited, idle time is not; but what comes after is later, by a second at least.
            days = seconds(asked["advance"]) / 86_400
            time.sleep(1.1 if days else 0)
            self.rest(names, time.time() + days * self.day)
        return {"now": _text(time.time()), "fired": []}

    # Mail.

    def inbox(self, names):
        """The mails to addresses with these names, latest first. Links lead to the function URL's address on this machine, because its name resolves nowhere."""
        items = []
        for mail in self._mails():
            if not any(name in to for name in names for to in mail["To"]):
                continue
            text, html = ((mail[part] or "").replace(*self.stack.link_addresses) for part in ("BodyText", "BodyHtml"))
            items.append(
                {
                    "id": mail["MessageId"],
                    "to": ", ".join(mail["To"]),
                    "subject": mail["Subject"],
                    "text": text,
                    "html": html,
                    "sent_at": _text(mail["Timestamp"]),
                }
            )
        return {"items": items[::-1], "next": None}

    def _mails(self):
        accounts = self._emulator("GET", "/_ministack/ses/messages")["messages"]
        return sorted((mail for mails in accounts.values() for mail in mails), key=lambda mail: mail["Timestamp"])

    def mail_event(self, asked, names):
        """Puts what SES would put on the default bus."""
        mail = next((mail for mail in self._mails() if mail["MessageId"] == asked["mail_id"]), None)
        if mail is None:
            raise Refused("there is no such mail")
        tags = self._emulator("GET", "/_rehearsal/tags").get(mail["MessageId"], {})
        tags["ses:configuration-set"] = self.stack.outputs["ConfigurationSet"]
        detail_type, detail = ses_event(asked["event"], mail, {name: [value] for name, value in tags.items()})
        self._emulator("POST", "/_rehearsal/event", {"source": "aws.ses", "detail-type": detail_type, "detail": detail})
        self.rest([*names, mail["MessageId"]], time.time())
        return {"event": asked["event"]}

    # What failed.

    def queues(self, names):
        """Messages in any queue of the stack that concern these names; none should ever be there."""
        found = {}
        accounts = self._emulator("GET", "/_ministack/sqs/messages")
        text = json.dumps(accounts)
        if any(name in text for name in names):
            found["messages"] = accounts
        return found

    # HTTP.

    def answer(self, method, path, headers, body):
        names = [name for name in headers.get("x-names", "").split(",") if name]
        asked = json.loads(body) if body else {}
        match (method, path):
            case ("GET", "/.well-known/openid-configuration"):
                return 200, self.issuer.configuration()
            case ("GET", "/jwks.json"):
                return 200, self.issuer.keys()
            case ("POST", "/_local/token"):
                return 200, self.issuer.token(asked)
            case ("GET", "/_local/clock"):
                return 200, {"now": _text(time.time())}
            case ("POST", "/_local/clock"):
                return 200, self.clock(asked, names)
            case ("GET", "/_local/inbox"):
                return 200, self.inbox(names)
            case ("POST", "/_local/mail-events"):
                return 202, self.mail_event(asked, names)
            case ("GET", "/_local/queues"):
                return 200, self.queues(names)
            case _:
                return 404, {"detail": "there is no such route at the desk of a deployed stack"}

    def _emulator(self, method, path, body=None):
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.aws.endpoint + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def _handler(desk):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                try:
                    status, answer = desk.answer(self.command, self.path, self.headers, body)
                except Refused as refused:
                    status, answer = 400, {"detail": str(refused)}
                except Exception as error:  # noqa: BLE001 - the test that asked must be told, whatever it is
                    status, answer = 500, {"detail": f"{type(error).__name__}: {error}"}
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = _serve

            def log_message(self, *_):
                pass

        return Handler


def seconds(duration):
    """The seconds of an ISO 8601 duration of days, hours, minutes and seconds."""
    found = re.fullmatch(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", duration)
    if not found:
        raise Refused(f"no duration: {duration}")
    return sum(int(count or 0) * unit for count, unit in zip(found.groups(), (86_400, 3_600, 60, 1)))


def ses_event(event, mail, tags):
    """The type and the detail of an event as SES describes what became of a mail."""
    now = _text(time.time())
    original = {
        "timestamp": _text(mail["Timestamp"]),
        "source": mail["Source"],
        "messageId": mail["MessageId"],
        "destination": mail["To"],
        "commonHeaders": {"from": [mail["Source"]], "to": mail["To"], "subject": mail["Subject"]},
        "tags": tags,
    }

    def bounce(kind, sub, status):
        recipients = [{"emailAddress": to, "action": "failed", "status": status} for to in mail["To"]]
        return {"bounceType": kind, "bounceSubType": sub, "bouncedRecipients": recipients, "timestamp": now, "feedbackId": str(uuid.uuid4())}

    complaint = {"complainedRecipients": [{"emailAddress": to} for to in mail["To"]], "timestamp": now, "feedbackId": str(uuid.uuid4())}
    kinds = {
        "bounce": ("Email Bounced", "Bounce", "bounce", bounce("Permanent", "General", "5.1.1")),
        "soft_bounce": ("Email Bounced", "Bounce", "bounce", bounce("Transient", "MailboxFull", "4.2.2")),
        "complaint": ("Email Complaint Received", "Complaint", "complaint", complaint),
        "delivery": ("Email Delivered", "Delivery", "delivery", {"timestamp": now, "recipients": mail["To"]}),
        "delay": ("Email Delivery Delayed", "DeliveryDelay", "deliveryDelay", {"timestamp": now, "delayType": "MailboxFull"}),
        "reject": ("Email Rejected", "Reject", "reject", {"reason": "Bad content"}),
    }
    if event not in kinds:
        raise Refused(f"no mail event: {event}")
    detail_type, event_type, key, body = kinds[event]
    return detail_type, {"eventType": event_type, "mail": original, key: body}


def _text(instant):
    return datetime.fromtimestamp(instant, timezone.utc).isoformat().replace("+00:00", "Z")

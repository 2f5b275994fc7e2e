"""MiniStack, served as it is, with a few addresses more: what is still under way, what it forgets of mails, events of AWS itself.

Run as a program: `python -m rehearsal.emulator PORT`. Watching needs to be inside, because nothing that MiniStack answers tells
whether a stream is worked off, a timer has fired or an asynchronous invocation has ended. Nothing of what it does is changed.
"""

import asyncio
import json
import os
import re
import sys
import threading
import time
import uuid

from ministack import app as ministack
from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services import dynamodb, eventbridge, lambda_svc, scheduler

CLAIM = re.compile(r"clm_[a-z0-9]+")
# What tests call their own: partners' IDs, and the first group of tenants' and subscriptions'.
NAME = re.compile(r"(?<![\w-])(?:[0-9]{7}(?![\w-])|[0-9a-f]{8}-(?=[0-9a-f]{4}-[0-9a-f]{4}-))")


def concerns(thing):
    """The claims, and the names of tests, that something mentions."""
    text = thing if isinstance(thing, str) else json.dumps(thing, default=str)
    return frozenset(CLAIM.findall(text)), frozenset(NAME.findall(text))


class Watch:
    """What is under way for the claims of certain partners and tenants."""

    def __init__(self):
        self.lock = threading.Lock()
        self.invocations = {}
        # By table: what each record so far concerns, from the first one on.
        self.records = {}
        self.claims = {}
        executed, dispatch = lambda_svc._execute_function_with_config_scope, eventbridge._dispatch_to_lambda

        def watched_execution(function, event):
            try:
                return executed(function, event)
            finally:
                self._count(event, -1)

        def watched_dispatch(arn, payload):
            self._count(json.loads(payload), 1)
            return dispatch(arn, payload)

        lambda_svc._execute_function_with_config_scope = watched_execution
        eventbridge._dispatch_to_lambda = watched_dispatch

    def _count(self, event, change):
        key = json.dumps(event, sort_keys=True)
        with self.lock:
            self.invocations[key] = self.invocations.get(key, 0) + change
            if self.invocations[key] <= 0:
                del self.invocations[key]

    def under_way(self, names, until):
        """What is left to do, in words: records, timers due by `until`, invocations. With it, until when nothing can change:
        where timers alone are left, until the first of them is due.
        """
        with self.lock:
            self._learn()
            names = set(names)
            claims = set().union(*(self.claims.get(name, ()) for name in names))
            words = claims | names
            # In this order: a timer that has fired is an invocation.
            moving, timers = self._records(claims, names), self._timers(claims, until)
            moving += [f"invocation {event[:200]}" for event in self.invocations if any(word in event for word in words)]
            quiet = min(timers.values()) if timers and not moving else None
            return {"under_way": moving + list(timers), "quiet_until": quiet}

    def _mappings(self):
        for account, region, mapping in lambda_svc._iter_all_esms():
            arn = mapping.get("EventSourceArn", "")
            if ":dynamodb:" in arn:
                yield account, region, mapping, arn.split("/stream/")[0].split("/")[-1]

    def _learn(self):
        """Reads what the new records concern, and so which claims are whose."""
        for account, region, _, table in self._mappings():
            seen = self.records.setdefault(table, [])
            for record in dynamodb.stream_records_since(table, len(seen), 1_000_000, account_id=account, region=region):
                claims, names = concerns(record)
                seen.append((claims, names))
                for name in names:
                    self.claims.setdefault(name, set()).update(claims)

    def _records(self, claims, names):
        found = []
        for account, region, mapping, table in self._mappings():
            position = lambda_svc._dynamodb_stream_positions._data.get((account, region, mapping["UUID"]), 0)
            for of_claims, of_names in self.records.get(table, [])[position:]:
                if claims & of_claims or names & of_names:
                    found.append(f"a record of {sorted(of_claims | of_names)[:3]} for {mapping['FunctionName']}")
        return found

    @staticmethod
    def _timers(claims, until):
        """What they are called, and when they are due."""
        found = {}
        for key, schedule in list(scheduler._schedules._data.items()):
            if claims.isdisjoint(CLAIM.findall(key[-1])):
                continue
            due = scheduler._at_time_epoch(schedule.get("ScheduleExpression", ""))
            if due is not None and due <= until:
                found[f"timer {key[-1]}"] = due
        return found


class Mails:
    """What MiniStack forgets of a mail: the tags by which its events are told from others'."""

    def __init__(self):
        self.tags = {}

    async def send(self, scope, receive, send):
        """Hands a SendEmail on, and keeps its tags under the message's ID."""
        asked, answered = await _body(receive), bytearray()
        messages = iter([{"type": "http.request", "body": asked, "more_body": False}])

        async def again():
            return next(messages, None) or await receive()

        async def listen(message):
            answered.extend(message.get("body", b""))
            await send(message)

        await ministack.app(scope, again, listen)
        try:
            tags = json.loads(asked).get("EmailTags", [])
            self.tags[json.loads(answered)["MessageId"]] = {tag["Name"]: tag["Value"] for tag in tags}
        except (ValueError, KeyError):
            # Refused: there is no mail.
            return


def put_event(event):
    """Puts an event on the default bus as a service of AWS does: PutEvents refuses everybody else the source `aws.ses`."""
    set_request_account_id(os.environ.get("MINISTACK_ACCOUNT_ID", "000000000000"))
    set_request_region(os.environ["MINISTACK_REGION"])
    eventbridge._dispatch_event(
        {
            "EventId": str(uuid.uuid4()),
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
            "EventBusName": "default",
            "Time": time.time(),
            "Resources": [],
            "Account": os.environ.get("MINISTACK_ACCOUNT_ID", "000000000000"),
            "Region": os.environ["MINISTACK_REGION"],
        }
    )


async def _body(receive):
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    return body


async def _answer(send, answer):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


WATCH = Watch()
MAILS = Mails()


async def app(scope, receive, send):
    """MiniStack, and `POST /_rehearsal/under-way` with `{"names": [...], "until": seconds}`, `POST /_rehearsal/event` with an event
    of a service of AWS, and `GET /_rehearsal/tags`.
    """
    path = scope["path"] if scope["type"] == "http" else ""
    if path == "/_rehearsal/under-way":
        asked = json.loads(await _body(receive))
        await _answer(send, WATCH.under_way(asked["names"], asked.get("until") or time.time()))
    elif path == "/_rehearsal/event":
        put_event(json.loads(await _body(receive)))
        await _answer(send, {})
    elif path == "/_rehearsal/tags":
        await _answer(send, MAILS.tags)
    elif path == "/v2/email/outbound-emails" and scope["method"] == "POST":
        await MAILS.send(scope, receive, send)
    else:
        await ministack.app(scope, receive, send)


def main():
    """Serves on 127.0.0.1 until it is ended."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"127.0.0.1:{int(sys.argv[1])}"]
    config.keep_alive_timeout = 75
    config.loglevel = "WARNING"
    asyncio.run(serve(app, config))


if __name__ == "__main__":
    main()

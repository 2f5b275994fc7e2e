"""The runbook's commands, run as they stand there against the deployed stack, in their order; teardown comes last."""

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .process import LOGS
from .stack import NAME, SENDER
from .template import REGION, ROOT

RUNBOOK = ROOT / "infra" / "README.md"
# Every block that is not run, with what the emulator lacks for it.
CANNOT_RUN = {
    "deploy": "the emulator ignores the OpenAPI body of an HTTP API: this rehearsal builds and deploys its translation itself",
    "entra": "there is no Entra ID to run it against",
    "links-deployed": "the stack is deployed without LinkDomain",
}


@dataclass
class Block:
    """Commands under their name in the runbook."""

    name: str
    commands: str


@dataclass
class Outcome:
    """What came of a block."""

    name: str
    result: str
    holds: bool


def blocks(text):
    """The runbook's shell blocks, in their order. One without a name is called after its place."""
    found = re.findall(r"^```sh(?: ([a-z-]+))?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [Block(name or f"unnamed-{place}", commands) for place, (name, commands) in enumerate(found)]


class Runbook:
    """Runs blocks; where the text says what a block brings about, looks whether it did."""

    def __init__(self, aws, stack, calls):
        self.aws, self.stack, self.calls = aws, stack, calls
        self.blocks = {block.name: block for block in blocks(RUNBOOK.read_text(encoding="utf-8"))}
        self.claims = {}

    def rehearse(self):
        """Every block, with what came of it."""
        self._prepare()
        outcomes = []
        for name, block in self.blocks.items():
            if name in CANNOT_RUN:
                outcomes.append(Outcome(name, f"not run: {CANNOT_RUN[name]}", True))
            elif name != "setup":
                outcomes.append(self._run(block))
        return outcomes

    def _run(self, block):
        print(f"   {block.name}", flush=True)
        words = block.name.replace("-", "_")
        getattr(self, f"_before_{words}", lambda: None)()
        script = f"set -euo pipefail\n{self.blocks['setup'].commands}\n{block.commands}"
        log = LOGS / f"runbook-{block.name}.txt"
        done = subprocess.run(
            ["bash", "-c", script], cwd=ROOT, env=self._environment(), capture_output=True, text=True, timeout=300, check=False
        )
        log.write_text(done.stdout + done.stderr, encoding="utf-8")
        if done.returncode:
            return Outcome(block.name, f"FAILED ({done.returncode}): {(done.stderr or done.stdout).strip()[-300:]}", False)
        wrong = getattr(self, f"_after_{words}", lambda _: None)(done.stdout)
        return Outcome(block.name, f"ran, but {wrong}" if wrong else "ran", not wrong)

    def _environment(self):
        # boto3 is in the environment that runs this, the command line in another.
        tools = [self._command_line(), Path(sys.executable).parent]
        return {
            **os.environ,
            "PATH": ":".join([*map(str, tools), os.environ["PATH"]]),
            "STACK": NAME,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": self.aws.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_PAGER": "",
            # Names that resolve in AWS only, and what a person would wait for or fill in.
            "API": self.stack.gateway,
            "LOGIN": self.aws.endpoint,
            "TOKEN": self.calls.operator,
            "DRAIN": "0",
            "CLAIM": self.claims.get("timer", {}).get("id", ""),
        }

    def _command_line(self):
        """Where `aws` is, which always asks the emulator: version 1 asks AWS itself for queues whatever the environment says."""
        place = LOGS.parent / "bin"
        place.mkdir(exist_ok=True)
        program = Path(f"{sys.prefix}-cli") / "bin" / "aws"
        (place / "aws").write_text(f'#!/bin/sh\nexec "{program}" --endpoint-url "$AWS_ENDPOINT_URL" "$@"\n', encoding="utf-8")
        (place / "aws").chmod(0o755)
        return place

    # What stands around single blocks.

    def _prepare(self):
        """Two claims whose customers are told. One loses its timers, as if they had failed; the other's mail will have come back."""
        for name, workload in (("timer", "viva_engage"), ("mail", "viva_insights")):
            self.claims[name] = self.calls.awaiting(workload)
        scheduler = self.aws.client("scheduler")
        for schedule in scheduler.list_schedules(GroupName=NAME, NamePrefix=self.claims["timer"]["id"])["Schedules"]:
            scheduler.delete_schedule(GroupName=NAME, Name=schedule["Name"])

    def _after_failed_deploy(self, said):
        """This deployment did not fail."""
        there = self.aws.client("cloudformation").describe_stacks(StackName=NAME)["Stacks"][0]["StackStatus"]
        return None if (said, there) == ("", "CREATE_COMPLETE") else f"it said {said!r}, and the stack is {there}"

    def _after_dkim(self, said):
        records = re.findall(r"^\w+\._domainkey\.(\S+) CNAME \w+\.dkim\.amazonses\.com$", said, re.MULTILINE)
        return None if records == [SENDER.split("@")[1]] * 3 else f"it said {said!r}"

    def _before_redrive(self):
        timer, mail = self.claims["timer"], self.claims["mail"]
        self._queue("FailedTimers", self._failed_deadline())
        self._queue("UndeliveredTimers", self._failed_deadline()["requestPayload"])
        tags = {"claim": [mail["id"]], "notice": ["1"], "recipient": ["customer_contact"]}
        bounced = {"eventType": "Bounce", "mail": {"messageId": "m-1", "tags": tags}, "bounce": {"bounceType": "Permanent"}}
        self._queue("FailedMailEvents", {"source": "aws.ses", "detail-type": "Email Bounced", "detail": bounced})
        left = timer["deadline_at"] - time.time()
        time.sleep(max(left, 0) + 1)
        if self.calls.status(timer) != "awaiting_customer":
            raise RuntimeError("a claim without timers was moved on by something else")

    def _after_redrive(self, _):
        states = {name: self.calls.status(self.claims[name]) for name in ("timer", "mail")}
        left = [name for name in ("FailedTimers", "UndeliveredTimers", "FailedMailEvents") if self._waiting(name)]
        if left:
            return f"{left} are not empty"
        return None if states == {"timer": "official", "mail": "action_required"} else f"the claims are {states}"

    def _before_purge(self):
        self._queue("FailedTransitions", {"DDBStreamBatchInfo": {"shardId": "shardId-0"}})

    def _after_purge(self, _):
        return "FailedTransitions is not empty" if self._waiting("FailedTransitions") else None

    def _after_queues(self, said):
        return None if len(re.findall(r"^\w+ \d+$", said, re.MULTILINE)) == 5 else f"it said {said!r}"

    def _after_first_call(self, said):
        return None if said.endswith("401\n") else f"it said {said!r}"

    def _after_follow_claim(self, said):
        wanted = ("claim changed", "customer told")
        return None if all(word in said for word in wanted) else f"no {wanted} in the log of {self.claims['timer']['id']}"

    def _after_rebuild(self, said):
        """After all that the suite has done, counted as it went: anew, it comes to the same."""
        rebuilt = json.loads(said)
        return None if rebuilt["claims"] > 0 and rebuilt["differences"] == [] else f"it said {said[:300]}"

    def _after_cognito_token(self, said):
        claims = json.loads(said)
        wanted = {"roles": ["incentives_admin"], "partner_id": "1234567", "scope": "claims-api/claims"}
        return None if wanted.items() <= claims.items() else f"the token has {claims}"

    def _after_restore(self, said):
        return None if "items to put back" in said else f"it said {said!r}"

    def _before_rewind(self):
        """Something to go back behind: a new claim, and a change of an old one. And a timer that fired while functions were stopped."""
        self.claims["late"] = self.calls.awaiting("viva_learning")
        self.calls.disassociate(self.claims["timer"])
        self._queue("FailedTimers", self._failed_deadline())

    def _after_rewind(self, _):
        if self._waiting("FailedTimers"):
            return "FailedTimers is not empty"
        states = {name: self.calls.status(self.claims[name]) for name in ("timer", "late")}
        return None if states == {"timer": "official", "late": "not_found"} else f"the claims are {states}"

    def _before_event_rules(self):
        """Somebody listens, and somebody has begun to."""
        events, bus = self.aws.client("events"), self.stack.outputs["EventBusName"]
        for rule in ("listens", "listens-to-nothing"):
            events.put_rule(Name=rule, EventBusName=bus, EventPattern='{"source": ["partner-of-record"]}')
        target = f"arn:aws:sqs:{REGION}:000000000000:anywhere"
        events.put_targets(Rule="listens", EventBusName=bus, Targets=[{"Id": str(one), "Arn": target} for one in (1, 2)])

    def _after_event_rules(self, _):
        left = self.aws.client("events").list_rules(EventBusName=self.stack.outputs["EventBusName"])["Rules"]
        return f"the bus still has {[rule['Name'] for rule in left]}" if left else None

    def _after_teardown(self, _):
        stacks = self.aws.client("cloudformation").list_stacks()["StackSummaries"]
        there = [one["StackName"] for one in stacks if one["StackName"] == NAME and one["StackStatus"] != "DELETE_COMPLETE"]
        table, bucket = self.stack.outputs["TableName"], self.stack.outputs["BucketName"]
        there += [table] if table in self.aws.client("dynamodb").list_tables()["TableNames"] else []
        there += [one["Name"] for one in self.aws.client("s3").list_buckets()["Buckets"] if one["Name"] == bucket]
        return f"{there} are still there" if there else None

    # Queues.

    def _failed_deadline(self):
        """What Lambda leaves of the timer of a claim's deadline whose function failed, or was stopped."""
        deadline = {"timer": "deadline", "claim_id": self.claims["timer"]["id"], "notice": 1}
        function = f"arn:aws:lambda:{REGION}:000000000000:function:{NAME}-promote:$LATEST"
        return {"requestContext": {"functionArn": function}, "requestPayload": deadline}

    def _url(self, logical):
        return self.stack.physical(logical)

    def _queue(self, logical, message):
        self.aws.client("sqs").send_message(QueueUrl=self._url(logical), MessageBody=json.dumps(message))

    def _waiting(self, logical):
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        counted = self.aws.client("sqs").get_queue_attributes(QueueUrl=self._url(logical), AttributeNames=names)["Attributes"]
        return sum(int(counted[name]) for name in names)

"""Roles narrowed on purpose: what each function may do is what it needs, and a denial is noticed."""

import json
import time
from dataclasses import dataclass

from .calls import PARTNER, claim_for, figures
from .stack import NAME


@dataclass
class Denial:
    """What came of taking an action away."""

    role: str
    action: str
    asked: str
    answered: str
    alarm: str
    noticed: bool


class Narrowing:
    """Takes actions away from roles of the deployed stack, one at a time, and gives them back."""

    def __init__(self, aws, stack, calls):
        self.aws, self.stack, self.calls = aws, stack, calls
        self.iam = aws.client("iam")

    def rehearse(self):
        """Every case, with what was seen."""
        operator, partner = self.calls.operator, self.calls.partner
        found = []
        for role, action, method, path, token, body in (
            ("DirectoryRole", "dynamodb:PutItem", "PUT", f"/partners/{PARTNER}", operator, {"name": "N", "programs": ["osu_m365"]}),
            ("SubmitClaimRole", "dynamodb:PutItem", "POST", "/claims", partner, claim_for("intune")),
            ("ManageClaimsRole", "dynamodb:Query", "GET", "/claims", partner, None),
            ("UsageRole", "dynamodb:BatchWriteItem", "POST", "/usage", operator, figures()),
        ):
            found.append(self._api_case(role, action, method, path, token, body))
        found.append(self._stream_case("NotifyRole", "ses:SendEmail", "exchange_online", "teams", partner))
        found.append(self._stream_case("NotifyRole", "scheduler:CreateSchedule", "sharepoint_online", "m365_apps", partner))
        return found

    def _api_case(self, role, action, method, path, token, body):
        """The call fails with 500 `internal`, the log names the action, and the call succeeds again with the action given back."""
        function = f"{NAME}-{_kebab(role.removesuffix('Role'))}"
        since = int(time.time() * 1000)
        with self._without(role, action):
            status, answer = self.calls.call(method, path, token, body)
            denied = status == 500 and answer.get("code") == "internal"
            logged = self._logged(function, action, since)
        again, _ = self.calls.call(method, path, token, body)
        restored = again < 300
        alarm = self._alarm("AWS/ApiGateway", "5xx")
        return Denial(
            role, action, f"{method} {path.replace(PARTNER, '{id}')}", f"{status} {answer.get('code')}, then {again}", alarm,
            denied and logged and restored and alarm != "",
        )

    def _stream_case(self, role, action, workload, next_workload, partner):
        """The claim stays `notifying`, the log says that access was denied, and with the action given back the next customer is told.
        On AWS the record itself is tried again; the emulator takes a batch as done whose records fail one by one.
        """
        function = f"{NAME}-notify"
        since = int(time.time() * 1000)
        with self._without(role, action):
            status, claim = self.calls.call("POST", "/claims", partner, claim_for(workload))
            logged = status == 201 and self._logged(function, "AccessDenied", since)
            _, waiting = self.calls.call("GET", f"/claims/{claim.get('id')}", partner)
        _, told = self.calls.call("POST", "/claims", partner, claim_for(next_workload))
        told = self.calls.until(told, "awaiting_customer")
        # A record that fails alone is no error of the function: what counts it is the age of the stream.
        alarm = self._alarm("AWS/Lambda", "IteratorAge", function)
        held = (waiting.get("status"), told.get("status")) == ("notifying", "awaiting_customer")
        return Denial(
            role, action, f"a claim for {workload}", f"{waiting.get('status')}; the next one {told.get('status')}", alarm,
            logged and held and alarm != "",
        )

    # What the cases are made of.

    def _without(self, role, action):
        return _Narrowed(self.iam, self.stack.physical(role), action)

    def _logged(self, function, action, since):
        """Whether the function's log says which action was denied, within half a minute."""
        logs, until = self.aws.client("logs"), time.monotonic() + 30
        while time.monotonic() < until:
            events = logs.filter_log_events(logGroupName=f"/aws/lambda/{function}", startTime=since)["events"]
            if any("AccessDenied" in event["message"] and action in event["message"] for event in events):
                return True
            time.sleep(0.5)
        return False

    def _alarm(self, namespace, metric, function=None):
        """The alarm that counts this failure, by name; empty when there is none."""
        for alarm in self.aws.client("cloudwatch").describe_alarms(MaxRecords=100)["MetricAlarms"]:
            if (alarm.get("Namespace"), alarm.get("MetricName")) != (namespace, metric) or not alarm["AlarmActions"]:
                continue
            if function is None or function in [dimension["Value"] for dimension in alarm["Dimensions"]]:
                return alarm["AlarmName"].split("-")[1]
        return ""


class _Narrowed:
    """A role without an action, for as long as the context lasts."""

    def __init__(self, iam, role, action):
        self.iam, self.role, self.action = iam, role, action
        self.policy = iam.list_role_policies(RoleName=role)["PolicyNames"][0]
        self.document = iam.get_role_policy(RoleName=role, PolicyName=self.policy)["PolicyDocument"]

    def __enter__(self):
        narrowed, taken = json.loads(json.dumps(self.document)), 0
        for statement in narrowed["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            taken += self.action in actions
            statement["Action"] = [action for action in actions if action != self.action]
        if not taken:
            raise RuntimeError(f"{self.role} does not allow {self.action}: nothing to take away")
        narrowed["Statement"] = [statement for statement in narrowed["Statement"] if statement["Action"]]
        self._put(narrowed)

    def __exit__(self, *_):
        self._put(self.document)

    def _put(self, document):
        self.iam.put_role_policy(RoleName=self.role, PolicyName=self.policy, PolicyDocument=json.dumps(document))


def _kebab(name):
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name).strip("-")


def denied_unasked(aws):
    """What functions were denied although no role is narrowed, from their logs: nothing, if the template allows what they do.
    `reconcile` is invoked for that, because the suite is over before its five minutes are.
    """
    logs, answer = aws.client("logs"), aws.client("lambda").invoke(FunctionName=f"{NAME}-reconcile", Payload=b"{}")
    said = json.load(answer["Payload"])
    found = [("reconcile", str(said)[:200])] if "FunctionError" in answer else []
    for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"/aws/lambda/{NAME}-"):
        for group in page["logGroups"]:
            name = group["logGroupName"]
            for events in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
                denied = [event["message"] for event in events["events"] if "AccessDenied" in event["message"]]
                found += [(name.removeprefix(f"/aws/lambda/{NAME}-"), message.strip()[:200]) for message in denied[:3]]
    return found

"""The runbook agrees with the template, and its blocks can be told apart. That they run is the rehearsal's to show."""

import importlib.util
import re

import pytest

from rehearsal.runbook import CANNOT_RUN, RUNBOOK, blocks
from rehearsal.template import ROOT
from test_template import metrics_of, of_type

TEXT = RUNBOOK.read_text(encoding="utf-8")


def section(title):
    """What stands under a heading of the second level."""
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)[1]


def test_the_runbook_says_what_every_alarm_means_and_no_other(resources):
    rows = [row.split("|")[1] for row in section("What is watched").splitlines() if row.startswith("| `")]
    said = {alarm for row in rows for alarm in re.findall(r"`(\w+)`", row)}
    assert said == {name for name, one in resources.items() if one["Type"] == "AWS::CloudWatch::Alarm"}


def test_the_fixed_costs_are_counted_right(resources):
    watched = sum(len(metrics_of(alarm)) for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values())
    own = len(re.findall(r'=> "\w+",', (ROOT / "shared" / "telemetry" / "src" / "lib.rs").read_text(encoding="utf-8")))
    costs = section("Costs")
    assert f"| {watched} metrics that alarms watch, at 0.10 | {watched * 0.10:.2f} |" in costs
    assert f"| {own} metrics of its own, at 0.30 in months in which all are written | {own * 0.30:.2f} |" in costs


def test_the_runbook_names_no_parameter_that_there_is_not(written):
    rows = [row.split("|")[1] for row in section("Changing the policy while windows are open").splitlines() if row.startswith("| `")]
    said = {name for row in rows for name in re.findall(r"`(\w+)`", row)} | set(re.findall(r"\b((?:Jwt|Link)[A-Z]\w+)=", TEXT))
    assert said and said <= set(written["Parameters"])


@pytest.mark.parametrize("place", ["README.md", "functions/follow/README.md", "infra/README.md", "infra/redrive"])
def test_whoever_invokes_a_function_waits_for_as_long_as_it_may_work_and_does_so_once(resources, place):
    longest = max(one["Timeout"] for one in of_type(resources, "AWS::Lambda::Function").values())
    text = (ROOT / place).read_text(encoding="utf-8")
    waits = [int(seconds) for seconds in re.findall(r"AWS_MAX_ATTEMPTS=1 aws lambda invoke --cli-read-timeout (\d+) ", text)]
    assert len(waits) == text.count("aws lambda invoke ") and all(wait > longest for wait in waits)
    # Nobody else takes a message while its function works.
    assert all(int(seconds) > longest for seconds in re.findall(r"--visibility-timeout (\d+)", text))


def test_every_block_has_a_name_of_its_own_and_teardown_is_last():
    names = [block.name for block in blocks(TEXT)]
    assert not [name for name in names if name.startswith("unnamed")]
    assert len(names) == len(set(names)) and names[0] == "setup" and names[-1] == "teardown"


def test_what_cannot_run_is_in_the_runbook_and_is_little():
    assert set(CANNOT_RUN) <= {block.name for block in blocks(TEXT)} and len(CANNOT_RUN) <= 4


@pytest.fixture
def trigger(monkeypatch):
    """The trigger, told of one system."""
    monkeypatch.setenv("SYSTEMS", '{"c-1": {"roles": ["incentives_admin"], "partner_id": "1234567"}}')
    spec = importlib.util.spec_from_file_location("cognito_token", ROOT / "infra" / "identity" / "cognito_token.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda source, client, request: module.handler(
        {"triggerSource": source, "callerContext": {"clientId": client}, "request": request, "response": {}}, None
    )["response"]["claimsAndScopeOverrideDetails"]["accessTokenGeneration"]["claimsToAddOrOverride"]


def test_a_persons_token_has_the_groups_as_roles_and_the_partner(trigger):
    request = {"groupConfiguration": {"groupsToOverride": ["incentives_user"]}, "userAttributes": {"custom:partner_id": "7654321"}}
    assert trigger("TokenGeneration_HostedAuth", "c-1", request) == {"roles": ["incentives_user"], "partner_id": "7654321"}
    staff = {"groupConfiguration": {"groupsToOverride": ["reviewer"]}, "userAttributes": {"email": "r@vendor.example"}}
    assert trigger("TokenGeneration_RefreshTokens", "c-2", staff) == {"roles": ["reviewer"]}


def test_a_systems_token_has_what_is_known_of_its_client_and_a_strangers_nothing(trigger):
    assert trigger("TokenGeneration_ClientCredentials", "c-1", {}) == {"roles": ["incentives_admin"], "partner_id": "1234567"}
    assert trigger("TokenGeneration_ClientCredentials", "c-2", {}) == {}

"""What the emulator cannot check, checked on the translated template. Names are claims; resources are found by type, so that
a new function, queue or bucket is held to the same rules without a change here.
"""

import json

import pytest

from rehearsal.template import ROOT

# Actions that know no resources, so that `*` is all that can be said. Anything else needs a reason here.
WITHOUT_RESOURCES = {
    "xray:PutTraceSegments": "X-Ray knows no resources",
    "xray:PutTelemetryRecords": "X-Ray knows no resources",
}


def of_type(resources, *types):
    """Resources of these types, by logical ID, with their properties."""
    return {name: one.get("Properties", {}) for name, one in resources.items() if one["Type"] in types}


def listed(value):
    """What may stand alone or in a list."""
    return value if isinstance(value, list) else [value]


def mentions(value, name):
    """Whether something refers to a resource, by Ref, GetAtt, Sub or DependsOn."""
    if isinstance(value, dict):
        if value.get("Ref") == name or (isinstance(value.get("Fn::GetAtt"), list) and value["Fn::GetAtt"][0] == name):
            return True
        if "Fn::Sub" in value and f"${{{name}" in json.dumps(value["Fn::Sub"]):
            return True
        return any(mentions(one, name) for one in value.values())
    return isinstance(value, list) and any(mentions(one, name) for one in value)


def identity_policies(resources):
    """Every statement of every role and managed policy, with where it stands."""
    for name, role in of_type(resources, "AWS::IAM::Role", "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy").items():
        for policy in role.get("Policies", [role] if "PolicyDocument" in role else []):
            for statement in listed(policy["PolicyDocument"]["Statement"]):
                # A statement may depend on a condition of the template: both branches count.
                for branch in statement["Fn::If"][1:] if "Fn::If" in statement else [statement]:
                    if "Effect" in branch:
                        yield name, branch


def alarmed_queues(resources):
    """Queues that an alarm watches for messages, and tells somebody."""
    found = set()
    for name in of_type(resources, "AWS::SQS::Queue"):
        for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values():
            if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible" and alarm.get("AlarmActions") and mentions(alarm["Dimensions"], name):
                found.add(name)
    return found


def queue_of(resources, arn):
    """The queue that an ARN names."""
    return next((name for name in of_type(resources, "AWS::SQS::Queue") if mentions(arn, name)), None)


def is_owned(resources, destination):
    """Whether what fails goes to a queue that keeps it for two weeks and that an alarm watches."""
    queue = queue_of(resources, destination)
    return queue in alarmed_queues(resources) and resources[queue]["Properties"]["MessageRetentionPeriod"] == 1_209_600


# What it is deployed with.


def refused(template, **given):
    """What CloudFormation says against these parameters before it deploys anything, by the template's rules."""
    stated = {name: str(one.get("Default", "")) for name, one in template["Parameters"].items()} | given

    def value(of):
        if not isinstance(of, dict):
            return of
        ((function, argument),) = of.items()
        match function:
            case "Ref":
                return stated[argument]
            case "Fn::Equals":
                return value(argument[0]) == value(argument[1])
            case "Fn::Not":
                return not value(argument[0])
            case "Fn::And":
                return all(map(value, argument))
        raise AssertionError(f"this test does not know {function}")

    rules = [one for one in template["Rules"].values() if value(one.get("RuleCondition", True))]
    return [one["AssertDescription"] for rule in rules for one in rule["Assertions"] if not value(one["Assert"])]


def test_a_domain_for_links_needs_its_certificate_and_a_secret_something_that_shows_it(deployed):
    domain = {"LinkDomain": "partners.example.com", "LinkCertificateArn": "arn:aws:acm:us-east-1:1:certificate/a"}
    base, secret = {"LinkBaseUrl": "https://partners.example.com"}, {"LinkOriginSecret": "s" * 32}
    for whole in ({}, domain, base, domain | base, domain | secret, base | secret, domain | base | secret):
        assert refused(deployed, **whole) == [], whole
    for half, missing in ((secret, "LinkOriginSecret"), ({"LinkDomain": "partners.example.com"}, "LinkDomain")):
        said = refused(deployed, **half)
        assert len(said) == 1 and said[0].startswith(f"{missing} needs"), half


# Data.


def test_tables_expire_items_recover_to_a_point_in_time_and_outlive_the_stack(resources):
    tables = of_type(resources, "AWS::DynamoDB::Table")
    assert tables
    for name, table in tables.items():
        assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}, name
        assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True, name
        assert table["DeletionProtectionEnabled"] == {"Fn::If": ["ProtectsTable", True, False]}, name
        assert resources[name]["DeletionPolicy"] == resources[name]["UpdateReplacePolicy"] == "Retain", name


def test_tables_are_protected_unless_a_parameter_says_otherwise(written):
    assert written["Parameters"]["ProtectTable"]["Default"] == "true"
    assert written["Conditions"]["ProtectsTable"] == {"Fn::Equals": [{"Ref": "ProtectTable"}, "true"]}


def test_a_key_of_ones_own_encrypts_the_table_and_every_role_that_reads_it_may_use_it(resources):
    for name, table in of_type(resources, "AWS::DynamoDB::Table").items():
        own_key = table["SSESpecification"]["Fn::If"]
        assert own_key[0] == "HasTableKey" and own_key[1]["SSEEnabled"] is True and own_key[1]["SSEType"] == "KMS", name
    allowed = {name for name, statement in identity_policies(resources) if "kms:Decrypt" in listed(statement["Action"])}
    for name, role in of_type(resources, "AWS::IAM::Role").items():
        actions = [action for owner, one in identity_policies(resources) if owner == name for action in listed(one["Action"])]
        if any(action.startswith("dynamodb:") for action in actions):
            policies = json.dumps(role.get("ManagedPolicyArns", []))
            assert name in allowed or any(policy in policies for policy in allowed), name


def test_buckets_are_encrypted_closed_to_the_public_and_kept(resources):
    for name, bucket in of_type(resources, "AWS::S3::Bucket").items():
        assert bucket.get("BucketEncryption"), name
        access = bucket["PublicAccessBlockConfiguration"]
        assert all(access[key] is True for key in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")), name
        kept = resources[name]
        assert (kept["DeletionPolicy"], kept["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain"), name


def test_buckets_refuse_plain_http(resources):
    for name in of_type(resources, "AWS::S3::Bucket"):
        policies = [one for one in of_type(resources, "AWS::S3::BucketPolicy").values() if mentions(one["Bucket"], name)]
        statements = [one for policy in policies for one in policy["PolicyDocument"]["Statement"]]
        refused = [one for one in statements if one.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}]
        assert any(one["Effect"] == "Deny" and one["Action"] == "s3:*" and one["Principal"] == "*" for one in refused), name


def test_queues_are_encrypted_and_keep_what_failed_for_two_weeks(resources):
    for name, queue in of_type(resources, "AWS::SQS::Queue").items():
        assert queue.get("SqsManagedSseEnabled") is True or queue.get("KmsMasterKeyId"), name
        assert queue["MessageRetentionPeriod"] == 1_209_600, name


# What runs by itself.


def test_every_stream_reader_retries_within_bounds_and_leaves_what_failed_in_an_alarmed_queue(resources):
    mappings = of_type(resources, "AWS::Lambda::EventSourceMapping")
    assert mappings
    for name, mapping in mappings.items():
        assert 0 <= mapping["MaximumRetryAttempts"] <= 100, name
        assert 60 <= mapping["MaximumRecordAgeInSeconds"] <= 86_400, name
        assert mapping["BisectBatchOnFunctionError"] is True, name
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert mapping["FilterCriteria"]["Filters"], name
        assert is_owned(resources, mapping["DestinationConfig"]["OnFailure"]["Destination"]), name


def asynchronous_functions(resources):
    """Functions that something invokes without waiting: rules, schedules, and timers by name."""
    targets = [rule["Targets"] for rule in of_type(resources, "AWS::Events::Rule").values()]
    targets += [schedule["Target"] for schedule in of_type(resources, "AWS::Scheduler::Schedule").values()]
    timers = json.dumps([one for name, one in identity_policies(resources) if name == "ScheduleRole"])
    found = set()
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        by_name = function["FunctionName"]["Fn::Sub"] if isinstance(function.get("FunctionName"), dict) else "?"
        if any(mentions(target, name) for target in targets) or f"function:{by_name}\"" in timers:
            found.add(name)
    return found


def test_every_asynchronous_invocation_is_tried_thrice_and_then_left_in_an_alarmed_queue(resources):
    functions = asynchronous_functions(resources)
    assert {"PromoteFunction", "NotifyFunction", "LapseFunction", "ReconcileFunction", "MailEventsFunction"} <= functions
    configured = of_type(resources, "AWS::Lambda::EventInvokeConfig").values()
    for name in functions:
        own = [config for config in configured if mentions(config["FunctionName"], name)]
        assert len(own) == 1, name
        assert own[0]["MaximumRetryAttempts"] == 2, name
        assert own[0]["MaximumEventAgeInSeconds"] <= 21_600, name
        destination = own[0]["DestinationConfig"]["OnFailure"]["Destination"]
        assert is_owned(resources, destination), name
        queue, role = queue_of(resources, destination), resources[name]["Properties"]["Role"]["Fn::GetAtt"][0]
        sends = [one for owner, one in identity_policies(resources) if owner == role and "sqs:SendMessage" in listed(one["Action"])]
        assert any(mentions(one["Resource"], queue) for one in sends), f"{role} may not send to {queue}"


def test_every_rule_that_takes_events_of_others_keeps_what_it_cannot_deliver(resources):
    for name, rule in of_type(resources, "AWS::Events::Rule").items():
        if "EventPattern" not in rule:
            continue
        for target in rule["Targets"]:
            assert is_owned(resources, target["DeadLetterConfig"]["Arn"]), name
            assert target["RetryPolicy"]["MaximumRetryAttempts"] <= 185, name
            queue = queue_of(resources, target["DeadLetterConfig"]["Arn"])
            policies = of_type(resources, "AWS::SQS::QueuePolicy").values()
            grants = [one for policy in policies if mentions(policy["Queues"], queue) for one in policy["PolicyDocument"]["Statement"]]
            own = {"ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": [name, "Arn"]}}}
            assert [one["Condition"] for one in grants if one["Principal"] == {"Service": "events.amazonaws.com"}] == [own], name


def test_every_queue_of_failures_has_an_alarm(resources):
    assert alarmed_queues(resources) == set(of_type(resources, "AWS::SQS::Queue"))


# Who may do what.


def test_the_public_url_has_both_permissions_and_a_reserved_concurrency(resources, written):
    urls = of_type(resources, "AWS::Lambda::Url")
    assert urls
    permissions = of_type(resources, "AWS::Lambda::Permission").values()
    for url in urls.values():
        if url["AuthType"] != "NONE":
            continue
        function = url["TargetFunctionArn"]["Fn::GetAtt"][0]
        own = [one for one in permissions if mentions(one["FunctionName"], function) and one["Principal"] == "*"]
        assert any(one["Action"] == "lambda:InvokeFunctionUrl" and one.get("FunctionUrlAuthType") == "NONE" for one in own)
        assert any(one["Action"] == "lambda:InvokeFunction" and one.get("InvokedViaFunctionUrl") is True for one in own)
        assert len(own) == 2, "nothing else is public"
        reserved = resources[function]["Properties"]["ReservedConcurrentExecutions"]["Fn::If"]
        assert reserved[0] == "ReservesOptOut" and reserved[1] == {"Ref": "OptOutConcurrency"}
    assert written["Parameters"]["OptOutConcurrency"]["Default"] >= 1


def test_only_the_public_page_may_be_invoked_by_everybody(resources):
    pages = {url["TargetFunctionArn"]["Fn::GetAtt"][0] for url in of_type(resources, "AWS::Lambda::Url").values()}
    for name, permission in of_type(resources, "AWS::Lambda::Permission").items():
        if permission["Principal"] == "*":
            assert any(mentions(permission["FunctionName"], page) for page in pages), name
        else:
            assert permission.get("SourceArn"), f"{name} names no source"


def test_roles_are_passed_to_the_service_that_needs_them_only(resources):
    passes = [(name, one) for name, one in identity_policies(resources) if "iam:PassRole" in listed(one["Action"])]
    assert passes
    for name, statement in passes:
        assert listed(statement["Action"]) == ["iam:PassRole"], name
        assert all("Fn::GetAtt" in resource for resource in listed(statement["Resource"])), name
        assert statement["Condition"]["StringEquals"]["iam:PassedToService"].endswith(".amazonaws.com"), name


def test_only_this_stacks_schedule_group_may_take_the_timers_role(resources):
    statement = resources["ScheduleRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
    assert statement["Condition"]["StringEquals"]["aws:SourceArn"] == {"Fn::GetAtt": ["ScheduleGroup", "Arn"]}
    assert statement["Condition"]["StringEquals"]["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_every_function_has_a_role_of_its_own_that_only_lambda_may_take(resources):
    roles = [one["Role"]["Fn::GetAtt"][0] for one in of_type(resources, "AWS::Lambda::Function").values()]
    assert len(roles) == len(set(roles))
    for role in roles:
        statement = resources[role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert [one["Principal"] for one in statement] == [{"Service": "lambda.amazonaws.com"}], role


def test_no_statement_allows_an_action_by_pattern_or_on_everything(resources):
    for name, statement in identity_policies(resources):
        for action in listed(statement["Action"]):
            assert "*" not in action, f"{name}: {action}"
            if "*" in listed(statement["Resource"]):
                assert action in WITHOUT_RESOURCES, f"{name} allows {action} on everything"


def test_mail_leaves_under_the_configured_sender_only(resources):
    sends = [one for _, one in identity_policies(resources) if "ses:SendEmail" in listed(one["Action"])]
    assert sends
    assert all(one["Condition"]["StringEquals"]["ses:FromAddress"] == {"Ref": "SenderAddress"} for one in sends)


def test_mail_may_go_to_every_recipient_also_in_the_sandbox_where_each_is_an_identity(resources):
    identities = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*"
    sends = [one for _, one in identity_policies(resources) if "ses:SendEmail" in listed(one["Action"])]
    assert sends
    for statement in sends:
        assert {"Fn::Sub": identities} in statement["Resource"]
        assert any(mentions(one, "ConfigurationSet") for one in statement["Resource"])


# What can be seen.


def test_every_function_is_traced_and_logs_to_a_group_of_its_own_that_it_may_write(resources):
    groups = []
    for name, function in of_type(resources, "AWS::Lambda::Function").items():
        assert function["TracingConfig"] == {"Mode": "Active"}, name
        group = function["LoggingConfig"]["LogGroup"]["Ref"]
        groups.append(group)
        role = function["Role"]["Fn::GetAtt"][0]
        writes = [one for owner, one in identity_policies(resources) if owner == role and "logs:PutLogEvents" in listed(one["Action"])]
        assert writes and all(mentions(one["Resource"], group) for one in writes), name
    assert len(groups) == len(set(groups))


def test_every_log_group_forgets(resources):
    groups = of_type(resources, "AWS::Logs::LogGroup")
    assert groups
    for name, group in groups.items():
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name


def test_no_metrics_of_single_routes_are_paid_for_that_nothing_reads(resources):
    stages = of_type(resources, "AWS::ApiGatewayV2::Stage")
    assert stages
    routes = [metric for metric in shown(resources) if "Route" in metric]
    routes += [one for one in of_type(resources, "AWS::CloudWatch::Alarm").values() if "Route" in json.dumps(one.get("Dimensions", []))]
    for name, stage in stages.items():
        assert stage["DefaultRouteSettings"].get("DetailedMetricsEnabled", False) is bool(routes), name


def test_an_alarm_watches_how_far_every_stream_reader_is_behind(resources):
    watched = set()
    for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values():
        for one in metrics_of(alarm):
            if one["Namespace"] == "AWS/Lambda" and one["MetricName"] == "IteratorAge":
                watched |= {name for name in of_type(resources, "AWS::Lambda::Function") if mentions(one["Dimensions"], name)}
    mappings = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    assert watched == {name for name in of_type(resources, "AWS::Lambda::Function") if any(mentions(one["FunctionName"], name) for one in mappings)}


def metrics_of(alarm):
    """The metrics that an alarm looks at."""
    if "Metrics" in alarm:
        return [query["MetricStat"]["Metric"] for query in alarm["Metrics"] if "MetricStat" in query]
    return [alarm]


# What a dimension's value must refer to. Dimensions of metrics that the functions emit themselves are theirs to name.
DIMENSIONS = {
    "QueueName": "AWS::SQS::Queue",
    "FunctionName": "AWS::Lambda::Function",
    "ApiId": "AWS::ApiGatewayV2::Api",
    "TableName": "AWS::DynamoDB::Table",
    "ses:configuration-set": "AWS::SES::ConfigurationSet",
}


def test_every_alarm_tells_somebody_about_a_resource_that_there_is(resources):
    alarms = of_type(resources, "AWS::CloudWatch::Alarm")
    assert alarms
    for name, alarm in alarms.items():
        assert alarm["AlarmActions"] and alarm["AlarmDescription"], name
        for metric in metrics_of(alarm):
            for dimension in metric.get("Dimensions", []):
                if not metric["Namespace"].startswith("AWS/") or dimension["Name"] not in DIMENSIONS:
                    continue
                there = of_type(resources, DIMENSIONS[dimension["Name"]])
                assert any(mentions(dimension["Value"], one) for one in there), f"{name}: {dimension}"


def shown(resources):
    """The metrics on the dashboard, what they abbreviate written out: namespace, name, and each dimension with its value."""
    (dashboard,) = of_type(resources, "AWS::CloudWatch::Dashboard").values()
    found = set()
    for widget in json.loads(dashboard["DashboardBody"]["Fn::Sub"][0])["widgets"]:
        before = []
        for metric in widget["properties"]["metrics"]:
            stated = [part for part in metric if isinstance(part, str)]
            if stated[:1] == ["..."]:
                stated = before[: len(before) + 1 - len(stated)] + stated[1:]
            before = [before[place] if part == "." else part for place, part in enumerate(stated)]
            found.add(tuple(before))
    return found


def test_faults_that_a_public_page_answers_itself_have_an_alarm_and_are_on_the_dashboard(resources):
    pages = {url["TargetFunctionArn"]["Fn::GetAtt"][0] for url in of_type(resources, "AWS::Lambda::Url").values()}
    assert pages
    for page in pages:
        own = [one for one in of_type(resources, "AWS::CloudWatch::Alarm").values() if one.get("MetricName") == "Url5xxCount"]
        own = [one for one in own if one["Namespace"] == "AWS/Lambda" and one["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": page}}]]
        assert [(one["Statistic"], one["Threshold"]) for one in own] == [("Sum", 1)], page
        assert ("AWS/Lambda", "Url5xxCount", "FunctionName", f"${{{page}}}") in shown(resources), page


def writers(metric):
    """The functions that write a metric of their own."""
    sources = (ROOT / "functions").glob("*/src/**/*.rs")
    return {source.relative_to(ROOT).parts[1] for source in sources if f"Metric::{metric}," in source.read_text(encoding="utf-8")}


def test_an_alarm_on_what_the_functions_measure_themselves_names_what_one_of_them_writes(resources):
    found = {one["MetricName"] for one in of_type(resources, "AWS::CloudWatch::Alarm").values() if one.get("Namespace") == "PartnerOfRecord"}
    names = (ROOT / "shared" / "telemetry" / "src" / "lib.rs").read_text(encoding="utf-8")
    assert found and all(f'=> "{name}",' in names for name in found)


def test_an_alarm_goes_off_when_reconcile_no_longer_runs(resources):
    alarms = of_type(resources, "AWS::CloudWatch::Alarm").values()
    silences = [one for one in alarms if one.get("Namespace") == "PartnerOfRecord" and one["TreatMissingData"] == "breaching"]
    assert len(silences) == 1
    silence = silences[0]
    assert writers(silence["MetricName"]) == {"reconcile"}
    assert (silence["Statistic"], silence["ComparisonOperator"], silence["Threshold"]) == ("SampleCount", "LessThanThreshold", 1)
    (often,) = [one for one in of_type(resources, "AWS::Events::Rule").values() if mentions(one["Targets"], "ReconcileFunction")]
    minutes = int(often["ScheduleExpression"].removeprefix("rate(").removesuffix(" minutes)"))
    assert minutes * 60 * 2 <= silence["Period"], "one run that comes late is no silence"


# At which rates SES puts an account under review.
UNDER_REVIEW = {"Reputation.BounceRate": 0.05, "Reputation.ComplaintRate": 0.001}


@pytest.mark.parametrize("metric", UNDER_REVIEW)
def test_an_alarm_goes_off_before_ses_pauses_the_account_for(resources, metric):
    for name in of_type(resources, "AWS::SES::ConfigurationSet"):
        own = [one for one in of_type(resources, "AWS::CloudWatch::Alarm").values() if one.get("MetricName") == metric and mentions(one["Dimensions"], name)]
        assert len(own) == 1 and own[0]["Namespace"] == "AWS/SES", name
        assert own[0]["Threshold"] <= UNDER_REVIEW[metric], name
        assert ("AWS/SES", metric, "ses:configuration-set", f"${{{name}}}") in shown(resources), name
    assert resources["ConfigurationSet"]["Properties"]["ReputationOptions"] == {"ReputationMetricsEnabled": True}


def test_the_dashboard_shows_how_much_lies_in_every_queue(resources):
    (dashboard,) = of_type(resources, "AWS::CloudWatch::Dashboard").values()
    body, values = dashboard["DashboardBody"]["Fn::Sub"]
    for name in of_type(resources, "AWS::SQS::Queue"):
        given = [variable for variable, value in values.items() if mentions(value, name)]
        assert any(f"${{{variable}}}" in body for variable in [f"{name}.QueueName", *given]), name


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_every_function_is_watched_for(resources, metric):
    watched = set()
    for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values():
        for one in metrics_of(alarm):
            if one["Namespace"] == "AWS/Lambda" and one["MetricName"] == metric:
                watched |= {name for name in of_type(resources, "AWS::Lambda::Function") if mentions(one["Dimensions"], name)}
    assert watched == set(of_type(resources, "AWS::Lambda::Function"))


@pytest.mark.parametrize("metric", ["Duration", "Errors"])
def test_every_function_is_on_the_dashboard_with(resources, metric):
    wanted = {("AWS/Lambda", metric, "FunctionName", f"${{{name}}}") for name in of_type(resources, "AWS::Lambda::Function")}
    assert wanted <= shown(resources)

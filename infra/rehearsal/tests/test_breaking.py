"""Each check is worth something: the template is broken in one place, and the check that is there for it fails."""

import copy

import pytest

import test_template as checks


def _at(resources, path):
    for step in path[:-1]:
        resources = resources[step] if isinstance(step, (str, int)) else next(one for one in resources if step(one))
    return resources, path[-1]


def put(value, *path):
    """Puts a value there."""

    def broken(resources):
        where, name = _at(resources, path)
        where[name] = value

    return broken


def drop(*path):
    """Takes away what is there."""

    def broken(resources):
        where, name = _at(resources, path)
        del where[name]

    return broken


def reword(old, new):
    """Writes something else on the dashboard."""

    def broken(resources):
        stated = resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
        assert old in stated[0]
        stated[0] = stated[0].replace(old, new)

    return broken


def allows(action):
    """Finds the statement that allows this."""
    return lambda statement: action in checks.listed(statement.get("Action", []))


NOTIFY = ("NotifyRole", "Properties", "Policies", 0, "PolicyDocument", "Statement")
MAPPING = ("NotifyFunctionTransitions", "Properties")
BREAKS = [
    (checks.test_tables_expire_items_recover_to_a_point_in_time_and_outlive_the_stack, drop("Table", "Properties", "TimeToLiveSpecification")),
    (checks.test_tables_expire_items_recover_to_a_point_in_time_and_outlive_the_stack, put("expires", "Table", "Properties", "TimeToLiveSpecification", "AttributeName")),
    (checks.test_tables_expire_items_recover_to_a_point_in_time_and_outlive_the_stack, put(False, "Table", "Properties", "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")),
    (checks.test_tables_expire_items_recover_to_a_point_in_time_and_outlive_the_stack, put(False, "Table", "Properties", "DeletionProtectionEnabled")),
    (checks.test_tables_expire_items_recover_to_a_point_in_time_and_outlive_the_stack, drop("Table", "DeletionPolicy")),
    (checks.test_buckets_are_encrypted_closed_to_the_public_and_kept, put("Retain", "Files", "DeletionPolicy")),
    (checks.test_buckets_are_encrypted_closed_to_the_public_and_kept, put("Delete", "Files", "UpdateReplacePolicy")),
    (checks.test_a_key_of_ones_own_encrypts_the_table_and_every_role_that_reads_it_may_use_it, drop("Table", "Properties", "SSESpecification")),
    (checks.test_a_key_of_ones_own_encrypts_the_table_and_every_role_that_reads_it_may_use_it, put([], "PromoteRole", "Properties", "ManagedPolicyArns")),
    (checks.test_queues_are_encrypted_and_keep_what_failed_for_two_weeks, drop("FailedTimers", "Properties", "SqsManagedSseEnabled")),
    (checks.test_queues_are_encrypted_and_keep_what_failed_for_two_weeks, put(60, "FailedTimers", "Properties", "MessageRetentionPeriod")),
    (checks.test_every_stream_reader_retries_within_bounds_and_leaves_what_failed_in_an_alarmed_queue, put(-1, *MAPPING, "MaximumRetryAttempts")),
    (checks.test_every_stream_reader_retries_within_bounds_and_leaves_what_failed_in_an_alarmed_queue, drop(*MAPPING, "FunctionResponseTypes")),
    (checks.test_every_stream_reader_retries_within_bounds_and_leaves_what_failed_in_an_alarmed_queue, drop(*MAPPING, "DestinationConfig")),
    (checks.test_every_stream_reader_retries_within_bounds_and_leaves_what_failed_in_an_alarmed_queue, drop("FailedTransitionsAlarm")),
    (checks.test_every_asynchronous_invocation_is_tried_thrice_and_then_left_in_an_alarmed_queue, drop("LapseFunctionEventInvokeConfig")),
    (checks.test_every_asynchronous_invocation_is_tried_thrice_and_then_left_in_an_alarmed_queue, put(0, "PromoteFunctionEventInvokeConfig", "Properties", "MaximumRetryAttempts")),
    (checks.test_every_asynchronous_invocation_is_tried_thrice_and_then_left_in_an_alarmed_queue, put("sqs:DeleteMessage", *NOTIFY, allows("sqs:SendMessage"), "Action")),
    (checks.test_every_rule_that_takes_events_of_others_keeps_what_it_cannot_deliver, drop("MailEventsFunctionMail", "Properties", "Targets", 0, "DeadLetterConfig")),
    (checks.test_every_rule_that_takes_events_of_others_keeps_what_it_cannot_deliver, drop("FailedMailEventsPolicy")),
    (checks.test_every_rule_that_takes_events_of_others_keeps_what_it_cannot_deliver, put({"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}, "FailedMailEventsPolicy", "Properties", "PolicyDocument", "Statement", 0, "Condition")),
    (checks.test_every_queue_of_failures_has_an_alarm, put([], "FailedTimersAlarm", "Properties", "AlarmActions")),
    (checks.test_only_the_public_page_may_be_invoked_by_everybody, put("*", "MailEventsFunctionMailPermission", "Properties", "Principal")),
    (checks.test_only_the_public_page_may_be_invoked_by_everybody, drop("MailEventsFunctionMailPermission", "Properties", "SourceArn")),
    (checks.test_roles_are_passed_to_the_service_that_needs_them_only, drop(*NOTIFY, allows("iam:PassRole"), "Condition")),
    (checks.test_roles_are_passed_to_the_service_that_needs_them_only, put("*", *NOTIFY, allows("iam:PassRole"), "Resource")),
    (checks.test_only_this_stacks_schedule_group_may_take_the_timers_role, put("*", "ScheduleRole", "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Condition", "StringEquals", "aws:SourceArn")),
    (checks.test_every_function_has_a_role_of_its_own_that_only_lambda_may_take, put({"Fn::GetAtt": ["NotifyRole", "Arn"]}, "PromoteFunction", "Properties", "Role")),
    (checks.test_every_function_has_a_role_of_its_own_that_only_lambda_may_take, put("*", "PromoteRole", "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Principal")),
    (checks.test_no_statement_allows_an_action_by_pattern_or_on_everything, put("dynamodb:*", *NOTIFY, allows("dynamodb:GetItem"), "Action")),
    (checks.test_no_statement_allows_an_action_by_pattern_or_on_everything, put("*", *NOTIFY, allows("dynamodb:GetItem"), "Resource")),
    (checks.test_mail_leaves_under_the_configured_sender_only, put({"StringEquals": {"ses:FromAddress": "*"}}, *NOTIFY, allows("ses:SendEmail"), "Condition")),
    (checks.test_mail_may_go_to_every_recipient_also_in_the_sandbox_where_each_is_an_identity, put({"Fn::Sub": "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${SenderAddress}"}, *NOTIFY, allows("ses:SendEmail"), "Resource", 0)),
    (checks.test_mail_may_go_to_every_recipient_also_in_the_sandbox_where_each_is_an_identity, drop(*NOTIFY, allows("ses:SendEmail"), "Resource", 1)),
    (checks.test_every_function_is_traced_and_logs_to_a_group_of_its_own_that_it_may_write, put("PassThrough", "UsageFunction", "Properties", "TracingConfig", "Mode")),
    (checks.test_every_function_is_traced_and_logs_to_a_group_of_its_own_that_it_may_write, put({"Ref": "NotifyLogs"}, "UsageFunction", "Properties", "LoggingConfig", "LogGroup")),
    (checks.test_every_log_group_forgets, drop("UsageLogs", "Properties", "RetentionInDays")),
    (checks.test_no_metrics_of_single_routes_are_paid_for_that_nothing_reads, put(True, "ApiApiGatewayDefaultStage", "Properties", "DefaultRouteSettings", "DetailedMetricsEnabled")),
    (checks.test_an_alarm_watches_how_far_every_stream_reader_is_behind, drop("StreamAgeAlarm", "Properties", "Metrics", 2)),
    (checks.test_faults_that_a_public_page_answers_itself_have_an_alarm_and_are_on_the_dashboard, drop("PageFaultsAlarm")),
    (checks.test_faults_that_a_public_page_answers_itself_have_an_alarm_and_are_on_the_dashboard, put([{"Name": "FunctionName", "Value": {"Ref": "UsageFunction"}}], "PageFaultsAlarm", "Properties", "Dimensions")),
    (checks.test_faults_that_a_public_page_answers_itself_have_an_alarm_and_are_on_the_dashboard, reword("Url5xxCount", "Url6xxCount")),
    (checks.test_an_alarm_on_what_the_functions_measure_themselves_names_what_one_of_them_writes, put("Forgoten", "ForgottenAlarm", "Properties", "MetricName")),
    (checks.test_an_alarm_goes_off_when_reconcile_no_longer_runs, put("notBreaching", "ReconcileStoppedAlarm", "Properties", "TreatMissingData")),
    (checks.test_an_alarm_goes_off_when_reconcile_no_longer_runs, put("Promotions", "ReconcileStoppedAlarm", "Properties", "MetricName")),
    (checks.test_an_alarm_goes_off_when_reconcile_no_longer_runs, put(300, "ReconcileStoppedAlarm", "Properties", "Period")),
    (checks.test_the_dashboard_shows_how_much_lies_in_every_queue, put({}, "Dashboard", "Properties", "DashboardBody", "Fn::Sub", 1)),
    (checks.test_every_alarm_tells_somebody_about_a_resource_that_there_is, put([{"Name": "ApiId", "Value": {"Ref": "Gone"}}], "ApiFaultsAlarm", "Properties", "Dimensions")),
]
BREAKS_OF_BOTH = [
    (checks.test_the_public_url_has_both_permissions_and_a_reserved_concurrency, drop("OptOutInvokePermission")),
    (checks.test_the_public_url_has_both_permissions_and_a_reserved_concurrency, drop("OptOutUrlPermission")),
    (checks.test_the_public_url_has_both_permissions_and_a_reserved_concurrency, drop("OptOutFunction", "Properties", "ReservedConcurrentExecutions")),
]


def _fails(check, *arguments):
    with pytest.raises((AssertionError, KeyError)):
        check(*arguments)


@pytest.mark.parametrize(("check", "broken"), BREAKS)
def test_a_check_of_the_resources_sees_what_it_is_there_for(resources, check, broken):
    mine = copy.deepcopy(resources)
    broken(mine)
    _fails(check, mine)


@pytest.mark.parametrize(("check", "broken"), BREAKS_OF_BOTH)
def test_a_check_of_resources_and_parameters_sees_what_it_is_there_for(resources, written, check, broken):
    mine = copy.deepcopy(resources)
    broken(mine)
    _fails(check, mine, written)


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
def test_a_function_that_no_alarm_watches_is_seen(resources, metric):
    mine = copy.deepcopy(resources)
    mine["Forgotten"] = mine["UsageFunction"]
    _fails(checks.test_every_function_is_watched_for, mine, metric)


@pytest.mark.parametrize("metric", ["Duration", "Errors"])
def test_a_function_that_is_not_on_the_dashboard_is_seen(resources, metric):
    mine = copy.deepcopy(resources)
    reword("${UsageFunction}", "${AWS::StackName}-")(mine)
    _fails(checks.test_every_function_is_on_the_dashboard_with, mine, metric)


@pytest.mark.parametrize(("metric", "alarm"), [("Reputation.BounceRate", "BouncesAlarm"), ("Reputation.ComplaintRate", "ComplaintsAlarm")])
def test_a_rate_that_no_alarm_watches_in_time_is_seen(resources, metric, alarm):
    for broken in (drop(alarm), put(0.1, alarm, "Properties", "Threshold"), reword(f'"{metric}"', '"Other"'), drop("ConfigurationSet", "Properties", "ReputationOptions")):
        mine = copy.deepcopy(resources)
        broken(mine)
        _fails(checks.test_an_alarm_goes_off_before_ses_pauses_the_account_for, mine, metric)


def test_an_open_bucket_is_seen(resources):
    mine = {**resources, "Open": {"Type": "AWS::S3::Bucket", "Properties": {}}}
    _fails(checks.test_buckets_are_encrypted_closed_to_the_public_and_kept, mine)
    _fails(checks.test_buckets_refuse_plain_http, mine)


def test_a_table_without_protection_is_seen(written):
    mine = copy.deepcopy(written)
    mine["Parameters"]["ProtectTable"]["Default"] = "false"
    _fails(checks.test_tables_are_protected_unless_a_parameter_says_otherwise, mine)


@pytest.mark.parametrize("rule", ["LinkDomainIsComplete", "LinkOriginSecretIsShown"])
def test_a_rule_that_is_not_there_is_seen(deployed, rule):
    mine = {**deployed, "Rules": {name: one for name, one in deployed["Rules"].items() if name != rule}}
    _fails(checks.test_a_domain_for_links_needs_its_certificate_and_a_secret_something_that_shows_it, mine)

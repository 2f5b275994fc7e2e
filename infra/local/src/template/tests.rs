//! The template as it is, and small ones that each show one rule.

use domain::Recipient;
use serde_json::json;

use super::*;

fn values() -> LocalValues {
    LocalValues {
        parameters: crate::testing::parameters(),
        gateway: "http://127.0.0.1:9000".to_owned(),
        links: "http://127.0.0.1:9001".to_owned(),
    }
}

fn ours() -> Template {
    Template::read(SOURCE, &values()).unwrap()
}

#[track_caller]
fn named(template: &Template, package: &str) -> Function {
    template.functions.iter().find(|function| function.package == package).unwrap().clone()
}

/// The environment of a function whose variable `X` is `value`, in a template with one of everything.
fn resolved(value: &str) -> Result<Option<String>> {
    let source = format!(
        "
Parameters: {{Colour: {{Type: String, Default: red}}, Empty: {{Type: String, Default: ''}}, Address: {{Type: String}}}}
Conditions: {{IsRed: !Equals [!Ref Colour, red], IsEmpty: !Equals [!Ref Empty, ''], Both: !And [!Condition IsRed, !Not [!Condition IsEmpty]]}}
Resources:
  Table: {{Type: AWS::DynamoDB::Table, Properties: {{TableName: !Sub '${{AWS::StackName}}-t'}}}}
  Queue: {{Type: AWS::SQS::Queue}}
  Bucket: {{Type: AWS::S3::Bucket}}
  F: {{Type: AWS::Serverless::Function, Properties: {{CodeUri: a/f/, Environment: {{Variables: {{X: {value}}}}}}}}}
  Link: {{Type: AWS::Lambda::Url, Properties: {{TargetFunctionArn: !GetAtt F.Arn, AuthType: NONE}}}}
"
    );
    let template = Template::read(&source, &LocalValues { parameters: BTreeMap::new(), ..values() })?;
    assert!(template.functions[0].has_url);
    Ok(template.functions[0].environment.get("X").cloned())
}

#[test]
fn intrinsic_functions_resolve_to_local_values() {
    for (value, expected) in [
        ("plain", "plain"),
        ("12", "12"),
        ("!Ref Colour", "red"),
        ("{Ref: Colour}", "red"),
        ("!Ref Table", "local-t"),
        ("!Ref Queue", "https://sqs.us-east-1.amazonaws.com/000000000000/local-Queue"),
        ("!GetAtt Queue.Arn", "arn:aws:sqs:us-east-1:000000000000:local-Queue"),
        ("!GetAtt [Table, Arn]", "arn:aws:dynamodb:us-east-1:000000000000:table/local-t"),
        ("!GetAtt Link.FunctionUrl", "http://127.0.0.1:9001/"),
        (
            "!Sub 'a-${Colour}-${!Kept}-${Table.Arn}'",
            "a-red-${Kept}-arn:aws:dynamodb:us-east-1:000000000000:table/local-t",
        ),
        ("!Sub ['${Own}/${AWS::Region}', {Own: !Select [1, !Split ['@', 'a@b']]}]", "b/us-east-1"),
        ("!Join ['-', [a, !Ref Colour]]", "a-red"),
        ("!If [IsRed, yes it is, !Ref Address]", "yes it is"),
        ("!If [Both, both, one]", "one"),
    ] {
        assert_eq!(resolved(value).unwrap().as_deref(), Some(expected), "{value}");
    }
}

#[test]
fn no_value_leaves_the_variable_out() {
    assert_eq!(resolved("!If [IsRed, !Ref AWS::NoValue, x]").unwrap(), None);
}

#[test]
fn what_cannot_be_resolved_is_named() {
    for (value, named) in [
        ("!Ref Address", "Address"),
        ("!Ref Nothing", "Nothing"),
        ("!GetAtt Queue.Depth", "Depth"),
        ("!ImportValue x", "ImportValue"),
    ] {
        let error = format!("{:#}", resolved(value).unwrap_err());
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn the_template_wires_every_function_the_program_knows() {
    let mut packages: Vec<_> = ours().functions.into_iter().map(|function| function.package).collect();
    packages.sort();
    let mut known = crate::functions::NAMES.to_vec();
    known.sort_unstable();
    assert_eq!(packages, known);
}

#[test]
fn globals_reach_every_function_and_own_values_win() {
    let template = ours();
    for function in &template.functions {
        assert_eq!(function.environment["TABLE_NAME"], template.table_name, "{}", function.name);
        assert_eq!(function.environment["CUSTOMER_WINDOW"], "5bd", "{}", function.name);
    }
    assert_eq!(named(&template, "directory").timeout, Duration::from_secs(10));
    assert_eq!(named(&template, "submit-claim").timeout, Duration::from_secs(29));
    assert_eq!(named(&template, "notify").timeout, Duration::from_secs(120));
    assert_eq!(named(&template, "notify").environment["LINK_BASE_URL"], "http://127.0.0.1:9001/");
    assert_eq!(
        named(&template, "notify").environment["PROMOTE_FUNCTION_ARN"],
        named(&template, "promote").arn()
    );
}

#[test]
fn the_stream_reports_failures_one_by_one_and_never_retries_for_ever() {
    let notify = named(&ours(), "notify");
    let [stream] = &notify.streams[..] else { panic!("{:?}", notify.streams) };
    assert!(stream.partial_failures && stream.bisect && stream.from_start);
    assert!(stream.retries.is_some() && stream.on_failure.is_some());
}

#[test]
fn whatever_is_invoked_asynchronously_has_somewhere_to_fail_to() {
    let template = ours();
    for package in ["promote", "notify", "mail-events"] {
        assert!(named(&template, package).on_failure.is_some(), "{package}");
    }
    for function in
        template.functions.iter().filter(|function| !function.rules.is_empty() || !function.rates.is_empty())
    {
        assert!(function.on_failure.is_some(), "{}", function.name);
    }
}

#[test]
fn every_route_asks_for_a_token_with_the_scope() {
    let template = ours();
    assert_eq!(template.authorizer.scopes, ["claims"]);
    let open: Vec<_> = (template.functions.iter())
        .flat_map(|function| &function.routes)
        .filter(|route| !route.authorized && route.path != "/openapi.json")
        .collect();
    assert!(open.is_empty(), "{open:?}");
    assert!(named(&template, "opt-out").has_url);
}

#[test]
fn a_parameter_that_is_not_there_is_a_mistake() {
    let mut values = values();
    values.parameters.insert("CustomerWindw".to_owned(), "PT20S".to_owned());
    assert!(Template::read(SOURCE, &values).unwrap_err().to_string().contains("CustomerWindw"));
}

#[test]
fn what_became_of_mails_to_customers_is_told_and_of_no_others() {
    let template = ours();
    let sent_with = &named(&template, "notify").environment["CONFIGURATION_SET"];
    let rules = named(&template, "mail-events").rules;
    let is_told = |recipient: &str| {
        let tags = json!({"ses:configuration-set": [sent_with], "recipient": [recipient]});
        let mail = json!({"tags": tags});
        let event = json!({"source": "aws.ses", "detail-type": "Email Bounced", "detail": {"mail": mail}});
        rules.iter().any(|rule| crate::pattern::matches(rule, &event))
    };
    assert!(Recipient::ALL.iter().all(|recipient| is_told(recipient.code())));
    assert!(!is_told("partner"));
}

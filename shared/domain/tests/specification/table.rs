//! The whole state machine as one table, the ways out of every standing, and who may do what.

use domain::field::Field;
use domain::{Action, Command, CommandName, MailState, Recipient, Role, Standing, may};
use serde_json::json;

use crate::driver::given;
use crate::fixtures::*;

/// What the smallest command that could succeed does to a claim for one scope, in every standing (by the first four
/// letters of its name; `final` is `rejected_final`). A cell is the standing that it leads to, `-` where it changes
/// nothing, `!` where it is refused because the claim is not where the command applies, and `once` where the one dispute
/// has been used.
///
/// The customers of the claims under `subm`, `unde`, `acti` and `disp` were never told; for those who were, see
/// `a_no_by_a_link_that_left_counts_wherever_the_claim_has_gone_since`.
///
/// The mail reported is a bounce. Mails that failed change something only where there were any; see
/// `the_link_of_a_mail_that_certainly_did_not_leave_is_forgotten_and_no_other`.
const TABLE: &str = "
                    | draf subm unde acti noti awai offi decl reje disp fina with disa supe expi
submit              | noti !    !    unde !    !    !    !    !    !    !    !    !    !    !
edit                | draf !    !    acti !    !    !    !    !    !    !    !    !    !    !
withdraw            | with with with with with with !    !    !    with !    !    !    !    !
dispute             | !    !    !    !    !    !    !    !    disp once once !    !    !    !
disassociate        | !    !    !    !    !    !    disa !    !    !    !    !    !    !    !
comment             | draf subm unde acti noti awai offi decl reje disp fina with disa supe expi
approve             | !    noti noti !    !    !    !    !    !    noti !    !    !    !    !
request_information | !    acti acti !    !    !    !    !    !    acti !    !    !    !    !
reject              | !    reje reje !    !    !    !    !    !    fina !    !    !    !    !
lapse               | -    -    -    reje -    -    -    -    -    -    -    -    -    -    -
hold_notice         | -    -    -    -    unde -    -    -    -    -    -    -    -    -    -
prepare_notice      | -    -    -    -    noti -    -    -    -    -    -    -    -    -    -
customer_told       | -    -    -    -    awai -    -    -    -    -    -    -    -    -    -
remind              | -    -    -    -    -    awai -    -    -    -    -    -    -    -    -
mail_failed         | -    -    -    -    -    -    -    -    -    -    -    -    -    -    -
mail_reported       | -    -    -    -    acti acti acti decl -    -    -    with disa supe expi
accept              | !    !    !    !    offi offi !    !    !    !    !    !    !    !    !
decline             | !    !    !    !    decl decl decl !    !    !    !    !    !    !    !
undo                | !    !    !    !    !    !    !    awai !    !    !    !    !    !    !
promote             | -    -    -    -    -    offi -    -    -    -    -    -    -    -    -
supersede           | -    -    -    -    -    -    supe -    -    -    -    -    -    -    -
expire              | -    expi expi expi expi expi expi -    -    expi -    -    -    -    -
";

#[test]
fn every_command_does_in_every_standing_what_the_table_says() {
    let mut wrong = Vec::new();
    for standing in Standing::ALL {
        let claim = brought_to(*standing);
        assert_eq!(claim.status(), *standing, "the start of the test is wrong");
        for name in CommandName::ALL {
            let expected = cell(*name, *standing);
            let (time, command) = smallest(*name);
            assert_eq!(command.name(), *name);
            let found = match given(claim.clone()).at(time).when(command).in_short() {
                code if code.parse::<Standing>().is_ok() => short(code.parse().unwrap()),
                "already_disputed" => "once",
                other => other,
            };
            if found != expected {
                wrong.push(format!("{name} in {standing}: the table says {expected}, the domain {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_has_no_line_or_column_that_the_domain_does_not_know() {
    let mut lines = TABLE.trim_start_matches('\n').lines();
    let columns = lines.next().unwrap().split_whitespace().skip(1).count();
    assert_eq!(columns, Standing::ALL.len());
    let names: Vec<_> = lines.map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(names, CommandName::ALL.iter().map(|name| name.code()).collect::<Vec<_>>());
}

/// The table's cell, or a failure that says what has to be decided.
fn cell(name: CommandName, standing: Standing) -> &'static str {
    let mut lines = TABLE.trim_start_matches('\n').lines();
    let cells = |line: &'static str| line.split_once('|').unwrap().1.split_whitespace();
    let column = cells(lines.next().unwrap()).position(|column| column == short(standing));
    let line = lines.find(|line| line.split_whitespace().next() == Some(name.code()));
    match (column, line) {
        (Some(column), Some(line)) => cells(line).nth(column).unwrap(),
        _ => panic!("decide what {name} does in {standing}, and write it in the table"),
    }
}

fn short(standing: Standing) -> &'static str {
    match standing {
        Standing::RejectedFinal => "fina",
        other => &other.code()[..4],
    }
}

/// The command at the time that suits it best.
fn smallest(name: CommandName) -> (&'static str, Command) {
    match name {
        CommandName::Submit => (WITHIN, submit()),
        CommandName::Edit => (WITHIN, edit(&with(body(), "/name", json!("Teams at Contoso, again")))),
        CommandName::Withdraw => (WITHIN, withdraw()),
        CommandName::Dispute => (WITHIN, dispute()),
        CommandName::Disassociate => (AFTER, disassociate()),
        CommandName::Comment => (AFTER, comment()),
        CommandName::Approve => (WITHIN, approve()),
        CommandName::RequestInformation => (WITHIN, ask(&[1])),
        CommandName::Reject => (WITHIN, reject(&[1])),
        CommandName::Lapse => ("2021-06-01T00:00:00Z", Command::Lapse),
        CommandName::HoldNotice => (PREPARED, Command::HoldNotice { notice: n(1) }),
        CommandName::PrepareNotice => (PREPARED, prepare(1)),
        CommandName::CustomerTold => (TOLD, told(1)),
        CommandName::Remind => (WITHIN, remind(1)),
        CommandName::MailFailed => (WITHIN, Command::MailFailed { notice: n(1), links: Vec::new() }),
        CommandName::MailReported => (WITHIN, reported(1, Recipient::CustomerContact, MailState::Bounced)),
        CommandName::Accept => (WITHIN, accept(1)),
        CommandName::Decline => (AFTER, decline()),
        CommandName::Undo => (WITHIN, undo(1)),
        CommandName::Promote => (DEADLINE, promote(1)),
        CommandName::Supersede => (AFTER, supersede()),
        CommandName::Expire => (AFTER, expire()),
    }
}

// The ways out of every standing, as the programme's rules list them.

#[test]
fn a_draft_is_submitted_or_discarded() {
    is_left(
        Standing::Draft,
        &[(CommandName::Submit, Standing::Notifying), (CommandName::Withdraw, Standing::Withdrawn)],
    );
}

#[test]
fn what_is_submitted_waits_for_rules_or_a_reviewer_and_never_for_nobody() {
    given(draft()).when(submit()).leads_to(Standing::Notifying);
    given(draft()).when(submit_with(&[domain::FindingCode::CompetingClaim])).leads_to(Standing::UnderReview);
}

#[test]
fn a_review_ends_with_approval_a_question_or_a_refusal() {
    is_left(
        Standing::UnderReview,
        &[
            (CommandName::Approve, Standing::Notifying),
            (CommandName::RequestInformation, Standing::ActionRequired),
            (CommandName::Reject, Standing::Rejected),
        ],
    );
}

#[test]
fn a_question_ends_with_the_partners_answer_or_its_silence() {
    is_left(
        Standing::ActionRequired,
        &[(CommandName::Submit, Standing::UnderReview), (CommandName::Lapse, Standing::Rejected)],
    );
}

#[test]
fn the_customers_window_ends_with_a_no_a_yes_or_the_deadline() {
    is_left(
        Standing::AwaitingCustomer,
        &[
            (CommandName::Decline, Standing::Declined),
            (CommandName::Accept, Standing::Official),
            (CommandName::Promote, Standing::Official),
        ],
    );
}

#[test]
fn an_association_ends_by_the_customer_the_partner_a_rival_or_the_subscription() {
    is_left(
        Standing::Official,
        &[
            (CommandName::Decline, Standing::Declined),
            (CommandName::Disassociate, Standing::Disassociated),
            (CommandName::Supersede, Standing::Superseded),
            (CommandName::Expire, Standing::Expired),
        ],
    );
}

#[test]
fn a_no_is_left_only_by_taking_it_back() {
    is_left(Standing::Declined, &[(CommandName::Undo, Standing::AwaitingCustomer)]);
    is_left_by_nothing_but(Standing::Declined, &[CommandName::Undo]);
}

#[test]
fn a_refusal_is_left_only_by_a_dispute() {
    is_left(Standing::Rejected, &[(CommandName::Dispute, Standing::Disputed)]);
    is_left_by_nothing_but(Standing::Rejected, &[CommandName::Dispute]);
}

#[test]
fn a_dispute_ends_with_approval_or_a_refusal_for_good() {
    is_left(
        Standing::Disputed,
        &[(CommandName::Approve, Standing::Notifying), (CommandName::Reject, Standing::RejectedFinal)],
    );
}

#[test]
fn what_is_closed_for_good_is_left_by_nothing() {
    for standing in [
        Standing::RejectedFinal,
        Standing::Withdrawn,
        Standing::Disassociated,
        Standing::Superseded,
        Standing::Expired,
    ] {
        assert!(standing.is_closed());
        is_left_by_nothing_but(standing, &[]);
    }
}

#[track_caller]
fn is_left(from: Standing, ways: &[(CommandName, Standing)]) {
    for (name, to) in ways {
        let (time, command) = smallest(*name);
        given(brought_to(from)).at(time).when(command).leads_to(*to);
    }
}

#[track_caller]
fn is_left_by_nothing_but(from: Standing, ways: &[CommandName]) {
    for name in CommandName::ALL.iter().filter(|name| !ways.contains(name)) {
        let (time, command) = smallest(*name);
        let outcome = given(brought_to(from)).at(time).when(command);
        assert!(
            ["-", "!", "already_disputed", from.code()].contains(&outcome.in_short()),
            "{name} leaves {from}"
        );
    }
}

// Roles.

/// Who may do what: for every role, every action in the order of `Action::ALL`.
const ROLES: &str = "
                          | incentives_admin incentives_user reviewer operator
submit                    | yes              no              no       no
manage_claim              | yes              no              no       no
read_claims               | yes              yes             yes      yes
upload_evidence           | yes              no              no       no
read_evidence             | yes              yes             yes      no
comment                   | yes              no              yes      no
read_own_associations     | yes              yes             no       no
review                    | no               no              yes      no
read_tenant_associations  | no               no              yes      yes
manage_directory          | no               no              no       yes
deliver_usage             | no               no              no       yes
read_accesses             | no               no              yes      yes
read_insights             | no               no              yes      yes
";

#[test]
fn roles_may_do_what_the_table_says_and_nothing_else() {
    let mut lines = ROLES.trim_start_matches('\n').lines();
    let cells = |line: &'static str| line.split_once('|').unwrap().1.split_whitespace();
    let roles: Vec<_> = cells(lines.next().unwrap()).map(|code| Role::parse(code).unwrap()).collect();
    assert_eq!(roles, Role::ALL, "the table's columns are the roles");
    let mut actions = Vec::new();
    for line in lines {
        let action: Action = line.split_whitespace().next().unwrap().parse().unwrap();
        for (role, allowed) in roles.iter().zip(cells(line)) {
            assert_eq!(may(*role, action), allowed == "yes", "{role} {action}");
        }
        actions.push(action);
    }
    assert_eq!(actions, Action::ALL, "the table's lines are the actions");
}

#[test]
fn no_one_role_both_claims_and_approves() {
    for role in Role::ALL {
        assert!(!(may(*role, Action::Submit) && may(*role, Action::Review)), "{role}");
    }
}

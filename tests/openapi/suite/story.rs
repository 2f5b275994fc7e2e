//! The answers that the description shows, computed: one story, told by the domain and shown as the functions show it.
//! What the partners and reviewers send is the description's own examples.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::field::{Field, PartnerId, Remark, TenantId};
use domain::input::{self, InputError};
use domain::insight::Contribution;
use domain::{
    Actor, ActorKind, AssociationId, Claim, ClaimId, Claimant, Command, CommandName, Context, DecideError,
    DirectoryEntries, Event, EvidenceFile, EvidenceId, FileState, FileStatement, Holder, IdempotencyKey,
    MailState, Month, Months, Needs, NoticeNumber, Policy, Program, ReasonCode, Recipient, Rejection, Scope,
    ScopeId, ScopeReason, Selection, Slot, Slots, Standing, Submission, Tenant, Uploaded, check, decide,
    evolve,
};
use domain::{Association, Transition};
use serde::Serialize;
use serde_json::{Value, json};
use store::{Counts, StoreError};
use web::ApiError;
use web::view::{self, AnnouncedFile, Review, Side, Upload};

use crate::document::{answered, example};

/// A claim and its history so far.
struct Told {
    claim: Claim,
    history: Vec<Transition>,
    around: Around,
}

impl Told {
    fn created(body: &str, key: &str, at: &str, around: Around) -> Self {
        let (submission, at) = (Submission::parse(&example(body)).unwrap(), time(at));
        let key = IdempotencyKey::parse(key).unwrap();
        let id = ClaimId::of(&submission.details.partner_id, &key);
        let new = Claim::new(id.clone(), &submission, String::new(), at);
        let mut events = vec![Event::Created];
        if !submission.draft {
            events.extend(around.decide(&new, &Command::Submit, at).unwrap());
        }
        let mut told = Self { claim: new, history: Vec::new(), around };
        told.happened(events, partner(), at);
        told
    }

    fn happened(&mut self, events: Vec<Event>, actor: Actor, at: DateTime<Utc>) {
        self.claim = evolve(&self.claim, &events, at);
        let events: Vec<_> = events.into_iter().filter(Event::is_recorded).collect();
        let (version, status) = (self.claim.version, self.claim.status());
        if !events.is_empty() {
            self.history.push(Transition {
                claim: self.claim.id.clone(),
                version,
                at,
                actor,
                events,
                status,
            });
        }
    }

    fn does(&mut self, actor: Actor, at: &str, command: &Command) -> Value {
        let at = time(at);
        let events = self.around.decide(&self.claim, command, at).unwrap();
        self.happened(events, actor, at);
        json!(view::Claim::from(&self.claim))
    }

    /// The notice leaves, and arrives.
    fn customer_is_told(&mut self, at: &str) {
        let notice = self.claim.latest_notice().unwrap();
        self.does(Actor::SYSTEM, at, &Command::PrepareNotice { notice, links: Vec::new() });
        self.does(Actor::SYSTEM, at, &Command::CustomerTold { notice });
        let (to, mail) = (Recipient::CustomerContact, MailState::Delivered);
        self.does(Actor::SYSTEM, at, &Command::MailReported { notice, to, mail });
    }

    fn refuses(&self, at: &str, command: &Command) -> Value {
        let rejection = self.around.decide(&self.claim, command, time(at)).unwrap_err();
        answered(ApiError::Rejected(rejection))
    }
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn remark(body: &str, member: &str) -> Remark {
    Remark::parse(example(body)[member].as_str().unwrap()).unwrap()
}

fn partner() -> Actor {
    Actor { kind: ActorKind::Partner, id: Some("b1f7…petr".to_owned()) }
}

fn reviewer() -> Actor {
    Actor { kind: ActorKind::Reviewer, id: Some("90ac…eva".to_owned()) }
}

fn reasons(body: &str) -> Vec<ScopeReason> {
    let reason = &example(body)["reasons"][0];
    let code = ReasonCode::parse(reason["code"].as_str().unwrap()).unwrap();
    let detail = Some(Remark::parse(reason["detail"].as_str().unwrap()).unwrap());
    vec![ScopeReason { scope: ScopeId::nth(1), reason: domain::Reason { code, detail } }]
}

/// What is known around the claims of the examples.
struct Around {
    tenant: Tenant,
    slots: BTreeMap<Scope, Slot>,
}

impl Around {
    fn with(slots: impl IntoIterator<Item = (Scope, Slot)>) -> Self {
        let tenant = Tenant::parse(&example("tenant_body")).unwrap();
        Self { tenant, slots: slots.into_iter().collect() }
    }

    fn context(&self, needs: &Needs) -> Context {
        let partner = domain::Partner::parse(&example("partner_body")).unwrap();
        let directory =
            DirectoryEntries { partner: Some(partner), tenant: Some(self.tenant.clone()), catalogue: None };
        let slot = |scope: &Scope| (scope.clone(), self.slots.get(scope).cloned().unwrap_or_default());
        Context::nothing().with_directory(directory).with_slots(needs.slots.iter().map(slot).collect())
    }

    fn decide(&self, claim: &Claim, command: &Command, at: DateTime<Utc>) -> Result<Vec<Event>, Rejection> {
        let context = self.context(&command.needs(claim));
        decide(claim, command, &context, &Policy::default(), at).map_err(|error| match error {
            DecideError::Rejected(rejection) => rejection,
            DecideError::Unread(unread) => panic!("{unread}"),
        })
    }

    fn check(&self, submission: &Submission, id: &ClaimId, at: &str) -> Vec<domain::Finding> {
        let context = self.context(&Needs::to_check(submission));
        check(submission, id, &context, &Policy::default(), time(at)).unwrap()
    }
}

fn page<T: Serialize>(items: impl IntoIterator<Item = T>) -> Value {
    json!(view::Page::new(items, None))
}

/// What the vendor learns of a claim that is alone, the day after it became official.
fn insights(claim: &Claim) -> Value {
    let contribution = Contribution::of(claim).unwrap();
    let counts = Counts { rows: contribution.tallies(), counted_at: Some(claim.updated_at) };
    let month = contribution.month;
    let months = Months::asked(Some(month.earlier(11)), Some(month), month).unwrap();
    let top = contribution.holdings().into_iter().map(|(holding, count)| manage_claims::Leaders {
        program: holding.program,
        code: holding.code,
        partners: vec![(holding.partner, count.unsigned_abs())],
    });
    manage_claims::insights_shown(months, &counts, &top.collect::<Vec<_>>())
}

/// Every answer that the description shows, by the name of its example.
pub fn answers() -> BTreeMap<&'static str, Value> {
    let mut answers = BTreeMap::new();
    let teams: Scope = "workload:teams".to_owned().try_into().unwrap();

    // Fabrikam claims, the customer is told, Exchange is withdrawn, silence makes Teams official.
    let mut claim =
        Told::created("claim_body", "teams-rollout-118", "2021-05-10T08:00:00Z", Around::with([]));
    answers.insert("claim_created", json!(view::Claim::from(&claim.claim)));
    let draft = Told::created("draft_body", "sales-desk-7", "2021-05-10T08:30:00Z", Around::with([]));
    answers.insert("draft_created", json!(view::Claim::from(&draft.claim)));
    claim.customer_is_told("2021-05-10T08:00:02Z");
    answers.insert("claim_awaiting", json!(view::Claim::from(&claim.claim)));
    answers.insert("claims_page", page([view::Claim::from(&claim.claim)]));
    answers.insert("claims_table", table(&answers["claim_awaiting"]));
    let s2 = Selection::These(vec![ScopeId::nth(2)]);
    let withdrawal = Command::Withdraw { scopes: s2, reason: Some(remark("withdrawal_body", "reason")) };
    answers.insert("claim_withdrawn", claim.does(partner(), "2021-05-11T09:15:00Z", &withdrawal));
    let deadline = claim.claim.deadline().unwrap().to_rfc3339();
    claim.does(Actor::SYSTEM, &deadline, &Command::Promote { notice: NoticeNumber::FIRST });
    let history = claim.history.iter().map(|change| view::Transition::new(change, Side::Partner));
    answers.insert("history_page", page(history));
    let edit = Command::Edit { submission: Box::new(claim.claim.submission()) };
    answers.insert("problem_not_in_this_status", claim.refuses("2021-05-20T10:00:00Z", &edit));

    let holder = Holder {
        association: AssociationId::of(&claim.claim.id, ScopeId::nth(1)),
        partner: claim.claim.details.partner_id.clone(),
        program: Program::OsuM365,
        since: time(&deadline),
    };
    let association = |ended| Association {
        id: holder.association.clone(),
        tenant: claim.claim.details.tenant_id.clone(),
        scope: teams.clone(),
        holder: holder.clone(),
        ended,
    };
    answers.insert("associations_page", page([view::Association::from(&association(None))]));
    answers.insert("insights", insights(&claim.claim));

    // Tailspin claims the same for a contact outside the tenant. A reviewer asks, reads, refuses, and approves after all.
    let slots = |claimants: Vec<Claimant>| -> Slots {
        let claimants = claimants.into_iter().collect();
        [(teams.clone(), Slot { version: 3, holder: Some(holder.clone()), claimants })].into_iter().collect()
    };
    let around =
        |claimants| Around::with(slots(claimants).iter().map(|(scope, slot)| (scope.clone(), slot.clone())));
    let rival = Submission::parse(&example("rival_body")).unwrap();
    let nobody = ClaimId::of(&rival.details.partner_id, &IdempotencyKey::parse("none").unwrap());
    let findings = around(Vec::new()).check(&rival, &nobody, "2021-06-01T09:00:00Z");
    answers.insert("check_result", json!({ "acceptable": true, "goes_to": "review", "findings": findings }));
    let mut rival = Told::created("rival_body", "adoption-3", "2021-06-01T09:01:00Z", around(Vec::new()));
    let claimant =
        Claimant { partner: rival.claim.details.partner_id.clone(), claim: rival.claim.id.clone() };
    let known = slots(vec![claimant.clone()]);
    rival.around = around(vec![claimant]);
    let review = || Review::new(&rival.claim, &known, std::slice::from_ref(&claim.claim));
    answers.insert("claim_reviewed", json!(review()));
    answers.insert("review_page", page([review()]));
    let ask = Command::RequestInformation { reasons: reasons("request_information_body") };
    answers.insert("claim_asked", rival.does(reviewer(), "2021-06-03T13:20:00Z", &ask));
    let comment = Command::Comment { text: remark("comment_body", "text") };
    answers.insert("claim_commented", rival.does(partner(), "2021-06-03T15:00:00Z", &comment));
    let mut body = web::claim_body(&rival.claim);
    for (name, value) in example("patch_body").as_object().unwrap() {
        body[name] = value.clone();
    }
    let edit = Command::Edit { submission: Box::new(Submission::parse(&body).unwrap()) };
    answers.insert("claim_edited", rival.does(partner(), "2021-06-07T10:00:00Z", &edit));
    body["program"] = json!("osa_sell");
    let edit = Command::Edit { submission: Box::new(Submission::parse(&body).unwrap()) };
    answers.insert("problem_fixed_after_submit", rival.refuses("2021-06-07T10:00:30Z", &edit));
    let submit = Command::Submit;
    answers.insert("claim_resubmitted", rival.does(partner(), "2021-06-07T10:01:00Z", &submit));
    let reject = Command::Reject { reasons: reasons("rejection_body") };
    answers.insert("claim_rejected", rival.does(reviewer(), "2021-06-09T08:00:00Z", &reject));
    let dispute = Command::Dispute {
        justification: remark("dispute_body", "justification"),
        evidence: input::read(&example("dispute_body"), |body| {
            let _: Option<Remark> = body.required("justification");
            body.objects("evidence", domain::MOST_EVIDENCE, domain::evidence)
        })
        .unwrap(),
    };
    answers.insert("claim_disputed", rival.does(partner(), "2021-06-10T08:00:00Z", &dispute));
    answers.insert("problem_already_disputed", rival.refuses("2021-06-10T08:05:00Z", &dispute));
    let missing = Command::Approve { scopes: Selection::These(vec![ScopeId::nth(4)]) };
    answers.insert("problem_unknown_scope", rival.refuses("2021-06-11T11:00:00Z", &missing));
    let approve = Command::Approve { scopes: Selection::All };
    answers.insert("claim_approved", rival.does(reviewer(), "2021-06-11T11:00:00Z", &approve));

    let mut ended = Told { claim: claim.claim.clone(), history: Vec::new(), around: Around::with([]) };
    let reason = remark("disassociation_body", "reason");
    let end = Command::Disassociate { scopes: Selection::All, reason };
    answers.insert("claim_disassociated", ended.does(partner(), "2021-09-30T12:00:00Z", &end));
    let was = association(Some((time("2021-09-30T12:00:00Z"), Standing::Disassociated)));
    let is = Association {
        id: AssociationId::of(&rival.claim.id, ScopeId::nth(1)),
        holder: Holder {
            association: AssociationId::of(&rival.claim.id, ScopeId::nth(1)),
            partner: rival.claim.details.partner_id.clone(),
            since: time("2021-10-11T22:00:00Z"),
            ..holder.clone()
        },
        ..association(None)
    };
    answers.insert("tenant_associations_page", page([&is, &was].map(view::Association::from)));

    // Figures, as the function `usage` shows them.
    let delivery = domain::Delivery::parse(example("usage_lines").as_str().unwrap().as_bytes()).unwrap();
    let (mut rows, mut items) = (Vec::new(), Vec::new());
    for (line, fate) in &delivery.rows {
        rows.push(match fate {
            domain::RowOutcome::Stored(usage) => {
                let mut item = json!({ "month": usage.month });
                for (name, figure) in usage.figures.under(Program::OsuM365) {
                    item[name] = json!(figure);
                }
                items.push(item);
                json!({ "row": line, "status": "stored" })
            }
            domain::RowOutcome::Replaced { by } => json!({ "row": line, "status": "replaced", "by": by }),
            domain::RowOutcome::Refused(errors) => {
                json!({ "row": line, "status": "refused", "errors": errors })
            }
        });
    }
    answers.insert("figures", json!({ "items": items }));
    answers.insert(
        "delivery",
        json!({ "stored": 1, "replaced": 0, "refused": 1, "errors_left_out": 0, "rows": rows }),
    );
    let month = Month::parse("2021-05").unwrap();
    answers.insert(
        "accesses_page",
        page([json!({ "at": "2021-06-02T07:30:00Z", "association_id": holder.association,
            "partner_id": holder.partner, "subject": "b1f7…petr", "from": month, "to": month,
            "request_id": "8f2c6c1e-5f0b-4d7e-9a55-0f6f3a2f9d10" })]),
    );

    answers.insert("claim_renewed", renewed());
    evidence(&mut answers);
    bulk(&mut answers);
    problems(&mut answers);
    answers
}

/// A claim of two scopes as a row of the export.
fn table(claim: &Value) -> Value {
    let text = |pointer: &str| claim.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let columns = [
        ("id", text("/id")),
        ("name", text("/name")),
        ("status", text("/status")),
        ("program", text("/program")),
        ("activity", text("/activity")),
        ("tenant_id", text("/tenant_id")),
        ("domain", text("/domain")),
        (
            "scopes",
            format!("workload:{}; workload:{}", text("/scopes/0/workload"), text("/scopes/1/workload")),
        ),
        ("standings", format!("{}; {}", text("/scopes/0/standing"), text("/scopes/1/standing"))),
        ("reasons", "; ".to_owned()),
        ("deadline", text("/deadline")),
        ("action_due", text("/action_due")),
        ("dispute_until", text("/dispute_until")),
        ("customer_contact.email", text("/customer_contact/email")),
        ("partner_contact.email", text("/partner_contact/email")),
        ("created_at", text("/created_at")),
        ("updated_at", text("/updated_at")),
    ];
    let (names, cells): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    json!(format!("{}\n{}\n", names.join(","), cells.join(",")))
}

/// A claim that goes on under another subscription.
fn renewed() -> Value {
    let at = time("2022-04-01T07:00:00Z");
    let mut body = example("draft_body");
    body["draft"] = json!(false);
    body["evidence"] = example("claim_body")["evidence"].clone();
    body["scopes"][0]["subscription_id"] = example("renewal_body")["renewals"][0]["subscription_id"].clone();
    let submission = Submission::parse(&body).unwrap();
    let of = |key: &str| ClaimId::of(&submission.details.partner_id, &IdempotencyKey::parse(key).unwrap());
    let mut claim = Claim::new(of("sales-desk-7-renewed"), &submission, String::new(), at);
    claim.renews = Some(of("sales-desk-7"));
    let mut events = vec![Event::Created];
    let mut around = Around::with([]);
    let mut subscription = around.tenant.subscriptions[0].clone();
    subscription.id = submission.scopes[0].subscription_id().unwrap().clone();
    around.tenant.subscriptions.push(subscription);
    events.extend(around.decide(&claim, &Command::Submit, at).unwrap());
    json!(view::Claim::from(&evolve(&claim, &events, at)))
}

/// A file as it is announced and once it is verified, and the links to it and to an export.
fn evidence(answers: &mut BTreeMap<&'static str, Value>) {
    let partner = PartnerId::parse("1234567").unwrap();
    let statement = FileStatement::parse(&example("file_body")).unwrap();
    let mut file = EvidenceFile {
        id: EvidenceId::of(&partner, &IdempotencyKey::parse("sow-118").unwrap()),
        partner_id: partner,
        statement,
        state: FileState::Waiting,
        created_at: time("2021-05-03T08:00:00Z"),
        verified_at: None,
    };
    let place = "https://files.s3.eu-central-1.amazonaws.com";
    let signed = |path: &str| format!("{place}/{path}?X-Amz-Signature=0f5b");
    let of_file = signed(&format!("evidence/1234567/{}", file.id));
    let upload = Upload {
        link: view::Link::new(&of_file, time("2021-05-03T08:15:00Z")),
        method: "PUT",
        headers: BTreeMap::from([
            ("content-type", file.statement.media_type.code()),
            ("content-length", "48211"),
            ("x-amz-checksum-sha256", "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg="),
        ]),
    };
    answers.insert("file_announced", json!(AnnouncedFile::new(&file, Some(upload))));
    let errors = file.statement.judge(&Uploaded {
        size: 48_211,
        sha256: Some(file.statement.sha256.clone()),
        first: Vec::new(),
    });
    answers.insert("problem_evidence_not_acceptable", answered(ApiError::EvidenceNotAcceptable(errors)));
    file.state = FileState::Verified;
    file.verified_at = Some(time("2021-05-03T08:01:00Z"));
    let download = view::Link::new(&of_file, time("2021-05-03T09:15:00Z"));
    answers.insert("file_verified", json!(view::EvidenceFile::new(&file, Some(download))));
    let export = signed("exports/8f2c6c1e.csv");
    answers.insert("export_link", json!(view::Link::new(&export, time("2021-06-01T09:15:00Z"))));
}

fn bulk(answers: &mut BTreeMap<&'static str, Value>) {
    let lines = example("bulk_lines");
    let lines: Vec<Value> =
        lines.as_str().unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let errors = Submission::parse(&lines[1]).unwrap_err();
    let refused = ApiError::from(errors).row();
    let partner = PartnerId::parse(lines[0]["partner_id"].as_str().unwrap()).unwrap();
    let id = ClaimId::of(&partner, &IdempotencyKey::parse("devices-2021").unwrap());
    let mut second = json!({ "row": 2, "outcome": "refused" });
    second.as_object_mut().unwrap().extend(refused.as_object().unwrap().clone());
    answers.insert(
        "bulk_result",
        json!({ "created": 1, "repeated": 0, "refused": 1, "not_tried": 0, "errors_left_out": 0,
            "rows": [{ "row": 1, "outcome": "created", "claim_id": id, "status": "notifying" }, second] }),
    );
}

fn problems(answers: &mut BTreeMap<&'static str, Value>) {
    let mut wrong = example("claim_body");
    wrong["customer_contact"]["email"] = json!("jana");
    wrong["coment"] = json!("x");
    answers.insert("problem_invalid_request", answered(Submission::parse(&wrong).unwrap_err().into()));
    let draft = Submission::parse(&example("draft_body")).unwrap();
    let id = ClaimId::of(&draft.details.partner_id, &IdempotencyKey::parse("sales-desk-7").unwrap());
    let mut around = Around::with([]);
    around.tenant.subscriptions[0].state = domain::SubscriptionState::Expired;
    let findings = around.check(&draft, &id, "2021-05-10T08:40:00Z");
    for (name, error) in [
        ("problem_claim_not_acceptable", ApiError::Rejected(Rejection::Findings(findings))),
        (
            "problem_idempotency_key_required",
            ApiError::IdempotencyKey(
                "send a header Idempotency-Key with a value of your own, the same when you repeat the request",
            ),
        ),
        ("problem_invalid_if_match", ApiError::IfMatch),
        ("problem_unauthenticated", ApiError::Unauthenticated),
        ("problem_forbidden", ApiError::Forbidden),
        ("problem_not_partner_of_record", ApiError::NotPartnerOfRecord),
        ("problem_not_found", ApiError::NotFound),
        ("problem_notices_exhausted", ApiError::Rejected(Rejection::NoticesExhausted(3))),
        ("problem_try_again", ApiError::Busy),
        ("problem_customer_was_told", ApiError::Rejected(Rejection::Told(ScopeId::nth(2)))),
        ("problem_export_too_large", ApiError::ExportTooLarge),
        ("problem_evidence_not_uploaded", ApiError::EvidenceNotUploaded),
        ("problem_stale", ApiError::Stale(4)),
        ("problem_if_match_required", ApiError::IfMatchRequired),
        ("problem_body_too_large", ApiError::TooLarge(256 * 1024)),
        ("problem_bulk_too_large", ApiError::TooLarge(4 * 1024 * 1024)),
        ("problem_delivery_too_large", ApiError::TooLarge(6 * 1024 * 1024)),
        ("problem_idempotency_key_reused", ApiError::KeyReused),
        ("problem_reason_missing", ApiError::Rejected(Rejection::ReasonMissing)),
        ("problem_too_much_evidence", ApiError::Rejected(Rejection::TooMuchEvidence(domain::MOST_EVIDENCE))),
        ("problem_internal", ApiError::Store(StoreError::Conflict)),
    ] {
        answers.insert(name, answered(error));
    }
    wrong_input(answers);
    for (name, command, found) in [
        ("problem_not_to_submit", CommandName::Submit, Standing::Official),
        ("problem_not_to_withdraw", CommandName::Withdraw, Standing::Official),
        ("problem_not_to_end", CommandName::Disassociate, Standing::AwaitingCustomer),
        ("problem_not_to_approve", CommandName::Approve, Standing::Notifying),
        ("problem_not_to_ask", CommandName::RequestInformation, Standing::Notifying),
        ("problem_not_to_reject", CommandName::Reject, Standing::Notifying),
    ] {
        answers.insert(name, answered(ApiError::Rejected(Rejection::NotInThisStatus { command, found })));
    }
}

fn wrong_file() -> Vec<InputError> {
    let mut file = example("file_body");
    file["size"] = json!(0);
    file["media_type"] = json!("text/html");
    FileStatement::parse(&file).unwrap_err()
}

/// Input that is wrong, where the functions themselves read it.
fn wrong_input(answers: &mut BTreeMap<&'static str, Value>) {
    let mut tenant = example("tenant_body");
    tenant["domains"] = json!([]);
    let mut catalogue = example("catalogue_body");
    catalogue["workloads"] = json!([catalogue["workloads"][0], catalogue["workloads"][0]]);
    let of_field = |error: domain::field::Invalid| vec![InputError::at("path", error.code, error.detail)];
    let one = |pointer: &str, code: &str, detail: &str| vec![InputError::at(pointer, code, detail)];
    let parameters = "queue, limit, cursor";
    for (name, errors) in [
        (
            "problem_invalid_parameter",
            vec![
                InputError::at(
                    "?limt",
                    "unknown_parameter",
                    format!("is not a parameter here; parameters are {parameters}"),
                ),
                InputError::at("?cursor", "invalid_cursor", "must be the value of `next` of the page before"),
            ],
        ),
        ("problem_invalid_months", one("?to", "out_of_order", "must not be before `from`")),
        ("problem_invalid_scopes", one("/scopes/0", "invalid_scope_id", "must be a scope's id such as s1")),
        ("problem_invalid_comment", one("/text", "required", "is required")),
        ("problem_invalid_dispute", one("/justification", "required", "is required")),
        ("problem_invalid_decision", one("/reasons", "required", "must give at least one coded reason")),
        ("problem_invalid_renewal", one("/renewals/0/scope", "unknown_scope", "the claim has no scope s4")),
        (
            "problem_invalid_partner",
            domain::Partner::parse(&json!({ "name": "Fabrikam", "programs": ["osu"] })).unwrap_err(),
        ),
        ("problem_invalid_partner_id", of_field(PartnerId::parse("12345678").unwrap_err())),
        ("problem_invalid_tenant", Tenant::parse(&tenant).unwrap_err()),
        ("problem_invalid_tenant_id", of_field(TenantId::parse("contoso").unwrap_err())),
        ("problem_invalid_catalogue", domain::Catalogue::parse(&catalogue).unwrap_err()),
        ("problem_invalid_delivery", domain::Delivery::parse(b"").unwrap_err()),
        ("problem_invalid_file", wrong_file()),
        ("problem_invalid_rows", one("", "wrong_number_of_rows", "must have 1 to 1000 rows; this has 0")),
    ] {
        answers.insert(name, answered(ApiError::Invalid(errors)));
    }
}

//! Claims, commands and contexts to start from.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::field::{Field, Remark};
use domain::{
    Addressee, AssociationId, Catalogue, Channel, Claim, ClaimId, Claimant, Command, Context, DecideError,
    DirectoryEntries, Event, Evidence, EvidenceFile, EvidenceId, EvidenceKind, FileState, FileStatement,
    Files, FindingCode, Holder, IdempotencyKey, Link, LinkToken, MailState, Needs, NoticeNumber, Partner,
    Policy, Program, ProgramRules, Reason, ReasonCode, Recipient, Rejection, Scope, ScopeId, ScopeReason,
    Selection, Slot, Standing, Subscription, SubscriptionState, Tenant, decide, evolve,
};
use serde_json::{Value, json};

pub use crate::bodies::*;
use crate::driver::Story;

pub const ME: &str = "1234567";
pub const RIVAL: &str = "7654321";
pub const THIRD: &str = "1112223";
pub const SUBSCRIPTION: &str = "0c8f2a4e-93a1-4c34-8d26-5c1f0f2a9a11";

pub const CREATED: &str = "2021-05-03T08:00:00Z";
pub const SUBMITTED: &str = "2021-05-03T09:00:00Z";
pub const PREPARED: &str = "2021-05-03T10:00:00Z";
pub const TOLD: &str = "2021-05-03T10:00:05Z";
pub const REVIEWED: &str = "2021-05-04T09:00:00Z";
/// A time within the customer's window.
pub const WITHIN: &str = "2021-05-06T09:00:00Z";
/// When the customer's window ends, exclusive.
pub const DEADLINE: &str = "2021-05-10T22:00:00Z";
/// A time after the customer's window.
pub const AFTER: &str = "2021-05-12T09:00:00Z";

pub fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

pub fn s(n: u8) -> ScopeId {
    ScopeId::nth(n)
}

/// A notice's number, from 1.
pub fn n(number: u8) -> NoticeNumber {
    NoticeNumber::at(usize::from(number) - 1).unwrap()
}

pub fn remark(text: &str) -> Remark {
    text.parse().unwrap()
}

// Claims.

pub fn claim_id(partner: &str, key: &str) -> ClaimId {
    ClaimId::of(&partner.parse().unwrap(), &key.parse().unwrap())
}

pub fn draft_of(body: &Value) -> Claim {
    let new = Claim::new(claim_id(ME, "key"), &submission(body), "digest".to_owned(), at(CREATED));
    evolve(&new, &[Event::Created], at(CREATED))
}

pub fn draft() -> Claim {
    draft_of(&body())
}

/// Sent to a reviewer, because every claim of its programme is.
pub fn under_review_of(body: &Value) -> Claim {
    draft_of(body).does(SUBMITTED, submit_with(&[FindingCode::ProgramReviewed]))
}

pub fn notifying_of(body: &Value) -> Claim {
    draft_of(body).does(SUBMITTED, submit()).does(PREPARED, prepare(1))
}

pub fn awaiting_of(body: &Value) -> Claim {
    notifying_of(body).does(TOLD, told(1))
}

/// Official by silence.
pub fn official_of(body: &Value) -> Claim {
    awaiting_of(body).does(DEADLINE, promote(1))
}

pub fn action_required_of(body: &Value) -> Claim {
    let claim = under_review_of(body);
    let reasons = claim.scopes.iter().map(|scope| reason(scope.id, ReasonCode::MissingPoe)).collect();
    claim.does(REVIEWED, Command::RequestInformation { reasons })
}

pub fn awaiting() -> Claim {
    awaiting_of(&body())
}

pub fn official() -> Claim {
    official_of(&body())
}

/// Back with a reviewer since the deadline, because a rival had come to hold its scope meanwhile.
pub fn contested_claim() -> Claim {
    awaiting().does(DEADLINE, promote(1).among(slots([(teams(), slot_held_by(RIVAL))])))
}

/// Sent back because the mail to its contact did not arrive, which no reviewer has asked for.
pub fn bounced_of(body: &Value) -> Claim {
    awaiting_of(body).does(REVIEWED, bounced(1))
}

/// A claim for one scope, brought to a standing by what happens in life.
pub fn brought_to(standing: Standing) -> Claim {
    match standing {
        Standing::Draft => draft(),
        // A submit goes on in the same step, so that only the event by itself shows this standing.
        Standing::Submitted => evolve(&draft(), &[Event::Submitted], at(SUBMITTED)),
        Standing::UnderReview => under_review_of(&body()),
        Standing::ActionRequired => action_required_of(&body()),
        Standing::Notifying => notifying_of(&body()),
        Standing::AwaitingCustomer => awaiting(),
        Standing::Official => official(),
        Standing::Declined => awaiting().does("2021-05-05T09:00:00Z", decline()),
        Standing::Rejected => under_review_of(&body()).does(REVIEWED, reject(&[1])),
        Standing::Disputed => brought_to(Standing::Rejected).does("2021-05-05T09:00:00Z", dispute()),
        Standing::RejectedFinal => brought_to(Standing::Disputed).does(WITHIN, reject(&[1])),
        Standing::Withdrawn => awaiting().does("2021-05-05T09:00:00Z", withdraw()),
        Standing::Disassociated => official().does(AFTER, disassociate()),
        Standing::Superseded => official().does(AFTER, supersede()),
        Standing::Expired => official().does(AFTER, expire()),
    }
}

// Commands, each for all scopes it can apply to.

pub fn submit() -> Command {
    Command::Submit
}

/// A submit that meets these: a rival in every slot, or that every claim of the programme is reviewed; for an error, that
/// the partner is not enrolled.
pub fn submit_with(codes: &[FindingCode]) -> Asked {
    Asked { found: codes.to_vec(), ..Command::Submit.into() }
}

pub fn edit(body: &Value) -> Command {
    Command::Edit { submission: Box::new(submission(body)) }
}

pub fn withdraw() -> Command {
    Command::Withdraw { scopes: Selection::All, reason: None }
}

pub fn dispute() -> Command {
    dispute_with(&[])
}

/// A dispute with a new proof for every day on which one was signed.
pub fn dispute_with(signed_on: &[&str]) -> Command {
    let evidence = signed_on.iter().copied().map(proof).collect();
    let justification = remark("The customer signed it.");
    Command::Dispute { justification, evidence }
}

pub fn proof(signed_on: &str) -> Evidence {
    Evidence {
        kind: EvidenceKind::Acknowledgement,
        signed_on: signed_on.parse().unwrap(),
        reference: "C-18".parse().unwrap(),
        file: None,
        acknowledged_by: None,
    }
}

pub fn disassociate() -> Command {
    Command::Disassociate { scopes: Selection::All, reason: remark("The contract has ended.") }
}

pub fn comment() -> Command {
    Command::Comment { text: remark("Any news?") }
}

pub fn approve() -> Command {
    Command::Approve { scopes: Selection::All }
}

pub fn approve_some(scopes: &[u8]) -> Command {
    Command::Approve { scopes: these(scopes) }
}

pub fn ask(scopes: &[u8]) -> Command {
    Command::RequestInformation { reasons: reasons(scopes, ReasonCode::MissingPoe) }
}

pub fn reject(scopes: &[u8]) -> Command {
    Command::Reject { reasons: reasons(scopes, ReasonCode::MissingDates) }
}

pub fn prepare(notice: u8) -> Command {
    Command::PrepareNotice { notice: n(notice), links: vec![link(notice)] }
}

/// Another try at a notice, with links of these secrets.
pub fn prepare_with(notice: u8, secrets: &[u8]) -> Command {
    Command::PrepareNotice { notice: n(notice), links: secrets.iter().copied().map(link).collect() }
}

pub fn told(notice: u8) -> Command {
    Command::CustomerTold { notice: n(notice) }
}

pub fn remind(notice: u8) -> Command {
    Command::Remind { notice: n(notice), links: vec![link(notice ^ 0x80)] }
}

pub fn reported(notice: u8, to: Recipient, mail: MailState) -> Command {
    Command::MailReported { notice: n(notice), to, mail }
}

/// The mail to the claim's first contact came back.
pub fn bounced(notice: u8) -> Command {
    reported(notice, Recipient::CustomerContact, MailState::Bounced)
}

pub fn accept(notice: u8) -> Command {
    Command::Accept { notice: n(notice), scopes: Selection::All }
}

/// The customer contact, by the link of a notice.
pub fn contact(notice: u8) -> Addressee {
    Addressee { notice: n(notice), to: Recipient::CustomerContact }
}

pub fn decline() -> Command {
    Command::Decline { by: contact(1), scopes: Selection::All, reason: None }
}

pub fn undo(notice: u8) -> Command {
    Command::Undo { by: contact(notice), scopes: Selection::All }
}

pub fn promote(notice: u8) -> Command {
    Command::Promote { notice: n(notice) }
}

pub fn supersede() -> Command {
    Command::Supersede { scopes: vec![s(1)], by: claim_id(RIVAL, "key") }
}

pub fn withdraw_one(scope: u8) -> Command {
    Command::Withdraw { scopes: these(&[scope]), reason: None }
}

pub fn decline_one(scope: u8) -> Command {
    Command::Decline { by: contact(1), scopes: these(&[scope]), reason: None }
}

pub fn accept_one(notice: u8, scope: u8) -> Command {
    Command::Accept { notice: n(notice), scopes: these(&[scope]) }
}

pub fn expire() -> Command {
    Command::Expire { scopes: vec![s(1)] }
}

pub fn these(scopes: &[u8]) -> Selection {
    Selection::These(scopes.iter().copied().map(ScopeId::nth).collect())
}

pub fn reason(scope: ScopeId, code: ReasonCode) -> ScopeReason {
    ScopeReason { scope, reason: Reason { code, detail: None } }
}

pub fn reasons(scopes: &[u8], code: ReasonCode) -> Vec<ScopeReason> {
    scopes.iter().map(|scope| reason(s(*scope), code)).collect()
}

/// The token whose every byte is `secret`, of the usual claim.
pub fn token(secret: u8) -> LinkToken {
    LinkToken::new(&claim_id(ME, "key"), [secret; 32])
}

pub fn link(secret: u8) -> Link {
    Link { digest: token(secret).digest(), to: Recipient::CustomerContact }
}

// Events that many commands lead to.

pub fn approved(scopes: &[u8], notice: u8, to: Recipient) -> Event {
    let scopes = scopes.iter().copied().map(ScopeId::nth).collect();
    Event::Approved { scopes, notice: n(notice), to, incumbents: [].into() }
}

pub fn became_official(scopes: &[u8], by_acceptance: bool) -> Event {
    let scopes = scopes.iter().copied().map(ScopeId::nth).collect();
    Event::BecameOfficial { scopes, by_acceptance, superseding: [].into() }
}

// Context.

pub fn association(partner: &str) -> AssociationId {
    AssociationId::of(&claim_id(partner, "key"), s(1))
}

pub fn slot_held_by(partner: &str) -> Slot {
    slot_held_by_claim(partner, "key")
}

pub fn slot_held_by_claim(partner: &str, key: &str) -> Slot {
    let holder = Holder {
        association: AssociationId::of(&claim_id(partner, key), s(1)),
        partner: partner.parse().unwrap(),
        program: Program::OsuM365,
        since: at("2020-01-15T23:00:00Z"),
    };
    Slot { version: 1, holder: Some(holder), ..Slot::default() }
}

pub fn slot_claimed_by(partner: &str, key: &str) -> Slot {
    let claimant = Claimant { partner: partner.parse().unwrap(), claim: claim_id(partner, key) };
    Slot { version: 1, claimants: [claimant].into(), ..Slot::default() }
}

/// Slots that are not empty, by their scopes.
pub type Slots = BTreeMap<Scope, Slot>;

pub fn slots<const N: usize>(slots: [(Scope, Slot); N]) -> Slots {
    slots.into_iter().collect()
}

/// The default policy, with other rules for `osu_m365`.
pub fn policy_with(mut set: impl FnMut(&mut ProgramRules)) -> Policy {
    let mut policy = Policy::default();
    set(policy.programs.of_mut(Program::OsuM365));
    policy
}

/// What is known around a claim in a test. A command is given what it needs of it, and nothing else.
#[derive(Debug, Clone)]
pub struct Around {
    pub partner: Option<Partner>,
    pub tenant: Option<Tenant>,
    pub catalogue: Option<Catalogue>,
    /// Slots that are not empty.
    pub slots: BTreeMap<Scope, Slot>,
    /// Every file that there is.
    pub files: Files,
}

impl Around {
    pub fn context(&self, needs: &Needs) -> Context {
        let slot = |scope: &Scope| (scope.clone(), self.slots.get(scope).cloned().unwrap_or_default());
        let mut context = Context::nothing().with_slots(needs.slots.iter().map(slot).collect());
        if needs.directory {
            context = context.with_directory(DirectoryEntries {
                partner: self.partner.clone(),
                tenant: self.tenant.clone(),
                catalogue: self.catalogue.clone(),
            });
        }
        needs
            .files
            .iter()
            .fold(context, |context, id| context.with_file(id.clone(), self.files.get(id).cloned()))
    }
}

/// A command, and what is known around it when it is asked.
#[derive(Debug, Clone)]
pub struct Asked {
    pub command: Command,
    pub around: Around,
    /// What the checks find besides what is around: see [`submit_with`].
    pub found: Vec<FindingCode>,
}

impl Asked {
    /// What is decided, from what the command says that it needs.
    pub fn decided(
        self,
        claim: &Claim,
        policy: &Policy,
        now: DateTime<Utc>,
    ) -> Result<Vec<Event>, Rejection> {
        let Self { command, mut around, found } = self;
        let mut policy = policy.clone();
        for code in found {
            let scopes = claim.scopes.iter().map(|scope| scope.scope.clone());
            match code {
                FindingCode::CompetingClaim => {
                    around.slots.extend(scopes.map(|scope| (scope, slot_claimed_by(RIVAL, "key"))));
                }
                code if code.is_for_review() => policy = policy_with(|rules| rules.always_review = true),
                _ => around.partner = None,
            }
        }
        match decide(claim, &command, &around.context(&command.needs(claim)), &policy, now) {
            Ok(events) => Ok(events),
            Err(DecideError::Rejected(rejection)) => Err(rejection),
            Err(DecideError::Unread(unread)) => panic!("{command:?} needs more than it says: {unread}"),
        }
    }
}

impl From<Command> for Asked {
    fn from(command: Command) -> Self {
        Self { command, around: usual(), found: Vec::new() }
    }
}

impl Among for Command {
    fn among(self, slots: BTreeMap<Scope, Slot>) -> Asked {
        Asked { around: Around { slots, ..usual() }, ..self.into() }
    }
}

/// Says what stands in the slots when a command is asked.
pub trait Among {
    fn among(self, slots: BTreeMap<Scope, Slot>) -> Asked;
}

/// Around this, both usual bodies meet nothing.
pub fn usual() -> Around {
    let subscription = Subscription {
        id: SUBSCRIPTION.parse().unwrap(),
        product: "power_bi".parse().unwrap(),
        state: SubscriptionState::Active,
        channel: Channel::Direct,
    };
    Around {
        partner: Some(Partner { name: "Partner".parse().unwrap(), programs: Program::ALL.to_vec() }),
        tenant: Some(Tenant {
            name: "Contoso".parse().unwrap(),
            country: "CZ".parse().unwrap(),
            notice_email: None,
            domains: vec!["contoso.com".parse().unwrap()],
            workloads: vec!["teams".parse().unwrap(), "intune".parse().unwrap()],
            subscriptions: vec![subscription],
        }),
        catalogue: None,
        slots: BTreeMap::new(),
        files: Files::new(),
    }
}

/// A file's ID, from the key under which its partner announced it.
pub fn file_id(partner: &str, key: &str) -> EvidenceId {
    EvidenceId::of(&partner.parse().unwrap(), &IdempotencyKey::parse(key).unwrap())
}

/// A file of a partner, by its key.
pub fn file(partner: &str, key: &str, state: FileState) -> Files {
    let statement = json!({ "file_name": "SOW-118.pdf", "media_type": "application/pdf", "size": 7, "sha256": "0".repeat(64) });
    let id = file_id(partner, key);
    let file = EvidenceFile {
        id: id.clone(),
        partner_id: partner.parse().unwrap(),
        statement: FileStatement::parse(&statement).unwrap(),
        state,
        created_at: at(SUBMITTED),
        verified_at: None,
    };
    Files::from([(id, file)])
}

/// The usual body, whose proof names a file.
pub fn with_file(id: &EvidenceId) -> Value {
    with(body(), "/evidence/0/file", json!(id))
}

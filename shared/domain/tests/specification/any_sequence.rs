//! What holds whatever is asked in whatever order: two scopes, a rival, and commands drawn at random.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    AssociationId, Claim, Claimant, Command, CommandName, Event, FindingCode, Link, MailState, Policy,
    Recipient, Scope, Selection, Slot, SlotChange, Standing, apply, evolve, slot_changes,
};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

use crate::fixtures::{Asked as Asking, *};

proptest! {
    // The same cases at every run, and no files for those that failed.
    #![proptest_config(ProptestConfig {
        cases: 1000, rng_seed: RngSeed::Fixed(20_210_503), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn slots_say_who_is_partner_of_record_and_who_claims_to_be(
        second in any::<bool>(), steps in prop::collection::vec(steps(), 1..60),
    ) {
        let mut world = World::new(second);
        for step in steps {
            world.goes_on(step)?;
        }
    }
}

#[test]
fn the_random_walks_reach_every_standing_that_lasts() {
    use proptest::strategy::ValueTree;
    let config = ProptestConfig {
        rng_seed: RngSeed::Fixed(20_210_503),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let mut missing: Vec<_> =
        Standing::ALL.iter().filter(|standing| **standing != Standing::Submitted).collect();
    for _ in 0..1000 {
        if missing.is_empty() {
            return;
        }
        let steps = prop::collection::vec(steps(), 60).new_tree(&mut runner).unwrap().current();
        let mut world = World::new(true);
        for step in steps {
            world.goes_on(step).unwrap();
            missing.retain(|standing| world.claim.scopes_in(**standing).is_empty());
        }
    }
    panic!("never reached: {missing:?}");
}

/// A claim, the slots as a store would keep them, and the time.
struct World {
    claim: Claim,
    slots: BTreeMap<Scope, Slot>,
    policy: Policy,
    now: DateTime<Utc>,
}

#[derive(Debug, Clone)]
enum Step {
    Ask(Asked),
    Rival(usize),
    RivalLeaves(usize),
}

/// A command's name and what it is drawn with; the rest depends on where the claim is.
#[derive(Debug, Clone)]
struct Asked {
    name: CommandName,
    scopes: Option<Vec<u8>>,
    /// How many notices back from the latest.
    back: u8,
    mail: MailState,
    to: Recipient,
    finding: Option<FindingCode>,
    body: usize,
}

fn steps() -> impl Strategy<Value = (i64, Step)> {
    let hours = prop_oneof![4 => 0i64..30, 1 => 30i64..400];
    let step = prop_oneof![
        20 => asked().prop_map(Step::Ask),
        1 => (0usize..2).prop_map(Step::Rival),
        1 => (0usize..2).prop_map(Step::RivalLeaves),
    ];
    (hours, step)
}

fn asked() -> impl Strategy<Value = Asked> {
    // What leads on is drawn more often than what ends things.
    let onward = [
        CommandName::Submit,
        CommandName::Approve,
        CommandName::PrepareNotice,
        CommandName::CustomerTold,
        CommandName::Promote,
        CommandName::Reject,
        CommandName::Dispute,
    ];
    let name = prop_oneof![select(CommandName::ALL), select(onward.to_vec())];
    let scopes = prop::option::weighted(0.4, prop::collection::vec(1u8..4, 0..3));
    let finding = prop::option::weighted(0.3, select(FindingCode::ALL));
    let back = prop_oneof![4 => Just(0u8), 1 => 1u8..3];
    (name, scopes, back, select(MailState::ALL), select(Recipient::ALL), finding, 0usize..4).prop_map(
        |(name, scopes, back, mail, to, finding, body)| Asked { name, scopes, back, mail, to, finding, body },
    )
}

impl World {
    fn new(second: bool) -> Self {
        let body = if second { with_second_contact(two_scopes()) } else { two_scopes() };
        let policy = Policy { most_notices: 9, ..Policy::default() };
        Self { claim: draft_of(&body), slots: BTreeMap::new(), policy, now: at(CREATED) }
    }

    fn goes_on(&mut self, (hours, step): (i64, Step)) -> Result<(), TestCaseError> {
        self.now += TimeDelta::hours(hours);
        match step {
            Step::Ask(asked) => self.ask(&asked)?,
            Step::Rival(scope) => self.rival_takes(scope)?,
            Step::RivalLeaves(scope) => self.rival_leaves(scope),
        }
        self.holds()
    }

    fn ask(&mut self, asked: &Asked) -> Result<(), TestCaseError> {
        let asked_here = self.command(asked);
        let command = asked_here.command.clone();
        let decided = asked_here.decided(&self.claim, &self.policy, self.now);
        let Ok(events) = decided else { return Ok(()) };
        if events.is_empty() {
            return Ok(());
        }
        let before = self.claim.clone();
        for event in &events {
            self.may_happen(event, &command)?;
            for (scope, change) in slot_changes(&self.claim, event) {
                self.change_slot(scope, change)?;
            }
            self.claim = apply(self.claim.clone(), event, self.now);
        }
        let at_once = evolve(&before, &events, self.now);
        prop_assert_eq!(&at_once.scopes, &self.claim.scopes, "evolve is apply, event by event");
        prop_assert_eq!(at_once.version, before.version + 1);
        self.claim = at_once;
        for scope in &before.scopes {
            let after = self.claim.scope(scope.id).map(|after| after.standing());
            if scope.standing().is_closed() && after != Some(scope.standing()) {
                prop_assert!(
                    matches!(command.name(), CommandName::Dispute | CommandName::Undo),
                    "{command:?}"
                );
            }
        }
        Ok(())
    }

    /// What must be so when an event happens, whatever led to it.
    fn may_happen(&self, event: &Event, command: &Command) -> Result<(), TestCaseError> {
        let Event::BecameOfficial { scopes, by_acceptance, .. } = event else { return Ok(()) };
        prop_assert_eq!(*by_acceptance, command.name() == CommandName::Accept);
        for scope in scopes.iter().filter_map(|id| self.claim.scope(*id)) {
            let notice = self.claim.notice_of(scope).expect("official without a notice");
            let over = notice.deadline.is_some_and(|deadline| self.now >= deadline);
            prop_assert!(*by_acceptance || over, "official by silence before the deadline");
        }
        Ok(())
    }

    /// As the store does it, with its conditions.
    fn change_slot(&mut self, scope: Scope, change: SlotChange) -> Result<(), TestCaseError> {
        let (me, mine) = (self.me(), self.association(&scope));
        let slot = self.slots.entry(scope.clone()).or_default();
        let holder = slot.holder.as_ref().map(|holder| holder.association.clone());
        match change {
            SlotChange::Enter => drop(slot.claimants.insert(me)),
            SlotChange::Leave => {
                slot.claimants.remove(&me);
            }
            SlotChange::Take(from) => {
                prop_assert_eq!(holder, from, "the slot is taken from whom it is not held by");
                slot.claimants.remove(&me);
                slot.holder =
                    slot_held_by(ME).holder.map(|holder| domain::Holder { association: mine, ..holder });
            }
            SlotChange::Release | SlotChange::Reopen => {
                prop_assert_eq!(holder, Some(mine), "the slot is given back by another than its holder");
                slot.holder = None;
                if change == SlotChange::Reopen {
                    slot.claimants.insert(me);
                }
            }
        }
        Ok(())
    }

    /// What must be so after every step.
    fn holds(&self) -> Result<(), TestCaseError> {
        for scope in &self.claim.scopes {
            let slot = self.slots.get(&scope.scope).cloned().unwrap_or_default();
            let holds =
                slot.holder.is_some_and(|holder| holder.association == self.association(&scope.scope));
            let claims = slot.claimants.contains(&self.me());
            let standing = scope.standing();
            let open = !standing.is_closed() && !matches!(standing, Standing::Draft | Standing::Official);
            prop_assert_eq!(holds, standing == Standing::Official, "{} is {}: holder", scope.id, standing);
            prop_assert_eq!(claims, open, "{} is {}: claimant", scope.id, standing);
            // Somebody or some timer owns every standing that waits.
            let owned = match standing {
                Standing::UnderReview | Standing::Disputed => self.claim.review_due().is_some(),
                Standing::ActionRequired => self.claim.action_due().is_some(),
                Standing::Notifying => self.claim.notice_of(scope).is_some(),
                Standing::AwaitingCustomer => {
                    self.claim.notice_of(scope).is_some_and(|notice| notice.deadline.is_some())
                }
                Standing::Rejected => self.claim.dispute_until().is_some(),
                Standing::Submitted => false,
                _ => true,
            };
            prop_assert!(owned, "{} is {standing}, and nobody waits for it", scope.id);
            prop_assert!(!(scope.disputed && standing == Standing::Rejected), "a dispute is promised twice");
            // A no is possible wherever a scope is that the customer was told of.
            let no =
                Command::Decline { by: contact(1), scopes: Selection::These(vec![scope.id]), reason: None };
            let possible = Asking::from(no).decided(&self.claim, &self.policy, self.now).is_ok();
            prop_assert_eq!(
                possible,
                scope.notice.is_some() && !standing.is_closed(),
                "a no to {}",
                standing
            );
        }
        Ok(())
    }

    fn rival_takes(&mut self, n: usize) -> Result<(), TestCaseError> {
        let Some(scope) = self.claim.scopes.get(n).cloned() else { return Ok(()) };
        let command = Command::Supersede { scopes: vec![scope.id], by: claim_id(RIVAL, "key") };
        let events = Asking::from(command)
            .decided(&self.claim, &self.policy, self.now)
            .expect("nobody can refuse to be superseded");
        prop_assert_eq!(events.is_empty(), scope.standing() != Standing::Official);
        if !events.is_empty() {
            self.claim = evolve(&self.claim, &events, self.now);
        }
        let slot = self.slots.entry(scope.scope).or_default();
        slot.holder = slot_held_by(RIVAL).holder;
        Ok(())
    }

    fn rival_leaves(&mut self, n: usize) {
        let Some(scope) = self.claim.scopes.get(n) else { return };
        if let Some(slot) = self.slots.get_mut(&scope.scope) {
            slot.holder = slot.holder.take().filter(|holder| holder.partner.as_str() != RIVAL);
        }
    }

    fn me(&self) -> Claimant {
        Claimant { partner: self.claim.details.partner_id.clone(), claim: self.claim.id.clone() }
    }

    fn association(&self, scope: &Scope) -> AssociationId {
        let id =
            self.claim.scopes.iter().find(|known| known.scope == *scope).map_or(s(255), |known| known.id);
        AssociationId::of(&self.claim.id, id)
    }

    fn command(&self, asked: &Asked) -> Asking {
        let selection = || asked.scopes.as_deref().map_or(Selection::All, these);
        let numbers: Vec<u8> = asked.scopes.clone().unwrap_or_else(|| vec![1, 2]);
        let latest = self.claim.notices.len();
        let notice = u8::try_from(latest).unwrap().saturating_sub(asked.back).max(1);
        let links = || -> Vec<Link> { vec![link(notice)] };
        let command = match asked.name {
            CommandName::Submit => return self.among(submit_with(asked.finding.as_slice())),
            CommandName::Edit => edit(&self.edited(asked.body)),
            CommandName::Withdraw => Command::Withdraw { scopes: selection(), reason: None },
            CommandName::Dispute if asked.body == 0 => dispute_with(&["2021-05-01"]),
            CommandName::Dispute => dispute(),
            CommandName::Disassociate => {
                Command::Disassociate { scopes: selection(), reason: remark("Over.") }
            }
            CommandName::Comment => comment(),
            CommandName::Approve => Command::Approve { scopes: selection() },
            CommandName::RequestInformation => ask(&numbers),
            CommandName::Reject => reject(&numbers),
            CommandName::Lapse => Command::Lapse,
            CommandName::HoldNotice => Command::HoldNotice { notice: n(notice) },
            CommandName::PrepareNotice => Command::PrepareNotice { notice: n(notice), links: links() },
            CommandName::CustomerTold => told(notice),
            CommandName::Remind => Command::Remind { notice: n(notice), links: links() },
            CommandName::MailFailed => Command::MailFailed { notice: n(notice), links: links() },
            CommandName::MailReported => reported(notice, asked.to, asked.mail),
            CommandName::Accept => Command::Accept { notice: n(notice), scopes: selection() },
            CommandName::Decline => Command::Decline { by: contact(1), scopes: selection(), reason: None },
            CommandName::Undo => Command::Undo { by: contact(notice), scopes: selection() },
            CommandName::Promote => promote(notice),
            CommandName::Supersede => comment(), // Only together with the rival's own step.
            CommandName::Expire => Command::Expire { scopes: numbers.iter().map(|n| s(*n)).collect() },
        };
        self.among(command.into())
    }

    /// With the slots as they are here.
    fn among(&self, mut asking: Asking) -> Asking {
        asking.around.slots = self.slots.clone();
        asking
    }

    /// The claim with other scopes in place of those that can be edited.
    fn edited(&self, n: usize) -> Value {
        let kept = self.claim.scopes.iter().filter(|scope| !scope.can(CommandName::Edit));
        let mut codes: Vec<_> = kept.map(|scope| scope.scope.code().as_str()).collect();
        let wanted: &[&str] = [&["teams"][..], &["intune"], &["teams", "intune"], &["intune", "exchange"]][n];
        codes.extend(wanted);
        codes.sort_unstable();
        codes.dedup();
        with(scopes_named(&codes), "/name", json!(format!("Edit {n}")))
    }
}

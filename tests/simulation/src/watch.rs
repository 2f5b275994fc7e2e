//! The invariants of ARCHITECTURE.md, held against what is stored and against what callers were answered. What it judges by
//! are items, mails and answers; of the code under test it asks what events make of a claim (`apply`), which names standings
//! in between, and when a claim is due in the index that `reconcile` reads (`due_at`).

mod callers;
mod customers;
mod slots;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use domain::field::TenantId;
use domain::{
    ActorKind, Addressee, AssociationId, Change, Claim, ClaimId, Claimant, Event, NoticeNumber, Recipient,
    Scope, ScopeId, Standing, State,
};
use schedule::Timer;
use serde_json::Value;

pub use callers::{created, figures_shown, promised, shown};
pub use customers::{no_was_heard, told_of_mail};

use customers::{became_official, not_returned};
use slots::{entered_knowingly, holds_its_slot, slot_holds};

use crate::figures::{count, standing};
use crate::world::{Doing, World};

/// What was seen of mails, answers and slots, beside what is stored.
#[derive(Debug, Default)]
pub struct Watch {
    /// Mails to customers that were accepted, in their order.
    mails: Vec<Seen>,
    /// Notices whose mail came back, and which the service was told of; `true` for good.
    returned: BTreeMap<(ClaimId, NoticeNumber), bool>,
    /// Scopes to which a customer has said no.
    declined: BTreeSet<(ClaimId, ScopeId)>,
    /// When a scope last changed its standing, in ticks.
    moved: BTreeMap<(ClaimId, ScopeId), u64>,
    /// From when to when an association was official, in ticks.
    official: BTreeMap<AssociationId, Vec<(u64, Option<u64>)>>,
    /// What was answered under an idempotency key: the body that asked, and the answer.
    keys: BTreeMap<(String, String), (String, Value)>,
    /// Changes that callers were told of: claim, version, event.
    told: Vec<(ClaimId, u64, Option<&'static str>)>,
    /// Tasks that have ended well, with nothing going wrong.
    clean: BTreeMap<u64, u64>,
}

/// A mail to a customer that was accepted.
#[derive(Debug)]
struct Seen {
    at: DateTime<Utc>,
    about: (ClaimId, NoticeNumber, String),
    reminder: bool,
    task: u64,
    task_began: u64,
}

/// The mail service has taken a mail.
pub fn mailed(world: &mut World, about: Option<&(ClaimId, NoticeNumber, String)>) {
    let Some(about) = about.cloned() else { return };
    let current = world.current;
    let Some(task) = world.tasks.get(&current) else { return };
    let (reminder, task_began) = (task.work == Doing::Trigger("reminder"), task.tick);
    // The same mail by a task that ended well before this one began: nobody could take its fate for unknown.
    let before = world.watch.mails.iter().find(|seen| {
        seen.about == about
            && seen.reminder == reminder
            && seen.task != current
            && world.watch.clean.get(&seen.task).is_some_and(|ended| *ended < task_began)
    });
    let twice = before.map(|seen| seen.at);
    world.hold("4: no mail leaves twice without an excuse", twice.is_none(), || {
        format!("{about:?}, the first at {twice:?}")
    });
    let in_task = world.watch.mails.iter().any(|seen| {
        seen.about == about
            && seen.reminder == reminder
            && seen.task == current
            && seen.task_began == task_began
    });
    world.hold("4: a task sends a mail once", !in_task, || format!("{about:?}"));
    let at = world.now;
    world.watch.mails.push(Seen { at, about, reminder, task: current, task_began });
}

/// A task has ended, with nothing going wrong in it.
pub fn ended_well(world: &mut World, task: u64) {
    let tick = world.tick;
    world.watch.clean.insert(task, tick);
}

/// Changes were stored.
pub fn committed(world: &mut World, changes: &[Change], slots: &[(TenantId, Scope)]) {
    for change in changes {
        one(world, change);
    }
    for change in changes {
        for scope in &change.after.scopes {
            holds_its_slot(world, &change.after, scope.id);
            let was = change.before.as_ref().and_then(|before| before.scope(scope.id));
            let decided = was.is_none_or(|was| was.standing() != scope.standing());
            let enters = |event: &Event| matches!(event, Event::Submitted | Event::Disputed { .. });
            if decided && change.events.iter().any(enters) {
                entered_knowingly(world, &change.after, scope);
            }
        }
        for scope in change.before.iter().flat_map(|before| &before.scopes) {
            if change.after.scope(scope.id).is_none() {
                let me = Claimant {
                    partner: change.after.details.partner_id.clone(),
                    claim: change.after.id.clone(),
                };
                let slot = world.table.slot(&change.after.details.tenant_id, &scope.scope);
                world.hold("1: slots and claims agree", !slot.claimants.contains(&me), || {
                    format!("{} left {} and is still entered", me.claim, scope.scope)
                });
            }
        }
    }
    for (tenant, scope) in slots {
        slot_holds(world, tenant, scope);
    }
}

fn one(world: &mut World, change: &Change) {
    let (after, tick) = (&change.after, world.tick);
    let seen = change.before.as_ref().map_or(0, |before| before.version);
    world.hold("4: versions count changes", after.version == seen + 1, || {
        format!("{} from {seen} to {}", after.id, after.version)
    });
    if change.actor.kind == ActorKind::Partner {
        let own =
            change.actor.id.as_deref().is_some_and(|id| id.ends_with(after.details.partner_id.as_str()));
        world.hold("5: a partner changes its own claims only", own, || {
            format!("{:?} changed {}", change.actor, after.id)
        });
    }
    let mut now = change.before.clone();
    for event in &change.events {
        count(&mut world.figures.events, event.name().to_owned());
        now = now.map(|claim| domain::apply(claim, event, change.at));
        for scope in now.iter().flat_map(|claim| &claim.scopes) {
            count_standing(world, change, scope.id, scope.standing());
        }
        if change.before.is_none() && matches!(event, Event::Submitted) {
            count(&mut world.figures.standings, standing(Standing::Submitted));
        }
    }
    let doing = world.tasks.get(&world.current).map(|task| task.work.clone());
    for scope in &after.scopes {
        let before = change.before.as_ref().and_then(|before| before.scope(scope.id));
        let was = before.map(|before| before.standing());
        let key = (after.id.clone(), scope.id);
        if was != Some(scope.standing()) {
            count(&mut world.figures.standings, standing(scope.standing()));
            world.watch.moved.insert(key.clone(), tick);
        }
        if was == Some(Standing::Official) && scope.standing() != Standing::Official {
            let id = AssociationId::of(&after.id, scope.id);
            if let Some(last) = world.watch.official.get_mut(&id).and_then(|spans| spans.last_mut()) {
                last.1 = Some(tick);
            }
        }
        if was != Some(Standing::Official) && scope.standing() == Standing::Official {
            let id = AssociationId::of(&after.id, scope.id);
            world.watch.official.entry(id).or_default().push((tick, None));
            became_official(world, change, scope.id, was, doing.as_ref());
        }
        if scope.standing() == Standing::Declined && was != Some(Standing::Declined) {
            world.watch.declined.insert(key.clone());
        }
        if was == Some(Standing::Declined) && scope.standing() != Standing::Declined {
            let undone = change.actor.kind == ActorKind::Customer
                && matches!(&doing, Some(Doing::Customer { claim, decision: "undo", .. }) if *claim == after.id);
            world.hold("2: a no stays, unless the customer takes it back", undone, || {
                format!("{} {} went from declined to {}", after.id, scope.id, scope.standing())
            });
            world.watch.declined.remove(&key);
        }
    }
    not_returned(world, after);
    for event in &change.events {
        happened(world, change, event);
    }
}

/// What an event needs to have happened before it.
fn happened(world: &mut World, change: &Change, event: &Event) {
    let Some(before) = &change.before else { return };
    match event {
        Event::BecameOfficial { superseding, .. } => {
            for (id, incumbent) in superseding {
                let known = before.scope(*id).is_some_and(|scope| scope.incumbent() == Some(incumbent));
                world.hold("1: only an incumbent that the approval knew of is superseded", known, || {
                    format!("{} {id} supersedes {incumbent}", before.id)
                });
            }
        }
        Event::DeclineUndone { scopes } => {
            let by = change.actor.id.as_deref().unwrap_or_default();
            let through = world.tasks.get(&world.current).map(|task| task.work.clone());
            let same = |decliner: Addressee| {
                let notice = |doing: &Doing| matches!(doing, Doing::Customer { notice, .. } if *notice == decliner.notice);
                decliner.to.code() == by && through.as_ref().is_some_and(notice)
            };
            let mut declined = scopes.iter().filter_map(|id| before.scope(*id));
            let own = by == Recipient::NoticeAddress.code()
                || declined
                    .all(|scope| matches!(scope.state, State::Declined { by: Some(by), .. } if same(by)));
            world.hold("2: a no is taken back by who gave it, or the notice address", own, || {
                format!("{} {scopes:?} by {by}", before.id)
            });
            let notices =
                scopes.iter().filter_map(|id| before.scope(*id)).map(|scope| before.notice_of(scope));
            let mut deadlines = notices.map(|notice| notice.and_then(|notice| notice.deadline));
            let open = deadlines.all(|deadline| deadline.is_some_and(|deadline| change.at < deadline));
            world.hold("2: a no is taken back only while its window is open", open, || {
                format!("{} {scopes:?} at {}", before.id, change.at)
            });
        }
        Event::Disputed { scopes, .. } => {
            let mut disputed = scopes.iter().filter_map(|id| before.scope(*id));
            let fit = disputed
                .all(|scope| !scope.disputed && scope.dispute_until().is_some_and(|until| change.at < until));
            world.hold("3: a scope is disputed once, and in time", fit, || before.id.to_string());
        }
        Event::Rejected { reasons, .. } | Event::RejectedFinal { reasons }
            if change.actor.kind == ActorKind::System =>
        {
            let mut lapsed = reasons.iter().filter_map(|reason| before.scope(reason.scope));
            let over = lapsed.all(|scope| scope.action_due().is_some_and(|due| change.at >= due));
            world.hold("3: a question lapses once its time is over", over, || {
                format!("{} at {}, due {:?}", before.id, change.at, before.action_due())
            });
        }
        _ => {}
    }
}

fn count_standing(world: &mut World, change: &Change, scope: ScopeId, now: Standing) {
    let was = change.before.as_ref().and_then(|before| before.scope(scope)).map(|before| before.standing());
    if was != Some(now) && now == Standing::Submitted {
        count(&mut world.figures.standings, standing(now));
    }
}

/// Every claim that waits has somebody or something that will move it on, besides `reconcile`.
pub fn owned(world: &mut World) {
    let claims: Vec<Claim> = world.table.claims.values().map(|kept| kept.get().clone()).collect();
    for claim in &claims {
        let waits = |standing| claim.scopes.iter().any(|scope| scope.standing() == standing);
        let review = waits(Standing::UnderReview) || waits(Standing::Disputed) || waits(Standing::Submitted);
        if review {
            world.hold("3: a reviewer's queue holds every review", claim.review_due().is_some(), || {
                claim.id.to_string()
            });
        }
        let (notifying, asked) = (waits(Standing::Notifying), waits(Standing::ActionRequired));
        if notifying || asked || waits(Standing::AwaitingCustomer) {
            let due = domain::due_at(claim).is_some();
            world.hold("3: what waits is in the index of what is due", due, || claim.id.to_string());
        }
        let recorded = has_record(world, &claim.id);
        if notifying {
            world.hold("3: a notice under way has its record", recorded, || claim.id.to_string());
        }
        if let Some(due) = claim.action_due().filter(|_| asked) {
            let timer = |timer: &Timer| matches!(timer, Timer::Answer { claim_id } if *claim_id == claim.id);
            let owned = recorded || has_timer(world, due, timer);
            world.hold("3: a question has its timer", owned, || format!("{} until {due}", claim.id));
        }
        for scope in claim.scopes.iter().filter(|scope| scope.standing() == Standing::AwaitingCustomer) {
            let Some(deadline) = claim.notice_of(scope).and_then(|notice| notice.deadline) else {
                continue;
            };
            let number = scope.notice;
            let timer = |timer: &Timer| matches!(timer, Timer::Deadline { claim_id, notice } if *claim_id == claim.id && Some(*notice) == number);
            let owned = recorded || has_timer(world, deadline, timer);
            world.hold("3: a window has its timer", owned, || {
                format!("{} {} until {deadline}", claim.id, scope.id)
            });
        }
    }
}

/// Whether a record of the claim waits, is worked on, or lies in the dead letters, or has gone from there, which makes the claim
/// `reconcile`'s.
fn has_record(world: &World, claim: &ClaimId) -> bool {
    let key = claim.as_str();
    world.stream.get(key).is_some_and(|records| !records.is_empty())
        || world.in_work.contains_key(key)
        || world.purged.contains(claim)
}

/// Whether a timer is set for a time, not before it, or has fired and is not worked off yet.
fn has_timer(world: &World, at: DateTime<Utc>, fits: impl Fn(&Timer) -> bool) -> bool {
    let set = world.schedules.values().chain(&world.fired);
    let mut set = set.filter(|schedule| fits(&schedule.timer));
    set.any(|schedule| schedule.at >= at)
}

/// What must be so once everything has settled.
pub fn settled(world: &mut World) {
    let told = std::mem::take(&mut world.watch.told);
    for (id, version, event) in told {
        let claim = world.table.claim(&id);
        let kept = claim.is_some_and(|claim| claim.version >= version);
        let history = world.table.transitions.get(&id);
        let found = event.is_none_or(|event| {
            history
                .into_iter()
                .flatten()
                .filter(|transition| transition.version == version)
                .any(|transition| transition.events.iter().any(|happened| happened.name() == event))
        });
        world.hold("4: what was answered is kept", kept && found, || {
            format!("{id} version {version}: {event:?} is lost")
        });
    }
    let claims: Vec<Claim> = world.table.claims.values().map(|kept| kept.get().clone()).collect();
    for claim in &claims {
        for scope in &claim.scopes {
            let rest = scope.standing().is_closed()
                || matches!(scope.standing(), Standing::Official | Standing::Draft);
            world.hold("3: everything settles", rest, || {
                format!(
                    "{} {} is still {} (action due {:?}, deadline {:?})",
                    claim.id,
                    scope.id,
                    scope.standing(),
                    claim.action_due(),
                    claim.deadline()
                )
            });
            let answered = world.watch.declined.contains(&(claim.id.clone(), scope.id));
            world.hold(
                "2: a no stays, unless the customer takes it back",
                !answered || scope.standing() == Standing::Declined,
                || format!("{} {}", claim.id, scope.id),
            );
            holds_its_slot(world, claim, scope.id);
            let official = scope.standing() == Standing::Official;
            if let Some(subscription) = scope.scope.subscription_id().filter(|_| official) {
                let tenant = world.table.tenants.get(&claim.details.tenant_id);
                let carried = tenant.is_some_and(|tenant| {
                    tenant.get().subscriptions.iter().any(|known| {
                        known.id == *subscription
                            && known.product == *scope.scope.code()
                            && !matches!(known.state.code(), "expired" | "suspended")
                    })
                });
                world.hold("3: nothing stays official on a subscription that has ended", carried, || {
                    format!("{} {} on {}", claim.id, scope.id, scope.scope)
                });
            }
        }
        not_returned(world, claim);
        let history = world.table.transitions.get(&claim.id).map_or(0, Vec::len);
        let versions = u64::try_from(history).unwrap_or(u64::MAX) <= claim.version;
        world.hold("4: versions count changes", versions, || claim.id.to_string());
    }
    let slots: Vec<_> = world.table.slots.keys().cloned().collect();
    for (tenant, scope) in slots {
        slot_holds(world, &tenant, &scope);
    }
}

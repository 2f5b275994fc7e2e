//! The invariants of ARCHITECTURE.md, held against what is stored and against what callers were answered. Nothing here
//! asks the code under test: what it judges by are items, mails and answers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;
use domain::field::TenantId;
use domain::{
    ActorKind, AssociationId, Claim, ClaimId, Claimant, ClaimedScope, Event, MailState, Recipient, Scope,
    ScopeId, Standing,
};
use schedule::Timer;
use serde_json::Value;
use store::Change;

use crate::figures::{count, standing};
use crate::ports::OPEN;
use crate::world::{Doing, World};

/// What was seen of mails, answers and slots, beside what is stored.
#[derive(Debug, Default)]
pub struct Watch {
    /// Mails to customers that were accepted, in their order.
    mails: Vec<Seen>,
    /// Notices whose mail came back, and which the service was told of; `true` for good.
    returned: BTreeMap<(ClaimId, u8), bool>,
    /// Scopes to which a customer has said no.
    declined: BTreeSet<(ClaimId, ScopeId)>,
    /// Scopes whose customer has taken a no back: whoever did that has read the notice, whichever address it came to.
    undone: BTreeSet<(ClaimId, ScopeId)>,
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
    about: (ClaimId, u8, String),
    reminder: bool,
    task: u64,
    task_began: u64,
}

/// The mail service has taken a mail.
pub fn mailed(world: &mut World, about: Option<&(ClaimId, u8, String)>, _subject: &str) {
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
            let decided = was.is_none_or(|was| was.standing != scope.standing);
            if decided && change.events.contains(&Event::Submitted) {
                entered_knowingly(world, &change.after, scope);
            }
        }
        for scope in change.before.iter().flat_map(|before| &before.scopes) {
            if change.after.scope(scope.id).is_none() {
                let me = Claimant {
                    partner: change.after.document.partner_id.clone(),
                    claim: change.after.id.clone(),
                };
                let slot = world.table.slot(&change.after.document.tenant_id, &scope.scope);
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
            change.actor.id.as_deref().is_some_and(|id| id.ends_with(after.document.partner_id.as_str()));
        world.hold("5: a partner changes its own claims only", own, || {
            format!("{:?} changed {}", change.actor, after.id)
        });
    }
    let mut now = change.before.clone();
    for event in &change.events {
        count(&mut world.figures.events, event.name().to_owned());
        now = now.map(|claim| domain::apply(claim, event, change.at));
        for scope in now.iter().flat_map(|claim| &claim.scopes) {
            count_standing(world, change, scope.id, scope.standing);
        }
        if change.before.is_none() && matches!(event, Event::Submitted) {
            count(&mut world.figures.standings, standing(Standing::Submitted));
        }
    }
    let doing = world.tasks.get(&world.current).map(|task| task.work.clone());
    for scope in &after.scopes {
        let before = change.before.as_ref().and_then(|before| before.scope(scope.id));
        let was = before.map(|before| before.standing);
        let key = (after.id.clone(), scope.id);
        if was != Some(scope.standing) {
            count(&mut world.figures.standings, standing(scope.standing));
            world.watch.moved.insert(key.clone(), tick);
        }
        if was == Some(Standing::Official) && scope.standing != Standing::Official {
            let id = AssociationId::of(&after.id, scope.id);
            if let Some(last) = world.watch.official.get_mut(&id).and_then(|spans| spans.last_mut()) {
                last.1 = Some(tick);
            }
        }
        if was != Some(Standing::Official) && scope.standing == Standing::Official {
            let id = AssociationId::of(&after.id, scope.id);
            world.watch.official.entry(id).or_default().push((tick, None));
            became_official(world, change, scope.id, was, doing.as_ref());
        }
        if scope.standing == Standing::Declined && was != Some(Standing::Declined) {
            world.watch.declined.insert(key.clone());
        }
        if was == Some(Standing::Declined) && scope.standing != Standing::Declined {
            let undone = change.actor.kind == ActorKind::Customer
                && matches!(&doing, Some(Doing::Customer { claim, decision: "undo", .. }) if *claim == after.id);
            world.hold("2: a no stays, unless the customer takes it back", undone, || {
                format!("{} {} went from declined to {}", after.id, scope.id, scope.standing)
            });
            world.watch.declined.remove(&key);
            world.watch.undone.insert(key.clone());
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
                let known =
                    before.scope(*id).is_some_and(|scope| scope.incumbent.as_ref() == Some(incumbent));
                world.hold("1: only an incumbent that the approval knew of is superseded", known, || {
                    format!("{} {id} supersedes {incumbent}", before.id)
                });
            }
        }
        Event::DeclineUndone { scopes } => {
            let notices =
                scopes.iter().filter_map(|id| before.scope(*id)).map(|scope| before.notice(scope.notice));
            let mut deadlines = notices.map(|notice| notice.and_then(|notice| notice.deadline));
            let open = deadlines.all(|deadline| deadline.is_some_and(|deadline| change.at < deadline));
            world.hold("2: a no is taken back only while its window is open", open, || {
                format!("{} {scopes:?} at {}", before.id, change.at)
            });
        }
        Event::Disputed { scopes, .. } => {
            let again = scopes.iter().filter_map(|id| before.scope(*id)).any(|scope| scope.disputed);
            world.hold("3: a scope is disputed once", !again, || before.id.to_string());
        }
        Event::Rejected { .. } | Event::RejectedFinal { .. } if change.actor.kind == ActorKind::System => {
            let over = before.action_due.is_some_and(|due| change.at >= due);
            world.hold("3: a question lapses once its time is over", over, || {
                format!("{} at {}, due {:?}", before.id, change.at, before.action_due)
            });
        }
        _ => {}
    }
}

fn count_standing(world: &mut World, change: &Change, scope: ScopeId, now: Standing) {
    let was = change.before.as_ref().and_then(|before| before.scope(scope)).map(|before| before.standing);
    if was != Some(now) && now == Standing::Submitted {
        count(&mut world.figures.standings, standing(now));
    }
}

fn became_official(
    world: &mut World,
    change: &Change,
    id: ScopeId,
    was: Option<Standing>,
    doing: Option<&Doing>,
) {
    let after = &change.after;
    let Some(scope) = after.scope(id) else { return };
    let asked = matches!(was, Some(Standing::Notifying | Standing::AwaitingCustomer));
    world.hold("2: only what the customer was asked becomes official", asked, || {
        format!("{} {id} was {was:?}", after.id)
    });
    if change.actor.kind == ActorKind::Customer {
        let accepted =
            matches!(doing, Some(Doing::Customer { claim, decision: "accept", .. }) if *claim == after.id);
        world.hold("2: official early only by the customer's yes", accepted, || {
            format!("{} {id} by {doing:?}", after.id)
        });
        let latest = matches!(doing, Some(Doing::Customer { notice, .. }) if *notice == scope.notice);
        world.hold("2: a yes comes through the latest link", latest, || {
            format!("{} {id} by {doing:?}", after.id)
        });
        return;
    }
    let silent = was == Some(Standing::AwaitingCustomer);
    world.hold("2: silence counts only once the customer was told", silent, || format!("{} {id}", after.id));
    let notice = after.notice(scope.notice);
    let to = notice.map_or(Recipient::CustomerContact, |notice| notice.to);
    let about = (after.id.clone(), scope.notice, to.code().to_owned());
    let undone = world.watch.undone.contains(&(after.id.clone(), id));
    let of_it = |seen: &&Seen| {
        let same = seen.about.0 == about.0 && seen.about.1 == about.1;
        !seen.reminder && same && (undone || seen.about.2 == about.2)
    };
    let last = world.watch.mails.iter().rev().find(of_it);
    let told = last.map(|seen| seen.at);
    world.hold("7: no silence without a mail that was accepted", told.is_some(), || format!("{about:?}"));
    let zone = after.contact(to).map_or(chrono_tz::UTC, |contact| contact.locality().time_zone);
    if let Some(told) = told {
        let days = weekdays_between(told, world.now, zone);
        world.hold("2: five full weekdays before silence counts", days >= 5, || {
            format!("{} {id}: told {told}, official {}, {days} weekdays between", after.id, change.at)
        });
    }
    let deadline = notice.and_then(|notice| notice.deadline);
    world.hold("2: silence counts from the deadline on", deadline.is_some_and(|at| change.at >= at), || {
        format!("{} {id}: deadline {deadline:?}, official {}", after.id, change.at)
    });
}

/// Whole weekdays after the day of one instant and before the day of another, where the customer is.
fn weekdays_between(from: DateTime<Utc>, to: DateTime<Utc>, zone: Tz) -> usize {
    let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let (first, last) = (day(from), day(to));
    let weekday = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let days = first.iter_days().skip(1).take_while(|day| *day < last);
    days.filter(weekday).take(10).count()
}

/// A scope that waits for silence, or became official by it, was told by a mail that has not come back.
fn not_returned(world: &mut World, claim: &Claim) {
    for scope in &claim.scopes {
        let by_silence = match scope.standing {
            Standing::AwaitingCustomer => true,
            Standing::Official => !scope.accepted,
            _ => false,
        };
        if by_silence {
            let returned = world.watch.returned.contains_key(&(claim.id.clone(), scope.notice));
            world.hold("7: a mail that came back counts for nothing", !returned, || {
                format!("{} {} is {} by notice {}", claim.id, scope.id, scope.standing, scope.notice)
            });
        }
    }
}

/// The service has worked off an event of the mail service.
pub fn told_of_mail(world: &mut World, about: &(ClaimId, u8, String), kind: &str) {
    let (id, notice, to) = about;
    let Some(claim) = world.table.claim(id).cloned() else { return };
    let Some(known) = claim.notice(*notice) else { return };
    if known.to.code() != to {
        return;
    }
    let key = (id.clone(), *notice);
    match kind {
        "bounce" => {
            world.watch.returned.insert(key, true);
        }
        // Given up, unless the recipient's server had taken it.
        "soft bounce" if known.mail == MailState::SoftBounced => {
            world.watch.returned.entry(key).or_insert(false);
        }
        "delivery" | "complaint" if world.watch.returned.get(&key) == Some(&false) => {
            world.watch.returned.remove(&key);
        }
        _ => {}
    }
    let recorded = match kind {
        "bounce" => known.mail == MailState::Bounced,
        "delivery" => !matches!(known.mail, MailState::Pending | MailState::Sent | MailState::Delayed),
        _ => known.mail != MailState::Pending,
    };
    world
        .hold("7: what became of a mail is noted", recorded, || format!("{about:?}: {kind}, {}", known.mail));
    not_returned(world, &claim);
}

fn holds_its_slot(world: &mut World, claim: &Claim, id: ScopeId) {
    let Some(scope) = claim.scope(id) else { return };
    let slot = world.table.slot(&claim.document.tenant_id, &scope.scope);
    let mine = AssociationId::of(&claim.id, id);
    let holds = slot
        .holder
        .as_ref()
        .is_some_and(|holder| holder.association == mine && holder.partner == claim.document.partner_id);
    let official = scope.standing == Standing::Official;
    world.hold("1: who is official holds the slot, and nobody else", holds == official, || {
        format!("{mine} is {}, the slot of {} holds {:?}", scope.standing, scope.scope, slot.holder)
    });
    let me = Claimant { partner: claim.document.partner_id.clone(), claim: claim.id.clone() };
    let entered = slot.claimants.contains(&me);
    // What an edit has added to an answer is entered when it is submitted, at the latest.
    let open = OPEN.contains(&scope.standing);
    world.hold("1: slots and claims agree", entered == open, || {
        format!("{mine} is {}, entered in {}: {entered}", scope.standing, scope.scope)
    });
}

/// A claim that was just submitted was decided about the slot as it is, and not as it was before somebody else entered it.
fn entered_knowingly(world: &mut World, claim: &Claim, scope: &ClaimedScope) {
    let slot = world.table.slot(&claim.document.tenant_id, &scope.scope);
    let holder = slot.holder.iter().filter(|holder| holder.association.parts().0 != claim.id);
    let others = slot.claimants.iter().filter(|other| other.claim != claim.id);
    let others: Vec<_> =
        holder.map(|holder| &holder.partner).chain(others.map(|other| &other.partner)).collect();
    let twice = others.contains(&&claim.document.partner_id);
    let compared = others.is_empty() || scope.standing == Standing::UnderReview;
    world.hold("1: a claim is submitted knowing its competitors", !twice && compared, || {
        format!("{} {} is {} beside {others:?}", claim.id, scope.id, scope.standing)
    });
}

fn slot_holds(world: &mut World, tenant: &TenantId, scope: &Scope) {
    let slot = world.table.slot(tenant, scope);
    if let Some(holder) = &slot.holder {
        let (claim, id) = holder.association.parts();
        let claim = world.table.claim(&claim);
        let held =
            claim.and_then(|claim| claim.scope(id)).is_some_and(|held| held.standing == Standing::Official);
        world.hold("1: who holds a slot is official", held, || format!("{scope} holds {holder:?}"));
    }
    for claimant in &slot.claimants {
        let claim = world.table.claim(&claimant.claim);
        let open = claim.is_some_and(|claim| {
            claim.scopes.iter().any(|held| held.scope == *scope && OPEN.contains(&held.standing))
        });
        world.hold("1: slots and claims agree", open, || format!("{scope} lists {claimant:?}"));
    }
}

/// Every claim that waits has somebody or something that will move it on, besides `reconcile`.
pub fn owned(world: &mut World) {
    let claims: Vec<Claim> = world.table.claims.values().map(|kept| kept.get().clone()).collect();
    for claim in &claims {
        let waits = |standing| claim.scopes.iter().any(|scope| scope.standing == standing);
        let review = waits(Standing::UnderReview) || waits(Standing::Disputed) || waits(Standing::Submitted);
        if review {
            world.hold("3: a reviewer's queue holds every review", claim.review_due.is_some(), || {
                claim.id.to_string()
            });
        }
        let (notifying, asked) = (waits(Standing::Notifying), waits(Standing::ActionRequired));
        if notifying || asked || waits(Standing::AwaitingCustomer) {
            let due = store::due_at(claim).is_some();
            world.hold("3: what waits is in the index of what is due", due, || claim.id.to_string());
        }
        let recorded = has_record(world, &claim.id);
        if notifying {
            world.hold("3: a notice under way has its record", recorded, || claim.id.to_string());
        }
        if let Some(due) = claim.action_due.filter(|_| asked) {
            let timer = |timer: &Timer| matches!(timer, Timer::Answer { claim_id } if *claim_id == claim.id);
            let owned = recorded || has_timer(world, due, timer);
            world.hold("3: a question has its timer", owned, || format!("{} until {due}", claim.id));
        }
        for scope in claim.scopes.iter().filter(|scope| scope.standing == Standing::AwaitingCustomer) {
            let Some(deadline) = claim.notice(scope.notice).and_then(|notice| notice.deadline) else {
                continue;
            };
            let number = scope.notice;
            let timer = |timer: &Timer| matches!(timer, Timer::Deadline { claim_id, notice } if *claim_id == claim.id && *notice == number);
            let owned = recorded || has_timer(world, deadline, timer);
            world.hold("3: a window has its timer", owned, || {
                format!("{} {} until {deadline}", claim.id, scope.id)
            });
        }
    }
}

/// Whether a record of the claim waits, is worked on, or lies in the dead letters.
fn has_record(world: &World, claim: &ClaimId) -> bool {
    let key = claim.as_str();
    world.stream.get(key).is_some_and(|records| !records.is_empty()) || world.in_work.contains_key(key)
}

/// Whether a timer is set for a time, not before it, or has fired and is not worked off yet.
fn has_timer(world: &World, at: DateTime<Utc>, fits: impl Fn(&Timer) -> bool) -> bool {
    let set = world.schedules.values().chain(&world.fired);
    let mut set = set.filter(|schedule| fits(&schedule.timer));
    set.any(|schedule| schedule.at >= at)
}

/// What a partner was answered holds nothing of another's.
pub fn shown(world: &mut World, partner: &str, others: &[String], what: &str, body: &str) {
    let foreign = others.iter().find(|other| *other != partner && body.contains(other.as_str()));
    let foreign = foreign.cloned();
    world.hold("5: a partner is shown nothing of another's", foreign.is_none(), || {
        format!("{what} by {partner} showed {foreign:?}: {body}")
    });
    let mut rest = body;
    while let Some(at) = rest.find("clm_") {
        let id = rest.get(at..at + 30).unwrap_or_default();
        rest = &rest[at + 4..];
        let Ok(id) = id.parse::<ClaimId>() else { continue };
        let own = world.table.claim(&id).is_none_or(|claim| claim.document.partner_id.as_str() == partner);
        world.hold("5: a partner is shown nothing of another's", own, || {
            format!("{what} by {partner} showed {id}: {body}")
        });
    }
}

/// A caller was told that its change was made: claim, version, and the event that must be there.
pub fn promised(world: &mut World, body: &Value, event: Option<&'static str>) {
    let id = body["id"].as_str().and_then(|id| id.parse().ok());
    if let (Some(id), Some(version)) = (id, body["version"].as_u64()) {
        world.watch.told.push((id, version, event));
    }
}

/// A creation was answered.
pub fn created(world: &mut World, partner: &str, key: &str, asked: &str, answered: &Value) {
    let known = world.watch.keys.get(&(partner.to_owned(), key.to_owned())).cloned();
    match known {
        None => {
            let entry = (asked.to_owned(), answered.clone());
            world.watch.keys.insert((partner.to_owned(), key.to_owned()), entry);
        }
        Some((body, first)) => {
            let same = body == asked && first == *answered;
            world.hold("4: a repeated request gets the first answer", same, || {
                format!("key {key} of {partner}: first {first}, now {answered}")
            });
        }
    }
}

/// Figures were answered: the association held at some instant while they were asked for, and the read is on record.
pub fn figures_shown(world: &mut World, id: &AssociationId, since: u64, request: &str) {
    let now = world.tick;
    let held =
        world.watch.official.get(id).is_some_and(|spans| {
            spans.iter().any(|(from, to)| *from <= now && to.is_none_or(|to| to >= since))
        });
    world.hold("5: figures only for who holds the scope", held, || id.to_string());
    let recorded = world.table.accesses.get(id).is_some_and(|of| of.keys().any(|(_, by)| by == request));
    world.hold("5: every read of figures is on record", recorded, || format!("{id} by {request}"));
}

/// A customer was answered after it said no to these scopes (none named: to all).
pub fn no_was_heard(world: &mut World, claim: &ClaimId, scopes: &[ScopeId], since: u64) {
    let Some(claim) = world.table.claim(claim).cloned() else { return };
    for scope in claim.scopes.iter().filter(|scope| scopes.is_empty() || scopes.contains(&scope.id)) {
        let open = scope.can(domain::CommandName::Decline);
        let moved = world.watch.moved.get(&(claim.id.clone(), scope.id)).is_some_and(|at| *at >= since);
        world.hold("2: a no that was answered counts", !open || moved, || {
            format!("{} {} is still {}", claim.id, scope.id, scope.standing)
        });
    }
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
            let rest =
                scope.standing.is_closed() || matches!(scope.standing, Standing::Official | Standing::Draft);
            world.hold("3: everything settles", rest, || {
                format!(
                    "{} {} is still {} (action due {:?}, deadline {:?})",
                    claim.id,
                    scope.id,
                    scope.standing,
                    claim.action_due,
                    claim.deadline()
                )
            });
            let answered = world.watch.declined.contains(&(claim.id.clone(), scope.id));
            world.hold(
                "2: a no stays, unless the customer takes it back",
                !answered || scope.standing == Standing::Declined,
                || format!("{} {}", claim.id, scope.id),
            );
            holds_its_slot(world, claim, scope.id);
            let official = scope.standing == Standing::Official;
            if let Some(subscription) = scope.scope.subscription_id().filter(|_| official) {
                let tenant = world.table.tenants.get(&claim.document.tenant_id);
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

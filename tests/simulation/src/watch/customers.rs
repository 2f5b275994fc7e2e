//! Invariants 2 and 7: the customer was told, had its time, and its no counts.

use chrono::{DateTime, Datelike, NaiveDate, Utc, Weekday};
use domain::{ActorKind, Change, Claim, ClaimId, MailState, NoticeNumber, Recipient, ScopeId, Standing};
use zone::Zone;

use crate::world::{Doing, World};

pub(super) fn became_official(
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
        let latest = matches!(doing, Some(Doing::Customer { notice, .. }) if Some(*notice) == scope.notice);
        world.hold("2: a yes comes through the latest link", latest, || {
            format!("{} {id} by {doing:?}", after.id)
        });
        return;
    }
    let silent = was == Some(Standing::AwaitingCustomer);
    world.hold("2: silence counts only once the customer was told", silent, || format!("{} {id}", after.id));
    let Some(number) = scope.notice else {
        return world.hold("2: official by a notice", false, || format!("{} {id}", after.id));
    };
    let notice = after.notice(number);
    let to = notice.map_or(Recipient::CustomerContact, |notice| notice.to);
    let about = (after.id.clone(), number, to.code().to_owned());
    let last = world.watch.mails.iter().rev().find(|seen| !seen.reminder && seen.about == about);
    let told = last.map(|seen| seen.at);
    world.hold("7: no silence without a mail that was accepted", told.is_some(), || format!("{about:?}"));
    let zone = after.contact(to).map_or(Zone::UTC, |contact| contact.locality().time_zone);
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
fn weekdays_between(from: DateTime<Utc>, to: DateTime<Utc>, zone: Zone) -> usize {
    let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let (first, last) = (day(from), day(to));
    let weekday = |day: &NaiveDate| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
    let days = first.iter_days().skip(1).take_while(|day| *day < last);
    days.filter(weekday).take(10).count()
}

/// A scope that waits for silence, or became official by it, was told by a mail that has not come back.
pub(super) fn not_returned(world: &mut World, claim: &Claim) {
    for scope in &claim.scopes {
        let by_silence = match scope.standing() {
            Standing::AwaitingCustomer => true,
            Standing::Official => !scope.tenure().is_some_and(|tenure| tenure.accepted),
            _ => false,
        };
        if let Some(number) = scope.notice.filter(|_| by_silence) {
            let returned = world.watch.returned.contains_key(&(claim.id.clone(), number));
            world.hold("7: a mail that came back counts for nothing", !returned, || {
                format!("{} {} is {} by notice {}", claim.id, scope.id, scope.standing(), number)
            });
        }
    }
}

/// The service has worked off an event of the mail service.
pub fn told_of_mail(world: &mut World, about: &(ClaimId, NoticeNumber, String), kind: &str) {
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

/// A customer was answered after it said no to these scopes (none named: to all).
pub fn no_was_heard(world: &mut World, claim: &ClaimId, scopes: &[ScopeId], since: u64) {
    let Some(claim) = world.table.claim(claim).cloned() else { return };
    for scope in claim.scopes.iter().filter(|scope| scopes.is_empty() || scopes.contains(&scope.id)) {
        let open = scope.can(domain::CommandName::Decline);
        let moved = world.watch.moved.get(&(claim.id.clone(), scope.id)).is_some_and(|at| *at >= since);
        world.hold("2: a no that was answered counts", !open || moved, || {
            format!("{} {} is still {}", claim.id, scope.id, scope.standing())
        });
    }
}

//! Timers and mails: what functions call outside the table.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{ClaimId, NoticeNumber};
use mail::{MessageId, Outgoing, Post, SendError};
use schedule::{Timer, TimerError, Timers};
use serde_json::json;

use crate::world::{Accepted, Fate, Fault, MailNews, Schedule, Service, Shared, Turn, World, open};

/// The scheduler.
#[derive(Debug, Clone)]
pub struct Alarms(pub Shared);

impl Timers for Alarms {
    async fn set(&self, timer: &Timer, at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), TimerError> {
        Turn::default().await;
        let mut world = open(&self.0);
        let name = timer.name(at);
        let fate = world.fate(Service::Scheduler, true);
        if !matches!(fate, Fate::Failed | Fate::Refused) && !world.schedules.contains_key(&name) {
            world.note(&format!("timer {name}"));
            let lost = world.happens(Fault::TimerLost, 15);
            if lost {
                world.lost_timers.insert(name.clone());
            }
            let at = at.max(now + TimeDelta::seconds(5));
            world.schedules.insert(name.clone(), Schedule { timer: timer.clone(), at, lost, failures: 0 });
        }
        match fate {
            Fate::Done | Fate::Twice | Fate::Contended => Ok(()),
            _ => Err(TimerError { name, source: "the simulation let it fail".into() }),
        }
    }
}

/// The mail service.
#[derive(Debug, Clone)]
pub struct Mails(pub Shared);

impl Post for Mails {
    async fn send(&self, mail: &Outgoing) -> Result<MessageId, SendError> {
        Turn::default().await;
        let mut world = open(&self.0);
        if world.happens(Fault::AddressRefused, 10) {
            world.excuse();
            return Err(SendError::Permanent { code: "MessageRejected".to_owned() });
        }
        if world.happens(Fault::MailParked, 10) {
            world.excuse();
            return Err(SendError::Parked { code: "SendingPausedException".to_owned() });
        }
        let id = MessageId(format!("m{}", world.mails.len()));
        let source = || "the simulation let it fail".into();
        match world.fate(Service::Mail, true) {
            Fate::Done | Fate::Contended => accept(&mut world, mail, &id.0),
            Fate::Failed | Fate::Refused => {
                return Err(SendError::Transient { source: source() });
            }
            // A client that does not repeat by itself: what is lost is lost.
            Fate::Lost | Fate::Twice => {
                accept(&mut world, mail, &id.0);
                return Err(SendError::Ambiguous { source: source() });
            }
        }
        Ok(id)
    }
}

/// What the links of the simulation begin with.
pub const LINKS: &str = "https://answer.example/";

fn accept(world: &mut World, mail: &Outgoing, id: &str) {
    let tag = |name: &str| mail.tags.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let about = tag("claim").zip(tag("notice")).zip(tag("recipient"));
    let about = about.and_then(|((claim, notice), to)| {
        Some((claim.parse().ok()?, notice.parse::<NoticeNumber>().ok()?, to))
    });
    let start = mail.rendered.text.find(LINKS).map(|at| at + LINKS.len());
    let token = start.and_then(|at| mail.rendered.text.get(at..at + 78)).map(str::to_owned);
    world.note(&format!("mail to {} about {about:?}", mail.to));
    // The template's rule lets by what becomes of mails to customers, and of no others.
    let came_back = about.as_ref().is_some_and(|about| becomes(world, mail, id, about));
    crate::watch::mailed(world, about.as_ref());
    world.mails.push(Accepted { at: world.now, to: mail.to.clone(), token, about, came_back });
}

/// Draws what becomes of a mail to a customer, and when the service is told; whether the mail comes back.
fn becomes(world: &mut World, mail: &Outgoing, id: &str, about: &(ClaimId, NoticeNumber, String)) -> bool {
    let tags: serde_json::Map<_, _> =
        mail.tags.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
    let mut news = Vec::new();
    if world.happens(Fault::Bounced, 60) {
        news.push(("Bounce", "Permanent", world.chance.seconds(1, 3 * 86_400)));
        // A server may take a mail and give it back later, or report both in any order.
        if world.chance.per_mille(400) {
            news.push(("Delivery", "", world.chance.seconds(1, 86_400)));
        }
    } else if world.happens(Fault::SoftBounced, 40) {
        news.push(("DeliveryDelay", "", world.chance.seconds(300, 4000)));
        news.push(("Bounce", "Transient", world.chance.seconds(4000, 86_400)));
        if world.chance.per_mille(300) {
            news.push(("Delivery", "", world.chance.seconds(300, 2 * 86_400)));
        }
    } else {
        news.push(("Delivery", "", world.chance.seconds(1, 600)));
        if world.happens(Fault::Complained, 20) {
            news.push(("Complaint", "", world.chance.seconds(600, 86_400)));
        }
    }
    let came_back = news.iter().any(|(kind, ..)| *kind == "Bounce");
    for (kind, class, after) in news {
        if world.happens(Fault::EventLost, 30) {
            continue;
        }
        let mut event = json!({ "detail": { "eventType": kind, "mail": { "messageId": id, "tags": tags } } });
        if kind == "Bounce" {
            event["detail"]["bounce"] = json!({ "bounceType": class });
        }
        let name = match (kind, class) {
            ("Bounce", "Permanent") => "bounce",
            ("Bounce", _) => "soft bounce",
            ("Delivery", _) => "delivery",
            ("Complaint", _) => "complaint",
            _ => "delay",
        };
        let one = MailNews { from: world.now + after, event, about: about.clone(), kind: name, failures: 0 };
        if world.happens(Fault::EventTwice, 60) {
            let late = world.chance.seconds(1, 86_400);
            world.news.push(MailNews { from: one.from + late, ..one.clone() });
        }
        world.news.push(one);
    }
    came_back
}

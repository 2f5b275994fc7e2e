//! Everything outside the functions: the table, the stream, the mail service, the scheduler, the time, and what goes
//! wrong with calls to them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use chrono::{DateTime, Utc};
use domain::field::TenantId;
use domain::{Change, ClaimId, NoticeNumber, Slots};
use schedule::Timer;
use serde_json::Value;
use store::StoreError;

use crate::figures::{Figures, count};
use crate::rng::Rng;
use crate::table::Table;
use crate::watch::Watch;

/// The world, as functions and scheduler share it. One thread; the lock is there because ports must be `Sync`.
pub type Shared = Arc<Mutex<World>>;

/// Opens the world.
pub fn open(world: &Shared) -> MutexGuard<'_, World> {
    world.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What can go wrong. Each can be switched off by its bit, for shrinking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Fault {
    /// A call fails before it does anything.
    CallFailed,
    /// A call does what it should, and its answer is lost.
    AnswerLost,
    /// A call is throttled.
    Throttled,
    /// A call is repeated below us after its answer was lost.
    CallRepeated,
    /// A transaction meets another one.
    Contended,
    /// A read sees what was there a moment ago.
    StaleRead,
    /// A function dies between two calls.
    Killed,
    /// The caller of the API gets no answer though the function gave one.
    CallerLost,
    /// A batch of the stream is handed over twice.
    StreamTwice,
    /// A timer fires twice.
    TimerTwice,
    /// The scheduler loses a timer.
    TimerLost,
    /// A mail comes back.
    Bounced,
    /// A mail is given up after tries.
    SoftBounced,
    /// A mail is reported as unwanted.
    Complained,
    /// A mail service's event comes twice.
    EventTwice,
    /// A mail service's event never comes.
    EventLost,
    /// An address is refused at once.
    AddressRefused,
    /// No mail at all leaves for a while.
    MailParked,
    /// A service is out of reach for a while.
    Outage,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::CallFailed,
        Self::AnswerLost,
        Self::Throttled,
        Self::CallRepeated,
        Self::Contended,
        Self::StaleRead,
        Self::Killed,
        Self::CallerLost,
        Self::StreamTwice,
        Self::TimerTwice,
        Self::TimerLost,
        Self::Bounced,
        Self::SoftBounced,
        Self::Complained,
        Self::EventTwice,
        Self::EventLost,
        Self::AddressRefused,
        Self::MailParked,
        Self::Outage,
    ];

    /// Its bit.
    pub const fn bit(self) -> u32 {
        1 << self as u8
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CallFailed => "call failed",
            Self::AnswerLost => "answer lost",
            Self::Throttled => "throttled",
            Self::CallRepeated => "call repeated",
            Self::Contended => "transaction contended",
            Self::StaleRead => "stale read",
            Self::Killed => "function killed",
            Self::CallerLost => "caller got no answer",
            Self::StreamTwice => "stream batch twice",
            Self::TimerTwice => "timer twice",
            Self::TimerLost => "timer lost",
            Self::Bounced => "mail bounced",
            Self::SoftBounced => "mail soft-bounced",
            Self::Complained => "mail complained of",
            Self::EventTwice => "mail event twice",
            Self::EventLost => "mail event lost",
            Self::AddressRefused => "address refused",
            Self::MailParked => "mail parked",
            Self::Outage => "service out of reach",
        }
    }
}

/// A service that functions call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// The table.
    Table,
    /// The mail service.
    Mail,
    /// The scheduler.
    Scheduler,
}

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is done and answered.
    Done,
    /// It is not done.
    Failed,
    /// It is not done, and the service says so.
    Refused,
    /// It is done, and not answered.
    Lost,
    /// It is done twice, and the second answer comes.
    Twice,
    /// It is not done because of another transaction.
    Contended,
}

/// A record of the stream.
#[derive(Debug, Clone)]
pub struct Record {
    /// What it is called in a batch.
    pub sequence: u64,
    /// The claim or the tenant.
    pub key: String,
    /// The image, as DynamoDB writes it.
    pub image: Value,
    /// How often it failed.
    pub failures: u32,
}

/// An event that the mail service will tell.
#[derive(Debug, Clone)]
pub struct MailNews {
    /// From when on.
    pub from: DateTime<Utc>,
    /// The event.
    pub event: Value,
    /// What it is about: claim, notice, recipient.
    pub about: (ClaimId, NoticeNumber, String),
    /// Its kind.
    pub kind: &'static str,
    /// How often it failed.
    pub failures: u32,
}

/// A mail that was accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// When.
    pub at: DateTime<Utc>,
    /// To whom.
    pub to: String,
    /// The token in its link, for customers.
    pub token: Option<String>,
    /// Claim, notice and recipient, for customers.
    pub about: Option<(ClaimId, NoticeNumber, String)>,
    /// Whether it came back.
    pub came_back: bool,
}

/// A timer of the scheduler.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// What it calls for.
    pub timer: Timer,
    /// When it fires.
    pub at: DateTime<Utc>,
    /// Whether it was lost: reconcile has to do its work.
    pub lost: bool,
    /// How often it failed since it fired.
    pub failures: u32,
}

/// A task as the world sees it.
#[derive(Debug, Clone)]
pub struct Running {
    /// Since when.
    pub since: DateTime<Utc>,
    /// The tick at which it began.
    pub tick: u64,
    /// Whether a call of its failed, or it was killed.
    pub faulted: bool,
    /// What it works on.
    pub work: Doing,
}

/// What a task does, for those who judge what it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doing {
    /// A customer answers through a link of a notice.
    Customer {
        /// The claim.
        claim: ClaimId,
        /// The notice that the link belongs to.
        notice: NoticeNumber,
        /// What it answers: decline, accept, undo or look.
        decision: &'static str,
    },
    /// A caller of the API.
    Caller {
        /// The partner; empty for the vendor's staff.
        partner: String,
    },
    /// What a trigger called for.
    Trigger(&'static str),
}

/// The world.
#[derive(Debug)]
pub struct World {
    /// The time.
    pub now: DateTime<Utc>,
    /// Turns of the executor so far.
    pub tick: u64,
    /// Chance, for faults.
    pub chance: Rng,
    /// Cases of a thousand in which a call fails in some way; 0 for none.
    pub fault_rate: u32,
    /// The kinds that are on.
    pub fault_kinds: u32,
    /// Until when a service is out of reach.
    pub outage: Option<(Service, DateTime<Utc>)>,
    /// What is stored.
    pub table: Table,
    /// Records of claims that no batch has taken yet.
    pub stream: BTreeMap<String, VecDeque<Record>>,
    /// Records of tenants.
    pub tenant_stream: VecDeque<Record>,
    /// The last sequence number.
    pub sequence: u64,
    /// Timers that are set.
    pub schedules: BTreeMap<String, Schedule>,
    /// Timers that have fired, and whose work is under way, to be repeated, or among the dead letters.
    pub fired: Vec<Schedule>,
    /// Claims whose records are under way, to be repeated, or among the dead letters, and how many.
    pub in_work: BTreeMap<String, u32>,
    /// Mails that were accepted.
    pub mails: Vec<Accepted>,
    /// What the mail service will tell.
    pub news: Vec<MailNews>,
    /// Tasks under way.
    pub tasks: BTreeMap<u64, Running>,
    /// The one that is polled.
    pub current: u64,
    /// Random bytes drawn so far, for links.
    pub secrets: Rng,
    /// Who judges.
    pub watch: Watch,
    /// What is counted.
    pub figures: Figures,
    /// What happened.
    pub trace: Trace,
    /// The first invariant that did not hold.
    pub violation: Option<String>,
    /// Timers that the scheduler has lost: what they were for is `reconcile`'s.
    pub lost_timers: BTreeSet<String>,
    /// Claims of which a record of the stream was given up for good: what followed from it is `reconcile`'s to do.
    pub purged: BTreeSet<ClaimId>,
}

/// What happened, as a digest and, if wanted, as lines.
#[derive(Debug, Default)]
pub struct Trace {
    pub(crate) hash: u64,
    /// The lines, where they are kept.
    pub lines: Option<Vec<String>>,
}

impl Trace {
    /// Adds a line.
    pub fn line(&mut self, at: DateTime<Utc>, text: &str) {
        for byte in text.bytes() {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        self.hash = self.hash.wrapping_add(at.timestamp().unsigned_abs());
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{} {text}", at.format("%Y-%m-%d %H:%M:%S")));
        }
    }

    /// The digest of all lines.
    pub const fn digest(&self) -> u64 {
        self.hash
    }
}

impl World {
    /// A world with nothing in it, at a time, in which nothing goes wrong. The seed is that of its chance.
    pub fn new(now: DateTime<Utc>, seed: u64) -> Self {
        Self {
            now,
            tick: 100,
            chance: Rng::new(seed, 2),
            fault_rate: 0,
            fault_kinds: 0,
            outage: None,
            table: Table::default(),
            stream: BTreeMap::new(),
            tenant_stream: VecDeque::new(),
            sequence: 0,
            schedules: BTreeMap::new(),
            fired: Vec::new(),
            in_work: BTreeMap::new(),
            mails: Vec::new(),
            news: Vec::new(),
            tasks: BTreeMap::new(),
            current: 0,
            secrets: Rng::new(seed, 3),
            watch: Watch::default(),
            figures: Figures::default(),
            trace: Trace::default(),
            violation: None,
            lost_timers: BTreeSet::new(),
            purged: BTreeSet::new(),
        }
    }

    /// Says what happened.
    pub fn note(&mut self, text: &str) {
        let now = self.now;
        self.trace.line(now, text);
    }

    /// An invariant does not hold.
    pub fn broken(&mut self, text: String) {
        if self.violation.is_none() {
            self.note(&format!("BROKEN: {text}"));
            self.violation = Some(text);
        }
    }

    /// Holds something against the world.
    pub fn hold(&mut self, name: &'static str, holds: bool, text: impl FnOnce() -> String) {
        count(&mut self.figures.checks, name);
        if !holds {
            self.broken(format!("{name}: {}", text()));
        }
    }

    /// Whether a fault of a kind happens now, at so many of a thousand occasions.
    pub fn happens(&mut self, fault: Fault, per_mille: u32) -> bool {
        // Drawn in any case: switching a kind off must not shift the others.
        let drawn = self.chance.per_mille(per_mille);
        let on = self.fault_rate > 0 && self.fault_kinds & fault.bit() != 0;
        if drawn && on {
            count(&mut self.figures.faults, fault.name());
            self.note(fault.name());
        }
        drawn && on
    }

    /// The task that is polled met a fault: what it did before may have to be done again.
    pub fn excuse(&mut self) {
        let current = self.current;
        if let Some(task) = self.tasks.get_mut(&current) {
            task.faulted = true;
        }
    }

    /// What becomes of a call.
    pub fn fate(&mut self, service: Service, writes: bool) -> Fate {
        self.figures.calls += 1;
        let rate = self.fault_rate;
        let mut fate = Fate::Done;
        if self.outage.is_some_and(|(down, until)| down == service && self.now < until) {
            count(&mut self.figures.faults, Fault::Outage.name());
            fate = Fate::Failed;
        }
        for (fault, happens, write_only) in [
            (Fault::CallFailed, Fate::Failed, false),
            (Fault::Throttled, Fate::Refused, false),
            (Fault::AnswerLost, Fate::Lost, true),
            (Fault::CallRepeated, Fate::Twice, true),
            (Fault::Contended, Fate::Contended, true),
        ] {
            let fits = (writes || !write_only) && (service == Service::Table || fault != Fault::Contended);
            if fits && self.happens(fault, rate) && fate == Fate::Done {
                fate = happens;
            }
        }
        if !matches!(fate, Fate::Done | Fate::Contended) {
            self.excuse();
        }
        fate
    }

    /// Stores changes, tells the stream and those who watch.
    ///
    /// # Errors
    /// As the table.
    pub fn commit(&mut self, changes: &[Change], seen: &Slots) -> Result<(), StoreError> {
        let done = self.table.commit(changes, seen, self.tick);
        match &done {
            Ok(_) => {
                for change in changes {
                    let names: Vec<_> = change.events.iter().map(domain::Event::name).collect();
                    let text = format!(
                        "commit {} v{} {} by {} -> {}",
                        change.after.id,
                        change.after.version,
                        names.join("+"),
                        change.actor.kind,
                        change.after.status()
                    );
                    self.note(&text);
                    if let Some(transition) = change.transition() {
                        self.sequence += 1;
                        let record = Record {
                            sequence: self.sequence,
                            key: change.after.id.to_string(),
                            image: crate::stream::image(&transition),
                            failures: 0,
                        };
                        self.stream.entry(record.key.clone()).or_default().push_back(record);
                    }
                }
            }
            Err(error) => {
                let text = match error {
                    StoreError::Database { source, .. } => format!("commit refused: {source}"),
                    other => format!("commit lost: {other}"),
                };
                self.note(&text);
                if let StoreError::Database { source, .. } = error {
                    self.broken(format!("a transaction that DynamoDB does not take: {source}"));
                }
            }
        }
        let touched = done?;
        crate::watch::committed(self, changes, &touched);
        Ok(())
    }

    /// A tenant was put: its stream has a record.
    pub fn tenant_changed(&mut self, id: &TenantId) {
        self.sequence += 1;
        let image = serde_json::json!({ "pk": { "S": format!("TENANT#{id}") }, "sk": { "S": "TENANT" } });
        let record = Record { sequence: self.sequence, key: id.to_string(), image, failures: 0 };
        self.tenant_stream.push_back(record);
    }
}

/// Lets the executor choose who goes on: every call outside begins with this.
#[derive(Debug, Default)]
pub struct Turn(bool);

impl Future for Turn {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

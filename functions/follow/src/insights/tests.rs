//! Whatever becomes of records, and whoever counts at the same time or dies: the counts are those of the claims.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::insight::{Book, Contribution, Counted, Generations, Holding, Recount, Row, Tally};
use domain::{Claim, ClaimId, IdempotencyKey, Month, Policy, ScopeId, Standing, State, Submission, Tenure};
use proptest::prelude::*;
use runtime::Clock;
use store::{Counting, Executor, Part, Progress, Rebuilding, StoreError, Uncounted};

use crate::Follow;
use crate::rebuild::Rebuild;

/// A store in memory that fails when it is told to.
#[derive(Default)]
struct Memory(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    claims: BTreeMap<ClaimId, Claim>,
    counted: BTreeMap<ClaimId, Counted>,
    rows: BTreeMap<(Book, Row), Tally>,
    holdings: BTreeMap<(u32, Holding), i64>,
    generations: Generations,
    progress: Option<Progress>,
    fault: Fault,
    /// What claims that are gone were counted as.
    gone: Vec<Contribution>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Fault {
    #[default]
    None,
    Before,
    /// The counts are stored, and nobody hears of it.
    After,
}

fn died() -> StoreError {
    StoreError::Database { call: "TransactWriteItems", source: "died".into() }
}

impl Counting for Memory {
    async fn counting(&self, claims: &[ClaimId]) -> Result<(Generations, Vec<Uncounted>), StoreError> {
        let inner = self.0.lock().unwrap();
        let read = |id: &ClaimId| Uncounted {
            id: id.clone(),
            claim: inner.claims.get(id).cloned(),
            counted: inner.counted.get(id).cloned(),
        };
        Ok((inner.generations.clone(), claims.iter().map(read).collect()))
    }

    async fn store_counts(&self, recount: &Recount, _: DateTime<Utc>) -> Result<(), StoreError> {
        let mut inner = self.0.lock().unwrap();
        let fault = std::mem::take(&mut inner.fault);
        if fault == Fault::Before {
            return Err(died());
        }
        assert!(recount.items() <= 100, "more than a transaction takes");
        for (id, seen, _) in &recount.claims {
            if inner.counted.get(id).map(|counted| counted.revision) != *seen {
                return Err(StoreError::Conflict);
            }
        }
        for (id, _, counted) in &recount.claims {
            match counted {
                Some(counted) => inner.counted.insert(id.clone(), counted.clone()),
                None => inner.counted.remove(id),
            };
        }
        for (place, tally) in &recount.rows {
            let counters = inner.rows.entry(place.clone()).or_default();
            counters.add_all(tally);
            assert!(counters.counters().all(|(_, count)| count > 0), "{place:?} is {counters:?}");
        }
        for (place, count) in &recount.holdings {
            let held = inner.holdings.entry(place.clone()).or_default();
            *held += count;
            assert!(*held >= 0, "{place:?} is {held}");
        }
        if fault == Fault::After { Err(died()) } else { Ok(()) }
    }
}

impl Rebuilding for Memory {
    async fn generations_now(&self) -> Result<Generations, StoreError> {
        Ok(self.0.lock().unwrap().generations.clone())
    }

    async fn put_generations(&self, seen: &Generations, now: &Generations) -> Result<(), StoreError> {
        let mut inner = self.0.lock().unwrap();
        if inner.generations != *seen {
            return Err(StoreError::Conflict);
        }
        inner.generations = now.clone();
        Ok(())
    }

    async fn progress(&self) -> Result<Option<Progress>, StoreError> {
        Ok(self.0.lock().unwrap().progress.clone())
    }

    async fn put_progress(&self, progress: &Progress) -> Result<(), StoreError> {
        self.0.lock().unwrap().progress = Some(progress.clone());
        Ok(())
    }

    /// One claim at a time, so that much can happen in between.
    async fn part(&self, after: Option<&str>, _: u16, _: &Generations) -> Result<Part, StoreError> {
        let inner = self.0.lock().unwrap();
        let mut behind = inner.claims.keys().filter(|id| after.is_none_or(|after| id.as_str() > after));
        let found: Vec<_> = behind.next().cloned().into_iter().collect();
        let next = behind.next().and(found.first()).map(ToString::to_string);
        Ok(Part { claims: found, first: None, next })
    }

    async fn rows(&self, generation: u32, month: Month) -> Result<BTreeMap<Row, Tally>, StoreError> {
        let inner = self.0.lock().unwrap();
        let wanted = |place: &(Book, Row)| place.0 == Book::Generation(generation) && place.1.month == month;
        let rows = inner.rows.iter().filter(|(place, tally)| wanted(place) && !tally.is_empty());
        Ok(rows.map(|((_, row), tally)| (row.clone(), tally.clone())).collect())
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// A claim changes: one of its scopes stands elsewhere.
    Change { claim: u8, scope: u8, standing: Standing, days: i64, flag: bool },
    /// Records arrive: of the claims in this mask, in one batch.
    Deliver { claims: u8 },
    /// Somebody reads claims, and is held up.
    Read { claims: u8 },
    /// Whoever was held up stores what follows from what it read.
    Write,
    /// The next to store dies before it, or after.
    Fault { after: bool },
    /// A claim's item is removed; its record may come later.
    Remove { claim: u8 },
    /// A rebuild begins, or goes on for one claim.
    Rebuild { restart: bool },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let standing = (1..Standing::ALL.len()).prop_map(|at| Standing::ALL[at]);
    let step = prop_oneof![
        6 => (0..6u8, 0..3u8, standing, 0..9i64, any::<bool>())
            .prop_map(|(claim, scope, standing, days, flag)| Step::Change { claim, scope, standing, days, flag }),
        4 => (1..64u8).prop_map(|claims| Step::Deliver { claims }),
        2 => (1..64u8).prop_map(|claims| Step::Read { claims }),
        2 => Just(Step::Write),
        1 => any::<bool>().prop_map(|after| Step::Fault { after }),
        1 => (0..6u8).prop_map(|claim| Step::Remove { claim }),
        3 => prop::bool::weighted(0.1).prop_map(|restart| Step::Rebuild { restart }),
    ];
    prop::collection::vec(step, 1..80)
}

fn start() -> DateTime<Utc> {
    "2021-05-30T10:00:00Z".parse().unwrap()
}

fn claim(number: u8) -> Claim {
    let partner = ["1234567", "7654321"][usize::from(number % 2)];
    let workloads =
        ["teams", "intune", "exchange_online"].map(|code| serde_json::json!({ "workload": code }));
    let body = serde_json::json!({
        "name": "Contoso", "program": "osu_m365", "activity": "usage", "partner_id": partner,
        "tenant_id": "3fa85f64-5717-4562-b3fc-2c963f66afa6", "domain": "contoso.com",
        "scopes": workloads[..=usize::from(number % 3)],
        "customer_contact": { "name": "Jana", "title": "IT", "email": "jana@contoso.com", "language": "cs", "country": "CZ" },
        "partner_contact": { "name": "Petr", "email": "petr@fabrikam.example" },
        "evidence": [{ "kind": "signed_statement", "signed_on": "2021-04-03", "reference": "SOW-118" }],
    });
    let submission = Submission::parse(&body).unwrap();
    let key: IdempotencyKey = format!("key-{number}").parse().unwrap();
    let id = ClaimId::of(&submission.details.partner_id, &key);
    Claim::new(id, &submission, String::new(), start())
}

/// A scope in a standing, official by then or since the tenure began.
fn state(standing: Standing, tenure: Tenure) -> State {
    let (reasons, due, remark) = (Vec::new(), start(), None);
    match standing {
        Standing::Draft => State::Draft,
        Standing::Submitted => State::Submitted,
        Standing::UnderReview => State::UnderReview { because: Vec::new(), due },
        Standing::ActionRequired => State::ActionRequired { reasons, by_reviewer: true, due },
        Standing::Notifying => State::Notifying { incumbent: None },
        Standing::AwaitingCustomer => State::AwaitingCustomer { incumbent: None },
        Standing::Official => State::Official { tenure, incumbent: None },
        Standing::Declined => {
            State::Declined { by: None, remark, reviewed: false, incumbent: None, tenure: Some(tenure) }
        }
        Standing::Rejected => State::Rejected { reasons, dispute_until: due },
        Standing::Disputed => State::Disputed { reasons, due },
        Standing::RejectedFinal => State::RejectedFinal { reasons },
        Standing::Withdrawn => State::Withdrawn { remark },
        Standing::Disassociated => {
            State::Disassociated { remark: "Over.".parse().unwrap(), tenure: Some(tenure) }
        }
        Standing::Superseded => State::Superseded { tenure: Some(tenure) },
        Standing::Expired => State::Expired { tenure: None },
    }
}

/// The claims of a mask, the last ones first.
fn named(claims: u8) -> Vec<ClaimId> {
    (0..6).rev().filter(|number| claims & (1 << number) != 0).map(|number| claim(number).id).collect()
}

/// A clock that is over a minute further whenever it is read: every call of a rebuild then does one part.
fn hasty() -> Clock {
    let reads = AtomicI64::new(0);
    Clock::new(move || start() + TimeDelta::seconds(61 * reads.fetch_add(1, Ordering::Relaxed)))
}

struct World {
    follow: Follow<Memory>,
    held: Option<(Generations, Vec<Uncounted>)>,
    removed: Vec<ClaimId>,
}

impl World {
    fn new() -> Self {
        let store = Memory::default();
        let executor = Executor { store, policy: Policy::default(), clock: hasty() };
        let follow = Follow { executor, pause: |_| Duration::ZERO };
        Self { follow, held: None, removed: Vec::new() }
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.follow.executor.store.0.lock().unwrap()
    }

    async fn step(&mut self, step: &Step) {
        match *step {
            Step::Change { claim: number, scope, standing, days, flag } => {
                let new = claim(number);
                let mut inner = self.inner();
                let known = inner.claims.contains_key(&new.id);
                if !known && (inner.counted.contains_key(&new.id) || self.removed.contains(&new.id)) {
                    return; // Its record of removal has not come yet.
                }
                let claim = inner.claims.entry(new.id.clone()).or_insert(new);
                claim.version += 1;
                claim.submitted_at.get_or_insert(start() + TimeDelta::days(days % 3));
                let scope = ScopeId::nth(scope % 3 + 1);
                for scope in claim.scopes.iter_mut().filter(|one| one.id == scope) {
                    let since = start() + TimeDelta::days(3 + days);
                    scope.state = state(standing, Tenure { since, accepted: flag });
                    scope.disputed |= flag && standing == Standing::Disputed;
                }
            }
            // Whoever fails has its record delivered again: at the end, all are.
            Step::Deliver { claims } => drop(self.follow.count(&named(claims)).await),
            Step::Read { claims } => {
                self.held = self.follow.executor.store.counting(&named(claims)).await.ok()
            }
            Step::Write => {
                if let Some((generations, read)) = self.held.take() {
                    drop(self.follow.store_all(&generations, &read).await);
                }
            }
            Step::Fault { after } => self.inner().fault = if after { Fault::After } else { Fault::Before },
            Step::Remove { claim: number } => {
                let id = claim(number).id;
                let removed = self.inner().claims.remove(&id);
                self.removed.extend(removed.map(|claim| claim.id));
            }
            Step::Rebuild { restart } => drop(self.follow.rebuild(Rebuild { restart }).await),
        }
    }

    /// The records of removals arrive, as often as it takes.
    async fn forget(&mut self) {
        for id in std::mem::take(&mut self.removed) {
            let counted = self.inner().counted.get(&id).cloned();
            while self.follow.keep_counts(&id).await.is_err() {}
            assert!(!self.inner().counted.contains_key(&id));
            self.inner().gone.extend(counted.map(|counted| counted.contribution));
        }
    }

    /// Faults are over: all records that are still to come, come.
    async fn settle(&mut self) {
        self.inner().fault = Fault::None;
        self.forget().await;
        self.follow.count(&named(63)).await.unwrap();
    }

    fn check(&self) {
        let inner = self.inner();
        let mut fresh: BTreeMap<Row, Tally> = BTreeMap::new();
        let mut held: BTreeMap<Holding, i64> = BTreeMap::new();
        for contribution in inner.claims.values().filter_map(Contribution::of) {
            contribution
                .tallies()
                .into_iter()
                .for_each(|(row, tally)| fresh.entry(row).or_default().add_all(&tally));
            contribution
                .holdings()
                .into_iter()
                .for_each(|(one, count)| *held.entry(one).or_default() += count);
        }
        let mut gone: BTreeMap<Row, Tally> = BTreeMap::new();
        for (row, tally) in inner.gone.iter().flat_map(Contribution::tallies) {
            gone.entry(row).or_default().add_all(&tally);
        }
        let current = inner.generations.current;
        let book = |book: Book| -> BTreeMap<Row, Tally> {
            let of_it = inner.rows.iter().filter(|((one, _), tally)| *one == book && !tally.is_empty());
            of_it.map(|((_, row), tally)| (row.clone(), tally.clone())).collect()
        };
        assert_eq!(book(Book::Generation(current)), fresh);
        assert_eq!(book(Book::Forgotten), gone);
        let top = inner.holdings.iter().filter(|((one, _), count)| *one == current && **count > 0);
        assert_eq!(top.map(|((_, one), count)| (one.clone(), *count)).collect::<BTreeMap<_, _>>(), held);
    }
}

fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(work);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_counts_are_those_of_the_claims_whatever_happens_to_records_and_counters(steps in steps()) {
        run(async {
            let mut world = World::new();
            for step in &steps {
                world.step(step).await;
            }
            world.settle().await;
            world.check();
            // And a rebuild, from wherever the last one stopped, finds no difference.
            let rebuilt = loop {
                let rebuilt = world.follow.rebuild(Rebuild::default()).await.unwrap();
                if rebuilt.done {
                    break rebuilt;
                }
            };
            assert_eq!(rebuilt.differences, []);
            world.check();
        });
    }
}

#[test]
fn a_rebuild_mends_what_was_counted_wrong_and_says_what() {
    run(async {
        let mut world = World::new();
        let change =
            |claim| Step::Change { claim, scope: 0, standing: Standing::Official, days: 0, flag: false };
        world.step(&change(0)).await;
        world.step(&change(1)).await;
        world.settle().await;
        let is_teams = |place: &&(Book, Row)| place.1.code.as_str() == "teams";
        let lost = world.inner().rows.keys().find(is_teams).cloned().unwrap();
        world.inner().rows.insert(lost.clone(), Tally::default());
        let rebuilt = loop {
            let rebuilt = world.follow.rebuild(Rebuild::default()).await.unwrap();
            if rebuilt.done {
                break rebuilt;
            }
        };
        assert_eq!((rebuilt.generation, rebuilt.claims, rebuilt.different), (2, 2, 5));
        let official = rebuilt.differences.iter().find(|one| one.counter == "official").unwrap();
        assert_eq!((official.before, official.after, official.scope.as_str()), (0, 2, "teams"));
        world.check();
    });
}

#[test]
fn many_claims_share_one_transaction() {
    let mut recount = Recount::default();
    for number in 0..40u8 {
        let mut claim = claim(0);
        claim.id = ClaimId::of(&"1234567".parse().unwrap(), &format!("key-{number}").parse().unwrap());
        (claim.version, claim.submitted_at) = (1, Some(start()));
        recount.claim(&[1], &claim, None);
    }
    assert_eq!((recount.claims.len(), recount.rows.len()), (40, 1));
}

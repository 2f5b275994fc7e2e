//! What the vendor learns from the claims: what each claim contributes to the counts, and the figures made of them.
//!
//! What is counted are claimed scopes, because each can become an association of its own. They are counted in rows, one
//! for each month in which claims were first submitted, programme, and workload or product. A row's counts are the sum of
//! what its claims contribute *as they are now*: to count a claim again is to add what its contribution has changed by.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::claim::Claim;
use crate::claim::scope::ClaimedScope;
use crate::claim::standing::Standing;
use crate::directory::program::Program;
use crate::value::date::Month;
use crate::value::field::{CatalogueCode, Field, Invalid, PartnerId};

/// Where the spans of time in the histogram of times to official begin, in seconds: at once and at 1, 6, 12 and 24 hours,
/// then day by day to the 15th, because windows are some days long, then coarser. The last one has no end.
pub const SPANS: [u64; 24] = {
    const HOUR: u64 = 3_600;
    const DAY: u64 = 24 * HOUR;
    [
        0,
        HOUR,
        6 * HOUR,
        12 * HOUR,
        DAY,
        2 * DAY,
        3 * DAY,
        4 * DAY,
        5 * DAY,
        6 * DAY,
        7 * DAY,
        8 * DAY,
        9 * DAY,
        10 * DAY,
        11 * DAY,
        12 * DAY,
        13 * DAY,
        14 * DAY,
        15 * DAY,
        21 * DAY,
        30 * DAY,
        60 * DAY,
        90 * DAY,
        180 * DAY,
    ]
};

/// The counters of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Scopes that stand there now.
    Standing(Standing),
    /// Scopes whose customer was told: a notice that did not come back, or an answer, or silence that made it official.
    Told,
    /// Scopes that became official, be they so now or not.
    BecameOfficial,
    /// Of those, the ones that the customer agreed to, instead of letting the deadline pass.
    Accepted,
    /// Scopes refused at least once.
    Rejected,
    /// Scopes whose refusal was disputed.
    Disputed,
    /// Seconds from the first submit to official, added up.
    Seconds,
    /// Scopes that took so long from the first submit to official: one of [`SPANS`], counted from 0.
    Took(u8),
}

impl Measure {
    /// The counter's name in a row, as it is stored.
    pub fn name(self) -> String {
        match self {
            Self::Standing(standing) => standing.code().to_owned(),
            Self::Told => "told".to_owned(),
            Self::BecameOfficial => "became_official".to_owned(),
            Self::Accepted => "accepted".to_owned(),
            Self::Rejected => "ever_rejected".to_owned(),
            Self::Disputed => "ever_disputed".to_owned(),
            Self::Seconds => "seconds".to_owned(),
            Self::Took(span) => format!("took_{span:02}"),
        }
    }
}

impl Field for Measure {
    fn parse(text: &str) -> Result<Self, Invalid> {
        let plain =
            [Self::Told, Self::BecameOfficial, Self::Accepted, Self::Rejected, Self::Disputed, Self::Seconds];
        let standings = Standing::ALL.iter().copied().map(Self::Standing);
        let spans = (0..SPANS.len()).filter_map(|span| u8::try_from(span).ok()).map(Self::Took);
        let mut all = plain.into_iter().chain(standings).chain(spans);
        all.find(|measure| measure.name() == text)
            .ok_or_else(|| Invalid::new("unknown_value", "is no counter"))
    }
}

/// What a row is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// The month in which the claims were first submitted, in UTC.
    pub month: Month,
    /// Under which programme.
    pub program: Program,
    /// The workload or product.
    pub code: CatalogueCode,
}

/// Who holds how many associations: counted for a programme, a workload or product, and a partner.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Holding {
    /// Under which programme.
    pub program: Program,
    /// The workload or product.
    pub code: CatalogueCode,
    /// The partner of record.
    pub partner: PartnerId,
}

/// Counts by measure. What is not in it is 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Measure, i64>);

impl Tally {
    /// Adds to one counter.
    pub fn add(&mut self, measure: Measure, count: i64) {
        let counter = self.0.entry(measure).or_default();
        *counter += count;
        if *counter == 0 {
            self.0.remove(&measure);
        }
    }

    /// Adds another tally.
    pub fn add_all(&mut self, other: &Self) {
        other.counters().for_each(|(measure, count)| self.add(measure, count));
    }

    /// The counters that are not 0.
    pub fn counters(&self) -> impl Iterator<Item = (Measure, i64)> + '_ {
        self.0.iter().map(|(measure, count)| (*measure, *count))
    }

    /// One counter. What has been counted is never below 0; what it changed by may be.
    pub fn get(&self, measure: Measure) -> i64 {
        self.0.get(&measure).copied().unwrap_or_default()
    }

    /// Whether every counter is 0.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn count(&self, measure: Measure) -> u64 {
        u64::try_from(self.get(measure)).unwrap_or_default()
    }

    /// The figures that people read.
    pub fn figures(&self) -> InsightFigures {
        let by_status: BTreeMap<_, _> = Standing::ALL
            .iter()
            .map(|standing| (*standing, self.count(Measure::Standing(*standing))))
            .filter(|(_, count)| *count > 0)
            .collect();
        let declined = by_status.get(&Standing::Declined).copied().unwrap_or_default();
        let claimed = by_status.values().sum();
        let (told, official) = (self.count(Measure::Told), self.count(Measure::BecameOfficial));
        InsightFigures {
            claimed,
            told,
            declined,
            became_official: official,
            accepted: self.count(Measure::Accepted),
            rejected: self.count(Measure::Rejected),
            disputed: self.count(Measure::Disputed),
            opt_out_rate: ten_thousandths(declined, told),
            official_rate: ten_thousandths(official, claimed),
            rejection_rate: ten_thousandths(self.count(Measure::Rejected), claimed),
            time_to_official: self.times(official),
            by_status,
        }
    }

    fn times(&self, count: u64) -> Option<Times> {
        let mean = self.count(Measure::Seconds).checked_div(count)?;
        Some(Times { count, mean, median: self.quantile(50, count), ninetieth: self.quantile(90, count) })
    }

    /// The time within which so many of a hundred became official: of the histogram's span in which that one lies, the
    /// place that it has if those in the span are spread evenly.
    fn quantile(&self, percent: u64, count: u64) -> u64 {
        let rank = (count * percent).div_ceil(100).max(1);
        let mut before = 0;
        for (number, start) in (0u8..).zip(SPANS) {
            let within = self.count(Measure::Took(number));
            if before + within >= rank {
                let end = SPANS.get(usize::from(number) + 1).copied().unwrap_or(start);
                return start + (end - start) * (rank - before) / within.max(1);
            }
            before += within;
        }
        SPANS[SPANS.len() - 1]
    }
}

/// What people read of a tally.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InsightFigures {
    /// Scopes claimed.
    pub claimed: u64,
    /// How they stand now.
    pub by_status: BTreeMap<Standing, u64>,
    /// Scopes whose customer was told.
    pub told: u64,
    /// Scopes that the customer declined and has not taken that back.
    pub declined: u64,
    /// Scopes that became official.
    pub became_official: u64,
    /// Of those, the ones that the customer agreed to.
    pub accepted: u64,
    /// Scopes refused at least once.
    pub rejected: u64,
    /// Scopes whose refusal was disputed.
    pub disputed: u64,
    /// Declined of those told, in ten thousandths; `None` when none was told.
    pub opt_out_rate: Option<u64>,
    /// Became official of those claimed, in ten thousandths.
    pub official_rate: Option<u64>,
    /// Refused at least once of those claimed, in ten thousandths.
    pub rejection_rate: Option<u64>,
    /// How long it took from the first submit to official; `None` when none became official.
    pub time_to_official: Option<Times>,
}

/// Times, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// Of how many.
    pub count: u64,
    /// Their mean, exactly.
    pub mean: u64,
    /// Their median, as exactly as [`SPANS`] tell.
    pub median: u64,
    /// The time within which nine of ten were official, likewise.
    pub ninetieth: u64,
}

fn ten_thousandths(part: u64, whole: u64) -> Option<u64> {
    (part * 10_000 + whole / 2).checked_div(whole)
}

/// What a claim contributes, as it was when it was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// Whose claim it is.
    pub partner_id: PartnerId,
    /// Under which programme.
    pub program: Program,
    /// When it was first submitted.
    pub month: Month,
    /// What its scopes contribute.
    pub scopes: Vec<ScopeContribution>,
}

/// What a claimed scope contributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeContribution {
    /// The workload or product.
    pub code: CatalogueCode,
    /// Where it stands.
    pub standing: Standing,
    /// Whether its customer was told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
    /// Whether the customer agreed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accepted: bool,
    /// Whether it was refused.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rejected: bool,
    /// Whether a refusal was disputed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disputed: bool,
    /// Seconds from the claim's first submit to official, if it became so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
}

impl Contribution {
    /// What a claim contributes as it is. A draft that was never submitted contributes nothing.
    pub fn of(claim: &Claim) -> Option<Self> {
        let submitted = claim.submitted_at?;
        Some(Self {
            partner_id: claim.details.partner_id.clone(),
            program: claim.details.program,
            month: Month::of(submitted),
            scopes: claim.scopes.iter().map(|scope| contributed(claim, scope, submitted)).collect(),
        })
    }

    /// The counts that it amounts to.
    pub fn tallies(&self) -> BTreeMap<Row, Tally> {
        let mut rows: BTreeMap<Row, Tally> = BTreeMap::new();
        for scope in &self.scopes {
            let row = Row { month: self.month, program: self.program, code: scope.code.clone() };
            let tally = rows.entry(row).or_default();
            tally.add(Measure::Standing(scope.standing), 1);
            for (measure, holds) in [
                (Measure::Told, scope.told),
                (Measure::Accepted, scope.accepted),
                (Measure::Rejected, scope.rejected),
                (Measure::Disputed, scope.disputed),
            ] {
                tally.add(measure, i64::from(holds));
            }
            if let Some(seconds) = scope.seconds {
                tally.add(Measure::BecameOfficial, 1);
                tally.add(Measure::Seconds, i64::try_from(seconds).unwrap_or(i64::MAX));
                tally.add(Measure::Took(span(seconds)), 1);
            }
        }
        rows
    }

    /// The associations that it amounts to: scopes that are official now.
    pub fn holdings(&self) -> BTreeMap<Holding, i64> {
        let mut holdings = BTreeMap::new();
        for scope in self.scopes.iter().filter(|scope| scope.standing == Standing::Official) {
            let (program, partner) = (self.program, self.partner_id.clone());
            *holdings.entry(Holding { program, code: scope.code.clone(), partner }).or_default() += 1;
        }
        holdings
    }
}

fn contributed(claim: &Claim, scope: &ClaimedScope, submitted: DateTime<Utc>) -> ScopeContribution {
    let told = claim.notice_of(scope).is_some_and(|notice| {
        let back = notice.mail.is_undelivered();
        notice.told_at.is_some() && !back
    });
    let (standing, tenure) = (scope.standing(), scope.tenure());
    let seconds = tenure.map(|tenure| (tenure.since - submitted).num_seconds());
    ScopeContribution {
        code: scope.scope.code().clone(),
        standing,
        // Whoever answers was told, whatever became of the latest mail.
        told: told || standing == Standing::Declined || seconds.is_some(),
        accepted: tenure.is_some_and(|tenure| tenure.accepted),
        rejected: scope.disputed || matches!(standing, Standing::Rejected | Standing::RejectedFinal),
        disputed: scope.disputed,
        seconds: seconds.map(|seconds| u64::try_from(seconds).unwrap_or_default()),
    }
}

/// The span of the histogram that a time lies in.
fn span(seconds: u64) -> u8 {
    let started = SPANS.iter().filter(|start| **start <= seconds).count();
    u8::try_from(started - 1).unwrap_or(u8::MAX)
}

/// What has been counted of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Counts the changes of this record, from 1.
    pub revision: u64,
    /// The version of the claim that was counted.
    pub version: u64,
    /// The generations of counts that hold it.
    pub generations: Vec<u32>,
    /// What was counted.
    pub contribution: Contribution,
}

/// The generations of counts. There is one, and while all is counted anew there is a second one beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generations {
    /// The one that is read.
    pub current: u32,
    /// The one that is being built.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub building: Option<u32>,
    /// The highest number ever given: none is used twice.
    pub newest: u32,
}

impl Default for Generations {
    fn default() -> Self {
        Self { current: 1, building: None, newest: 1 }
    }
}

impl Generations {
    /// Those into which everything is counted.
    pub fn fed(&self) -> Vec<u32> {
        std::iter::once(self.current).chain(self.building).collect()
    }
}

/// Where a count is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Book {
    /// Claims that are there, in a generation of counts.
    Generation(u32),
    /// Claims that are gone. Their counts stay, and no recount can find them anew.
    Forgotten,
}

/// What counting claims changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recount {
    /// What is then counted of each claim, with the revision that it takes the place of; `None` for a claim that is gone.
    pub claims: Vec<(crate::ClaimId, Option<u64>, Option<Counted>)>,
    /// What the counts of rows change by.
    pub rows: BTreeMap<(Book, Row), Tally>,
    /// What the numbers of associations change by.
    pub holdings: BTreeMap<(u32, Holding), i64>,
}

impl Recount {
    /// Counts a claim that is there.
    pub fn claim(&mut self, fed: &[u32], claim: &Claim, counted: Option<&Counted>) {
        let Some(now) = Contribution::of(claim) else { return };
        if let Some(counted) = counted {
            let is_same =
                counted.contribution == now && fed.iter().all(|one| counted.generations.contains(one));
            // Nothing to count, or what was read of the claim is older than what was counted of it.
            if is_same || claim.version < counted.version {
                return;
            }
        }
        for generation in fed {
            let before = counted.filter(|counted| counted.generations.contains(generation));
            self.shift(*generation, before.map(|counted| &counted.contribution), Some(&now));
        }
        let seen = counted.map(|counted| counted.revision);
        let counted = Counted {
            revision: seen.unwrap_or_default() + 1,
            version: claim.version,
            generations: fed.to_vec(),
            contribution: now,
        };
        self.claims.push((claim.id.clone(), seen, Some(counted)));
    }

    /// Moves the counts of a claim that is gone to where those are kept.
    pub fn gone(&mut self, fed: &[u32], id: &crate::ClaimId, counted: &Counted) {
        for generation in fed.iter().filter(|one| counted.generations.contains(one)) {
            self.shift(*generation, Some(&counted.contribution), None);
        }
        for (row, tally) in counted.contribution.tallies() {
            self.rows.entry((Book::Forgotten, row)).or_default().add_all(&tally);
        }
        self.claims.push((id.clone(), Some(counted.revision), None));
        self.settle();
    }

    fn shift(&mut self, generation: u32, before: Option<&Contribution>, now: Option<&Contribution>) {
        for (contribution, sign) in [(before, -1), (now, 1)] {
            let Some(contribution) = contribution else { continue };
            for (row, tally) in contribution.tallies() {
                let counters = self.rows.entry((Book::Generation(generation), row)).or_default();
                tally.counters().for_each(|(measure, count)| counters.add(measure, sign * count));
            }
            for (holding, count) in contribution.holdings() {
                *self.holdings.entry((generation, holding)).or_default() += sign * count;
            }
        }
        self.settle();
    }

    /// Forgets what in sum does not change.
    fn settle(&mut self) {
        self.rows.retain(|_, tally| !tally.is_empty());
        self.holdings.retain(|_, count| *count != 0);
    }

    /// How many items it changes.
    pub fn items(&self) -> usize {
        self.claims.len() + self.rows.len() + self.holdings.len()
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.claims.is_empty()
    }
}

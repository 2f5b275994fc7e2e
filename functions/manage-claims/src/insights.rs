//! `GET /insights`: what the vendor learns of all claims.

use std::collections::BTreeMap;

use chrono::SecondsFormat;
use domain::field::{CatalogueCode, PartnerId};
use domain::input::InputError;
use domain::insight::{InsightFigures, Row, Tally};
use domain::{Action, Month, Months, Program};
use futures_util::future::try_join_all;
use lambda_http::http::StatusCode;
use serde_json::{Map, Value, json};
use store::{Counts, Executor, Insights, StoreError};
use web::{Answer, ApiError, ApiRequest};

/// Months that are shown unless the caller says which.
const USUAL_MONTHS: u16 = 12;
/// Partners that are named of each scope.
const LEADERS: usize = 10;

/// The partners with the most associations of a scope under a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaders {
    /// The programme.
    pub program: Program,
    /// The workload or product.
    pub code: CatalogueCode,
    /// The partners, each with how many it has, the first ones first.
    pub partners: Vec<(PartnerId, u64)>,
}

/// `GET /insights`, for the vendor's staff.
pub(crate) async fn insights<S: Insights>(executor: &Executor<S>, request: &ApiRequest) -> Answer {
    request.allow(Action::ReadInsights)?;
    let asked = Wanted::read(request, Month::of(executor.clock.now()))?;
    let mut counts = executor.store.counts(asked.months).await?;
    counts.rows.retain(|row, _| asked.wants(row));
    let top =
        if asked.names_something() { leaders(&executor.store, &counts.rows).await? } else { Vec::new() };
    Ok(web::answer(StatusCode::OK, &insights_shown(asked.months, &counts, &top)))
}

/// The figures as callers see them.
pub fn insights_shown(months: Months, counts: &Counts, top: &[Leaders]) -> Value {
    let rows = &counts.rows;
    let totals = sum(rows, |_| ()).remove(&()).unwrap_or_default();
    let partner = |(partner, count): &(PartnerId, u64)| json!({ "partner_id": partner, "official": count });
    let shown_top = |top: &Leaders| {
        let partners: Vec<_> = top.partners.iter().map(partner).collect();
        json!({ "program": top.program, "scope": top.code, "partners": partners })
    };
    json!({
        "from": months.from(),
        "to": months.to(),
        "counted_at": counts.counted_at.map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)),
        "totals": Value::Object(shown(&totals.figures())),
        "by_program": groups(rows, |row| row.program, |program| vec![("program", json!(program))]),
        "by_scope": groups(
            rows,
            |row| (row.program, row.code.clone()),
            |(program, code)| vec![("program", json!(program)), ("scope", json!(code))],
        ),
        "by_month": groups(rows, |row| row.month, |month| vec![("month", json!(month))]),
        "top_partners": top.iter().map(shown_top).collect::<Vec<_>>(),
    })
}

/// What is asked for.
struct Wanted {
    program: Option<Program>,
    scope: Option<CatalogueCode>,
    months: Months,
}

impl Wanted {
    fn read(request: &ApiRequest, present: Month) -> Result<Self, ApiError> {
        let mut errors = request.unknown_parameters(&["program", "scope", "from", "to"]);
        let program = request.parameter("program", &mut errors);
        let scope = request.parameter("scope", &mut errors);
        let from: Option<Month> = request.parameter("from", &mut errors);
        let to: Option<Month> = request.parameter("to", &mut errors);
        let to = to.unwrap_or(present);
        let from = from.unwrap_or(to.earlier(USUAL_MONTHS - 1));
        match Months::asked(Some(from), Some(to), present) {
            Ok(months) if errors.is_empty() => Ok(Self { program, scope, months }),
            Ok(_) => Err(errors.into()),
            Err(invalid) => {
                // A month that could not be read is not compared with the other.
                if !errors.iter().any(|error| ["?from", "?to"].contains(&error.pointer.as_str())) {
                    errors.push(InputError::at("?to", invalid.code, invalid.detail));
                }
                Err(errors.into())
            }
        }
    }

    fn wants(&self, row: &Row) -> bool {
        self.program.is_none_or(|program| row.program == program)
            && self.scope.as_ref().is_none_or(|scope| row.code == *scope)
    }

    fn names_something(&self) -> bool {
        self.program.is_some() || self.scope.is_some()
    }
}

/// Who holds the most, for each scope that has a row: one query each.
async fn leaders<S: Insights>(store: &S, rows: &BTreeMap<Row, Tally>) -> Result<Vec<Leaders>, StoreError> {
    let scopes = sum(rows, |row| (row.program, row.code.clone()));
    let found = scopes.into_keys().map(|(program, code)| async move {
        let partners = store.leaders(program, &code, LEADERS).await?;
        Ok::<_, StoreError>(Leaders { program, code, partners })
    });
    let mut found = try_join_all(found).await?;
    found.retain(|leaders| !leaders.partners.is_empty());
    Ok(found)
}

fn sum<K: Ord>(rows: &BTreeMap<Row, Tally>, by: impl Fn(&Row) -> K) -> BTreeMap<K, Tally> {
    let mut sums: BTreeMap<K, Tally> = BTreeMap::new();
    for (row, tally) in rows {
        sums.entry(by(row)).or_default().add_all(tally);
    }
    sums
}

fn groups<K: Ord>(
    rows: &BTreeMap<Row, Tally>,
    by: impl Fn(&Row) -> K,
    name: impl Fn(&K) -> Vec<(&'static str, Value)>,
) -> Vec<Value> {
    let group = |(key, tally): (K, Tally)| {
        let mut group = Map::new();
        group.extend(name(&key).into_iter().map(|(name, value)| (name.to_owned(), value)));
        group.extend(shown(&tally.figures()));
        Value::Object(group)
    };
    sum(rows, by).into_iter().map(group).collect()
}

fn shown(figures: &InsightFigures) -> Map<String, Value> {
    let by_status: Map<_, _> =
        figures.by_status.iter().map(|(status, count)| (status.code().to_owned(), json!(count))).collect();
    let time = figures.time_to_official.map(|times| {
        json!({
            "count": times.count,
            "mean_seconds": times.mean,
            "median_seconds": times.median,
            "p90_seconds": times.ninetieth,
        })
    });
    let shown = json!({
        "claimed": figures.claimed,
        "by_status": by_status,
        "told": figures.told,
        "declined": figures.declined,
        "became_official": figures.became_official,
        "accepted": figures.accepted,
        "rejected": figures.rejected,
        "disputed": figures.disputed,
        "opt_out_rate": rate(figures.opt_out_rate),
        "official_rate": rate(figures.official_rate),
        "rejection_rate": rate(figures.rejection_rate),
        "time_to_official": time,
    });
    match shown {
        Value::Object(shown) => shown,
        _ => Map::new(),
    }
}

/// Ten thousandths as a number from 0 to 1.
fn rate(ten_thousandths: Option<u64>) -> Value {
    let part = ten_thousandths.and_then(|part| u32::try_from(part).ok());
    part.map_or(Value::Null, |part| json!(f64::from(part) / 10_000.0))
}

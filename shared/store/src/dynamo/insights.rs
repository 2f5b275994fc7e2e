//! Counts of claims, kept up as claims change, and read by the vendor.
//!
//! Keys, beside those in `item`:
//!
//! | pk | sk | holds |
//! | --- | --- | --- |
//! | `clm_…` | `COUNTED` | what has been counted of a claim |
//! | `INSIGHTS#<generation>#<month>` | `<program>#<code>` | counts of a row |
//! | `INSIGHTS#forgotten#<month>` | `<program>#<code>` | counts of claims that are gone |
//! | `TOP#<generation>#<program>#<code>` | `<partner>` | how many associations a partner holds, sorted in `by_partner` |
//! | `INSIGHTS` | `GENERATIONS` | which generation is read, and which is being built |

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, Utc};
use domain::field::{CatalogueCode, Field, PartnerId};
use domain::insight::{Book, Counted, Generations, Holding, Measure, Recount, Row, Tally};
use domain::{ClaimId, Month, Months, Program};
use futures_util::future::try_join_all;

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Item, Key, number, parsed, string, text};
use crate::dynamo::query::{Index, Query};
use crate::dynamo::write::Write;
use crate::port::{Counting, Counts, Insights, StoreError, Uncounted};

const COUNTED: &str = "COUNTED";
const FORGOTTEN: &str = "forgotten";

/// The key of a generation's rows of a month.
fn book_partition(book: Book, month: Month) -> String {
    match book {
        Book::Generation(generation) => format!("INSIGHTS#{generation}#{month}"),
        Book::Forgotten => format!("INSIGHTS#{FORGOTTEN}#{month}"),
    }
}

fn row_key(book: Book, row: &Row) -> Key {
    Key { pk: book_partition(book, row.month), sk: format!("{}#{}", row.program, row.code) }
}

/// Where a partner's number of associations is, and the name of the sorted list that it is in.
fn top_partition(generation: u32, program: Program, code: &CatalogueCode) -> String {
    format!("TOP#{generation}#{program}#{code}")
}

fn top_key(generation: u32, holding: &Holding) -> Key {
    Key { pk: top_partition(generation, holding.program, &holding.code), sk: holding.partner.to_string() }
}

pub(crate) fn counted_key(id: &ClaimId) -> Key {
    Key { pk: id.to_string(), sk: COUNTED.to_owned() }
}

pub(crate) fn generations_key() -> Key {
    Key { pk: "INSIGHTS".to_owned(), sk: "GENERATIONS".to_owned() }
}

impl Counting for Dynamo {
    /// In one round trip for up to 49 claims.
    async fn counting(&self, claims: &[ClaimId]) -> Result<(Generations, Vec<Uncounted>), StoreError> {
        let mut keys = vec![generations_key()];
        keys.extend(claims.iter().flat_map(|id| [Key::claim(id), counted_key(id)]));
        let mut found: HashMap<_, _> =
            self.batch(&keys, true).await?.into_iter().map(|item| (Key::of(&item), item)).collect();
        let generations = found.remove(&generations_key()).map(item::read).transpose()?.unwrap_or_default();
        let mut read = |id: &ClaimId| {
            Ok(Uncounted {
                id: id.clone(),
                claim: found.remove(&Key::claim(id)).map(item::claim).transpose()?,
                counted: found.remove(&counted_key(id)).map(item::read).transpose()?,
            })
        };
        let claims = claims.iter().map(&mut read).collect::<Result<_, StoreError>>()?;
        Ok((generations, claims))
    }

    async fn store_counts(&self, recount: &Recount, at: DateTime<Utc>) -> Result<(), StoreError> {
        let mut writes = Vec::with_capacity(recount.items());
        for (id, seen, counted) in &recount.claims {
            writes.push(write_counted(id, *seen, counted.as_ref())?);
        }
        for ((book, row), tally) in &recount.rows {
            writes.push(add_to_row(*book, row, tally, at));
        }
        let keys: Vec<_> =
            recount.holdings.keys().map(|(generation, holding)| top_key(*generation, holding)).collect();
        if !keys.is_empty() {
            let held = self.batch(&keys, true).await?;
            let held: HashMap<_, _> = held.into_iter().map(|item| (Key::of(&item), item)).collect();
            for (key, change) in keys.iter().zip(recount.holdings.values()) {
                writes.push(change_holding(key, held.get(key), *change)?);
            }
        }
        self.transact(writes).await?.or_conflict()
    }
}

impl Dynamo {
    /// The rows of one book and month, with when they last changed.
    pub(crate) async fn book(
        &self,
        book: Book,
        month: Month,
    ) -> Result<Vec<(Row, Tally, DateTime<Utc>)>, StoreError> {
        let query = Query::of_table(book_partition(book, month));
        // Programmes times what can be claimed under them; a catalogue of thousands still has its end.
        let (mut rows, mut from) = (Vec::new(), None);
        loop {
            let (items, next) = self.query(&query, 500, from.as_ref()).await?;
            for item in &items {
                rows.push(row(item, month)?);
            }
            match next {
                Some(next) => from = Some(next),
                None => return Ok(rows),
            }
        }
    }

    pub(crate) async fn generations(&self) -> Result<Generations, StoreError> {
        let item = self.get_item(&generations_key(), true).await?;
        Ok(item.map(item::read).transpose()?.unwrap_or_default())
    }
}

/// What is counted of a claim from now on.
fn write_counted(id: &ClaimId, seen: Option<u64>, counted: Option<&Counted>) -> Result<Write, StoreError> {
    let key = counted_key(id);
    Ok(match counted {
        None => Write::delete(&key).if_still("revision", Some(seen.unwrap_or_default())),
        Some(counted) => Write::put(item::write(&key, "counted", counted)?).if_still("revision", seen),
    })
}

fn add_to_row(book: Book, row: &Row, tally: &Tally, at: DateTime<Utc>) -> Write {
    let counters: Vec<_> = tally.counters().enumerate().collect();
    let added: Vec<_> = counters.iter().map(|(place, _)| format!("#c{place} :c{place}")).collect();
    let set = format!("SET kind = :kind, counted_at = :at ADD {}", added.join(", "));
    let update = Write::update(&row_key(book, row), set)
        .value(":kind", text("insights"))
        .value(":at", text(item::time(at)));
    counters.into_iter().fold(update, |update, (place, (measure, count))| {
        let count = AttributeValue::N(count.to_string());
        update.name(&format!("#c{place}"), measure.name()).value(&format!(":c{place}"), count)
    })
}

/// The list is sorted by a text, which cannot be added to: so the number is read, and written if it is still that.
fn change_holding(key: &Key, held: Option<&Item>, change: i64) -> Result<Write, StoreError> {
    let seen = held.map(holds).transpose()?;
    let now = seen.unwrap_or_default().saturating_add_signed(change);
    let set = "SET kind = :kind, associations = :now";
    let update = if now == 0 {
        Write::update(key, format!("{set} REMOVE list_key, list_sort"))
    } else {
        Write::update(key, format!("{set}, list_key = :list, list_sort = :sort"))
            .value(":list", text(&key.pk))
            .value(":sort", text(format!("{now:012}")))
    };
    Ok(update.value(":kind", text("top")).value(":now", number(now)).if_still("associations", seen))
}

fn holds(item: &Item) -> Result<u64, StoreError> {
    let found = item.get("associations").and_then(|value| value.as_n().ok());
    let found = found.map(String::as_str).unwrap_or_default();
    parsed(&string(item, "pk"), found)
}

fn row(item: &Item, month: Month) -> Result<(Row, Tally, DateTime<Utc>), StoreError> {
    let key = Key::of(item);
    let (program, code) = key.sk.split_once('#').unwrap_or((&key.sk, ""));
    let (program, code) = (parsed(&key.pk, program)?, parsed(&key.pk, code)?);
    let mut tally = Tally::default();
    for (name, value) in item {
        // What a later version may count besides is none of ours.
        if let (Ok(measure), Ok(count)) = (Measure::parse(name), value.as_n()) {
            tally.add(measure, parsed(&key.pk, count)?);
        }
    }
    Ok((Row { month, program, code }, tally, parsed(&key.pk, &string(item, "counted_at"))?))
}

impl Insights for Dynamo {
    async fn counts(&self, months: Months) -> Result<Counts, StoreError> {
        let current = Book::Generation(self.generations().await?.current);
        let books = months.all().flat_map(|month| [(current, month), (Book::Forgotten, month)]);
        let found = try_join_all(books.map(|(book, month)| self.book(book, month))).await?;
        Ok(Counts::of(found.into_iter().flatten()))
    }

    async fn leaders(
        &self,
        program: Program,
        code: &CatalogueCode,
        limit: usize,
    ) -> Result<Vec<(PartnerId, u64)>, StoreError> {
        let list = top_partition(self.generations().await?.current, program, code);
        let mut query = Query::of_index(Index::ByPartner, list);
        query.descending = true;
        let (entries, _) = self.query(&query, limit, None).await?;
        let leader = |entry: &Item| {
            let key = Key::of(entry);
            Ok((parsed(&key.pk, &key.sk)?, parsed(&key.pk, &string(entry, "list_sort"))?))
        };
        entries.iter().map(leader).collect()
    }
}

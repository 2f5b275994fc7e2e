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

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem, Update};
use chrono::{DateTime, Utc};
use domain::field::{CatalogueCode, Field, PartnerId};
use domain::insight::{Book, Counted, Generations, Holding, Measure, Recount, Row, Tally};
use domain::{ClaimId, Month, Months, Program};
use futures_util::future::try_join_all;

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Item, Key, number, string, text};
use crate::dynamo::query::{Index, Query};
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
            writes.push(self.write_counted(id, *seen, counted.as_ref())?);
        }
        for ((book, row), tally) in &recount.rows {
            writes.push(self.add_to_row(*book, row, tally, at)?);
        }
        let keys: Vec<_> =
            recount.holdings.keys().map(|(generation, holding)| top_key(*generation, holding)).collect();
        if !keys.is_empty() {
            let held = self.batch(&keys, true).await?;
            let held: HashMap<_, _> = held.into_iter().map(|item| (Key::of(&item), item)).collect();
            for (key, change) in keys.iter().zip(recount.holdings.values()) {
                writes.push(self.change_holding(key, held.get(key), *change)?);
            }
        }
        self.transact(writes, &[]).await
    }
}

impl Dynamo {
    fn write_counted(
        &self,
        id: &ClaimId,
        seen: Option<u64>,
        counted: Option<&Counted>,
    ) -> Result<TransactWriteItem, StoreError> {
        let key = counted_key(id);
        let Some(counted) = counted else {
            let delete = Delete::builder()
                .table_name(&self.table)
                .set_key(Some(key.item()))
                .condition_expression("revision = :seen")
                .expression_attribute_values(":seen", number(seen.unwrap_or_default()))
                .build();
            let delete = delete.map_err(|error| StoreError::database("TransactWriteItems", error))?;
            return Ok(TransactWriteItem::builder().delete(delete).build());
        };
        let put =
            Put::builder().table_name(&self.table).set_item(Some(item::write(&key, "counted", counted)?));
        let put = match seen {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(seen) => put
                .condition_expression("revision = :seen")
                .expression_attribute_values(":seen", number(seen)),
        };
        let put = put.build().map_err(|error| StoreError::database("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn add_to_row(
        &self,
        book: Book,
        row: &Row,
        tally: &Tally,
        at: DateTime<Utc>,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(row_key(book, row).item()))
            .expression_attribute_values(":kind", text("insights"))
            .expression_attribute_values(":at", text(item::time(at)));
        let mut added = Vec::new();
        for (place, (measure, count)) in tally.counters().enumerate() {
            added.push(format!("#c{place} :c{place}"));
            update = update
                .expression_attribute_names(format!("#c{place}"), measure.name())
                .expression_attribute_values(format!(":c{place}"), AttributeValue::N(count.to_string()));
        }
        let update = update
            .update_expression(format!("SET kind = :kind, counted_at = :at ADD {}", added.join(", ")))
            .build()
            .map_err(|error| StoreError::database("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The list is sorted by a text, which cannot be added to: so the number is read, and written if it is still that.
    fn change_holding(
        &self,
        key: &Key,
        held: Option<&Item>,
        change: i64,
    ) -> Result<TransactWriteItem, StoreError> {
        let seen = held.map(holds).transpose()?;
        let now = seen.unwrap_or_default().saturating_add_signed(change);
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key.item()))
            .expression_attribute_values(":kind", text("top"))
            .expression_attribute_values(":now", number(now));
        let update = match seen {
            None => update.condition_expression("attribute_not_exists(pk)"),
            Some(seen) => update
                .condition_expression("associations = :seen")
                .expression_attribute_values(":seen", number(seen)),
        };
        let update = if now == 0 {
            update.update_expression("SET kind = :kind, associations = :now REMOVE list_key, list_sort")
        } else {
            update
                .update_expression(
                    "SET kind = :kind, associations = :now, list_key = :list, list_sort = :sort",
                )
                .expression_attribute_values(":list", text(&key.pk))
                .expression_attribute_values(":sort", text(format!("{now:012}")))
        };
        let update = update.build().map_err(|error| StoreError::database("TransactWriteItems", error))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    /// The rows of one book and month, with when they last changed.
    pub(crate) async fn book(
        &self,
        book: Book,
        month: Month,
    ) -> Result<Vec<(Row, Tally, String)>, StoreError> {
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

fn holds(item: &Item) -> Result<u64, StoreError> {
    let found = item.get("associations").and_then(|value| value.as_n().ok());
    let found = found.map(String::as_str).unwrap_or_default();
    found.parse().map_err(|error| StoreError::corrupt(&string(item, "pk"), error))
}

fn row(item: &Item, month: Month) -> Result<(Row, Tally, String), StoreError> {
    let key = Key::of(item);
    let (program, code) = key.sk.split_once('#').unwrap_or((&key.sk, ""));
    let program = program.parse().map_err(|error| StoreError::corrupt(&key.pk, error))?;
    let code = code.parse().map_err(|error| StoreError::corrupt(&key.pk, error))?;
    let mut tally = Tally::default();
    for (name, value) in item {
        // What a later version may count besides is none of ours.
        if let (Ok(measure), Ok(count)) = (Measure::parse(name), value.as_n()) {
            tally.add(measure, count.parse().map_err(|error| StoreError::corrupt(&key.pk, error))?);
        }
    }
    Ok((Row { month, program, code }, tally, string(item, "counted_at")))
}

impl Insights for Dynamo {
    async fn counts(&self, months: Months) -> Result<Counts, StoreError> {
        let current = Book::Generation(self.generations().await?.current);
        let books = months.all().flat_map(|month| [(current, month), (Book::Forgotten, month)]);
        let found = try_join_all(books.map(|(book, month)| self.book(book, month))).await?;
        let (mut counts, mut latest) = (Counts::default(), String::new());
        for (row, tally, at) in found.into_iter().flatten() {
            counts.rows.entry(row).or_default().add_all(&tally);
            latest = latest.max(at);
        }
        counts.rows.retain(|_, tally| !tally.is_empty());
        counts.counted_at = latest.parse().ok();
        Ok(counts)
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
            let partner = key.sk.parse().map_err(|error| StoreError::corrupt(&key.pk, error))?;
            let count =
                string(entry, "list_sort").parse().map_err(|error| StoreError::corrupt(&key.pk, error))?;
            Ok((partner, count))
        };
        entries.iter().map(leader).collect()
    }
}

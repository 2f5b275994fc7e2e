//! What it takes to count every claim anew, beside the counts that are in use. The only place that scans the table.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Month;
use domain::insight::{Book, Generations, Row, Tally};

use crate::dynamo::Dynamo;
use crate::dynamo::insights::generations_key;
use crate::dynamo::item::{self, Item, Key, number, parsed, string, text};
use crate::dynamo::write::Write;
use crate::port::{Part, Progress, Rebuilding, StoreError};

fn progress_key() -> Key {
    Key { pk: "INSIGHTS".to_owned(), sk: "REBUILD".to_owned() }
}

impl Rebuilding for Dynamo {
    async fn generations_now(&self) -> Result<Generations, StoreError> {
        self.generations().await
    }

    async fn put_generations(&self, seen: &Generations, now: &Generations) -> Result<(), StoreError> {
        let put = Write::put(item::write(&generations_key(), "generations", now)?);
        let current = "(attribute_not_exists(pk) OR #current = :current)";
        let put = match seen.building {
            None => put.only_if(format!("{current} AND attribute_not_exists(building)")),
            Some(building) => put
                .only_if(format!("{current} AND building = :building"))
                .value(":building", number(building.into())),
        };
        let put = put.name("#current", "current").value(":current", number(seen.current.into()));
        self.write(put).await?.or_conflict()
    }

    async fn progress(&self) -> Result<Option<Progress>, StoreError> {
        self.get_item(&progress_key(), true).await?.map(item::read).transpose()
    }

    async fn put_progress(&self, progress: &Progress) -> Result<(), StoreError> {
        self.put(&progress_key(), "rebuild", progress).await?;
        Ok(())
    }

    async fn part(
        &self,
        after: Option<&str>,
        items: u16,
        generations: &Generations,
    ) -> Result<Part, StoreError> {
        let start = after.map(|after| {
            let (pk, sk) = after.split_once('\n').unwrap_or((after, ""));
            Key { pk: pk.to_owned(), sk: sk.to_owned() }.item()
        });
        let answer = self
            .client
            .scan()
            .table_name(&self.table)
            // A claim that was there before the rebuild began must not be missed.
            .consistent_read(true)
            .limit(items.into())
            .set_exclusive_start_key(start)
            .filter_expression("sk = :claim OR begins_with(pk, :counts) OR begins_with(pk, :tops)")
            .projection_expression("pk, sk")
            .expression_attribute_values(":claim", text(item::CLAIM))
            .expression_attribute_values(":counts", text("INSIGHTS#"))
            .expression_attribute_values(":tops", text("TOP#"))
            .send()
            .await
            .map_err(|error| StoreError::database("Scan", error))?;
        let mut part = Part {
            next: answer.last_evaluated_key.filter(|key| !key.is_empty()).map(|key| place(&key)),
            ..Part::default()
        };
        for key in answer.items.unwrap_or_default().iter().map(Key::of) {
            if key.sk == item::CLAIM {
                part.claims.push(parsed(&key.pk, &key.pk)?);
                continue;
            }
            let mut segments = key.pk.split('#').skip(1);
            let (book, month) = (segments.next().unwrap_or_default(), segments.next().unwrap_or_default());
            match book.parse::<u32>() {
                Ok(generation) if !generations.fed().contains(&generation) => {
                    self.write(Write::delete(&key)).await?.or_conflict()?;
                }
                // Lists of partners have no month.
                _ => part.first = part.first.into_iter().chain(month.parse()).min(),
            }
        }
        Ok(part)
    }

    async fn rows(&self, generation: u32, month: Month) -> Result<BTreeMap<Row, Tally>, StoreError> {
        let rows = self.book(Book::Generation(generation), month).await?;
        let counted = rows.into_iter().filter(|(_, tally, _)| !tally.is_empty());
        Ok(counted.map(|(row, tally, _)| (row, tally)).collect())
    }
}

/// A place in the table, as text.
fn place(key: &HashMap<String, AttributeValue>) -> String {
    let key: &Item = key;
    format!("{}\n{}", string(key, "pk"), string(key, "sk"))
}

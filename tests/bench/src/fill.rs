//! Tables filled with copies of claims that went the ordinary way. To let each go it would take hours.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use chrono::{DateTime, Utc};

/// What one batch write takes.
const BATCH: usize = 25;

/// An item as the SDK has it.
pub type Item = HashMap<String, AttributeValue>;

/// A claim of which others are copies: its items and those of its tenant.
pub struct Model {
    /// The claim's ID.
    pub id: String,
    tenant: String,
    items: Vec<Item>,
}

impl Model {
    /// Reads a claim's items and its tenant's: those by whose sort key they are wanted.
    pub async fn read(
        client: &Client,
        table: &str,
        (id, tenant): (&str, &str),
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Self> {
        let mut items = Vec::new();
        for partition in [id.to_owned(), format!("TENANT#{tenant}")] {
            let query = client
                .query()
                .table_name(table)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", AttributeValue::S(partition));
            let found = query.send().await;
            let found = found.map_err(|error| anyhow!("no items: {:?}", error.into_service_error()))?;
            items.extend(found.items.unwrap_or_default());
        }
        items.retain(|item: &Item| item.get("sk").and_then(|sk| sk.as_s().ok()).is_some_and(|sk| wanted(sk)));
        Ok(Self { id: id.to_owned(), tenant: tenant.to_owned(), items })
    }

    /// The same claim under another ID, of another tenant, made at another time, which is its place in the lists.
    pub fn copy(&self, id: &str, tenant: &str, created: DateTime<Utc>) -> impl Iterator<Item = Item> {
        let replace = [(self.id.clone(), id.to_owned()), (self.tenant.clone(), tenant.to_owned())];
        let created = AttributeValue::S(created.format("%FT%TZ").to_string());
        self.items.iter().map(move |item| {
            let copy = item.iter().map(|(name, value)| (name.clone(), replaced(value, &replace)));
            let mut copy: Item = copy.collect();
            copy.entry("list_sort".to_owned()).and_modify(|sort| *sort = created.clone());
            copy
        })
    }
}

/// A value with texts in it replaced.
fn replaced(value: &AttributeValue, replace: &[(String, String)]) -> AttributeValue {
    let text = |text: &String| replace.iter().fold(text.clone(), |text, (old, new)| text.replace(old, new));
    match value {
        AttributeValue::S(value) => AttributeValue::S(text(value)),
        AttributeValue::Ss(values) => AttributeValue::Ss(values.iter().map(text).collect()),
        AttributeValue::L(values) => {
            AttributeValue::L(values.iter().map(|value| replaced(value, replace)).collect())
        }
        AttributeValue::M(map) => AttributeValue::M(
            map.iter().map(|(name, value)| (name.clone(), replaced(value, replace))).collect(),
        ),
        other => other.clone(),
    }
}

/// Writes items, a batch at a time.
pub struct Filling<'a> {
    client: &'a Client,
    table: &'a str,
    batch: Vec<WriteRequest>,
}

impl<'a> Filling<'a> {
    /// Nothing is written yet.
    pub fn new(client: &'a Client, table: &'a str) -> Self {
        Self { client, table, batch: Vec::with_capacity(BATCH) }
    }

    /// Writes an item, now or with later ones.
    pub async fn put(&mut self, item: Item) -> Result<()> {
        let put = PutRequest::builder().set_item(Some(item)).build().context("no item")?;
        self.batch.push(WriteRequest::builder().put_request(put).build());
        if self.batch.len() == BATCH { self.write().await } else { Ok(()) }
    }

    /// Writes what is left.
    pub async fn end(mut self) -> Result<()> {
        if self.batch.is_empty() { Ok(()) } else { self.write().await }
    }

    async fn write(&mut self) -> Result<()> {
        let batch = std::mem::take(&mut self.batch);
        let sent = self.client.batch_write_item().request_items(self.table, batch).send().await;
        sent.map(drop).map_err(|error| anyhow!("the table does not fill: {:?}", error.into_service_error()))
    }
}

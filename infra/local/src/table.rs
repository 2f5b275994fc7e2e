//! The table: an embedded DynamoDB, made as the template says, with its stream and its expiry.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use chrono::{DateTime, Utc};
use dynoxide::Database;
use rusqlite::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json, json};

use crate::state::Home;
use crate::template::{REGION, Template};

/// The database asks for the stream's last record at every write, and for a shard's first and last whenever somebody reads: it
/// looks through all of them unless there are indexes. To one that is only in memory there is no second connection.
const INDEXES: &str = "CREATE INDEX IF NOT EXISTS stream_records_by_number
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
    CREATE INDEX IF NOT EXISTS stream_records_by_shard
    ON _stream_records (table_name, shard_id, CAST(sequence_number AS INTEGER))";

/// The database with its one table.
#[derive(Clone)]
pub struct Table {
    db: Database,
    name: String,
    stream: String,
    ttl: Option<String>,
    /// The database's file, when it is kept.
    file: Option<Arc<Mutex<Connection>>>,
}

impl Table {
    /// Opens the database, in the home's file where state is kept, and makes the table if it is not there.
    pub fn open(template: &Template, home: &Home) -> Result<Self> {
        let db = if home.is_kept() {
            Database::new(&home.path("table.db").to_string_lossy())
        } else {
            Database::memory()
        };
        let db = db.context("the database does not open")?;
        let name = template.table_name.clone();
        let definition = definition(&name, &template.table);
        let kept = home.state_file("table.json");
        let existing: Option<Json> = kept.load()?;
        if existing.as_ref().is_some_and(|existing| existing != &definition) {
            bail!(
                "{} was made with other keys or indexes than the template has now; use a fresh directory",
                home.path("table.db").display()
            );
        }
        if existing.is_none() {
            call(&definition, |request| db.create_table(request)).context("the table cannot be made")?;
            kept.save(&definition);
        }
        let ttl = &template.table.get("TimeToLiveSpecification").unwrap_or(&Json::Null)["AttributeName"];
        let ttl = ttl.as_str().map(str::to_owned);
        let streams = call(&json!({"TableName": name}), |request| db.list_streams(request))?;
        let stream = streams["Streams"][0]["StreamArn"].as_str().unwrap_or_default().to_owned();
        let file = if home.is_kept() {
            let file =
                Connection::open(home.path("table.db")).context("the database's file does not open")?;
            file.execute_batch(INDEXES).context("the stream gets no indexes")?;
            Some(Arc::new(Mutex::new(file)))
        } else {
            None
        };
        Ok(Self { db, name, stream, ttl, file })
    }

    /// The database, to be served over HTTP.
    #[must_use]
    pub fn database(&self) -> Database {
        self.db.clone()
    }

    /// The sequence number of the stream's last record.
    pub fn last_sequence(&self) -> Result<Option<String>> {
        let stream = call(&json!({"StreamArn": self.stream}), |request| self.db.describe_stream(request))?;
        let range = &stream["StreamDescription"]["Shards"][0]["SequenceNumberRange"];
        Ok(range["EndingSequenceNumber"].as_str().map(str::to_owned))
    }

    /// The stream's records after a sequence number, from its beginning when there is none.
    pub fn records_after(&self, sequence: Option<&str>, limit: usize, arn: &str) -> Result<Vec<Json>> {
        let mut start = json!({"StreamArn": self.stream, "ShardId": dynoxide::streams::shard_id(&self.name)});
        start["ShardIteratorType"] =
            json!(if sequence.is_some() { "AFTER_SEQUENCE_NUMBER" } else { "TRIM_HORIZON" });
        if let Some(sequence) = sequence {
            start["SequenceNumber"] = json!(sequence);
        }
        let iterator = call(&start, |request| self.db.get_shard_iterator(request))?;
        let request = json!({"ShardIterator": iterator["ShardIterator"], "Limit": limit});
        let mut answer = call(&request, |request| self.db.get_records(request))?;
        let Json::Array(mut records) = answer["Records"].take() else { return Ok(Vec::new()) };
        for record in &mut records {
            record["awsRegion"] = json!(REGION);
            record["eventSourceARN"] = json!(arn);
        }
        Ok(records)
    }

    /// Drops the stream's records before a sequence number that all readers have passed, as the cloud does after a day. The
    /// database never does: the longer a stack is kept, the larger it would be. One that is not kept lives too short a time
    /// for that.
    pub fn drop_records_before(&self, sequence: &str) -> Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let records = "FROM _stream_records WHERE table_name = ?1";
        let last = file
            .prepare_cached(&format!("SELECT MAX(CAST(sequence_number AS INTEGER)) {records}"))
            .and_then(|mut last| last.query_row([&self.name], |row| row.get::<_, Option<i64>>(0)))
            .context("the stream cannot be read")?;
        let (Some(last), Some(public)) = (last, self.last_sequence()?) else { return Ok(()) };
        // The numbers that readers see are the stored ones, shifted. A record that comes between the two questions makes the
        // shift seem larger, and fewer records go.
        let number = |text: &str| text.parse::<i128>().context("a sequence number");
        let least = number(sequence)? - (number(&public)? - i128::from(last));
        let Ok(least) = i64::try_from(least) else { return Ok(()) };
        file.prepare_cached(&format!("DELETE {records} AND CAST(sequence_number AS INTEGER) < ?2"))
            .and_then(|mut delete| delete.execute((&self.name, least)))
            .context("the stream's old records stay")?;
        Ok(())
    }

    /// Deletes what has expired by `now`. The database's own sweep knows only the real time.
    pub fn sweep(&self, now: DateTime<Utc>) -> Result<usize> {
        let Some(ttl) = &self.ttl else { return Ok(0) };
        let names = json!({"#ttl": ttl, "#pk": "pk", "#sk": "sk"});
        let values = json!({":now": {"N": now.timestamp().to_string()}});
        let scan = json!({
            "TableName": self.name,
            "FilterExpression": "#ttl <= :now",
            "ProjectionExpression": "#pk, #sk",
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
        });
        let mut swept = 0;
        let mut after = Json::Null;
        loop {
            let mut scan = scan.clone();
            if !after.is_null() {
                scan["ExclusiveStartKey"] = after;
            }
            let mut page = call(&scan, |request| self.db.scan(request))?;
            for key in page["Items"].as_array().into_iter().flatten() {
                let delete = json!({
                    "TableName": self.name,
                    "Key": key,
                    // It may have been written again since the scan saw it.
                    "ConditionExpression": "#ttl <= :now",
                    "ExpressionAttributeNames": {"#ttl": ttl},
                    "ExpressionAttributeValues": values,
                });
                swept += usize::from(call(&delete, |request| self.db.delete_item(request)).is_ok());
            }
            after = page["LastEvaluatedKey"].take();
            if after.is_null() {
                return Ok(swept);
            }
        }
    }
}

/// The template's properties as CreateTable takes them.
fn definition(name: &str, properties: &Map<String, Json>) -> Json {
    let mut request = json!({"TableName": name});
    for key in [
        "AttributeDefinitions",
        "KeySchema",
        "BillingMode",
        "GlobalSecondaryIndexes",
        "LocalSecondaryIndexes",
    ] {
        if let Some(value) = properties.get(key) {
            request[key] = value.clone();
        }
    }
    if let Some(view) = properties.get("StreamSpecification").and_then(|stream| stream.get("StreamViewType"))
    {
        request["StreamSpecification"] = json!({"StreamEnabled": true, "StreamViewType": view});
    }
    request
}

/// Calls the database with a request written as DynamoDB's JSON.
fn call<Request: DeserializeOwned, Response: Serialize>(
    request: &Json,
    operation: impl FnOnce(Request) -> dynoxide::Result<Response>,
) -> Result<Json> {
    let request =
        serde_json::from_value(request.clone()).context("the database does not take the request")?;
    serde_json::to_value(operation(request)?).context("the database's answer")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::template::{LocalValues, SOURCE};

    fn table() -> Table {
        table_in(&Home::open(None).unwrap())
    }

    fn table_in(home: &Home) -> Table {
        let values = LocalValues { parameters: crate::testing::parameters(), ..LocalValues::default() };
        let template = Template::read(SOURCE, &values).unwrap();
        Table::open(&template, home).unwrap()
    }

    fn put(table: &Table, pk: &str, ttl: i64) {
        let item = json!({"pk": {"S": pk}, "sk": {"S": "#"}, "ttl": {"N": ttl.to_string()}});
        let request = json!({"TableName": table.name, "Item": item});
        call(&request, |request| table.db.put_item(request)).unwrap();
    }

    #[test]
    fn the_stream_is_read_from_where_it_was_left() {
        let table = table();
        assert_eq!(table.records_after(None, 10, "arn").unwrap().len(), 0);
        put(&table, "a", 0);
        put(&table, "b", 0);
        let records = table.records_after(None, 1, "arn").unwrap();
        assert_eq!(records[0]["dynamodb"]["Keys"]["pk"]["S"], "a");
        assert_eq!(records[0]["eventSourceARN"], "arn");
        let first = records[0]["dynamodb"]["SequenceNumber"].as_str().unwrap();
        let rest = table.records_after(Some(first), 10, "arn").unwrap();
        assert_eq!(rest.len(), 1);
        assert_eq!(rest[0]["dynamodb"]["SequenceNumber"].as_str(), table.last_sequence().unwrap().as_deref());
    }

    #[test]
    fn a_kept_stream_holds_no_more_than_its_readers_have_yet_to_see() {
        let dir = std::env::temp_dir().join(format!("local-table-{}", Uuid::new_v4()));
        std::fs::create_dir(&dir).unwrap();
        let table = table_in(&Home::open(Some(&dir)).unwrap());
        for pk in ["a", "b", "c"] {
            put(&table, pk, 0);
        }
        let seen = table.records_after(None, 2, "arn").unwrap();
        let seen = seen[1]["dynamodb"]["SequenceNumber"].as_str().unwrap();
        table.drop_records_before(seen).unwrap();
        let left = table.records_after(None, 10, "arn").unwrap();
        let left: Vec<_> =
            left.iter().map(|record| record["dynamodb"]["Keys"]["pk"]["S"].as_str().unwrap()).collect();
        assert_eq!(left, ["b", "c"]);
        let rest = table.records_after(Some(seen), 10, "arn").unwrap();
        assert_eq!(rest[0]["dynamodb"]["Keys"]["pk"]["S"], "c");
        std::fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn items_expire_by_the_stacks_clock() {
        let table = table();
        let now = DateTime::from_timestamp(2_000_000_000, 0).unwrap();
        put(&table, "old", now.timestamp());
        put(&table, "new", now.timestamp() + 1);
        assert_eq!(table.sweep(now).unwrap(), 1);
        assert_eq!(table.sweep(now).unwrap(), 0);
    }
}

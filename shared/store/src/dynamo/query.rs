//! Queries of an index or of a partition, a page at a time.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use crate::dynamo::Dynamo;
use crate::dynamo::item::{Item, text};
use crate::port::{Cursor, StoreError};

/// How many index entries a list may read to fill one page, when its filter lets few of them through. The page is then
/// shorter than asked for, with a cursor to go on.
const MOST_READ: i32 = 2000;

/// The name of lists of a partition of the table itself; its key says which.
const TABLE: &str = "table";

/// An index of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Index {
    /// Lists of a partner, by time or number.
    ByPartner,
    /// A partner's claims with an open window, by its end.
    ByDeadline,
    /// A shard of the claims that wait for a reviewer, by when that is due.
    Review,
    /// A shard of the claims that something moves on by itself, by when it should have.
    Due,
}

impl Index {
    /// Its name in the table.
    const fn name(self) -> &'static str {
        match self {
            Self::ByPartner => "by_partner",
            Self::ByDeadline => "by_deadline",
            Self::Review => "review",
            Self::Due => "due",
        }
    }

    /// The attributes by which it is parted and sorted.
    const fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::ByPartner => ("list_key", "list_sort"),
            Self::ByDeadline => ("list_key", "deadline_sort"),
            Self::Review => ("review_shard", "review_due"),
            Self::Due => ("due_shard", "due_at"),
        }
    }
}

/// A query of one partition of the table or of an index.
pub(super) struct Query {
    /// The name of the list, in its cursors.
    pub list: &'static str,
    index: Option<Index>,
    partition: String,
    pub sort_prefix: Option<String>,
    /// Only what is due by then.
    pub due_by: Option<String>,
    pub descending: bool,
    filter: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Query {
    /// All items of a partition of the table.
    pub fn of_table(partition: String) -> Self {
        Self::new(TABLE, None, partition)
    }

    /// All entries of a partition of an index.
    pub fn of_index(index: Index, partition: String) -> Self {
        Self::new(index.name(), Some(index), partition)
    }

    fn new(list: &'static str, index: Option<Index>, partition: String) -> Self {
        Self {
            list,
            index,
            partition,
            sort_prefix: None,
            due_by: None,
            descending: false,
            filter: Vec::new(),
            names: HashMap::new(),
            values: HashMap::new(),
        }
    }

    /// Only what has this value there.
    pub fn only(&mut self, attribute: &str, value: String) {
        self.filter.push(format!("#{attribute} = :{attribute}"));
        self.names.insert(format!("#{attribute}"), attribute.to_owned());
        self.values.insert(format!(":{attribute}"), text(value));
    }

    /// Only what has such an attribute.
    pub fn only_with(&mut self, attribute: &str) {
        self.filter.push(format!("attribute_exists({attribute})"));
    }

    /// Only what has no such attribute.
    pub fn only_without(&mut self, attribute: &str) {
        self.filter.push(format!("attribute_not_exists({attribute})"));
    }

    /// Only what has this text somewhere in an attribute.
    pub fn only_containing(&mut self, attribute: &str, part: String) {
        self.filter.push(format!("contains({attribute}, :part)"));
        self.values.insert(":part".to_owned(), text(part));
    }

    /// The attribute that is the same for all of the list.
    fn partition_name(&self) -> &'static str {
        self.index.map_or("pk", |index| index.keys().0)
    }

    /// The attributes that name an entry of the index, or an item of the table.
    fn key_names(&self) -> impl Iterator<Item = &'static str> {
        let of_index = self.index.map(Index::keys).map(|(partition, sort)| [partition, sort]);
        ["pk", "sk"].into_iter().chain(of_index.into_iter().flatten())
    }

    /// A cursor behind an item that was read.
    pub fn behind(&self, item: &Item) -> Cursor {
        let names =
            self.key_names().filter_map(|name| Some((name.to_owned(), item.get(name)?.as_s().ok()?.clone())));
        Cursor::at(self.list, names.collect())
    }

    /// A cursor at the top of the list, before its first entry: times begin with a digit above 0 and below `~`.
    pub fn top(&self) -> Cursor {
        let before = if self.descending { "~" } else { "0" };
        let value = |name: &str| if name == self.partition_name() { &self.partition } else { before };
        Cursor::at(
            self.list,
            self.key_names().map(|name| (name.to_owned(), value(name).to_owned())).collect(),
        )
    }

    /// The start for DynamoDB, if the cursor belongs to this query: one made for another partner's list must not open
    /// that list.
    fn start(&self, cursor: Option<&Cursor>) -> Result<Option<Item>, StoreError> {
        let Some(cursor) = cursor else { return Ok(None) };
        let place = cursor.place_in(self.list)?;
        let is_mine = place.get(self.partition_name()) == Some(&self.partition);
        let is_whole = place.len() == self.key_names().count();
        if !is_mine || !is_whole || !self.key_names().all(|name| place.contains_key(name)) {
            return Err(StoreError::Cursor);
        }
        Ok(Some(place.into_iter().map(|(name, value)| (name, text(value))).collect()))
    }
}

impl Dynamo {
    /// Up to `limit` items that pass the filter, and where to go on.
    pub(super) async fn query(
        &self,
        query: &Query,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<(Vec<Item>, Option<Cursor>), StoreError> {
        let mut start = query.start(from)?;
        let mut found: Vec<Item> = Vec::new();
        let mut read = 0;
        loop {
            let wanted = i32::try_from(limit - found.len()).unwrap_or(MOST_READ);
            let batch = if query.filter.is_empty() { wanted } else { (wanted * 4).clamp(100, MOST_READ) };
            let request = self.request(query).limit(batch).set_exclusive_start_key(start.take());
            let answer = request.send().await.map_err(|error| {
                match error.as_service_error().and_then(|e| e.code()) {
                    // A start that DynamoDB does not take was not made by us.
                    Some("ValidationException") if from.is_some() => StoreError::Cursor,
                    _ => StoreError::database("Query", error),
                }
            })?;
            read += answer.scanned_count();
            let last = answer.last_evaluated_key.filter(|key| !key.is_empty());
            found.extend(answer.items.unwrap_or_default());
            if found.len() > limit {
                // The filter let more through than the page takes: go on behind the last one that it shows.
                let shown = query.behind(&found[limit - 1]);
                found.truncate(limit);
                return Ok((found, Some(shown)));
            }
            match last {
                Some(last) if found.len() == limit || read >= MOST_READ => {
                    return Ok((found, Some(query.behind(&last))));
                }
                Some(last) => start = Some(last),
                None => return Ok((found, None)),
            }
        }
    }

    /// A query as DynamoDB is asked it.
    fn request(&self, query: &Query) -> QueryFluentBuilder {
        let mut condition = "#partition = :partition".to_owned();
        let mut request = self
            .client
            .query()
            .table_name(&self.table)
            .set_index_name(query.index.map(|index| index.name().to_owned()))
            .expression_attribute_names("#partition", query.partition_name())
            .expression_attribute_values(":partition", text(&query.partition))
            .scan_index_forward(!query.descending)
            // Of an index there are no consistent reads; of the table they are worth their price.
            .consistent_read(query.index.is_none());
        if let Some(prefix) = &query.sort_prefix {
            condition.push_str(" AND begins_with(sk, :prefix)");
            request = request.expression_attribute_values(":prefix", text(prefix));
        }
        if let Some(by) = &query.due_by {
            condition.push_str(" AND due_at <= :by");
            request = request.expression_attribute_values(":by", text(by));
        }
        for (name, attribute) in &query.names {
            request = request.expression_attribute_names(name, attribute);
        }
        for (name, value) in &query.values {
            request = request.expression_attribute_values(name, value.clone());
        }
        if !query.filter.is_empty() {
            request = request.filter_expression(query.filter.join(" AND "));
        }
        request.key_condition_expression(condition)
    }
}

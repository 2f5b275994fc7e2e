//! Lists: queries of an index or a partition, never a scan.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use domain::field::{Invalid, PartnerId, TenantId};
use domain::{Association, Claim, ClaimId, ClaimedScope, Scope, Slot, Slots, Transition};

use crate::dynamo::{Dynamo, failed};
use crate::item::{self, Item, Key, text};
use crate::port::{ClaimQuery, Cursor, Lists, Page, Sort, StoreError};

/// How many index entries a list may read to fill one page, when its filter lets few of them through. The page is then
/// shorter than asked for, with a cursor to go on.
const MOST_READ: i32 = 2000;

/// The member of a cursor that says which list it was made for: one of another list would start in the middle.
const LIST: &str = "list";
/// The name of lists of a partition of the table itself; its key says which.
const TABLE: &str = "table";
/// The name of the review queue, whose cursor holds one of each shard.
const QUEUE: &str = "queue";

impl Cursor {
    /// Parses a cursor that a caller brings back.
    ///
    /// # Errors
    /// [`Invalid`] when it is none of ours.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let cursor = Self(text.to_owned());
        match cursor.key() {
            Some(key) if !key.is_empty() => Ok(cursor),
            _ => Err(Invalid::new("invalid_cursor", "must be the value of `next` of the page before")),
        }
    }

    /// The text that callers bring back.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A cursor in a list, behind the entry of this key.
    fn of(list: &str, key: &Item) -> Self {
        let mut plain: HashMap<&str, &str> = key
            .iter()
            .filter_map(|(name, value)| Some((name.as_str(), value.as_s().ok()?.as_str())))
            .collect();
        plain.insert(LIST, list);
        Self(BASE64URL_NOPAD.encode(serde_json::to_string(&plain).unwrap_or_default().as_bytes()))
    }

    fn key(&self) -> Option<HashMap<String, String>> {
        serde_json::from_slice(&BASE64URL_NOPAD.decode(self.0.as_bytes()).ok()?).ok()
    }
}

/// A query of one partition of the table or of an index.
pub(crate) struct Query {
    /// The name of the list, in its cursors.
    list: &'static str,
    index: Option<&'static str>,
    partition: (&'static str, String),
    sort_prefix: Option<String>,
    /// Only what is due by then.
    due_by: Option<String>,
    pub descending: bool,
    filter: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Query {
    pub fn new(index: Option<&'static str>, attribute: &'static str, partition: String) -> Self {
        Self {
            list: index.unwrap_or(TABLE),
            index,
            partition: (attribute, partition),
            sort_prefix: None,
            due_by: None,
            descending: false,
            filter: Vec::new(),
            names: HashMap::new(),
            values: HashMap::new(),
        }
    }

    fn only(&mut self, attribute: &str, value: String) {
        self.filter.push(format!("#{attribute} = :{attribute}"));
        self.names.insert(format!("#{attribute}"), attribute.to_owned());
        self.values.insert(format!(":{attribute}"), text(value));
    }

    /// The attributes that name an entry of the index, or an item of the table.
    fn key_names(&self) -> &'static [&'static str] {
        match self.index {
            None => &["pk", "sk"],
            Some("by_deadline") => &["pk", "sk", "list_key", "deadline_sort"],
            Some("review") => &["pk", "sk", "review_shard", "review_due"],
            Some("due") => &["pk", "sk", "due_shard", "due_at"],
            Some(_) => &["pk", "sk", "list_key", "list_sort"],
        }
    }

    /// The key of an entry that was read.
    fn key_of(&self, item: &Item) -> Item {
        let names = self.key_names().iter();
        names.filter_map(|name| Some(((*name).to_owned(), item.get(*name)?.clone()))).collect()
    }

    /// A cursor at the top of the list, before its first entry: times begin with a digit above 0 and below `~`.
    fn top(&self) -> Cursor {
        let before = if self.descending { "~" } else { "0" };
        let value = |name: &str| if name == self.partition.0 { self.partition.1.as_str() } else { before };
        let key = self.key_names().iter().map(|name| ((*name).to_owned(), text(value(name)))).collect();
        Cursor::of(self.list, &key)
    }

    /// The start for DynamoDB, if the cursor belongs to this query: one made for another partner's list must not open
    /// that list.
    fn start(&self, cursor: Option<&Cursor>) -> Result<Option<Item>, StoreError> {
        let Some(cursor) = cursor else { return Ok(None) };
        let mut key = cursor.key().unwrap_or_default();
        let expected = self.key_names();
        if key.remove(LIST).as_deref() != Some(self.list) {
            return Err(StoreError::Cursor);
        }
        let mine = key.get(self.partition.0) == Some(&self.partition.1);
        if !mine || key.len() != expected.len() || !expected.iter().all(|name| key.contains_key(*name)) {
            return Err(StoreError::Cursor);
        }
        Ok(Some(key.into_iter().map(|(name, value)| (name, text(value))).collect()))
    }
}

impl Dynamo {
    /// Up to `limit` items that pass the filter, and where to go on.
    pub(crate) async fn query(
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
            let mut condition = "#partition = :partition".to_owned();
            let mut request = self
                .client
                .query()
                .table_name(&self.table)
                .set_index_name(query.index.map(str::to_owned))
                .expression_attribute_names("#partition", query.partition.0)
                .expression_attribute_values(":partition", text(&query.partition.1))
                .scan_index_forward(!query.descending)
                // Of an index there are no consistent reads; of the table they are worth their price.
                .consistent_read(query.index.is_none())
                .limit(batch)
                .set_exclusive_start_key(start.take())
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
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
            let answer = request.key_condition_expression(condition).send().await;
            let answer = answer.map_err(|error| match error.as_service_error().and_then(|e| e.code()) {
                // A start that DynamoDB does not take was not made by us.
                Some("ValidationException") if from.is_some() => StoreError::Cursor,
                _ => failed("Query", error),
            })?;
            self.meter.read(answer.consumed_capacity());
            read += answer.scanned_count();
            let last = answer.last_evaluated_key.filter(|key| !key.is_empty());
            found.extend(answer.items.unwrap_or_default());
            if found.len() > limit {
                // The filter let more through than the page takes: go on behind the last one that it shows.
                let shown = query.key_of(&found[limit - 1]);
                found.truncate(limit);
                return Ok((found, Some(Cursor::of(query.list, &shown))));
            }
            match last {
                Some(last) if found.len() == limit || read >= MOST_READ => {
                    return Ok((found, Some(Cursor::of(query.list, &last))));
                }
                Some(last) => start = Some(last),
                None => return Ok((found, None)),
            }
        }
    }

    /// Entries of the list of a partner's claims.
    async fn entries(
        &self,
        wanted: &ClaimQuery,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<(Vec<Item>, Option<Cursor>), StoreError> {
        if wanted.sort == Sort::Created {
            return self.query(&filtered("by_partner", wanted), limit, from).await;
        }
        // By deadline first those that have one, from the index that holds no others; then the rest, by creation. A
        // cursor's attributes say in which of the two lists it stands.
        let mut rest = filtered("by_partner", wanted);
        rest.list = "without_deadline";
        rest.filter.push("attribute_not_exists(deadline_sort)".to_owned());
        let key = from.and_then(Cursor::key).unwrap_or_default();
        let mut entries = Vec::new();
        let mut start = from.cloned();
        if key.get(LIST).is_none_or(|list| list != rest.list) {
            let (found, next) = self.query(&filtered("by_deadline", wanted), limit, from).await?;
            entries = found;
            start = None;
            if next.is_some() || entries.len() == limit {
                let next = next.unwrap_or_else(|| rest.top());
                return Ok((entries, Some(next)));
            }
        }
        let (found, next) = self.query(&rest, limit - entries.len(), start.as_ref()).await?;
        entries.extend(found);
        Ok((entries, next))
    }

    /// The claims that index entries stand for, in the entries' order.
    async fn claims_at(&self, entries: &[Item]) -> Result<Vec<Claim>, StoreError> {
        let mut keys: Vec<Key> = Vec::with_capacity(entries.len());
        // An entry that has just moved may be met twice; a batch must not name a key twice.
        for key in entries.iter().map(Key::of) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let mut found: HashMap<String, Item> = self
            .batch(&keys, false)
            .await?
            .into_iter()
            .map(|item| (item::string(&item, "pk"), item))
            .collect();
        // An entry whose claim has just expired is left out.
        keys.iter().filter_map(|key| found.remove(&key.pk)).map(item::claim).collect()
    }
}

/// The query of a partner's claims in an index, with what the caller filters by.
fn filtered(index: &'static str, wanted: &ClaimQuery) -> Query {
    let mut query = Query::new(Some(index), "list_key", item::claims_of(&wanted.partner));
    query.descending = wanted.descending;
    if let Some(status) = wanted.status {
        query.only("status", status.code().to_owned());
    }
    if let Some(program) = wanted.program {
        query.only("program", program.code().to_owned());
    }
    if let Some(tenant) = &wanted.tenant {
        query.only("tenant_id", tenant.to_string());
    }
    if let Some(part) = &wanted.name_contains {
        // The index holds the name in lower case for this: DynamoDB's `contains` minds the case.
        query.filter.push("contains(name_folded, :part)".to_owned());
        query.values.insert(":part".to_owned(), text(part.to_lowercase()));
    }
    query
}

impl Lists for Dynamo {
    async fn claims(
        &self,
        wanted: &ClaimQuery,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Claim>, StoreError> {
        let (entries, next) = self.entries(wanted, limit, from).await?;
        Ok(Page { items: self.claims_at(&entries).await?, next })
    }

    async fn claim_ids(
        &self,
        wanted: &ClaimQuery,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<ClaimId>, StoreError> {
        let (entries, next) = self.entries(wanted, limit, from).await?;
        let id = |entry: &Item| {
            let pk = item::string(entry, "pk");
            pk.parse().map_err(|error| item::corrupt(&pk, error))
        };
        Ok(Page { items: entries.iter().map(id).collect::<Result<_, _>>()?, next })
    }

    async fn claims_by_id(&self, ids: &[ClaimId]) -> Result<Vec<Claim>, StoreError> {
        let entries: Vec<_> = ids.iter().map(|id| Key::claim(id).item()).collect();
        self.claims_at(&entries).await
    }

    async fn history(
        &self,
        id: &ClaimId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Transition>, StoreError> {
        let mut query = Query::new(None, "pk", id.to_string());
        query.sort_prefix = Some(item::TRANSITION.to_owned());
        let (items, next) = self.query(&query, limit, from).await?;
        Ok(Page { items: items.into_iter().map(item::read).collect::<Result<_, _>>()?, next })
    }

    async fn associations(
        &self,
        partner: &PartnerId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Association>, StoreError> {
        let query = Query::new(Some("by_partner"), "list_key", item::associations_of(partner));
        let (entries, next) = self.query(&query, limit, from).await?;
        let keys: Vec<_> = entries.iter().map(Key::of).collect();
        // The index lags behind by moments; the slot itself says who holds it now.
        let slots = self.batch(&keys, true).await?;
        let held = keys.iter().filter_map(|key| slots.iter().find(|item| Key::of(item) == *key));
        let held = held.filter(|item| item.contains_key("association"));
        let mut items = held.map(item::association).collect::<Result<Vec<_>, _>>()?;
        items.retain(|association| association.holder.partner == *partner);
        Ok(Page { items, next })
    }

    async fn tenant_associations(
        &self,
        tenant: &TenantId,
        limit: usize,
        from: Option<&Cursor>,
    ) -> Result<Page<Association>, StoreError> {
        let partition = item::tenant_partition(tenant);
        let list = |prefix: &str| {
            let mut query = Query::new(None, "pk", partition.clone());
            query.sort_prefix = Some(prefix.to_owned());
            query
        };
        // First who is, then who was; a cursor's sort key says in which of the two lists it stands.
        let key = from.and_then(Cursor::key).unwrap_or_default();
        let in_ended = key.get("sk").is_some_and(|sk| sk.starts_with(item::ENDED));
        if !in_ended {
            let mut query = list(item::SLOT);
            query.filter.push("attribute_exists(association)".to_owned());
            let (items, next) = self.query(&query, limit, from).await?;
            let items = items.iter().map(item::association).collect::<Result<Vec<_>, _>>()?;
            if next.is_some() || items.len() == limit {
                // With nothing left here, the next page starts at the top of the other list.
                let top = Key { pk: partition.clone(), sk: item::ENDED.to_owned() };
                return Ok(Page { items, next: next.or_else(|| Some(Cursor::of(TABLE, &top.item()))) });
            }
            let (ended, next) = self.query(&list(item::ENDED), limit - items.len(), None).await?;
            let ended = ended.iter().map(item::association).collect::<Result<Vec<_>, _>>()?;
            return Ok(Page { items: [items, ended].concat(), next });
        }
        let (ended, next) = self.query(&list(item::ENDED), limit, from).await?;
        Ok(Page { items: ended.iter().map(item::association).collect::<Result<_, _>>()?, next })
    }

    async fn overdue(&self, now: DateTime<Utc>, per_shard: usize) -> Result<Vec<ClaimId>, StoreError> {
        let mut found = Vec::new();
        for number in 0..item::SHARDS {
            let mut query = Query::new(Some("due"), "due_shard", format!("S#{number}"));
            query.due_by = Some(item::time(now));
            let (entries, _) = self.query(&query, per_shard, None).await?;
            for key in entries.iter().map(Key::of) {
                found.push(key.pk.parse().map_err(|error| item::corrupt(&key.pk, error))?);
            }
        }
        Ok(found)
    }

    async fn product_slots(&self, tenant: &TenantId) -> Result<Vec<(Scope, Slot)>, StoreError> {
        let mut query = Query::new(None, "pk", item::tenant_partition(tenant));
        query.sort_prefix = Some(format!("{}product:", item::SLOT));
        let (mut found, mut from) = (Vec::new(), None);
        loop {
            let (items, next) = self.query(&query, 500, from.as_ref()).await?;
            for item in &items {
                let slot = item::slot(item)?;
                if slot.holder.is_some() || !slot.claimants.is_empty() {
                    let scope = Key::of(item).sk.trim_start_matches(item::SLOT).to_owned();
                    found.push((
                        Scope::try_from(scope).map_err(|error| item::corrupt("a slot", error))?,
                        slot,
                    ));
                }
            }
            match next {
                Some(next) => from = Some(next),
                None => return Ok(found),
            }
        }
    }

    async fn slots_of(&self, claims: &[Claim]) -> Result<Vec<Slots>, StoreError> {
        let key = |claim: &Claim, scope: &ClaimedScope| Key::slot(&claim.details.tenant_id, &scope.scope);
        let mut keys: Vec<_> =
            claims.iter().flat_map(|claim| claim.scopes.iter().map(move |scope| key(claim, scope))).collect();
        // A batch must not name a key twice, and competing claims are about the same slots.
        keys.sort_by(|a, b| (&a.pk, &a.sk).cmp(&(&b.pk, &b.sk)));
        keys.dedup();
        let items = self.batch(&keys, false).await?;
        let read = |claim: &Claim| {
            let slots = claim.scopes.iter().map(|scope| {
                let found = items.iter().find(|item| Key::of(item) == key(claim, scope));
                Ok((scope.scope.clone(), found.map(item::slot).transpose()?.unwrap_or_default()))
            });
            slots.collect::<Result<Slots, StoreError>>()
        };
        claims.iter().map(read).collect()
    }

    async fn review_queue(&self, limit: usize, from: Option<&Cursor>) -> Result<Page<Claim>, StoreError> {
        // One cursor for all shards: where each of them goes on.
        let starts = match from {
            None => HashMap::new(),
            Some(cursor) => {
                let mut starts = cursor.key().unwrap_or_default();
                starts.remove(LIST).filter(|list| list == QUEUE).ok_or(StoreError::Cursor)?;
                starts
            }
        };
        let shards: Vec<_> = (0..item::SHARDS).map(|number| format!("S#{number}")).collect();
        if !starts.keys().all(|shard| shards.contains(shard)) {
            return Err(StoreError::Cursor);
        }
        let mut entries: Vec<(String, Item)> = Vec::new();
        let mut more = false;
        for shard in shards {
            let query = Query::new(Some("review"), "review_shard", shard.clone());
            let start = starts.get(&shard).map(|start| Cursor(start.clone()));
            let (found, next) = self.query(&query, limit, start.as_ref()).await?;
            more |= next.is_some();
            entries.extend(found.into_iter().map(|entry| (shard.clone(), entry)));
        }
        let due = |entry: &Item| (item::string(entry, "review_due"), item::string(entry, "pk"));
        entries.sort_by_cached_key(|(_, entry)| due(entry));
        more |= entries.len() > limit;
        entries.truncate(limit);
        let mut ends = starts;
        for (shard, entry) in &entries {
            let query = Query::new(Some("review"), "review_shard", shard.clone());
            ends.insert(shard.clone(), Cursor::of(query.list, &query.key_of(entry)).0);
        }
        let ends: Item = ends.into_iter().map(|(shard, end)| (shard, text(end))).collect();
        let entries: Vec<_> = entries.into_iter().map(|(_, entry)| entry).collect();
        Ok(Page { items: self.claims_at(&entries).await?, next: more.then(|| Cursor::of(QUEUE, &ends)) })
    }
}

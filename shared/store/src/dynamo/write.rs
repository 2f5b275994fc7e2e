//! Writes of single items, each on its condition: alone, or several in one transaction.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::{BuildError, SdkError};
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::error::TransactionCanceledException;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, ReturnValue, ReturnValuesOnConditionCheckFailure,
    TransactWriteItem, Update,
};

use crate::dynamo::Dynamo;
use crate::dynamo::item::{Item, Key, number};
use crate::port::StoreError;

/// A write of one item.
#[derive(Debug)]
pub(super) struct Write {
    what: What,
    condition: Option<String>,
    names: Option<HashMap<String, String>>,
    values: Option<Item>,
    answer: Option<ReturnValue>,
    refusal: Option<ReturnValuesOnConditionCheckFailure>,
}

#[derive(Debug)]
enum What {
    Put(Item),
    Update(Key, String),
    Delete(Key),
}

/// What became of a write, or of a transaction.
#[derive(Debug)]
pub(super) enum Written {
    /// It is done. The item's attributes come along where the write asks for them.
    Done(Option<Item>),
    /// Its condition does not hold. The item that is there comes along where the write asks for it.
    Refused(Option<Item>),
}

impl Written {
    /// Takes a refusal for a conflict, as it is where the condition says what was read.
    pub fn or_conflict(self) -> Result<(), StoreError> {
        match self {
            Self::Done(_) => Ok(()),
            Self::Refused(_) => Err(StoreError::Conflict),
        }
    }
}

/// Puts a write's condition into the request for it, alone or in a transaction: the SDK has a type for each of the six, and all
/// of them say it in the same words.
macro_rules! conditional {
    ($request:expr, $write:ident) => {
        $request
            .set_condition_expression($write.condition)
            .set_expression_attribute_names($write.names)
            .set_expression_attribute_values($write.values)
            .set_return_values_on_condition_check_failure($write.refusal)
    };
}

/// The condition that no such item is there.
const ABSENT: &str = "attribute_not_exists(pk)";

const TRANSACT: &str = "TransactWriteItems";

impl Write {
    /// Puts an item in the place of what is there.
    pub fn put(item: Item) -> Self {
        Self::new(What::Put(item))
    }

    /// Changes an item, or makes it.
    pub fn update(key: &Key, expression: impl Into<String>) -> Self {
        Self::new(What::Update(key.clone(), expression.into()))
    }

    /// Deletes an item, if it is there.
    pub fn delete(key: &Key) -> Self {
        Self::new(What::Delete(key.clone()))
    }

    const fn new(what: What) -> Self {
        Self { what, condition: None, names: None, values: None, answer: None, refusal: None }
    }

    /// On a condition.
    pub fn only_if(mut self, condition: impl Into<String>) -> Self {
        self.condition = Some(condition.into());
        self
    }

    /// On condition that no such item is there.
    pub fn if_absent(self) -> Self {
        self.only_if(ABSENT)
    }

    /// On condition that a counter of the item still is what was seen, or that there still is no such item.
    pub fn if_still(self, counter: &str, seen: Option<u64>) -> Self {
        match seen {
            None => self.if_absent(),
            Some(seen) => self.only_if("#seen = :seen").name("#seen", counter).value(":seen", number(seen)),
        }
    }

    /// What a name in the expressions stands for.
    pub fn name(mut self, name: &str, attribute: impl Into<String>) -> Self {
        self.names.get_or_insert_default().insert(name.to_owned(), attribute.into());
        self
    }

    /// What a value in the expressions stands for.
    pub fn value(mut self, name: &str, value: AttributeValue) -> Self {
        self.values.get_or_insert_default().insert(name.to_owned(), value);
        self
    }

    /// Asks for the item as it was, or as it is then.
    pub fn answering(mut self, with: ReturnValue) -> Self {
        self.answer = Some(with);
        self
    }

    /// Asks for the item that is there when the condition does not hold.
    pub fn showing_what_is_there(mut self) -> Self {
        self.refusal = Some(ReturnValuesOnConditionCheckFailure::AllOld);
        self
    }

    /// The write as a part of a transaction, which answers with nothing.
    fn in_transaction(self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let part = TransactWriteItem::builder();
        let part = match self.what {
            What::Put(item) => {
                let put = Put::builder().table_name(table).set_item(Some(item));
                part.put(conditional!(put, self).build()?)
            }
            What::Update(key, expression) => {
                let update = Update::builder().table_name(table).set_key(Some(key.item()));
                part.update(conditional!(update.update_expression(expression), self).build()?)
            }
            What::Delete(key) => {
                let delete = Delete::builder().table_name(table).set_key(Some(key.item()));
                part.delete(conditional!(delete, self).build()?)
            }
        };
        Ok(part.build())
    }
}

impl Dynamo {
    /// Writes one item.
    pub(super) async fn write(&self, write: Write) -> Result<Written, StoreError> {
        let (client, table) = (&self.client, &self.table);
        match write.what {
            What::Put(item) => {
                let put = client.put_item().table_name(table).set_item(Some(item));
                let done = conditional!(put, write).set_return_values(write.answer).send().await;
                written("PutItem", done.map(|done| done.attributes))
            }
            What::Update(key, expression) => {
                let update = client.update_item().table_name(table).set_key(Some(key.item()));
                let update = conditional!(update.update_expression(expression), write);
                let done = update.set_return_values(write.answer).send().await;
                written("UpdateItem", done.map(|done| done.attributes))
            }
            What::Delete(key) => {
                let delete = client.delete_item().table_name(table).set_key(Some(key.item()));
                let done = conditional!(delete, write).set_return_values(write.answer).send().await;
                written("DeleteItem", done.map(|done| done.attributes))
            }
        }
    }

    /// Writes all of it or nothing.
    pub(super) async fn transact(&self, writes: Vec<Write>) -> Result<Written, StoreError> {
        self.transact_parts(self.parts(writes)?).await
    }

    /// The same, on condition that an item is not there that none of the writes is of.
    pub(super) async fn transact_without(
        &self,
        absent: &Key,
        writes: Vec<Write>,
    ) -> Result<Written, StoreError> {
        let check = ConditionCheck::builder().table_name(&self.table).set_key(Some(absent.item()));
        let check = check.condition_expression(ABSENT).build();
        let check = check.map_err(|error| StoreError::database(TRANSACT, error))?;
        let mut parts = vec![TransactWriteItem::builder().condition_check(check).build()];
        parts.extend(self.parts(writes)?);
        self.transact_parts(parts).await
    }

    fn parts(&self, writes: Vec<Write>) -> Result<Vec<TransactWriteItem>, StoreError> {
        let parts = writes.into_iter().map(|write| write.in_transaction(&self.table));
        parts.collect::<Result<_, _>>().map_err(|error| StoreError::database(TRANSACT, error))
    }

    async fn transact_parts(&self, parts: Vec<TransactWriteItem>) -> Result<Written, StoreError> {
        let done = self.client.transact_write_items().set_transact_items(Some(parts)).send().await;
        written(TRANSACT, done.map(|_| None))
    }
}

/// The errors of a call by which DynamoDB refuses it.
trait Refusal {
    /// A condition that does not hold, or the conflict with another write of the same item at the same time.
    fn refusal(&self) -> Option<Result<Written, StoreError>>;
}

macro_rules! refusals {
    ($($error:ident),*) => {
        $(impl Refusal for $error {
            fn refusal(&self) -> Option<Result<Written, StoreError>> {
                match self {
                    Self::ConditionalCheckFailedException(found) => Some(Ok(Written::Refused(found.item().cloned()))),
                    Self::TransactionConflictException(_) => Some(Err(StoreError::Conflict)),
                    _ => None,
                }
            }
        })*
    };
}

refusals!(PutItemError, UpdateItemError, DeleteItemError);

impl Refusal for TransactWriteItemsError {
    fn refusal(&self) -> Option<Result<Written, StoreError>> {
        match self {
            Self::TransactionCanceledException(cancelled) => refusal_of(cancelled),
            Self::TransactionInProgressException(_) => Some(Err(StoreError::Conflict)),
            _ => None,
        }
    }
}

/// What became of a call.
fn written<E, R>(
    call: &'static str,
    done: Result<Option<Item>, SdkError<E, R>>,
) -> Result<Written, StoreError>
where
    E: Refusal + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match done {
        Ok(attributes) => Ok(Written::Done(attributes)),
        Err(error) => {
            let refused = error.as_service_error().and_then(Refusal::refusal);
            refused.unwrap_or_else(|| Err(StoreError::database(call, error)))
        }
    }
}

/// What a cancelled transaction says, if it says that something else was in its way.
fn refusal_of(cancelled: &TransactionCanceledException) -> Option<Result<Written, StoreError>> {
    let reasons = cancelled.cancellation_reasons();
    let failed = reasons.iter().filter(|reason| reason.code() == Some("ConditionalCheckFailed"));
    let shown = failed.filter_map(|reason| reason.item()).find(|item| !item.is_empty());
    if let Some(shown) = shown {
        return Some(Ok(Written::Refused(Some(shown.clone()))));
    }
    // Throttled items are among those to be tried again: the SDK does not look into the reasons.
    let lost = |code: Option<&str>| {
        let again = [
            "ConditionalCheckFailed",
            "TransactionConflict",
            "ThrottlingError",
            "ProvisionedThroughputExceeded",
        ];
        code.is_some_and(|code| again.contains(&code))
    };
    let settled = |code: Option<&str>| lost(code) || matches!(code, None | Some("None"));
    let refused = reasons.iter().any(|reason| lost(reason.code()))
        && reasons.iter().all(|reason| settled(reason.code()));
    refused.then_some(Err(StoreError::Conflict))
}

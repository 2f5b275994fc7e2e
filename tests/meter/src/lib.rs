//! Counts what calls to DynamoDB cost, as DynamoDB itself counts it.
//!
//! A [`Meter`] is an interceptor of the client whose calls it counts: it asks for the price of each, and adds up what the answers
//! say. The code that makes the calls knows nothing of it.

use std::ops::Sub;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::batch_write_item::{BatchWriteItemInput, BatchWriteItemOutput};
use aws_sdk_dynamodb::operation::delete_item::{DeleteItemInput, DeleteItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::scan::{ScanInput, ScanOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextMut, FinalizerInterceptorContextRef, Input, Output,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// What calls have cost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Spent {
    /// Calls that were answered.
    pub calls: u64,
    /// Write units.
    pub writes: f64,
    /// Read units.
    pub reads: f64,
}

impl Sub for Spent {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            calls: self.calls - before.calls,
            writes: self.writes - before.writes,
            reads: self.reads - before.reads,
        }
    }
}

/// Counts the calls of the clients that it is an interceptor of.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<Mutex<Spent>>);

impl Meter {
    /// What was spent so far.
    pub fn spent(&self) -> Spent {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, price: Spent) {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spent.calls += price.calls;
        spent.writes += price.writes;
        spent.reads += price.reads;
    }
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if ask(context.input_mut()) { Ok(()) } else { Err("the meter does not know this operation".into()) }
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let output = context.output_or_error().and_then(Result::ok);
        if let Some(price) = output.and_then(price) {
            self.add(price);
        }
        Ok(())
    }
}

fn units<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) -> f64 {
    consumed.into_iter().filter_map(ConsumedCapacity::capacity_units).sum()
}

/// The operations, and which kind of units each consumes.
macro_rules! operations {
    ($($input:ident, $output:ident: $kind:ident;)*) => {
        /// Asks for the price of a call; whether it is of an operation that is known here.
        fn ask(input: &mut Input) -> bool {
            $(if let Some(input) = input.downcast_mut::<$input>() {
                input.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
                return true;
            })*
            false
        }

        /// What the answer says that the call has cost.
        fn price(output: &Output) -> Option<Spent> {
            $(if let Some(output) = output.downcast_ref::<$output>() {
                return Some(Spent { calls: 1, $kind: units(output.consumed_capacity()), ..Spent::default() });
            })*
            None
        }
    };
}

operations! {
    GetItemInput, GetItemOutput: reads;
    BatchGetItemInput, BatchGetItemOutput: reads;
    QueryInput, QueryOutput: reads;
    ScanInput, ScanOutput: reads;
    PutItemInput, PutItemOutput: writes;
    UpdateItemInput, UpdateItemOutput: writes;
    DeleteItemInput, DeleteItemOutput: writes;
    BatchWriteItemInput, BatchWriteItemOutput: writes;
    TransactWriteItemsInput, TransactWriteItemsOutput: writes;
}

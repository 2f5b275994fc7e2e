//! What every store must do, tried on each: DynamoDB's adapter over the local stack's table, and the simulation's store in memory.
//! What concerns DynamoDB alone, costs and refusals, is in `dynamo`.
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails, in its helpers too")]

/// Tests what every store must do on each of them.
macro_rules! on_every_store {
    ($($claim:ident,)*) => {
        mod dynamo {
            $(#[tokio::test]
            async fn $claim() {
                super::$claim::<crate::stores::Table>().await;
            })*
        }

        mod memory {
            $(#[tokio::test]
            async fn $claim() {
                super::$claim::<crate::stores::InMemory>().await;
            })*
        }
    };
}

mod bench;
mod directory;
mod dynamo;
mod evidence;
mod forget;
mod insights;
mod lists;
mod overdue;
mod quota;
mod stores;
mod usage;
mod writes;

//! What DynamoDB's adapter does besides: what its calls cost, and what it does where DynamoDB takes only a part.

mod cost;
mod requests;

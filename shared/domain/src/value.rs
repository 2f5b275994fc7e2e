//! What a text or a number may be: values parsed at the edge, each with its rule.

pub mod date;
pub mod field;
pub mod id;
pub mod input;

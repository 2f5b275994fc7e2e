//! What the vendor knows of partners, as operators keep it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::directory::program::Program;
use crate::value::field::FirmName;
use crate::value::input;
use crate::value::input::InputError;

/// A partner and the programmes that it is enrolled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// The firm's name, as customers read it.
    pub name: FirmName,
    /// Its enrolments.
    pub programs: Vec<Program>,
}

impl Partner {
    /// Parses the body of `PUT /partners/{id}`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(body: &Value) -> Result<Self, Vec<InputError>> {
        input::read(body, |body| {
            let (name, programs) = (body.required("name"), body.texts("programs", Program::ALL.len()));
            Some(Self { name: name?, programs: programs? })
        })
    }
}

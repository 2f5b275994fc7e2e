//! What mail and page alike say of the partner.

/// Who asks.
#[derive(Clone, Debug)]
pub struct Partner {
    /// The partner's name in the directory.
    pub name: String,
    /// Its partner ID.
    pub id: String,
    /// The person to talk to.
    pub contact_name: String,
    /// That person's address.
    pub contact_email: String,
}

/// What a partner of record sees, by the metrics of its programme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sees {
    /// Monthly active users and paid available units.
    pub usage: bool,
    /// Sold seats.
    pub sold_seats: bool,
}

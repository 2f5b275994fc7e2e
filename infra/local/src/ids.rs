//! Names for things that need one: requests, mails, events.

use data_encoding::HEXLOWER;

/// A fresh random identifier in the form of a UUID.
#[must_use]
pub fn uuid() -> String {
    let mut bytes = [0u8; 16];
    // Without randomness there are no keys either; nothing sensible is left to do.
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex = HEXLOWER.encode(&bytes);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

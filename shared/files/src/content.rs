//! Header values of downloads and digests.

use std::fmt::Write;

use data_encoding::{BASE64, HEXLOWER};
use domain::field::{Field, Sha256Hex};

/// `Content-Disposition` for a file that is saved under a name, which may be of any script (RFC 6266, RFC 8187).
pub(crate) fn attachment(file_name: &str) -> String {
    // What old readers get: ASCII without what ends the quotes, or could.
    let plain: String = file_name
        .chars()
        .map(|c| if (c.is_ascii_alphanumeric() || " ._-()".contains(c)) && c != '"' { c } else { '_' })
        .collect();
    let mut encoded = String::new();
    for byte in file_name.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into memory does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// A digest as S3 writes it.
pub(crate) fn to_base64(digest: &Sha256Hex) -> String {
    // The field's rule has seen to it that it is hexadecimal.
    BASE64.encode(&HEXLOWER.decode(digest.as_str().as_bytes()).unwrap_or_default())
}

/// A digest that S3 wrote. `None` for one of several parts, which is no digest of the whole.
pub(crate) fn from_base64(text: &str) -> Option<Sha256Hex> {
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    Sha256Hex::parse(&HEXLOWER.encode(&bytes)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_name_cannot_end_its_header() {
        let header = attachment("Smlouva č. 7\"; x=\"y\r\nSet-Cookie: a.pdf");
        assert!(header.is_ascii() && !header.contains(['\r', '\n']), "{header}");
        assert_eq!(header.matches('"').count(), 2, "{header}");
        assert!(header.ends_with("a.pdf") && header.contains("%C4%8D"), "{header}");
    }

    #[test]
    fn digests_survive_the_way_to_s3_and_back() {
        let digest = Sha256Hex::parse(&"0aF3".repeat(16)).unwrap();
        assert_eq!(from_base64(&to_base64(&digest)), Some(digest));
        assert_eq!(from_base64("GLk1YuTB0A==-2"), None);
    }
}

//! How often a partner has had a contact written to: a limit on what can be sent through the service to one mailbox.

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use domain::ClaimId;
use domain::field::{Email, PartnerId};
use sha2::{Digest, Sha256};

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Key, number, text};
use crate::dynamo::write::{Write, Written};
use crate::port::{Quotas, StoreError};

impl Quotas for Dynamo {
    async fn admit(
        &self,
        partner: &PartnerId,
        contact: &Email,
        claim: &ClaimId,
        now: DateTime<Utc>,
        most: usize,
    ) -> Result<bool, StoreError> {
        let update = Write::update(&key(partner, contact, now), "ADD claims :mine SET #ttl = :ttl")
            .only_if("attribute_not_exists(claims) OR contains(claims, :me) OR size(claims) < :most")
            .name("#ttl", item::TTL)
            .value(":mine", AttributeValue::Ss(vec![claim.to_string()]))
            .value(":me", text(claim.to_string()))
            .value(":most", number(most as u64))
            .value(":ttl", item::seconds(now + TimeDelta::days(2)));
        Ok(matches!(self.write(update).await?, Written::Done(_)))
    }
}

/// A digest in place of the address: the key of an item is no place for personal data.
fn key(partner: &PartnerId, contact: &Email, now: DateTime<Utc>) -> Key {
    let digest = Sha256::digest(contact.mailbox());
    let digest = data_encoding::HEXLOWER.encode(&digest[..16]);
    Key { pk: format!("CONTACT#{partner}#{digest}"), sk: now.format("%Y-%m-%d").to_string() }
}

//! How often a partner has had a contact written to: a limit on what can be sent through the service to one mailbox.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use domain::ClaimId;
use domain::field::{Email, PartnerId};
use sha2::{Digest, Sha256};

use crate::dynamo::Dynamo;
use crate::dynamo::item::{Key, number, text};
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
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(key(partner, contact, now).item()))
            .update_expression("ADD claims :mine SET #ttl = :ttl")
            .condition_expression(
                "attribute_not_exists(claims) OR contains(claims, :me) OR size(claims) < :most",
            )
            .expression_attribute_names("#ttl", "ttl")
            .expression_attribute_values(":mine", AttributeValue::Ss(vec![claim.to_string()]))
            .expression_attribute_values(":me", text(claim.to_string()))
            .expression_attribute_values(":most", number(most as u64))
            .expression_attribute_values(
                ":ttl",
                AttributeValue::N((now + TimeDelta::days(2)).timestamp().to_string()),
            )
            .send()
            .await;
        match answer {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
                _ => Err(StoreError::database("UpdateItem", error)),
            },
        }
    }
}

/// A digest in place of the address: the key of an item is no place for personal data.
fn key(partner: &PartnerId, contact: &Email, now: DateTime<Utc>) -> Key {
    let digest = Sha256::digest(contact.mailbox());
    let digest = data_encoding::HEXLOWER.encode(&digest[..16]);
    Key { pk: format!("CONTACT#{partner}#{digest}"), sk: now.format("%Y-%m-%d").to_string() }
}

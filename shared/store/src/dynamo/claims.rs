//! Claims and their slots: all of a change in one write, or in one transaction.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update};
use domain::field::{PartnerId, TenantId};
use domain::{Change, Claim, ClaimId, Context, EvidenceFile, EvidenceId, Policy, Scope, SlotChange, Slots};

use crate::dynamo::Dynamo;
use crate::dynamo::item::{self, Item, Key, number, text};
use crate::measure;
use crate::port::{Claims, StoreError};

impl Claims for Dynamo {
    async fn claim(&self, id: &ClaimId) -> Result<Option<Claim>, StoreError> {
        self.get_item(&Key::claim(id), true).await?.map(item::claim).transpose()
    }

    async fn slots(&self, tenant: &TenantId, scopes: &[Scope]) -> Result<Slots, StoreError> {
        let keys: Vec<_> = scopes.iter().map(|scope| Key::slot(tenant, scope)).collect();
        let items = self.batch(&keys, true).await?;
        slots_of(tenant, scopes, &items)
    }

    async fn commit(&self, changes: &[Change], slots: &Slots, policy: &Policy) -> Result<(), StoreError> {
        let outcome = self.write(changes, slots, policy).await;
        measure::commit(changes, &outcome);
        outcome
    }

    async fn context(
        &self,
        partner: &PartnerId,
        tenant: &TenantId,
        scopes: &[Scope],
        files: &[EvidenceId],
    ) -> Result<Context, StoreError> {
        let (partner, tenant_key, catalogue) = (Key::partner(partner), Key::tenant(tenant), Key::catalogue());
        let mut keys = vec![partner.clone(), tenant_key.clone(), catalogue.clone()];
        keys.extend(scopes.iter().map(|scope| Key::slot(tenant, scope)));
        // A batch must not name a key twice, and two proofs may be in one file.
        let files: BTreeSet<Key> = files.iter().map(Key::evidence).collect();
        // Not consistent, at half the price: a slot that has changed fails the commit's condition, and the directory
        // changes at an operator's pace. A file was verified just now, as like as not: where one is named, what was
        // answered about it must be seen.
        let consistent = !files.is_empty();
        keys.extend(files.iter().cloned());
        let items = self.batch(&keys, consistent).await?;
        let slots = slots_of(tenant, scopes, &items)?;
        let mut context = Context { slots, ..Context::default() };
        for item in items {
            let key = Key::of(&item);
            if key == partner {
                context.partner = Some(item::read(item)?);
            } else if key == tenant_key {
                context.tenant = Some(item::read(item)?);
            } else if key == catalogue {
                context.catalogue = Some(item::read(item)?);
            } else if files.contains(&key) {
                let file: EvidenceFile = item::read(item)?;
                context.files.insert(file.id.clone(), file);
            }
        }
        Ok(context)
    }
}

impl Dynamo {
    fn put_claim(&self, change: &Change, policy: &Policy) -> Result<Put, StoreError> {
        let put =
            Put::builder().table_name(&self.table).set_item(Some(item::claim_item(&change.after, policy)?));
        let put = match &change.before {
            // The claim that is there answers a repeated request.
            None => put
                .condition_expression("attribute_not_exists(pk)")
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld),
            Some(before) => put
                .condition_expression("#version = :seen")
                .expression_attribute_names("#version", "version")
                .expression_attribute_values(":seen", number(before.version)),
        };
        put.build().map_err(|error| StoreError::database("TransactWriteItems", error))
    }

    fn update_slot(
        &self,
        change: &Change,
        scope: &Scope,
        how: &SlotChange,
        seen: &Slots,
    ) -> Result<Update, StoreError> {
        let claim = &change.after;
        let details = &claim.details;
        let me = item::claimant_name(&details.partner_id, &claim.id);
        let association = change.association(scope);
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(Key::slot(&details.tenant_id, scope).item()))
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(":one", number(1));
        let mine = aws_sdk_dynamodb::types::AttributeValue::Ss(vec![me]);
        const HOLDER: &str = "association, partner_id, program, since, list_key, list_sort";
        let update = match how {
            SlotChange::Enter => {
                let update = update
                    .update_expression("ADD #version :one, claimants :me SET kind = :kind")
                    .expression_attribute_values(":kind", text("slot"))
                    .expression_attribute_values(":me", mine);
                match seen.get(scope).version {
                    // Entered without having been read, or read as empty.
                    0 if !seen.contains(scope) => update,
                    0 => update.condition_expression("attribute_not_exists(#version)"),
                    version => update
                        .condition_expression("#version = :seen")
                        .expression_attribute_values(":seen", number(version)),
                }
            }
            SlotChange::Leave => update
                .update_expression("ADD #version :one DELETE claimants :me")
                .expression_attribute_values(":me", mine),
            SlotChange::Take(incumbent) => {
                let since = item::time(change.at);
                let update = update
                    .update_expression(
                        "ADD #version :one DELETE claimants :me SET kind = :kind, association = :association, \
                         partner_id = :partner, program = :program, since = :since, list_key = :list, \
                         list_sort = :sort",
                    )
                    .expression_attribute_values(":kind", text("slot"))
                    .expression_attribute_values(":me", mine)
                    .expression_attribute_values(":list", text(item::associations_of(&details.partner_id)))
                    .expression_attribute_values(":sort", text(&since))
                    .expression_attribute_values(":association", text(association.to_string()))
                    .expression_attribute_values(":partner", text(details.partner_id.to_string()))
                    .expression_attribute_values(":program", text(details.program.code()))
                    .expression_attribute_values(":since", text(since));
                match incumbent {
                    None => update.condition_expression("attribute_not_exists(association)"),
                    Some(incumbent) => update
                        .condition_expression("association = :incumbent")
                        .expression_attribute_values(":incumbent", text(incumbent.to_string())),
                }
            }
            SlotChange::Release => update
                .update_expression(format!("ADD #version :one REMOVE {HOLDER}"))
                .condition_expression("association = :association")
                .expression_attribute_values(":association", text(association.to_string())),
            SlotChange::Reopen => update
                .update_expression(format!("ADD #version :one, claimants :me REMOVE {HOLDER}"))
                .condition_expression("association = :association")
                .expression_attribute_values(":association", text(association.to_string()))
                .expression_attribute_values(":me", mine),
        };
        update.build().map_err(|error| StoreError::database("TransactWriteItems", error))
    }

    /// The changes in one write, or in one transaction.
    async fn write(&self, changes: &[Change], slots: &Slots, policy: &Policy) -> Result<(), StoreError> {
        let mut writes = Vec::new();
        for change in changes {
            writes.push(TransactWriteItem::builder().put(self.put_claim(change, policy)?).build());
            let plain = item::transition_item(change)?.into_iter().chain(item::ended_items(change));
            for item in plain {
                // A transition is written once; the stream passes on insertions only.
                let put = Put::builder()
                    .table_name(&self.table)
                    .set_item(Some(item))
                    .condition_expression("attribute_not_exists(pk)")
                    .build();
                let put = put.map_err(|error| StoreError::database("TransactWriteItems", error))?;
                writes.push(TransactWriteItem::builder().put(put).build());
            }
            for (scope, how) in change.slot_changes() {
                let update = self.update_slot(change, &scope, &how, slots)?;
                writes.push(TransactWriteItem::builder().update(update).build());
            }
        }
        if let [only] = writes.as_slice()
            && let Some(put) = only.put()
        {
            return self.commit_alone(put.clone()).await;
        }
        self.transact(writes, changes).await
    }

    /// A change of the claim's item alone, which nobody reads in the history: one write, at half a transaction's cost.
    async fn commit_alone(&self, put: Put) -> Result<(), StoreError> {
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_names(put.expression_attribute_names)
            .set_expression_attribute_values(put.expression_attribute_values)
            .send()
            .await;
        match answer {
            Ok(_) => Ok(()),
            Err(error) if error.as_service_error().is_some_and(lost_alone) => Err(StoreError::Conflict),
            Err(error) => Err(StoreError::database("PutItem", error)),
        }
    }
}

fn slots_of(tenant: &TenantId, scopes: &[Scope], items: &[Item]) -> Result<Slots, StoreError> {
    let read = |scope: &Scope| {
        let key = Key::slot(tenant, scope);
        let found = items.iter().find(|item| Key::of(item) == key);
        let slot = found.map(item::slot).transpose()?.unwrap_or_default();
        Ok((scope.clone(), slot))
    };
    scopes.iter().map(read).collect()
}

/// Whether a single write lost against another change of the same item.
fn lost_alone(error: &PutItemError) -> bool {
    matches!(
        error,
        PutItemError::ConditionalCheckFailedException(_) | PutItemError::TransactionConflictException(_)
    )
}

//! The calls that `submit-claim` makes, with the same items, and nothing around them: no parsing of a claim, no checks, no
//! decision. The calls are recorded from the function and read at start; an invocation says what to replace in them.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, Put, TransactWriteItem, Update};
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Map, Value, json};

type Item = HashMap<String, AttributeValue>;

/// The recorded calls, as DynamoDB's JSON.
struct Calls {
    read: Value,
    write: Value,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let recorded: Value = serde_json::from_slice(&std::fs::read(std::env::var("CALLS")?)?)?;
    let calls = Calls { read: recorded["read"].clone(), write: recorded["write"].clone() };
    let client = Client::new(&aws_config::load_from_env().await);
    let calls = &calls;
    run(service_fn(|event: LambdaEvent<Map<String, Value>>| {
        let client = client.clone();
        async move {
            let replace = event.payload;
            let (table, wanted) = calls.read["RequestItems"].as_object().and_then(|all| all.iter().next()).ok_or("no read")?;
            let keys = wanted["Keys"].as_array().ok_or("no keys")?.iter().map(|key| item(key, &replace)).collect();
            client
                .batch_get_item()
                .request_items(table, KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(false).build()?)
                .send()
                .await?;
            let writes = calls.write["TransactItems"].as_array().ok_or("no writes")?;
            let writes = writes.iter().map(|write| transact(write, table, &replace)).collect::<Result<_, _>>()?;
            client.transact_write_items().set_transact_items(Some(writes)).send().await?;
            Ok::<_, Error>(json!({"statusCode": 201}))
        }
    }))
    .await
}

fn transact(write: &Value, table: &str, replace: &Map<String, Value>) -> Result<TransactWriteItem, Error> {
    let text = |of: &Value, name: &str| of[name].as_str().map(str::to_owned);
    let names = |of: &Value| -> Option<HashMap<String, String>> {
        let names = of["ExpressionAttributeNames"].as_object()?;
        Some(names.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect())
    };
    let values = |of: &Value| of.get("ExpressionAttributeValues").map(|values| item(values, replace));
    let built = TransactWriteItem::builder();
    Ok(if let Some(put) = write.get("Put") {
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item(&put["Item"], replace)))
            .set_condition_expression(text(put, "ConditionExpression"))
            .set_expression_attribute_names(names(put))
            .set_expression_attribute_values(values(put));
        built.put(put.build()?).build()
    } else {
        let update = &write["Update"];
        let update = Update::builder()
            .table_name(table)
            .set_key(Some(item(&update["Key"], replace)))
            .set_update_expression(text(update, "UpdateExpression"))
            .set_condition_expression(text(update, "ConditionExpression"))
            .set_expression_attribute_names(names(update))
            .set_expression_attribute_values(values(update));
        built.update(update.build()?).build()
    })
}

fn item(item: &Value, replace: &Map<String, Value>) -> Item {
    let attributes = item.as_object().into_iter().flatten();
    attributes.map(|(name, value)| (name.clone(), attribute(value, replace))).collect()
}

fn attribute(value: &Value, replace: &Map<String, Value>) -> AttributeValue {
    let Some((kind, value)) = value.as_object().and_then(|value| value.iter().next()) else {
        return AttributeValue::Null(true);
    };
    let text = |value: &Value| {
        let text = value.as_str().unwrap_or_default();
        let replaced = replace.iter().filter_map(|(old, new)| text.contains(old.as_str()).then_some((old, new.as_str()?)));
        replaced.fold(text.to_owned(), |text, (old, new)| text.replace(old.as_str(), new))
    };
    let list = || value.as_array().into_iter().flatten();
    match kind.as_str() {
        "S" => AttributeValue::S(text(value)),
        "N" => AttributeValue::N(text(value)),
        "BOOL" => AttributeValue::Bool(value.as_bool().unwrap_or_default()),
        "SS" => AttributeValue::Ss(list().map(text).collect()),
        "L" => AttributeValue::L(list().map(|value| attribute(value, replace)).collect()),
        "M" => AttributeValue::M(item(value, replace)),
        _ => AttributeValue::Null(true),
    }
}

//! The least that is of any use: an HTTP request is stored in one PutItem. Written as the documentation of the crates
//! shows it, with the default configuration chain.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_http::{Body, Error, Request, RequestExt, Response, run, service_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let table = std::env::var("TABLE_NAME")?;
    let client = Client::new(&aws_config::load_from_env().await);
    run(service_fn(|request: Request| {
        let (client, table) = (client.clone(), table.clone());
        async move {
            let key = request.headers().get("idempotency-key").and_then(|key| key.to_str().ok());
            let key = key.ok_or("no key")?.to_owned();
            let body = String::from_utf8_lossy(request.body()).into_owned();
            client
                .put_item()
                .table_name(table)
                .item("pk", AttributeValue::S(key))
                .item("sk", AttributeValue::S("ITEM".to_owned()))
                .item("path", AttributeValue::S(request.raw_http_path().to_owned()))
                .item("body", AttributeValue::S(body))
                .send()
                .await?;
            Ok::<_, Error>(Response::builder().status(201).body(Body::Empty)?)
        }
    }))
    .await
}

//! Scheduler's REST-JSON API, as much of it as one-time schedules need.

use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Scheduler;
use crate::aws_error::AwsError;

/// The routes under the service's endpoint.
pub fn router(scheduler: Scheduler) -> Router {
    let one = get(read).post(create).put(update).delete(remove);
    Router::new().route("/schedules", get(list)).route("/schedules/{name}", one).with_state(scheduler)
}

#[derive(Deserialize)]
struct Group {
    #[serde(rename = "groupName")]
    group: Option<String>,
}

#[derive(Deserialize)]
struct Filter {
    #[serde(rename = "ScheduleGroup")]
    group: Option<String>,
    #[serde(rename = "NamePrefix", default)]
    prefix: String,
}

impl Group {
    fn name(&self) -> &str {
        self.group.as_deref().unwrap_or("default")
    }
}

async fn create(
    State(scheduler): State<Scheduler>,
    Path(name): Path<String>,
    Json(request): Json<Value>,
) -> Result<Json<Value>, AwsError> {
    Ok(Json(json!({"ScheduleArn": scheduler.create(&name, request)?})))
}

async fn update(
    State(scheduler): State<Scheduler>,
    Path(name): Path<String>,
    Json(request): Json<Value>,
) -> Result<Json<Value>, AwsError> {
    Ok(Json(json!({"ScheduleArn": scheduler.update(&name, request)?})))
}

async fn read(
    State(scheduler): State<Scheduler>,
    Path(name): Path<String>,
    Query(group): Query<Group>,
) -> Result<Json<Value>, AwsError> {
    scheduler.get(group.name(), &name).map(Json)
}

async fn remove(
    State(scheduler): State<Scheduler>,
    Path(name): Path<String>,
    Query(group): Query<Group>,
) -> Result<Json<Value>, AwsError> {
    scheduler.delete(group.name(), &name)?;
    Ok(Json(json!({})))
}

async fn list(State(scheduler): State<Scheduler>, Query(filter): Query<Filter>) -> Json<Value> {
    Json(json!({"Schedules": scheduler.list(filter.group.as_deref(), &filter.prefix)}))
}

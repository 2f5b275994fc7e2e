//! The HTTP layer under the SDK: passes calls on to the database, stands in for SES and Scheduler, and goes wrong at a
//! call that it is told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aws_sdk_dynamodb::config::RuntimeComponents;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use tokio::sync::Notify;

/// How a call goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// It does not arrive; the SDK may repeat it.
    Failed,
    /// It is done, and its answer is lost; the SDK may repeat it.
    Lost,
    /// It is done twice.
    Twice,
    /// It does not arrive, nor does any after it.
    Down,
    /// It is done, its answer is lost, and no call after it arrives.
    LostAndDown,
    /// It is done, and the function dies.
    Killed,
}

impl Wrong {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Failed, Self::Lost, Self::Twice, Self::Down, Self::LostAndDown, Self::Killed];
}

/// A mail that SES has taken: recipient, and the tags that say what it is about.
pub type Mail = (String, Vec<(String, String)>);

/// The layer.
#[derive(Debug, Clone)]
pub struct Layer(Arc<State>);

#[derive(Debug)]
struct State {
    inner: SharedHttpClient,
    calls: AtomicUsize,
    wrong: Mutex<Option<(usize, Wrong)>>,
    died: Notify,
    mails: Mutex<Vec<Mail>>,
    paused: AtomicBool,
    refused: AtomicUsize,
    /// Every schedule that was ever made, by its name, and how often.
    schedules: Mutex<BTreeMap<String, usize>>,
}

impl Layer {
    /// A layer through which everything passes.
    pub fn new() -> Self {
        let inner = aws_smithy_http_client::Builder::new().build_http();
        Self(Arc::new(State {
            inner,
            calls: AtomicUsize::new(0),
            wrong: Mutex::default(),
            died: Notify::new(),
            mails: Mutex::default(),
            paused: AtomicBool::new(false),
            refused: AtomicUsize::new(0),
            schedules: Mutex::default(),
        }))
    }

    /// From now on calls are counted from 0, and this one goes wrong.
    pub fn count(&self, wrong: Option<(usize, Wrong)>) {
        self.0.calls.store(0, Ordering::SeqCst);
        *self.0.wrong.lock().unwrap() = wrong;
    }

    /// Calls since.
    pub fn calls(&self) -> usize {
        self.0.calls.load(Ordering::SeqCst)
    }

    /// Ends when the function is to die.
    pub async fn died(&self) {
        self.0.died.notified().await;
    }

    /// The mails taken.
    pub fn mails(&self) -> Vec<Mail> {
        self.0.mails.lock().unwrap().clone()
    }

    /// From now on SES takes no mail, or takes them again.
    pub fn pause_mails(&self, paused: bool) {
        self.0.paused.store(paused, Ordering::SeqCst);
    }

    /// How many mails it did not take.
    pub fn refused_mails(&self) -> usize {
        self.0.refused.load(Ordering::SeqCst)
    }

    /// The schedules made, and how often each.
    pub fn schedules(&self) -> BTreeMap<String, usize> {
        self.0.schedules.lock().unwrap().clone()
    }

    /// SES and Scheduler, as much of them as is called.
    fn serve(&self, request: &HttpRequest) -> HttpResponse {
        let body: Value =
            serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        let path = request.uri().split('?').next().unwrap_or_default().to_owned();
        if let Some((_, name)) = path.split_once("/schedules/") {
            let mut schedules = self.0.schedules.lock().unwrap();
            if schedules.contains_key(name) {
                return answer(409, json!({ "Message": "exists" }), Some("ConflictException"));
            }
            *schedules.entry(name.to_owned()).or_default() += 1;
            return answer(200, json!({ "ScheduleArn": format!("arn:{name}") }), None);
        }
        if self.0.paused.load(Ordering::SeqCst) {
            self.0.refused.fetch_add(1, Ordering::SeqCst);
            return answer(400, json!({ "message": "paused" }), Some("SendingPausedException"));
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let tags = body["EmailTags"].as_array().into_iter().flatten();
        let tags = tags.map(|tag| (text(&tag["Name"]), text(&tag["Value"]))).collect();
        let mut mails = self.0.mails.lock().unwrap();
        mails.push((text(&body["Destination"]["ToAddresses"][0]), tags));
        answer(200, json!({ "MessageId": format!("m{}", mails.len()) }), None)
    }
}

fn answer(status: u16, body: Value, error: Option<&'static str>) -> HttpResponse {
    let mut response =
        HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::from(body.to_string()));
    if let Some(error) = error {
        response.headers_mut().insert("x-amzn-errortype", error);
    }
    response
}

impl HttpClient for Layer {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.0.inner.http_connector(settings, components);
        SharedHttpConnector::new(Connector { layer: self.clone(), inner })
    }
}

#[derive(Debug, Clone)]
struct Connector {
    layer: Layer,
    inner: SharedHttpConnector,
}

impl Connector {
    async fn pass(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        if request.uri().contains("amazonaws.com") {
            Ok(self.layer.serve(&request))
        } else {
            self.inner.call(request).await
        }
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move {
            let at = this.layer.0.calls.fetch_add(1, Ordering::SeqCst);
            let wrong = *this.layer.0.wrong.lock().unwrap();
            let lost = || Err(ConnectorError::timeout("the answer was lost".into()));
            match wrong {
                Some((call, Wrong::Down | Wrong::LostAndDown)) if at > call => {
                    Err(ConnectorError::io("nothing arrives".into()))
                }
                Some((call, Wrong::Failed | Wrong::Down)) if at == call => {
                    Err(ConnectorError::io("nothing arrives".into()))
                }
                Some((call, Wrong::Lost | Wrong::LostAndDown)) if at == call => {
                    this.pass(request).await?;
                    lost()
                }
                Some((call, Wrong::Twice)) if at == call => {
                    this.pass(request.try_clone().unwrap()).await?;
                    this.pass(request).await
                }
                Some((call, Wrong::Killed)) if at == call => {
                    this.pass(request).await?;
                    this.layer.0.died.notify_one();
                    std::future::pending().await
                }
                _ => this.pass(request).await,
            }
        })
    }
}

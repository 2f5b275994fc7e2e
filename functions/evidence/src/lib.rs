//! Takes the files that prove claims. A partner announces a file, uploads it to S3 by a link, and has it verified; then
//! claims can name it, and its partner and the vendor's reviewers can read it, by a link again. No byte of a file but its
//! first ones ever comes through here: length, type and digest are signed with the link, so that S3 itself refuses any other
//! bytes, and the first kilobyte says whether they begin as their kind does. No link is stored.

use std::sync::Arc;

use chrono::TimeDelta;
use domain::{
    Action, EvidenceFile, EvidenceId, FileState, FileStatement, TELLING_BYTES, Uploaded, field::Field,
};
use files::{Bucket, Download, Link, Proofs};
use lambda_http::http::{HeaderValue, StatusCode, header};
use runtime::{Clock, Settings};
use store::{Dynamo, EvidenceFiles};
use web::view::{self, AnnouncedFile};
use web::{Answer, ApiError, ApiRequest, CallerClaims};

/// How long a link can be used: enough for a slow line, too short to be of use when it turns up in a log later.
const LASTING: TimeDelta = TimeDelta::minutes(15);

/// What the handler works with.
#[derive(Debug)]
pub struct Evidence<S, F> {
    /// What is known of files.
    pub store: S,
    /// Where their bytes are.
    pub files: F,
    /// How long a file is kept after it was announced.
    pub retention: TimeDelta,
    /// The clock.
    pub clock: Clock,
}

/// Runs the function.
///
/// # Errors
/// When the settings are wrong, or the runtime fails.
pub async fn serve(clock: Clock) -> Result<(), lambda_runtime::Error> {
    let settings = Settings::from_env();
    let claims = CallerClaims::from_settings(&settings);
    let retention = TimeDelta::days(settings.number("EVIDENCE_RETENTION_DAYS", 1..=36_500)?);
    let aws = runtime::aws(&settings)?;
    let files = Bucket::new(&aws, settings.text("BUCKET_NAME")?);
    let store = Dynamo::open(&settings, &aws).await?;
    web::serve(Evidence { store, files, retention, clock }, claims, handle).await
}

/// Serves one request.
///
/// # Errors
/// [`ApiError`], to be answered as a problem.
pub async fn handle<S, F>(state: Arc<Evidence<S, F>>, request: ApiRequest) -> Answer
where
    S: EvidenceFiles + Send + Sync,
    F: Proofs + Send + Sync,
{
    let (method, path) = request.route();
    match (method, path.as_slice()) {
        ("POST", ["evidence"]) => state.announce(&request).await,
        ("POST", ["evidence", id, "verify"]) => state.verify(&request, id).await,
        ("GET", ["evidence", id]) => state.read(&request, id).await,
        _ => Err(ApiError::NotFound),
    }
}

impl<S: EvidenceFiles, F: Proofs> Evidence<S, F> {
    /// `POST /evidence`: says what will be uploaded, and gets the link to do so.
    async fn announce(&self, request: &ApiRequest) -> Answer {
        request.allow(Action::UploadEvidence)?;
        let key = request.idempotency_key()?;
        let partner = request.partner().ok_or(ApiError::Forbidden)?;
        let statement = FileStatement::parse(&request.json()?)?;
        let now = self.clock.now();
        let file = EvidenceFile {
            id: EvidenceId::of(partner, &key),
            partner_id: partner.clone(),
            statement,
            state: FileState::Waiting,
            created_at: now,
            verified_at: None,
        };
        let file = match self.store.announce(&file, now + self.retention).await? {
            None => file,
            Some(known) if known.statement == file.statement => known,
            Some(_) => return Err(ApiError::KeyReused),
        };
        // A file that was verified has nothing to wait for any more.
        let link = match file.state {
            FileState::Waiting => Some(self.upload(&file).await?),
            FileState::Verified => None,
        };
        let shown = AnnouncedFile::new(&file, link.as_ref().map(upload));
        let mut answer = web::answer(StatusCode::CREATED, &shown);
        if let Ok(place) = HeaderValue::from_str(&format!("/evidence/{}", file.id)) {
            answer.headers_mut().insert(header::LOCATION, place);
        }
        Ok(answer)
    }

    /// `POST /evidence/{id}/verify`: looks at what was uploaded.
    async fn verify(&self, request: &ApiRequest, id: &str) -> Answer {
        request.allow(Action::UploadEvidence)?;
        let file = self.visible(request, id).await?;
        if file.state == FileState::Verified {
            return self.answer(&file).await;
        }
        let key = key(&file);
        let found =
            self.files.find(&key).await.map_err(ApiError::of_files)?.ok_or(ApiError::EvidenceNotUploaded)?;
        let first = self.files.first_bytes(&key, TELLING_BYTES).await.map_err(ApiError::of_files)?;
        let errors = file.statement.judge(&Uploaded { size: found.size, sha256: found.sha256, first });
        if !errors.is_empty() {
            return Err(ApiError::EvidenceNotAcceptable(errors));
        }
        let file = self.store.verified(&file.id, self.clock.now()).await?.ok_or(ApiError::NotFound)?;
        self.answer(&file).await
    }

    /// `GET /evidence/{id}`: what is known of a file and, once it is verified, the link to read it.
    async fn read(&self, request: &ApiRequest, id: &str) -> Answer {
        request.allow(Action::ReadEvidence)?;
        let file = self.visible(request, id).await?;
        self.answer(&file).await
    }

    async fn answer(&self, file: &EvidenceFile) -> Answer {
        let link = match file.state {
            FileState::Waiting => None,
            FileState::Verified => Some(self.download(file).await?),
        };
        let download = link.as_ref().map(|link| view::Link::new(&link.url, link.expires_at));
        Ok(web::answer(StatusCode::OK, &view::EvidenceFile::new(file, download)))
    }

    /// A file that the caller may see; any other is not found.
    async fn visible(&self, request: &ApiRequest, id: &str) -> Result<EvidenceFile, ApiError> {
        let id = EvidenceId::parse(id).map_err(|_| ApiError::NotFound)?;
        let file = self.store.file(&id).await?;
        file.filter(|file| request.sees().covers(&file.partner_id)).ok_or(ApiError::NotFound)
    }

    async fn upload(&self, file: &EvidenceFile) -> Result<Link, ApiError> {
        let link = self.files.upload_link(&key(file), &file.statement, self.clock.now(), LASTING).await;
        link.map_err(ApiError::of_files)
    }

    async fn download(&self, file: &EvidenceFile) -> Result<Link, ApiError> {
        let FileStatement { file_name, media_type, .. } = &file.statement;
        let as_what = Download { file_name: file_name.as_str(), media_type: media_type.code() };
        let link = self.files.read_link(&key(file), as_what, self.clock.now(), LASTING).await;
        link.map_err(ApiError::of_files)
    }
}

/// How the link to upload a file is shown: the link, and what must be sent with it.
fn upload(link: &Link) -> view::Upload<'_> {
    // The name of the host is set by whoever sends the request.
    let headers = link.headers.iter().filter(|(name, _)| name != "host");
    view::Upload {
        link: view::Link::new(&link.url, link.expires_at),
        method: &link.method,
        headers: headers.map(|(name, value)| (name.as_str(), value.as_str())).collect(),
    }
}

/// Where a file's bytes are.
fn key(file: &EvidenceFile) -> String {
    format!("evidence/{}/{}", file.partner_id, file.id)
}

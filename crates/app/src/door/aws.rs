//! AWS signs requests (Signature Version 4). The service and the region stand in the host: `health.us-east-1.amazonaws.com`.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde::{Deserialize, Serialize};
use tocsin_domain::exchange::Method;
use tocsin_domain::{Failure, FailureKind, HttpAsk, Timestamp};
use url::Url;

/// An access key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsKey {
    id: String,
    secret: String,
    session: Option<String>,
}

impl AwsKey {
    pub fn new(id: &str, secret: &str, session: Option<&str>) -> Self {
        Self { id: id.to_owned(), secret: secret.to_owned(), session: session.map(str::to_owned) }
    }

    /// Names the key; it is no secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn sign(&self, ask: &mut HttpAsk, now: Timestamp) -> Result<(), Failure> {
        let failed = |detail: &str| Failure {
            kind: FailureKind::Protocol,
            detail: format!("The request could not be signed for AWS: {detail}."),
            sent: false,
        };
        let url = Url::parse(&ask.url).map_err(|_| failed("its address is none"))?;
        let (service, region) = place(url.host_str().unwrap_or_default());
        let identity = Credentials::new(&self.id, &self.secret, self.session.clone(), None, "tocsin").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&region)
            .name(&service)
            .time(UNIX_EPOCH + Duration::from_secs(u64::try_from(now.as_second()).unwrap_or_default()))
            .settings(SigningSettings::default())
            .build()
            .map_err(|_| failed("its parts do not fit"))?;
        let headers = ask.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let method = match ask.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        };
        let request = SignableRequest::new(method, ask.url.as_str(), headers, SignableBody::Bytes(&ask.body))
            .map_err(|_| failed("its address is none"))?;
        let signed = sign(request, &params.into()).map_err(|_| failed("the library refused it"))?;
        let (instructions, _) = signed.into_parts();
        let added: Vec<(String, String)> =
            instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        ask.headers.extend(added);
        Ok(())
    }
}

/// `health.us-east-1.amazonaws.com` → health, us-east-1. Other hosts (a stand-in at home) are taken for AWS Health.
fn place(host: &str) -> (String, String) {
    let usual = || ("health".to_owned(), "us-east-1".to_owned());
    let Some(name) = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn")) else {
        return usual();
    };
    name.split_once('.').map_or_else(usual, |(service, region)| (service.to_owned(), region.to_owned()))
}

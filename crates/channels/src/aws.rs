//! AWS signs requests (Signature Version 4): what a channel sends to it, and what opens its pages.

use std::time::{Duration, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use serde::{Deserialize, Serialize};
use tocsin_domain::exchange::Method;
use tocsin_domain::{HttpAsk, Timestamp};

/// An access key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwsKey {
    id: String,
    secret: String,
    session: Option<String>,
}

impl AwsKey {
    #[must_use]
    pub fn new(id: &str, secret: &str, session: Option<&str>) -> Self {
        Self { id: id.to_owned(), secret: secret.to_owned(), session: session.map(str::to_owned) }
    }

    /// Names the key; it is no secret.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Adds the headers that prove who asks `service` in `region` at `now`.
    ///
    /// # Errors
    /// Why it cannot be signed, as the end of a sentence.
    pub fn sign(&self, ask: &mut HttpAsk, service: &str, region: &str, now: Timestamp) -> Result<(), &'static str> {
        let identity = Credentials::new(&self.id, &self.secret, self.session.clone(), None, "tocsin").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name(service)
            .time(UNIX_EPOCH + Duration::from_secs(u64::try_from(now.as_second()).unwrap_or_default()))
            .settings(SigningSettings::default())
            .build()
            .map_err(|_| "its parts do not fit")?;
        let headers = ask.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let method = match ask.method {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        };
        let request = SignableRequest::new(method, ask.url.as_str(), headers, SignableBody::Bytes(&ask.body))
            .map_err(|_| "its address is none")?;
        let signed = sign(request, &params.into()).map_err(|_| "the library refused it")?;
        let (instructions, _) = signed.into_parts();
        let added: Vec<(String, String)> =
            instructions.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        ask.headers.extend(added);
        Ok(())
    }
}

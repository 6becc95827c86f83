//! AWS signs requests. The service and the region stand in the host: `health.us-east-1.amazonaws.com`.

pub use tocsin_channels::AwsKey;
use tocsin_domain::{Failure, FailureKind, HttpAsk, Timestamp};
use url::Url;

/// Adds the headers that prove who asks.
pub fn sign(key: &AwsKey, ask: &mut HttpAsk, now: Timestamp) -> Result<(), Failure> {
    let failed = |detail: &str| Failure {
        kind: FailureKind::Protocol,
        detail: format!("The request could not be signed for AWS: {detail}."),
        sent: false,
    };
    let url = Url::parse(&ask.url).map_err(|_| failed("its address is none"))?;
    let (service, region) = place(url.host_str().unwrap_or_default());
    key.sign(ask, &service, &region, now).map_err(failed)
}

/// `health.us-east-1.amazonaws.com` → health, us-east-1. Other hosts (a stand-in at home) are taken for AWS Health.
fn place(host: &str) -> (String, String) {
    let usual = || ("health".to_owned(), "us-east-1".to_owned());
    let Some(name) = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn")) else {
        return usual();
    };
    name.split_once('.').map_or_else(usual, |(service, region)| (service.to_owned(), region.to_owned()))
}

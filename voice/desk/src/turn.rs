//! Where a browser finds the TURN server, and what it is let in by: a name and a password that hold for one agent and for a
//! while, made from a secret that only the server and the desk know (draft-uberti-behave-turn-rest-00, 2.2).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha1::Sha1;

use crate::setup::Turn;

/// For how many seconds they let somebody in: longer than any call, as a call renews its way with them.
const GOOD_FOR: u64 = 12 * 3600;

/// What a browser is given as `iceServers`; `now` in milliseconds since 1970.
#[must_use]
pub fn servers(turn: Option<&Turn>, agent: &str, now: u64) -> Value {
    let Some(turn) = turn else { return json!([]) };
    let name = format!("{}:{agent}", now / 1000 + GOOD_FOR);
    json!([{ "urls": turn.urls, "username": name, "credential": password(&turn.secret, &name) }])
}

fn password(secret: &str, name: &str) -> String {
    // Any length of key will do.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(name.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_ends_and_its_password_is_of_that_name() {
        let urls = vec!["turn:turn.example.com:3478".to_owned()];
        let turn = Turn { urls, secret: "north-wind-and-sun".to_owned(), relay_only: false };
        let said = servers(Some(&turn), "ada", 1_700_000_000_999);
        // printf 1700043200:ada | openssl dgst -sha1 -hmac north-wind-and-sun -binary | base64
        let expected = json!([{
            "urls": ["turn:turn.example.com:3478"],
            "username": "1700043200:ada",
            "credential": "hAeZ195H+oTy1nxL+WYhIsTRbCw=",
        }]);
        assert_eq!(said, expected);
        assert_eq!(servers(None, "ada", 0), json!([]));
    }
}

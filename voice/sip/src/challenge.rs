//! Callers are asked who they are (RFC 3261 §22.2): each nonce is good for one answer.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use rsipstack::dialog::authenticate::verify_digest;
use rsipstack::sip::{HeadersExt, Request, typed};

use crate::line::Account;
use crate::random;

/// So many callers may be asked at a time.
const OPEN: usize = 1024;

pub(crate) struct Challenge {
    account: Account,
    realm: String,
    open: Mutex<VecDeque<String>>,
}

impl Challenge {
    pub(crate) fn new(account: Account, realm: String) -> Challenge {
        Challenge { account, realm, open: Mutex::default() }
    }

    /// What to ask: the value of `WWW-Authenticate`.
    pub(crate) fn ask(&self) -> String {
        let nonce = random::<16>().iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        });
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= OPEN {
            open.pop_front();
        }
        open.push_back(nonce.clone());
        format!("Digest realm=\"{}\", nonce=\"{nonce}\", algorithm=MD5, qop=\"auth\"", self.realm)
    }

    /// Whether the request proves who sent it.
    pub(crate) fn is_met(&self, request: &Request) -> bool {
        let Some(header) = request.authorization_header() else { return false };
        let Ok(typed) = typed::Authorization::parse(header.value()) else { return false };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = open.iter().position(|nonce| *nonce == typed.nonce) else { return false };
        open.remove(place);
        typed.username == self.account.user
            && typed.realm == self.realm
            && verify_digest(&typed, &self.account.password, &request.method, header.value())
    }
}

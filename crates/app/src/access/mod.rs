//! Who may read and who may write.
//!
//! Reading is open with `server.public_read` (unless a page is entered with credentials), and on a loopback listener until there is an owner; everything else needs
//! a session (a cookie that signing in gives), an API token or the admin token (`Authorization: Bearer …`). Strangers who
//! may read see recipients cut ([`Sight`]).

pub mod acknowledge;
pub mod board;
pub mod login;
mod origin;
mod password;
mod secret;
pub mod session;
mod sight;
mod throttle;
mod visitor;
pub mod welcome;

pub use origin::guard as same_origin;
pub use password::{Passwords, problem as password_problem};
pub use secret::Secret;
pub use session::Browser;
pub use sight::Sight;
pub use throttle::{SUBSCRIBING, Throttle};
pub use visitor::{Visitor, asked, identify};

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::problem::Problem;
use crate::served::Served;

/// True where this visitor may see what we know.
#[must_use]
pub fn may_read(app: &App, visitor: &Visitor) -> bool {
    is_open(app) || is_trusted(app, visitor)
}

/// True where strangers may read. What a page says to who may enter it is not for everybody.
#[must_use]
pub fn is_open(app: &App) -> bool {
    app.config.server.public_read && !app.doors.any()
}

/// True for whoever is known, and for everybody on a loopback listener that has no owner yet.
#[must_use]
pub fn is_trusted(app: &App, visitor: &Visitor) -> bool {
    visitor.is_known() || (app.config.server.listen.ip().is_loopback() && !app.access.has_owner())
}

fn refused(app: &App) -> Problem {
    Problem::unauthorised(match (app.access.has_owner(), app.config.admin_token.is_some()) {
        (true, _) => "Sign in, or send an API token (made under Settings) as `Authorization: Bearer …`.",
        (false, true) => "Send the admin token as `Authorization: Bearer …`.",
        (false, false) => {
            "Create the owner with the link that the service printed at its start, or start it with \
             TOCSIN_ADMIN_TOKEN and send that as `Authorization: Bearer …`."
        }
    })
}

/// Lets only readers pass to the API.
pub async fn readers(State(served): State<Served>, visitor: Visitor, request: Request, next: Next) -> Response {
    if may_read(&served.app, &visitor) {
        return next.run(request).await;
    }
    refused(&served.app).into_response()
}

/// Taken by handlers of the API that write, with who it is (for people): refused to whoever is not known.
pub struct Writer(pub String);

impl FromRequestParts<Served> for Writer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, served: &Served) -> Result<Self, Problem> {
        let visitor = Visitor::of(parts);
        if visitor.is_known() { Ok(Self(visitor.name())) } else { Err(refused(&served.app)) }
    }
}

/// What signing in needs to remember between requests.
#[derive(Debug)]
pub struct Access {
    owned: AtomicBool,
    pub passwords: Passwords,
    /// Held only while it counts.
    pub throttle: Mutex<Throttle>,
    /// The same for those who subscribe.
    pub subscribing: Mutex<Throttle>,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            owned: AtomicBool::default(),
            passwords: Passwords::default(),
            throttle: Mutex::default(),
            subscribing: Mutex::new(Throttle::new(SUBSCRIBING)),
        }
    }
}

impl Access {
    /// True once somebody may sign in. From then on a loopback listener is closed like any other.
    #[must_use]
    pub fn has_owner(&self) -> bool {
        self.owned.load(Ordering::Acquire)
    }

    /// Notes that somebody may sign in from now on.
    pub fn owner_exists(&self) {
        self.owned.store(true, Ordering::Release);
    }
}

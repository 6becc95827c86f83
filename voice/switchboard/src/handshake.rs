//! How a widget comes to its configuration, whatever is lost, late, doubled or started again on the way.
//!
//! The widget asks until it has what it needs, the host page sends until that is acknowledged, and a beat between them
//! goes on comparing what each believes. The server is a second source, so that a dead host page starves nobody, and it
//! has the last word: without its lease, bound to this build and this configuration, nobody is `AVAILABLE`.
//!
//! `web/handshake.js` is the same two machines in the browser's language; a test plays the same events to both.

pub mod host;
pub mod message;
pub mod widget;

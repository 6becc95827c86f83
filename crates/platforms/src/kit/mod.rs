//! What several platforms share: bytes to text, dates, HTML, feeds and the vendors' words.

pub(crate) mod answers;
pub(crate) mod back;
mod before;
pub mod dates;
pub mod decode;
pub mod feed;
pub mod html;
pub(crate) mod late;
pub(crate) mod node;
pub mod past;
pub mod report;
pub(crate) mod sheet;
pub(crate) mod silence;
pub mod simple;
pub mod timeline;
pub mod words;

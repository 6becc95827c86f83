//! How pages are found and asked: rounds of asks against a small world of addresses.

mod found;
mod hosted;
mod past;
mod selfhosted;
mod world;

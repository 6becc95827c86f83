//! `tocsin openapi`: the document of the HTTP API.

pub fn run() -> u8 {
    match crate::api::document().to_pretty_json() {
        Ok(json) => {
            super::print_line(&json);
            super::OK
        }
        Err(error) => super::fail(1, &format!("the document could not be written: {error}")),
    }
}

//! The data that Next.js writes into a page: `self.__next_f.push([1,"…"])` pieces of one text, in which JSON values
//! stand. `"$undefined"` in it means nothing was said.

use serde_json::value::RawValue;

const PIECE: &str = "self.__next_f.push([1,";

/// All pieces of a page, joined. Older pages carry their data in one `__NEXT_DATA__` script, which is taken as it is.
#[must_use]
pub fn text(page: &str) -> String {
    let mut joined = String::new();
    for piece in page.split(PIECE).skip(1) {
        // The piece ends where its string literal does; what follows is not ours.
        let literal = serde_json::Deserializer::from_str(piece).into_iter::<String>().next();
        if let Some(Ok(literal)) = literal {
            joined.push_str(&literal);
        }
    }
    if joined.is_empty()
        && let Some((_, rest)) = page.split_once("id=\"__NEXT_DATA__\"")
        && let Some((data, _)) = rest.split_once('>').and_then(|(_, rest)| rest.split_once("</script>"))
    {
        joined.push_str(data);
    }
    joined.replace("\"$undefined\"", "null")
}

/// The first whole JSON object that stands behind this mark (`"summary":`).
#[must_use]
pub fn object_after<'a>(flight: &'a str, mark: &str) -> Option<&'a str> {
    value_after(flight, mark, '{').map(RawValue::get)
}

/// The elements of the first whole JSON list that stands behind this mark.
#[must_use]
pub fn list_after<'a>(flight: &'a str, mark: &str) -> Option<Vec<&'a RawValue>> {
    value_after(flight, mark, '[').and_then(|list| serde_json::from_str(list.get()).ok())
}

fn value_after<'a>(flight: &'a str, mark: &str, opens: char) -> Option<&'a RawValue> {
    let values = flight.match_indices(mark).filter_map(|(at, _)| flight.get(at + mark.len()..));
    // Other places only point at it: `"summary":"$4:props:summary"`.
    let mut values = values.filter(|rest| rest.starts_with(opens)).take(8);
    values.find_map(|rest| serde_json::Deserializer::from_str(rest).into_iter::<&RawValue>().next()?.ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_joined_and_the_object_is_found() {
        let page = r#"<script>self.__next_f.push([0])</script><script>self.__next_f.push([1,"4:[\"$\",{\"summary\":\"$4:x\"}]\n5:{\"summ"])</script>
            <script>self.__next_f.push([1,"ary\":{\"id\":\"A\",\"intro\":\"$undefined\",\"note\":\"a \\\"}\\\" b\"}}"])</script>"#;
        let flight = text(page);
        assert_eq!(object_after(&flight, "\"summary\":"), Some(r#"{"id":"A","intro":null,"note":"a \"}\" b"}"#));
    }

    #[test]
    fn broken_pieces_give_nothing() {
        for page in ["", "self.__next_f.push([1,", "self.__next_f.push([1,\"abc", "self.__next_f.push([1,\"\\ud800\"])"]
        {
            assert_eq!(object_after(&text(page), "\"summary\":"), None, "{page}");
        }
        assert_eq!(object_after("\"summary\":{\"a\":", "\"summary\":"), None);
    }
}

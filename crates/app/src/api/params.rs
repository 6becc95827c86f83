//! What a request says: query parameters and ids, each with a clear problem where it does not fit.

use crate::problem::Problem;
use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Entries of a list where the request does not say.
const LIMIT: i64 = 50;
/// Entries of a list at most.
const LIMIT_MAX: i64 = 500;

/// The query string as `T`; unknown parameters are refused.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(params)) => Ok(Self(params)),
            Err(rejection) => Err(Problem::bad_request(format!("The query does not fit: {}.", rejection.body_text()))),
        }
    }
}

/// An id in the path.
pub struct Id(pub Uuid);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await.map(|Path(text)| text);
        let text = text.map_err(|_| Problem::not_found("There is nothing of this id."))?;
        Uuid::parse_str(&text).map(Self).map_err(|_| Problem::not_found(format!("`{text}` is not an id.")))
    }
}

/// A body of JSON, whatever it calls itself.
pub struct Body(pub Value);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = Bytes::from_request(request, state).await;
        let bytes =
            bytes.map_err(|rejection| Problem::bad_request(format!("The body cannot be read: {rejection}.")))?;
        let value = serde_json::from_slice(&bytes);
        value.map(Self).map_err(|error| Problem::bad_request(format!("The body is not JSON: {error}.")))
    }
}

/// 201 with what was made, and where it is.
pub struct Created<T> {
    pub at: String,
    pub view: T,
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, [(header::LOCATION, self.at)], Json(self.view)).into_response()
    }
}

/// Which part of a list of the set-up.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    limit: Option<i64>,
    cursor: Option<Uuid>,
}

impl Listed {
    /// Newest first: ids are made in the order of time.
    ///
    /// # Errors
    /// If the limit is out of range.
    pub fn page<'a, R: 'a, V>(
        &self,
        rows: impl Iterator<Item = &'a R>,
        id: impl Fn(&R) -> Uuid,
        view: impl Fn(&R) -> V,
    ) -> Result<Json<List<V>>, Problem> {
        let limit = limit(self.limit)?;
        let mut found: Vec<&R> = rows.filter(|row| self.cursor.is_none_or(|cursor| id(row) < cursor)).collect();
        found.sort_by_key(|row| std::cmp::Reverse(id(row)));
        Ok(Json(List::cut(found, limit, |row| id(row).to_string(), view)))
    }
}

/// How many entries to answer.
///
/// # Errors
/// If it is out of range.
pub fn limit(asked: Option<i64>) -> Result<i64, Problem> {
    let limit = asked.unwrap_or(LIMIT);
    if (1..=LIMIT_MAX).contains(&limit) {
        return Ok(limit);
    }
    Err(Problem::bad_request(format!("`limit` must be from 1 to {LIMIT_MAX}.")))
}

/// A cursor that we gave out, taken apart into a number and an id.
///
/// # Errors
/// If it is none of ours.
pub fn keyed(cursor: Option<&str>) -> Result<Option<(i64, Uuid)>, Problem> {
    let Some(cursor) = cursor else { return Ok(None) };
    let parts = cursor.split_once('.').and_then(|(number, id)| Some((number.parse().ok()?, Uuid::parse_str(id).ok()?)));
    parts.map(Some).ok_or_else(strange_cursor)
}

/// The problem for a cursor that is none of ours.
#[must_use]
pub fn strange_cursor() -> Problem {
    Problem::bad_request("`cursor` must be the `next_cursor` of the answer before.")
}

/// One page of a list.
#[derive(Debug, Serialize)]
pub struct List<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> List<T> {
    /// `rows` holds one more than `limit` where there is more; `cursor` names a row.
    pub fn cut<R>(mut rows: Vec<R>, limit: i64, cursor: impl Fn(&R) -> String, view: impl Fn(R) -> T) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).map(cursor);
        Self { items: rows.into_iter().map(view).collect(), next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_lead_on_and_strange_ones_are_refused() {
        let list = List::cut(vec![1, 2, 3], 2, ToString::to_string, |one| one);
        assert_eq!((list.items, list.next_cursor.as_deref()), (vec![1, 2], Some("2")));
        let list = List::cut(vec![1, 2], 2, ToString::to_string, |one| one);
        assert_eq!(list.next_cursor, None);
        let id = Uuid::nil();
        assert_eq!(keyed(Some(&format!("-7.{id}"))).unwrap(), Some((-7, id)));
        for strange in ["", "7", "x.y", "7.y", "é"] {
            assert!(keyed(Some(strange)).is_err(), "{strange}");
        }
        assert!(limit(Some(0)).is_err() && limit(Some(501)).is_err());
        assert_eq!(limit(None).unwrap(), 50);
    }
}

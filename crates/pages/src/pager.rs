//! A long list cut into pages.

use crate::words;

/// Where the reader is in a long list, and the addresses of its neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pager {
    /// From 1.
    pub(crate) page: usize,
    pub(crate) pages: usize,
    /// Index of the first entry on this page, from 0.
    pub(crate) first: usize,
    /// `1–100 of 5,000`
    pub(crate) range: String,
    pub(crate) previous: Option<String>,
    pub(crate) next: Option<String>,
}

impl Pager {
    /// `wanted` counts from 1 and is brought into range; `address` gives the address of a page.
    pub(crate) fn new(total: usize, per_page: usize, wanted: usize, address: impl Fn(usize) -> String) -> Self {
        let per_page = per_page.max(1);
        let pages = total.div_ceil(per_page).max(1);
        let page = wanted.clamp(1, pages);
        let first = (page - 1) * per_page;
        let last = (first + per_page).min(total);
        let range =
            format!("{}–{} of {}", words::number((first + 1).min(total)), words::number(last), words::number(total));
        Self {
            page,
            pages,
            first,
            range,
            previous: (page > 1).then(|| address(page - 1)),
            next: (page < pages).then(|| address(page + 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_stay_in_range() {
        let pager = |total, wanted| Pager::new(total, 100, wanted, |page| format!("?page={page}"));
        let one = pager(5_000, 1);
        assert_eq!(
            (one.first, one.range.as_str(), one.previous, one.next.as_deref()),
            (0, "1–100 of 5,000", None, Some("?page=2"))
        );
        let last = pager(5_001, 900);
        assert_eq!((last.page, last.first, last.range.as_str(), last.next), (51, 5_000, "5,001–5,001 of 5,001", None));
        assert_eq!(pager(0, 0).range, "0–0 of 0");
        assert_eq!(Pager::new(3, 0, 2, |_| String::new()).pages, 3);
    }
}

//! Who may look at a board, and the key in the address of one that is shared by link: it follows from the board and from
//! how often its address was made anew, so that only we can make it, and an old one opens nothing.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tocsin_domain::board::Visibility;
use tocsin_store::BoardRow;

use super::{Visitor, may_read};
use crate::app::App;

/// Bytes of a key.
const BYTES: usize = 18;

/// As whom somebody looks at a board.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Looks {
    /// As one of the team, or (before there is an owner) as whoever sits at the machine.
    Member,
    /// As somebody who may read the instance.
    Reader,
    /// As whoever was given its address, and nothing else of the instance.
    Guest(String),
}

/// How this visitor may look at a board; `key` is what their address carries. `None`: not at all.
#[must_use]
pub fn looks(app: &App, visitor: &Visitor, board: &BoardRow, key: &str) -> Option<Looks> {
    let reads = may_read(app, visitor);
    let member = visitor.is_known() || super::Sight::of(app, visitor) == super::Sight::Whole;
    match board.visibility {
        _ if member && reads => Some(Looks::Member),
        Visibility::Public if reads => Some(Looks::Reader),
        Visibility::Link if opens(&app.store.signing_key(), board, key) => Some(Looks::Guest(key.to_owned())),
        Visibility::Private | Visibility::Link | Visibility::Public => None,
    }
}

/// True where a stranger may look at a board, with the key that they were given or (where it is empty) as a reader.
#[must_use]
pub fn is_for_strangers(app: &App, board: &BoardRow, key: &str) -> bool {
    match board.visibility {
        Visibility::Public => key.is_empty() && super::is_open(app),
        Visibility::Link => opens(&app.store.signing_key(), board, key),
        Visibility::Private => false,
    }
}

/// What the address of a board that is shared by link carries.
#[must_use]
pub fn key(signing: &[u8], board: &BoardRow) -> String {
    // Nothing is signed with an empty key: anybody could.
    if signing.is_empty() {
        return String::new();
    }
    let signed = [b"board\0".as_slice(), board.id.as_bytes(), &board.renewed.to_be_bytes()].concat();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, signing), &signed);
    URL_SAFE_NO_PAD.encode(tag.as_ref().get(..BYTES).unwrap_or_default())
}

/// True where `shown` is the key of this board.
#[must_use]
pub fn opens(signing: &[u8], board: &BoardRow, shown: &str) -> bool {
    let wanted = key(signing, board);
    !wanted.is_empty() && verify_slices_are_equal(wanted.as_bytes(), shown.as_bytes()).is_ok()
}

/// The path of a board as it is shared.
#[must_use]
pub fn path(app: &App, board: &BoardRow) -> String {
    let key = match board.visibility {
        Visibility::Link => format!("?key={}", key(&app.store.signing_key(), board)),
        Visibility::Private | Visibility::Public => String::new(),
    };
    format!("/boards/{}{key}", board.slug)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_key_opens_one_board_until_it_is_made_anew() {
        let board = BoardRow {
            id: Uuid::from_u128(1),
            team: Uuid::nil(),
            slug: "build".to_owned(),
            name: "Build".to_owned(),
            about: String::new(),
            visibility: Visibility::Link,
            entries: Vec::new(),
            declared: false,
            renewed: 0,
        };
        let mine = key(b"signing", &board);
        assert_eq!(mine.len(), 24);
        assert!(opens(b"signing", &board, &mine));
        let renamed = BoardRow { slug: "ship".to_owned(), ..board.clone() };
        assert!(opens(b"signing", &renamed, &mine), "another name is no other board");
        let other = BoardRow { id: Uuid::from_u128(2), ..board.clone() };
        let anew = BoardRow { renewed: 1, ..board.clone() };
        for (signing, board) in [(&b"other"[..], &board), (b"signing", &other), (b"signing", &anew), (b"", &board)] {
            assert!(!opens(signing, board, &mine));
        }
        for forged in ["", "x", &mine[1..], &format!("{mine}A"), &mine.to_lowercase()] {
            assert!(!opens(b"signing", &board, forged), "{forged}");
        }
        assert!(!opens(b"", &board, ""), "without a key nothing opens");
    }
}

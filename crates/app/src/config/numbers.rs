//! Whom a check may call: numbers and addresses that somebody owns, and none that costs lives or a fortune.

use tocsin_sip::Address;

/// Something on the list of what is ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owned {
    /// A telephone number, through whomever it is called: digits, without `+` or `00`.
    Number(String),
    Address(Address),
}

/// Called for help, somewhere.
const EMERGENCY: [&str; 34] = [
    "000", "100", "101", "102", "103", "104", "105", "106", "107", "108", "110", "111", "112", "113", "114", "115",
    "116", "117", "118", "119", "120", "122", "123", "144", "155", "158", "15", "17", "18", "190", "191", "192", "911",
    "999",
];

/// How numbers begin that cost more than a call, by country and abroad: premium rate, shared cost, satellites.
const DEAR: [&str; 56] = [
    "1900", "1976", "32900", "32902", "32903", "32904", "32905", "32906", "32907", "32909", "3120900", "31900",
    "31906", "31909", "33892", "33897", "33898", "33899", "34803", "34806", "34807", "34905", "351760", "3531520",
    "353157", "354900", "358600", "358700", "36090", "36190", "39144", "39166", "39178", "39892", "39895", "39899",
    "40900", "41900", "41901", "41906", "420900", "43900", "43901", "43930", "43931", "44871", "44872", "44873", "449",
    "4590", "46900", "46939", "46944", "47829", "48700", "49900",
];
const DEAR_ABROAD: [&str; 10] = ["49190", "49137", "49118", "61190", "64900", "81990", "870", "881", "882", "979"];
/// The same as they are dialled at home.
const DEAR_AT_HOME: [&str; 9] = ["0900", "0190", "0137", "0871", "0872", "0873", "0906", "0909", "0897"];

/// The digits of a telephone number, with `+` where it is written with its country; `None`: it is a name.
#[must_use]
pub fn number(user: &str) -> Option<String> {
    let plain: String = user.chars().filter(|letter| !matches!(letter, ' ' | '-' | '.' | '(' | ')' | '/')).collect();
    let digits = plain.strip_prefix('+').unwrap_or(&plain);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(plain)
}

/// Without what only says that the country follows.
fn bare(number: &str) -> &str {
    number.strip_prefix('+').or_else(|| number.strip_prefix("00")).unwrap_or(number)
}

/// Why nobody may call it, whoever it belongs to.
#[must_use]
pub fn forbidden(user: &str) -> Option<String> {
    let number = number(user)?;
    let outside = number.strip_prefix(['0', '9']).filter(|rest| rest.len() >= 3).unwrap_or_default();
    if EMERGENCY.iter().any(|one| *one == number || *one == outside || number.strip_prefix('+') == Some(*one)) {
        return Some(format!(
            "`{user}` is an emergency number somewhere, and no check calls one; an extension of yours with that number \
             needs a name that can be called instead"
        ));
    }
    let abroad = number.starts_with('+') || number.starts_with("00");
    let dear = if abroad {
        DEAR.iter().chain(&DEAR_ABROAD).any(|one| bare(&number).starts_with(one))
    } else {
        DEAR_AT_HOME.iter().any(|one| number.starts_with(one))
            || (number.len() > 10 && (number.starts_with("1900") || number.starts_with("1976")))
    };
    dear.then(|| {
        format!("`{user}` is charged at a special rate (premium, shared cost or satellite), and no check calls one")
    })
}

/// What stands on the list.
///
/// # Errors
/// What to write instead.
pub fn owned(text: &str) -> Result<Owned, String> {
    let written = text.trim();
    if let Some(why) = forbidden(written) {
        return Err(why);
    }
    match number(written) {
        Some(number) if bare(&number).len() >= 5 => Ok(Owned::Number(bare(&number).to_owned())),
        Some(_) => Err(format!(
            "`{written}` is too short for a number; write where it is called, like sip:{written}@pbx.example.com"
        )),
        None => written.parse().map(Owned::Address),
    }
}

/// True where it is on the list, or on this machine, where nobody's telephone rings and nothing is charged.
#[must_use]
pub fn is_ours(target: &Address, list: &[Owned]) -> bool {
    let dialled = target.user.as_deref().and_then(number);
    let here = target.ip().is_some_and(|ip| ip.is_loopback()) || target.host.eq_ignore_ascii_case("localhost");
    let covers = |one: &Owned| match one {
        Owned::Number(number) => dialled.as_deref().is_some_and(|dialled| bare(dialled) == number),
        Owned::Address(address) => {
            address.user == target.user
                && address.host.eq_ignore_ascii_case(&target.host)
                && (address.port.is_none() || address.port == target.port)
        }
    };
    (here && dialled.is_none()) || list.iter().any(covers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_calls_for_help_or_for_a_fortune() {
        for user in [
            "112",
            "911",
            "9911",
            "0112",
            "999",
            "+112",
            "110",
            "+1 900 555 0100",
            "+49900123456",
            "0900 123456",
            "+44 9011 123456",
            "00881612345678",
            "+97912345",
            "+41 901 123 456",
            "1-900-555-0100",
        ] {
            assert!(forbidden(user).is_some(), "{user}");
        }
        for user in [
            "line",
            "1000",
            "2001",
            "+4930123456",
            "+12125550100",
            "030 123456",
            "0049 30 123456",
            "+4420790000",
            "911line",
        ] {
            assert_eq!(forbidden(user), None, "{user}");
        }
    }

    #[test]
    fn what_is_ours_is_on_the_list() {
        let list: Vec<Owned> = ["+49 30 123456", "sip:line@pbx.example.com", "sip:desk@10.0.0.5:5070"]
            .iter()
            .map(|one| owned(one).unwrap())
            .collect();
        let table = [
            ("sip:+4930123456@trunk.example", true),
            ("sip:004930123456@trunk.example", true),
            ("sip:+4930123457@trunk.example", false),
            ("sip:line@PBX.example.com", true),
            ("sip:line@pbx.example.com:5080", true),
            ("sip:other@pbx.example.com", false),
            ("sip:desk@10.0.0.5:5070", true),
            ("sip:desk@10.0.0.5", false),
            ("sip:anybody@127.0.0.1:5060", true),
            ("sip:+4930999999@127.0.0.1:5060", false),
            ("sip:line@localhost", true),
        ];
        for (target, ours) in table {
            assert_eq!(is_ours(&target.parse().unwrap(), &list), ours, "{target}");
        }
        assert!(owned("201").unwrap_err().contains("sip:201@"));
    }
}

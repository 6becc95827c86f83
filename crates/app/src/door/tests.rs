use super::*;

fn door(all: &[(&'static str, &str)]) -> Result<Option<Door>, Vec<(&'static str, String)>> {
    let mut written = Written::default();
    for (key, value) in all {
        written.put(key, value.split('\n').map(str::to_owned).collect());
    }
    written.door()
}

#[test]
fn what_is_written_becomes_a_door() {
    assert_eq!(door(&[]), Ok(None));
    assert_eq!(door(&[("headers", " \n ")]), Ok(None));
    let door = door(&[("headers", "X-Api-Key: k:1\nX-Team: a"), ("query", "token=a=b"), ("basic", "ada:pass word")]);
    let door = door.unwrap().unwrap();
    assert_eq!(door.told(), ["header X-Api-Key", "header X-Team", "header Authorization", "query value token"]);
    let mut ask = HttpAsk::get("page", "https://status.example.com/a?b=c");
    door.put_on(&mut ask);
    assert_eq!(ask.url, "https://status.example.com/a?b=c&token=a%3Db");
    let basic = ("Authorization".to_owned(), "Basic YWRhOnBhc3Mgd29yZA==".to_owned());
    assert!(ask.headers.contains(&("X-Api-Key".to_owned(), "k:1".to_owned())) && ask.headers.contains(&basic));
    assert_eq!(Door::of_kept(&door.kept()), Some(door));
}

#[test]
fn mistakes_name_their_key_and_no_secret() {
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("headers", "hunter2")], "headers"),
        (&[("headers", "Host: hunter2")], "headers"),
        (&[("headers", "A b: hunter2")], "headers"),
        (&[("headers", "X-Key:")], "headers"),
        (&[("query", "hunter2")], "query"),
        (&[("basic", "hunter2")], "basic"),
        (&[("bearer", "hunter2\u{7}")], "bearer"),
        (&[("bearer", "hunter2"), ("basic", "a:hunter2")], "basic"),
        (&[("token_url", "https://a.example"), ("client_id", "x")], "client_secret"),
        (&[("token_url", "a.example"), ("client_id", "x"), ("client_secret", "hunter2")], "token_url"),
        (&[("aws_key_id", "AKIA")], "aws_secret_key"),
        (&[("aws_secret_key", "hunter2")], "aws_key_id"),
    ];
    for (all, key) in table {
        let all: Vec<(&'static str, &str)> =
            all.iter().map(|(key, value)| (KEYS.iter().find(|known| known.0 == *key).unwrap().0, *value)).collect();
        let wrong = door(&all).unwrap_err();
        assert!(wrong.iter().any(|(name, _)| name == key), "{key}: {wrong:?}");
        assert!(!format!("{wrong:?}").contains("hunter2"), "{wrong:?}");
    }
}

#[test]
fn an_answer_does_not_tell_what_was_in_its_address() {
    let door = door(&[("query", "token=hunter2")]).unwrap().unwrap();
    for (came, told) in [
        ("https://a.example/x?token=hunter2", "https://a.example/x"),
        ("https://a.example/x?page=2&token=hunter2", "https://a.example/x?page=2"),
        ("https://a.example/x?token=other", "https://a.example/x?token=other"),
    ] {
        let mut answer = HttpAnswer { url: came.to_owned(), ..HttpAnswer::default() };
        door.hide_in_address(&mut answer);
        assert_eq!(answer.url, told);
    }
    assert!(!format!("{door:?}").contains("hunter2"));
}

#[test]
fn a_door_is_for_the_origin_it_was_given_for() {
    let url = |text: &str| Url::parse(text).unwrap();
    let door = door(&[("bearer", "hunter2")]).unwrap().unwrap();
    assert!(door.is_loose() && door.elsewhere(&url("https://a.example/")).is_none(), "in a file it has no other page");
    let given = door.given_for(&url("https://a.example/status"));
    let given = Door::of_kept(&given.kept()).unwrap();
    assert_eq!(given.elsewhere(&url("https://a.example/other")), None);
    for other in ["http://a.example/status", "https://b.example/status", "https://a.example:8443/status"] {
        assert_eq!(given.elsewhere(&url(other)), Some("https://a.example"), "{other}");
    }
    let before = br#"{"headers":[["X-Api-Key","hunter2"]],"query":[],"client":null,"aws":null}"#;
    assert!(Door::of_kept(before).unwrap().is_loose(), "kept before doors were bound");
}

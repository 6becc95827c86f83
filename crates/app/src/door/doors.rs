//! All doors there are, and asking through one.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use tocsin_domain::{Answer, HttpAsk, Timestamp};
use url::Url;

use super::Door;
use super::token::Tokens;
use crate::clock;
use crate::config::Provider;
use crate::net::{Fetched, Manner, Net, Validators};
use crate::work::ask::Fetch;

/// The doors of all pages, by provider.
#[derive(Default)]
pub struct Doors {
    all: RwLock<HashMap<String, Arc<Door>>>,
    /// Those that a file declares: they are changed there.
    declared: RwLock<HashSet<String>>,
    tokens: Tokens,
}

impl Doors {
    /// The doors that a configuration declares.
    pub fn declare(&self, doors: impl IntoIterator<Item = (String, Door)>) {
        for (provider, door) in doors {
            self.declared.write().unwrap_or_else(PoisonError::into_inner).insert(provider.clone());
            self.put(&provider, Some(door));
        }
    }

    /// True where a file declares this one.
    #[must_use]
    pub fn is_declared(&self, provider: &str) -> bool {
        self.declared.read().unwrap_or_else(PoisonError::into_inner).contains(provider)
    }

    /// Those that somebody typed, which the store keeps.
    #[must_use]
    pub fn kept(&self) -> Vec<(String, Arc<Door>)> {
        let all = self.all.read().unwrap_or_else(PoisonError::into_inner);
        let kept = all.iter().filter(|(provider, _)| !self.is_declared(provider));
        kept.map(|(provider, door)| (provider.clone(), Arc::clone(door))).collect()
    }

    /// Puts a door in the place of the one there was, or takes it away.
    pub fn put(&self, provider: &str, door: Option<Door>) {
        let mut all = self.all.write().unwrap_or_else(PoisonError::into_inner);
        match door {
            Some(door) => drop(all.insert(provider.to_owned(), Arc::new(door))),
            None => drop(all.remove(provider)),
        }
    }

    /// True where any page is entered with credentials.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.all.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    #[must_use]
    pub fn of(&self, provider: &str) -> Option<Arc<Door>> {
        self.all.read().unwrap_or_else(PoisonError::into_inner).get(provider).cloned()
    }

    /// The network, through the door of a page.
    #[must_use]
    pub fn keyed<'a>(&'a self, net: &'a Net, provider: &str, home: &Url) -> Keyed<'a> {
        let door = self.of(provider).filter(|door| door.elsewhere(home).is_none());
        Keyed { net, tokens: &self.tokens, door, home: home.clone() }
    }
}

/// The door of a declared provider at the same origin as `url`: of the one whose page it is, if there are several.
#[must_use]
pub fn at(declared: &[Provider], url: &Url) -> Option<Door> {
    let near = |page: &Url| url.path().starts_with(page.path()).then(|| page.path().len());
    let all = declared.iter().filter_map(|one| Some((one.door.as_ref()?, Url::parse(&one.page).ok()?)));
    let here = all.filter(|(_, page)| page.origin() == url.origin());
    here.max_by_key(|(_, page)| near(page)).map(|(door, _)| door.clone())
}

/// Sites whose pages are read elsewhere in the same house, by what opens the site itself.
const HOUSES: [(&str, [&str; 2]); 1] = [("github.com", ["api.github.com", "raw.githubusercontent.com"])];

/// The page's own host, or another of the same house.
fn is_home(home: &Url, url: &Url) -> bool {
    let (site, host) = (home.host_str().unwrap_or_default(), url.host_str().unwrap_or_default());
    let same_house = || HOUSES.iter().any(|(house, rooms)| *house == site && rooms.contains(&host));
    url.origin() == home.origin() || (home.scheme() == "https" && url.scheme() == "https" && same_house())
}

/// The network for whoever has what opens a page. Only the page's own host is told.
pub struct Keyed<'a> {
    net: &'a Net,
    tokens: &'a Tokens,
    door: Option<Arc<Door>>,
    home: Url,
}

impl Fetch for Keyed<'_> {
    async fn fetch(&self, ask: &HttpAsk, known: &Validators) -> Fetched {
        let at_home = || Url::parse(&ask.url).is_ok_and(|url| is_home(&self.home, &url));
        let Some(door) = self.door.as_deref().filter(|_| at_home()) else {
            return self.net.poll(ask, known).await;
        };
        let (fetched, token) = self.enter(door, ask, known, clock::now()).await;
        let refused = matches!(&fetched.answer, Answer::Http(http) if http.status == 401);
        match (&door.client, token) {
            // It may have been taken back before its time.
            (Some(client), Some(token)) if refused => {
                self.tokens.forget(client, &token).await;
                self.enter(door, ask, known, clock::now()).await.0
            }
            _ => fetched,
        }
    }
}

impl Keyed<'_> {
    /// What came, and the token that was shown for it.
    async fn enter(&self, door: &Door, ask: &HttpAsk, known: &Validators, now: Timestamp) -> (Fetched, Option<String>) {
        if let Err(failure) = self.net.keeps_secrets(&self.home).await {
            return (Fetched::failed(failure), None);
        }
        let mut ask = ask.clone();
        door.put_on(&mut ask);
        let mut shown = None;
        if let Some(client) = &door.client {
            match self.tokens.of(client, self.net, now).await {
                Ok(token) => {
                    ask.headers.push(("authorization".to_owned(), format!("Bearer {token}")));
                    shown = Some(token);
                }
                Err(failure) => return (Fetched::failed(failure), None),
            }
        }
        if let Err(failure) = door.sign(&mut ask, now) {
            return (Fetched::failed(failure), None);
        }
        let mut fetched = self.net.poll_as(Manner::Secret, &ask, known).await;
        if let Answer::Http(answer) = &mut fetched.answer {
            door.hide_in_address(answer);
        }
        (fetched, shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::Written;

    #[test]
    fn a_token_of_a_site_opens_the_rooms_of_its_house() {
        let home = |page: &str, asked: &str| is_home(&Url::parse(page).unwrap(), &Url::parse(asked).unwrap());
        assert!(home("https://github.com/harbour/status", "https://api.github.com/repos/harbour/status/issues"));
        assert!(home("https://status.example.com/a", "https://status.example.com/b"));
        for (page, asked) in [
            ("https://status.example.com/", "https://api.github.com/repos/harbour/status/issues"),
            ("https://github.com/harbour/status", "http://api.github.com/"),
            ("https://github.com/harbour/status", "https://api.github.com.example.com/"),
            ("https://api.github.com/", "https://github.com/"),
        ] {
            assert!(!home(page, asked), "{page} {asked}");
        }
    }

    #[test]
    fn an_address_is_entered_by_the_door_of_its_origin() {
        let provider = |page: &str, key: Option<&str>| {
            let mut written = Written::default();
            written.put("bearer", key.map(str::to_owned).into_iter().collect());
            Provider {
                slug: page.to_owned(),
                name: page.to_owned(),
                page: page.to_owned(),
                platform: None,
                interval_s: None,
                described: None,
                door: written.door().unwrap(),
            }
        };
        let all = [
            provider("https://a.example/", Some("root")),
            provider("https://a.example/one", Some("one")),
            provider("https://a.example/two", Some("two")),
            provider("https://b.example/", None),
        ];
        let door = |url: &str| at(&all, &Url::parse(url).unwrap());
        assert_eq!(door("https://a.example/one/feed"), all[1].door);
        assert_eq!(door("https://a.example/three"), all[0].door);
        for none in ["http://a.example/one", "https://a.example:8443/", "https://b.example/", "https://c.example/"] {
            assert_eq!(door(none), None, "{none}");
        }
    }
}

//! Foresight: what a configuration declares and the network guard will refuse, said before anybody waits for it.

use crate::config::Declared;
use crate::net::{Net, Purpose};

/// One sentence for each declared page and receiver whose address will not be asked.
#[must_use]
pub fn refusals(declared: &Declared, net: &Net) -> Vec<String> {
    let pages = declared.providers.iter().filter_map(|provider| {
        let failure = net.check_url(&provider.page, Purpose::Poll).err()?;
        Some(format!("the page of provider `{}` will not be read: {}", provider.slug, failure.detail))
    });
    let doors = declared.providers.iter().filter_map(|provider| {
        let wrong = provider.door.as_ref()?.in_clear(net, &provider.page);
        Some(wrong.into_iter().map(|(key, why)| {
            let what = key.map_or_else(|| "its page".to_owned(), |key| format!("`{key}`"));
            format!("what opens the page of provider `{}` will not be sent to {what}: {why}", provider.slug)
        }))
    });
    let receivers = declared.channels.iter().flat_map(|channel| {
        let addresses = tocsin_channels::addresses(&channel.settings).into_iter();
        let failures = addresses.filter_map(|(_, url)| net.check_url(&url, Purpose::Deliver).err());
        failures.map(|failure| format!("nothing will be sent to the channel `{}`: {}", channel.name, failure.detail))
    });
    pages.chain(doors.flatten()).chain(receivers).collect()
}

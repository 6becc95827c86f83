//! Texts as people have them, and whom they give away.

use super::*;

/// Slugs with their first reason.
fn found(text: &str, file: Option<&str>) -> (Option<Kind>, Vec<(&'static str, String)>) {
    let uses = find(text, file);
    let matches = uses.matches.into_iter().map(|one| (one.slug, one.reasons.into_iter().next().unwrap_or_default()));
    (uses.kind, matches.collect())
}

fn slugs(text: &str) -> Vec<&'static str> {
    find(text, None).matches.into_iter().map(|one| one.slug).collect()
}

#[test]
fn packages_of_every_kind() {
    let package = r#"{"name": "shop", "dependencies": {"@sentry/node": "^8", "left-pad": "1", "stripe": "17"},
        "devDependencies": {"@linear/sdk": "1", "@netlify/functions": "2"}}"#;
    let (kind, matches) = found(package, None);
    assert_eq!(kind, Some(Kind::Npm));
    assert_eq!(matches.iter().map(|(slug, _)| *slug).collect::<Vec<_>>(), ["linear", "netlify", "sentry", "stripe"]);
    assert_eq!(matches[2].1, "the package @sentry/node");

    let cargo = "[package]\nname = 'x'\n[dependencies]\nstripe = { package = 'async-stripe', version = '1' }\n\
                 [target.'cfg(unix)'.dev-dependencies]\nsentry-tower = '1'\n[workspace.dependencies]\naws-sdk-s3 = '1'";
    assert_eq!(slugs(cargo), ["amazon-web-services", "sentry", "stripe"]);

    let requirements = "# ours\nboto3==1.35\nSentry_SDK[flask]>=2 ; python_version > '3.8'\nrequests\n-r base.txt\n";
    assert_eq!(slugs(requirements), ["amazon-web-services", "sentry"]);

    let module = "module example.com/shop\n\ngo 1.23\n\nrequire (\n\tgithub.com/stripe/stripe-go/v79 v79.1.0\n\
                  \tgithub.com/DataDog/datadog-go v4.8.3+incompatible // indirect\n)\nrequire cloud.google.com/go/storage v1.43.0\n";
    assert_eq!(slugs(module), ["datadog", "google-cloud", "stripe"]);

    let terraform = "terraform {\n  required_providers {\n    aws = { source = \"hashicorp/aws\" }\n    cf = {\n\
                     source  = \"cloudflare/cloudflare\"\n }\n }\n}\nresource \"datadog_monitor\" \"x\" {}\n";
    assert_eq!(slugs(terraform), ["amazon-web-services", "cloudflare", "datadog"]);
}

#[test]
fn dns_records_and_spf() {
    let spf = "\"v=spf1 include:_spf.google.com include:sendgrid.net include:mail.zendesk.com ~all\"";
    let (kind, matches) = found(spf, None);
    assert_eq!(kind, Some(Kind::Dns));
    let expected = [
        ("google-workspace", "the host _spf.google.com".to_owned()),
        ("sendgrid", "the host sendgrid.net".to_owned()),
        ("zendesk", "the host mail.zendesk.com, which is below zendesk.com".to_owned()),
    ];
    assert_eq!(matches, expected);
    let zone = "shop.example.com. 300 IN CNAME shops.myshopify.com.\nexample.com. IN MX 10 aspmx.l.google.com.\n\
                www 60 IN CNAME d111.cloudfront.net.\n";
    assert_eq!(slugs(zone), ["amazon-web-services", "google-workspace", "shopify"]);
}

#[test]
fn names_as_people_write_them() {
    let uses = find("- GitHub\n* Google Cloud, stripe.com; OpenAI\n\nAcme Rockets\ngithub\n", None);
    assert_eq!(uses.kind, Some(Kind::Names));
    let slugs: Vec<&str> = uses.matches.iter().map(|one| one.slug).collect();
    assert_eq!(slugs, ["github", "google-cloud", "openai", "stripe"]);
    assert_eq!((uses.unknown, uses.looked_at), (vec!["Acme Rockets".to_owned()], 5));
}

#[test]
fn the_name_of_a_file_decides() {
    assert_eq!(Kind::of("stripe\n", Some("deploy/requirements-prod.txt")), Kind::Pypi);
    assert_eq!(Kind::of("{}", Some("C:\\shop\\package.json")), Kind::Npm);
    assert_eq!(Kind::of("stripe\n", None), Kind::Names);
}

#[test]
fn what_is_broken_gives_nothing_away() {
    for text in ["", "{\"dependencies\": [1, 2", "[dependencies\nstripe", "\u{0}\u{1}", "v=spf1"] {
        assert_eq!(find(text, None).matches, [], "{text}");
    }
    assert_eq!(find("", None), Uses::default());
}

#[test]
fn what_a_vendor_gives_away_does_not_make_a_customer() {
    let module = "module example.com/shop\n\nrequire (\n\tgithub.com/stripe/stripe-go/v79 v79.1.0\n\
                  \tgithub.com/hashicorp/golang-lru v1.0.2\n\tgithub.com/docker/go-units v0.5.0\n)\n";
    assert_eq!(slugs(module), ["stripe"]);
}

//! The house as ARCHITECTURE.md draws it: who may depend on whom, that every path it names is there, and that every
//! platform and every channel has a case.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

#[test]
fn crates_depend_only_on_whom_they_may() {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(root())
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .unwrap();
    let allowed: &[(&str, &[&str])] = &[
        ("tocsin-domain", &[]),
        ("tocsin-platforms", &["tocsin-domain"]),
        ("tocsin-channels", &["tocsin-domain"]),
        ("tocsin-pages", &["tocsin-domain"]),
        ("tocsin-store", &["tocsin-domain"]),
        // Its tests read back what it writes with the product's own readers.
        ("tocsin-world", &["tocsin-domain", "tocsin-platforms"]),
        ("tocsin-media", &[]),
        ("tocsin-check", &["tocsin-media"]),
        ("tocsin-rtc", &["tocsin-media"]),
        ("tocsin-bridge", &["tocsin-media", "tocsin-rtc"]),
        ("tocsin-sip", &["tocsin-media"]),
        ("tocsin-probe", &["tocsin-check", "tocsin-media", "tocsin-sip"]),
        ("tocsin-robot", &["tocsin-check", "tocsin-media", "tocsin-probe", "tocsin-sip"]),
        ("tocsin-switchboard", &[]),
        (
            "tocsin-desk",
            &[
                "tocsin-bridge",
                "tocsin-check",
                "tocsin-media",
                "tocsin-probe",
                "tocsin-robot",
                "tocsin-rtc",
                "tocsin-sip",
                "tocsin-switchboard",
            ],
        ),
        (
            "tocsin",
            &[
                "tocsin-channels",
                "tocsin-check",
                "tocsin-domain",
                "tocsin-media",
                "tocsin-pages",
                "tocsin-platforms",
                "tocsin-probe",
                "tocsin-robot",
                "tocsin-sip",
                "tocsin-store",
                "tocsin-world",
            ],
        ),
    ];
    let mut seen = BTreeSet::new();
    for package in &metadata.packages {
        let (_, may) = allowed
            .iter()
            .find(|(name, _)| *name == package.name.as_str())
            .unwrap_or_else(|| panic!("{} is a crate that ARCHITECTURE.md does not know", package.name));
        for dependency in package.dependencies.iter().filter(|one| one.name.starts_with("tocsin")) {
            assert!(may.contains(&dependency.name.as_str()), "{} must not touch {}", package.name, dependency.name);
        }
        seen.insert(package.name.to_string());
    }
    assert_eq!(seen.len(), allowed.len());
    let pure = [
        "tocsin-domain",
        "tocsin-platforms",
        "tocsin-channels",
        "tocsin-pages",
        "tocsin-media",
        "tocsin-check",
        "tocsin-switchboard",
    ];
    let worldly = ["tokio", "reqwest", "sqlx", "axum", "hyper"];
    for package in metadata.packages.iter().filter(|package| pure.contains(&package.name.as_str())) {
        for dependency in &package.dependencies {
            assert!(
                !worldly.contains(&dependency.name.as_str()),
                "{} is pure and uses {}",
                package.name,
                dependency.name
            );
        }
    }
}

#[test]
fn every_path_in_the_documents_exists() {
    let root = root();
    for document in ["ARCHITECTURE.md", "README.md", "catalog/README.md", "stories/README.md", "bench/README.md"] {
        let text = std::fs::read_to_string(root.join(document)).unwrap_or_else(|error| panic!("{document}: {error}"));
        let quoted = text.split('`').skip(1).step_by(2);
        let linked = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for path in quoted.chain(linked.filter(|link| !link.contains("://"))) {
            let is_path = ["crates/", "voice/", "catalog", "stories", "tests", "bench", "fuzz", "docs/", ".ci/"]
                .iter()
                .any(|top| {
                    path.strip_prefix(top)
                        .is_some_and(|rest| top.ends_with('/') || rest.is_empty() || rest.starts_with('/'))
                });
            if is_path && !path.contains(['*', '<', ' ', '{']) {
                let beside = root.join(document).parent().unwrap().join(path);
                assert!(root.join(path).exists() || beside.exists(), "{document} names `{path}`, which is not there");
            }
        }
    }
}

#[test]
fn every_platform_and_every_channel_has_a_case() {
    for (list, cases) in [
        ("crates/platforms/src/list.rs", "crates/platforms/cases"),
        ("crates/channels/src/list.rs", "crates/channels/cases"),
    ] {
        let text = std::fs::read_to_string(root().join(list)).unwrap();
        let names = text.lines().filter_map(|line| line.split_once("= \"")?.1.split('"').next());
        for name in names {
            let folder = root().join(cases).join(name);
            let filled = std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some());
            assert!(filled, "{name} of {list} has no case in {}", folder.display());
        }
    }
}

#[test]
fn nothing_is_left_behind_in_the_sources() {
    let mut files = Vec::new();
    for top in ["crates", "voice"] {
        collect(&root().join(top), &mut files);
    }
    assert!(files.len() > 50);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.display();
        for word in [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("#[ign", "ore"), concat!("#[all", "ow(")] {
            assert!(!text.contains(word), "{name} holds `{word}`");
        }
        let lines = text.lines().count();
        assert!(lines <= 560, "{name} has {lines} lines: it is probably two rooms");
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

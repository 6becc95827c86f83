//! Runs `stories/*.md`: days of a simulated page, told in Markdown, stepped through [`tocsin_domain::step`].
//!
//! `stories/README.md` explains the notation. Where a story and the code disagree, the difference is printed and the
//! story as the code would tell it is written beside the build's other temporary files, for review.

mod facts;
mod journal;
mod notation;
mod shown;
mod time;
mod warnings;
mod world;

use std::fs;
use std::path::{Path, PathBuf};

use notation::Block;
use world::World;

#[test]
fn every_story_comes_true() {
    let mut failures = Vec::new();
    for path in story_files() {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match run(&text) {
            Err(mistake) => failures.push(format!("── {name}: {mistake}")),
            Ok(told) if told == text => {}
            Ok(told) => {
                let actual = Path::new(env!("CARGO_TARGET_TMPDIR")).join(&name);
                fs::write(&actual, &told).unwrap();
                let head = format!("── {name} (as it happened: {})", actual.display());
                failures.push(format!("{head}\n{}", difference(&text, &told)));
            }
        }
    }
    assert!(failures.is_empty(), "{} stories did not come true\n\n{}", failures.len(), failures.join("\n\n"));
}

/// What a complaint is answered with exists: stories, and tests named as `file::test`.
#[test]
fn every_proof_of_a_complaint_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join("docs/proofs/complaints.md")).unwrap();
    let mut proofs = 0;
    for line in text.lines().filter(|line| line.starts_with("| ") && !line.contains("| shown by |")) {
        let (_, shown_by) = line.trim_end_matches(" |").rsplit_once(" | ").unwrap();
        let named: Vec<&str> = shown_by.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "nothing shows this: {line}");
        for proof in named {
            let (path, test) = proof.split_once("::").map_or((proof, None), |(path, test)| (path, Some(test)));
            let file = fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
            let is_there = test.is_none_or(|test| file.contains(&format!("{test}(")));
            assert!(is_there, "{proof} is not there");
            proofs += 1;
        }
    }
    assert!(proofs > 30, "the table is read: {proofs}");
}

fn story_files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../stories");
    let entries = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let is_story = |path: &PathBuf| {
        path.extension().is_some_and(|ending| ending == "md") && path.file_stem().is_some_and(|stem| stem != "README")
    };
    let mut files: Vec<PathBuf> = entries.filter(is_story).collect();
    files.sort();
    assert!(!files.is_empty(), "there is no story in {}", folder.display());
    files
}

/// The story with its `journal` and `facts` blocks as they really come out.
fn run(text: &str) -> Result<String, String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut world = World::default();
    let mut told: Vec<String> = Vec::with_capacity(lines.len());
    let mut next = 0;
    for block in notation::blocks(&lines)? {
        told.extend(lines[next..block.body.start].iter().map(|line| (*line).to_owned()));
        let at_line = |why: String| format!("line {}: {why}", block.body.start);
        told.extend(play(&mut world, &block).map_err(at_line)?);
        next = block.body.end;
    }
    told.extend(lines[next..].iter().map(|line| (*line).to_owned()));
    world.all_was_told()?;
    Ok(told.join("\n") + "\n")
}

/// Lets one block happen, and gives back its lines as they should be.
fn play(world: &mut World, block: &Block<'_>) -> Result<Vec<String>, String> {
    let as_written = || block.lines.iter().map(|line| (*line).to_owned()).collect();
    match block.kind {
        "who" => world.who(&block.lines)?,
        "page" => world.page(block.head, &block.lines)?,
        "then" => world.then(&block.lines)?,
        "journal" => return Ok(world.journal.take()),
        "facts" => return facts::answered(world, &block.lines),
        _ => {}
    }
    Ok(as_written())
}

/// Lines that only one side has, with a little of what surrounds them.
fn difference(expected: &str, actual: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), actual.lines().collect());
    let mut same = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            same[i][j] = if old[i] == new[j] { same[i + 1][j + 1] + 1 } else { same[i + 1][j].max(same[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut lines, mut context) = (0, 0, Vec::new(), None);
    while i < old.len() || j < new.len() {
        if i < old.len() && j < new.len() && old[i] == new[j] {
            context = Some(format!("  {:>4}   {}", i + 1, old[i]));
            (i, j) = (i + 1, j + 1);
            continue;
        }
        lines.extend(context.take());
        if i < old.len() && (j == new.len() || same[i + 1][j] >= same[i][j + 1]) {
            lines.push(format!("  {:>4} - {}", i + 1, old[i]));
            i += 1;
        } else {
            lines.push(format!("       + {}", new[j]));
            j += 1;
        }
    }
    lines.join("\n")
}

//! A robot whose browser is no good says so, soon, and leaves nothing running.

use std::time::Duration;

use tocsin_check::Refrain;
use tocsin_media::nonce::Nonce;
use tocsin_media::verdict::Came;
use tocsin_robot::{Robot, Seat, Site, is_there};

fn seat(browser: &str) -> Seat {
    let site = Site::of_desk("http://127.0.0.1:9/", "robot", "token-of-robot");
    Seat { site, browser: browser.to_owned(), ready: Seat::READY }
}

#[tokio::test]
async fn what_is_no_browser_is_nobodys_fault_but_ours() {
    let rows = [
        ("no-such-browser", "there is no program `no-such-browser` on this machine: install Chromium"),
        ("false", "the browser is not to be spoken to"),
        ("true", "the browser is not to be spoken to"),
    ];
    for (browser, words) in rows {
        let mut robot = Robot::start(seat(browser), Refrain::of_agent(Nonce(7)));
        let said = tokio::time::timeout(Duration::from_secs(15), robot.ready()).await.expect("it says so soon");
        let Err(Came::Broke(why)) = said else { panic!("{browser}: {said:?}") };
        assert!(why.contains(words), "{browser}: {why}");
        robot.close().await;
    }
    assert!(is_there("sh") && !is_there("no-such-browser"));
}

/// One that starts and never says a word is ended with whatever it started, when nobody waits for it any more.
#[tokio::test]
async fn who_is_dropped_is_ended() {
    let folder = tempfile::tempdir().unwrap();
    let (program, noted) = (folder.path().join("browser"), folder.path().join("pid"));
    let script = format!("#!/bin/sh\nsleep 600 &\necho $! >{}\nwait\n", noted.display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let robot = Robot::start(seat(&program.display().to_string()), Refrain::of_agent(Nonce(7)));
    let child = loop {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let pid = std::fs::read_to_string(&noted).unwrap_or_default();
        if let Some(pid) = pid.strip_suffix('\n') {
            break pid.to_owned();
        }
    };
    let runs = |pid: &str| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // Whoever is dead and not yet buried does not run.
        status.rsplit(')').next().is_some_and(|rest| !rest.trim().is_empty() && !rest.trim().starts_with('Z'))
    };
    assert!(runs(&child));
    drop(robot);
    for _ in 0..100 {
        if !runs(&child) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("what the browser started still runs");
}

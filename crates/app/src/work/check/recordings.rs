//! Recordings: the sides of calls as files, for as long as they are kept.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tocsin_probe::{Recording, wav};
use tocsin_store::StoreError;
use tracing::warn;
use uuid::Uuid;

use crate::app::App;
use crate::checks::Watched;
use crate::clock;

/// All sides of a call; the last only where an agent of ours took it.
pub const SIDES: [&str; 3] = ["sent", "heard", "agent"];

/// Where a side of a call lies, if it was recorded.
#[must_use]
pub fn path(folder: &Path, call: Uuid, side: &str) -> PathBuf {
    folder.join(format!("{call}-{side}.wav"))
}

/// Writes all sides. False where that cannot be done, which is logged: the call counts all the same.
pub async fn keep(folder: &Path, call: Uuid, recording: &Recording) -> bool {
    let written = async {
        make(folder).await?;
        for (side, sound) in SIDES.into_iter().zip([&recording.sent, &recording.heard, &recording.agent]) {
            if side == "agent" && sound.is_empty() {
                continue;
            }
            tokio::fs::write(path(folder, call, side), wav(sound)).await?;
        }
        Ok::<_, std::io::Error>(())
    };
    match written.await {
        Ok(()) => true,
        Err(error) => {
            warn!(%error, folder = %folder.display(), "a call could not be recorded");
            false
        }
    }
}

/// What is said on a telephone is nobody else's business on this machine.
async fn make(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if !tokio::fs::try_exists(folder).await? {
        tokio::fs::create_dir_all(folder).await?;
        tokio::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).await?;
    }
    Ok(())
}

/// Lets go of calls and recordings that are too old or too many.
///
/// # Errors
/// If the store cannot be read or written.
pub async fn prune(app: &App, watched: &Watched) -> Result<(), StoreError> {
    let voice = &app.config.voice;
    let most = i64::try_from(voice.most_calls).unwrap_or(i64::MAX);
    app.store.prune_calls(watched.id, clock::now().plus(-voice.keep_calls_s), most).await?;
    let known = app.store.recorded().await?;
    let keep = Duration::from_secs(u64::try_from(voice.keep_recordings_s).unwrap_or(0));
    if let Err(error) = sweep(&app.config.recordings, &known, keep).await {
        warn!(%error, folder = %app.config.recordings.display(), "old recordings cannot be removed");
    }
    Ok(())
}

async fn sweep(folder: &Path, known: &[Uuid], keep: Duration) -> std::io::Result<()> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    while let Some(entry) = entries.next_entry().await? {
        let name = entry.file_name();
        let Some(call) = name.to_str().and_then(call_of) else { continue };
        let written = entry.metadata().await?.modified()?;
        let now = std::time::UNIX_EPOCH + Duration::from_millis(u64::try_from(clock::now_ms()).unwrap_or(0));
        let age = now.duration_since(written).unwrap_or_default();
        // One that has just been written belongs to a call that is not stored yet.
        let is_lost = !known.contains(&call) && age > Duration::from_secs(600);
        if age > keep || is_lost {
            tokio::fs::remove_file(entry.path()).await?;
        }
    }
    Ok(())
}

/// The call whose file it is; `None`: it is none of ours.
fn call_of(name: &str) -> Option<Uuid> {
    let stem = name.strip_suffix(".wav")?;
    let side = SIDES.iter().find_map(|side| stem.strip_suffix(side))?;
    Uuid::parse_str(side.strip_suffix('-')?).ok()
}

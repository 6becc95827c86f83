//! Early: which groups a warning is for.

use super::decide::{Member, ReasonCode};
use super::standing::Standing;
use crate::warning::Warning;

/// A warning that was told is ended; to a group that the check does not name itself it must be bad enough.
pub(super) fn wanted(warning: &Warning, standing: &Standing, member: &Member) -> Result<(), (ReasonCode, String)> {
    if standing.followers.contains(&member.group) {
        return Ok(());
    }
    if !warning.is_open() {
        let text = "This warning was never told here, so its end is not either.".to_owned();
        return Err((ReasonCode::NotAnnounced, text));
    }
    let least = member.rule.min_impact;
    if warning.impact < least && !member.named {
        let (group, impact) = (&member.group_name, warning.impact.word());
        let text = format!("It is a {impact} warning; group {group} hears of {} ones and worse.", least.word());
        return Err((ReasonCode::BelowMinImpact, text));
    }
    Ok(())
}

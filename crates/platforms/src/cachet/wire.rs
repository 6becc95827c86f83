//! What Cachet 1 and 2 send, as they send it: `{"meta": {"pagination": …}, "data": […]}`. Numbers come as numbers or as
//! texts, depending on the version and the database below it.

use serde_json::value::RawValue;

use crate::statuspage::Text;

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Pagination<'a> {
    #[serde(borrow)]
    pub total_pages: Text<'a>,
    pub current_page: Text<'a>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Component<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub name: Text<'a>,
    pub status: Text<'a>,
    pub group_id: Text<'a>,
    pub enabled: Text<'a>,
    pub deleted_at: Text<'a>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Group<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub name: Text<'a>,
    pub enabled_components: Option<Vec<Component<'a>>>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Incident<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub name: Text<'a>,
    pub status: Text<'a>,
    /// Version 2.3 and later: the status of the newest update.
    pub latest_status: Text<'a>,
    pub message: Text<'a>,
    pub visible: Text<'a>,
    pub component_id: Text<'a>,
    pub occurred_at: Text<'a>,
    pub scheduled_at: Text<'a>,
    pub created_at: Text<'a>,
    pub updated_at: Text<'a>,
    pub deleted_at: Text<'a>,
    pub permalink: Text<'a>,
    pub updates: Option<Vec<Update<'a>>>,
    /// Version 3: all that it names.
    pub components: Option<Vec<Scheduled<'a>>>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Update<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub status: Text<'a>,
    pub message: Text<'a>,
    pub created_at: Text<'a>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Schedule<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub name: Text<'a>,
    pub message: Text<'a>,
    pub status: Text<'a>,
    pub scheduled_at: Text<'a>,
    pub completed_at: Text<'a>,
    pub created_at: Text<'a>,
    pub components: Option<Vec<Scheduled<'a>>>,
    /// Version 3. They have no status.
    pub updates: Option<Vec<Update<'a>>>,
}

/// A component of a schedule: a row of the table between the two (its own `id` names the row), or the component itself.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub struct Scheduled<'a> {
    #[serde(borrow)]
    pub id: Text<'a>,
    pub component_id: Text<'a>,
    pub name: Text<'a>,
}

/// The keys that tell the lists apart, and their lists from anybody else's.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct Marks<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    name: Option<&'a RawValue>,
    status: Option<&'a RawValue>,
    group_id: Option<&'a RawValue>,
    enabled: Option<&'a RawValue>,
    status_name: Option<&'a RawValue>,
    enabled_components: Option<&'a RawValue>,
    collapsed: Option<&'a RawValue>,
    message: Option<&'a RawValue>,
    visible: Option<&'a RawValue>,
    component_id: Option<&'a RawValue>,
    human_status: Option<&'a RawValue>,
    completed_at: Option<&'a RawValue>,
    scheduled_at: Option<&'a RawValue>,
}

/// Which list a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Surface {
    Components,
    Groups,
    Incidents,
    Schedules,
}

/// One page of one list, taken apart so that one odd element costs only itself.
pub struct Document<'a> {
    pub surface: Option<Surface>,
    pub pagination: Pagination<'a>,
    pub rows: Vec<&'a RawValue>,
}

#[derive(serde::Deserialize)]
struct Outer<'a> {
    #[serde(borrow)]
    meta: Option<&'a RawValue>,
    data: &'a RawValue,
}

#[derive(serde::Deserialize)]
struct Meta<'a> {
    #[serde(borrow)]
    pagination: Pagination<'a>,
}

impl<'a> Document<'a> {
    /// # Errors
    /// One sentence where the JSON is broken or of another shape.
    pub fn read(json: &'a str) -> Result<Self, String> {
        let describe = |error: serde_json::Error| match error.is_data() {
            true => "It has no list `data`, as Cachet's answers have.".to_owned(),
            false => format!("The JSON is broken: {error}."),
        };
        let outer: Outer<'a> = serde_json::from_str(json).map_err(describe)?;
        let rows: Vec<&'a RawValue> = serde_json::from_str(outer.data.get()).map_err(describe)?;
        let meta = outer.meta.and_then(|meta| serde_json::from_str::<Meta<'a>>(meta.get()).ok());
        let surface = rows.iter().find_map(|row| surface_of(row));
        Ok(Self { surface, pagination: meta.map(|meta| meta.pagination).unwrap_or_default(), rows })
    }

    /// `meta.pagination` with its number of pages: every list of Cachet has it, few others do.
    pub fn is_paginated(&self) -> bool {
        self.pages().is_some()
    }

    pub fn pages(&self) -> Option<usize> {
        self.pagination.total_pages.as_str()?.parse().ok()
    }

    pub fn page(&self) -> Option<usize> {
        self.pagination.current_page.as_str()?.parse().ok()
    }
}

fn surface_of(row: &RawValue) -> Option<Surface> {
    let marks: Marks<'_> = serde_json::from_str(row.get()).ok()?;
    marks.id?;
    marks.name?;
    if marks.enabled_components.is_some() || (marks.collapsed.is_some() && marks.status.is_none()) {
        return Some(Surface::Groups);
    }
    marks.status?;
    if marks.group_id.is_some() && (marks.enabled.is_some() || marks.status_name.is_some()) {
        return Some(Surface::Components);
    }
    marks.message?;
    if marks.visible.is_some() && (marks.component_id.is_some() || marks.human_status.is_some()) {
        return Some(Surface::Incidents);
    }
    (marks.scheduled_at.is_some() && (marks.completed_at.is_some() || marks.human_status.is_some()))
        .then_some(Surface::Schedules)
}

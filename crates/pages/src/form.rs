//! Forms: fields with their label, hint and mistakes. What was typed is kept; what is wrong stands beside its field.

/// A mistake in what somebody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Name of the field; `groups/0` belongs to `groups`; empty: the form as a whole.
    pub field: String,
    /// One sentence that says what to type instead.
    pub text: String,
}

/// One field, ready to be written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) label: String,
    /// `type` of the input; `lines`: several lines; `url`: an address.
    pub(crate) kind: &'static str,
    pub(crate) value: String,
    pub(crate) hint: String,
    pub(crate) errors: Vec<String>,
    pub(crate) required: bool,
    /// `autocomplete`
    pub(crate) complete: &'static str,
    pub(crate) fixed: bool,
}

impl Field {
    pub(crate) fn new(name: &str, label: &str, kind: &'static str) -> Self {
        Self { name: name.to_owned(), label: label.to_owned(), kind, complete: "off", ..Self::default() }
    }

    pub(crate) fn value(self, value: &str) -> Self {
        Self { value: value.to_owned(), ..self }
    }

    pub(crate) fn hint(self, hint: &str) -> Self {
        Self { hint: hint.to_owned(), ..self }
    }

    pub(crate) fn needed(self) -> Self {
        Self { required: true, ..self }
    }

    /// Shown, and not to be changed.
    pub(crate) fn fixed(self, fixed: bool) -> Self {
        Self { fixed, ..self }
    }

    pub(crate) fn complete(self, complete: &'static str) -> Self {
        Self { complete, ..self }
    }

    pub(crate) fn wrong(self, all: &[Wrong]) -> Self {
        Self { errors: of(&self.name, all), ..self }
    }

    pub(crate) fn is_wrong(&self) -> bool {
        !self.errors.is_empty()
    }

    /// What was typed is kept even where it is no address, so the browser must not take it for one.
    pub(crate) fn input(&self) -> &'static str {
        if self.kind == "url" { "text" } else { self.kind }
    }

    pub(crate) fn is_lines(&self) -> bool {
        self.kind == "lines"
    }

    /// Ids of what describes it, apart by spaces.
    pub(crate) fn described(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("f-{}-hint", self.name));
        let error = self.is_wrong().then(|| format!("f-{}-error", self.name));
        hint.into_iter().chain(error).collect::<Vec<_>>().join(" ")
    }
}

/// The mistakes of one field.
pub(crate) fn of(field: &str, all: &[Wrong]) -> Vec<String> {
    let mine = |wrong: &&Wrong| {
        let rest = wrong.field.strip_prefix(field);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    // The field is in sight: its label names it, not the key that a program would use.
    let key = format!("`{field}` ");
    let say = |text: &str| text.strip_prefix(&key).map_or_else(|| text.to_owned(), |rest| format!("This {rest}"));
    all.iter().filter(mine).map(|wrong| say(&wrong.text)).collect()
}

/// Something to tick (or to choose).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) hint: String,
    pub(crate) chosen: bool,
}

impl Choice {
    pub(crate) fn new(value: &str, label: &str, chosen: bool) -> Self {
        Self { value: value.to_owned(), label: label.to_owned(), hint: String::new(), chosen }
    }

    pub(crate) fn hint(self, hint: &str) -> Self {
        Self { hint: hint.to_owned(), ..self }
    }
}

/// What stands above a form whose content does not fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summary {
    pub(crate) headline: String,
    /// What is wrong with no single field.
    pub(crate) whole: Vec<String>,
    /// Label and name of each field with a mistake.
    pub(crate) fields: Vec<(String, String)>,
}

impl Summary {
    /// `labels`: name and label of every field, in the order of the form.
    pub(crate) fn new(all: &[Wrong], labels: &[(&str, &str)]) -> Option<Self> {
        if all.is_empty() {
            return None;
        }
        let fields: Vec<(String, String)> = labels
            .iter()
            .filter(|(name, _)| !of(name, all).is_empty())
            .map(|(name, label)| ((*label).to_owned(), (*name).to_owned()))
            .collect();
        let known = |wrong: &&Wrong| labels.iter().any(|(name, _)| !of(name, std::slice::from_ref(*wrong)).is_empty());
        let whole = all.iter().filter(|wrong| !known(wrong)).map(|wrong| wrong.text.clone()).collect();
        let headline = if fields.is_empty() { "That did not work" } else { "Some of this does not fit yet" };
        Some(Self { headline: headline.to_owned(), whole, fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(field: &str, text: &str) -> Wrong {
        Wrong { field: field.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_mistake_stands_beside_its_field_or_above_the_form() {
        let all =
            [wrong("groups/1", "There is no group."), wrong("", "Come again."), wrong("name", "`name` is needed.")];
        assert_eq!(of("groups", &all), ["There is no group."]);
        assert_eq!(of("name", &all), ["This is needed."]);
        assert!(of("group", &all).is_empty());
        let summary = Summary::new(&all, &[("name", "Name"), ("groups", "Groups")]).unwrap();
        assert_eq!(summary.whole, ["Come again."]);
        assert_eq!(summary.fields.len(), 2);
        assert!(Summary::new(&[], &[]).is_none());
    }
}

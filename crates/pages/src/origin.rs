//! What a configuration file declares is shown with what was set up by hand. Where only one of the two is on view, one
//! sentence says so; only where they are mixed are the file's marked.

/// Where the rows of a list come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// One sentence for all rows; empty where nothing comes from a file.
    pub(crate) said: &'static str,
    /// The file's rows are marked.
    pub(crate) marks: bool,
}

impl Origin {
    /// For rows of which each is declared in the file, or not.
    pub(crate) fn of(declared: impl Iterator<Item = bool> + Clone) -> Self {
        match (declared.clone().any(|one| one), declared.clone().all(|one| one)) {
            (false, _) => Self { said: "", marks: false },
            (true, true) => {
                Self { said: "What is listed here is set in the configuration file, and changed there.", marks: false }
            }
            (true, false) => Self {
                said: "What is marked “from the file” is set in the configuration file, and changed there.",
                marks: true,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_marked() {
        let of = |rows: &[bool]| Origin::of(rows.iter().copied());
        assert_eq!(of(&[]), Origin { said: "", marks: false });
        assert_eq!(of(&[false, false]), Origin { said: "", marks: false });
        assert!(!of(&[true, true]).marks && !of(&[true, true]).said.is_empty());
        assert!(of(&[true, false]).marks && of(&[true, false]).said.contains("from the file"));
    }
}

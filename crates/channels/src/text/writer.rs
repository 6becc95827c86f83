//! A writer with a budget: what was opened can always be closed, and nothing is cut inside an escape or a link.

use super::Unit;

pub(super) struct Writer {
    out: String,
    used: usize,
    most: usize,
    unit: Unit,
    /// What the closers of everything open will take.
    reserved: usize,
    /// The budget is spent: nothing but closers goes in.
    full: bool,
    /// Line breaks owed before the next piece.
    owed: usize,
    /// What begins every line just now: a quote's mark, a list's indent.
    prefixes: Vec<&'static str>,
    /// The fewest prefixes since the last piece: what empty lines begin with.
    floor: usize,
}

impl Writer {
    pub(super) fn new(most: usize, unit: Unit) -> Self {
        Self {
            out: String::new(),
            used: 0,
            most,
            unit,
            reserved: 0,
            full: most == 0,
            owed: 0,
            prefixes: Vec::new(),
            floor: 0,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// At least `lines` line breaks before what comes next.
    pub(super) fn owe(&mut self, lines: usize) {
        self.owed = self.owed.max(lines);
    }

    pub(super) fn indent(&mut self, prefix: &'static str) {
        self.prefixes.push(prefix);
    }

    pub(super) fn outdent(&mut self) {
        self.prefixes.pop();
        self.floor = self.floor.min(self.prefixes.len());
    }

    /// A piece that is written whole or not at all. False: there was no room.
    pub(super) fn piece(&mut self, piece: &str) -> bool {
        if self.full || !self.settle() {
            return false;
        }
        self.put(piece)
    }

    /// A piece that may be left out without ending the text. False: there was no room.
    pub(super) fn optional(&mut self, piece: &str) -> bool {
        if self.full || !self.settle() {
            return false;
        }
        if self.fits(self.unit.of(piece)) { self.put(piece) } else { false }
    }

    /// Begins a span whose `closer` is kept room for. False: nothing was written.
    pub(super) fn open(&mut self, opener: &str, closer: &str) -> bool {
        if self.full || !self.settle() {
            return false;
        }
        let closing = self.unit.of(closer);
        if !self.fits(self.unit.of(opener) + closing) {
            self.fill();
            return false;
        }
        self.reserved += closing;
        self.raw(opener);
        true
    }

    pub(super) fn close(&mut self, closer: &str) {
        self.reserved = self.reserved.saturating_sub(self.unit.of(closer));
        self.raw(closer);
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    /// Pays the line breaks owed.
    fn settle(&mut self) -> bool {
        let lines = std::mem::take(&mut self.owed);
        if self.out.is_empty() {
            let prefix = self.prefixes.concat();
            return self.put(&prefix);
        }
        for line in 1..=lines {
            let prefixes = if line == lines { self.prefixes.len() } else { self.floor };
            let line = format!("\n{}", self.prefixes.get(..prefixes).unwrap_or_default().concat());
            if !self.put(&line) {
                return false;
            }
        }
        self.floor = self.prefixes.len();
        true
    }

    fn fits(&self, more: usize) -> bool {
        self.used + more + self.reserved + self.unit.of("…") <= self.most
    }

    fn put(&mut self, piece: &str) -> bool {
        let fits = self.fits(self.unit.of(piece));
        if fits {
            self.raw(piece);
        } else {
            self.fill();
        }
        fits
    }

    fn fill(&mut self) {
        self.full = true;
        if self.used + self.reserved + self.unit.of("…") <= self.most {
            self.raw("…");
        }
    }

    fn raw(&mut self, piece: &str) {
        self.used += self.unit.of(piece);
        self.out.push_str(piece);
    }
}

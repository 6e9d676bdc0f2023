//! Going back to lines entered before: with the arrows, or by searching (Ctrl-R).

/// Where the reader is in the history.
#[derive(Default)]
pub struct History {
    /// How many lines back, and the unfinished line that was left.
    back: usize,
    left: String,
    /// What is searched for, and the line found.
    search: Option<(String, Option<usize>)>,
    found: String,
}

impl History {
    /// One line older.
    pub fn older(&mut self, lines: &[String], current: &str) -> Option<String> {
        if self.back >= lines.len() {
            return None;
        }
        if self.back == 0 {
            self.left = current.into();
        }
        self.back += 1;
        lines.get(lines.len() - self.back).cloned()
    }

    /// One line newer; after the newest, what was being typed.
    pub fn newer(&mut self, lines: &[String]) -> Option<String> {
        self.back = self.back.checked_sub(1)?;
        if self.back == 0 {
            return Some(std::mem::take(&mut self.left));
        }
        lines.get(lines.len() - self.back).cloned()
    }

    /// Begins to search, or goes to the next older match.
    pub fn search(&mut self, lines: &[String], query: &str) {
        let before = match &self.search {
            Some((_, Some(at))) => *at,
            _ => lines.len(),
        };
        self.find(lines, query, before);
    }

    fn find(&mut self, lines: &[String], query: &str, before: usize) {
        let at = lines.iter().take(before).rposition(|line| line.contains(query)).filter(|_| !query.is_empty());
        self.found = at.and_then(|at| lines.get(at)).cloned().unwrap_or_default();
        self.search = Some((query.into(), at));
    }

    /// The line was typed into: what is searched for may have changed.
    pub fn typed(&mut self, line: &str, lines: &[String]) {
        if self.search.is_some() {
            self.find(lines, line, lines.len());
        }
    }

    /// The match so far, while searching.
    pub fn searching(&self) -> Option<&str> {
        self.search.as_ref().map(|_| &*self.found)
    }

    /// The line that Enter runs while searching.
    pub fn found(&self) -> Option<String> {
        self.search.as_ref().map(|_| self.found.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_and_search() {
        let lines = ["get po", "get ns", "logs"].map(String::from);
        let mut history = History::default();
        assert_eq!(history.older(&lines, "half").as_deref(), Some("logs"));
        assert_eq!(history.older(&lines, "").as_deref(), Some("get ns"));
        assert_eq!(history.newer(&lines).as_deref(), Some("logs"));
        assert_eq!(history.newer(&lines).as_deref(), Some("half"));
        assert_eq!(history.newer(&lines), None);
        history.search(&lines, "");
        history.typed("get", &lines);
        assert_eq!(history.searching(), Some("get ns"));
        history.search(&lines, "get");
        assert_eq!(history.found().as_deref(), Some("get po"));
    }
}

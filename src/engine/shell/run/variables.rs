//! The shell's variables, and what `local` and `NAME=value command` put back afterwards.

use super::{Array, Shell};
use crate::meta::SortedMap;

/// The version that the shell says it has.
pub const VERSION: &str = "5.2.37(1)-release";

/// What a variable holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A string.
    One(String),
    /// An array.
    Many(Array),
}

impl Default for Content {
    fn default() -> Content {
        Content::One(String::new())
    }
}

/// A variable.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Variable {
    /// What it holds.
    pub content: Content,
    /// Whether programs see it.
    pub exported: bool,
    /// Whether it may not be changed.
    pub readonly: bool,
    /// Whether what it is set to is calculated.
    pub integer: bool,
    /// Whether it stands for the variable that it names.
    pub reference: bool,
    /// Whether it turns what it is set to into lower case (`l`) or upper case (`u`).
    pub case: Option<char>,
}

impl Variable {
    /// The letters of `declare` that make such a variable.
    pub fn letters(&self) -> String {
        let (array, named) = match &self.content {
            Content::Many(array) => (!array.is_named(), array.is_named()),
            Content::One(_) => (false, false),
        };
        let flags = [
            ('a', array),
            ('A', named),
            ('i', self.integer),
            ('n', self.reference),
            ('r', self.readonly),
            ('x', self.exported),
        ];
        flags.iter().filter(|(_, on)| *on).map(|(letter, _)| *letter).chain(self.case).collect()
    }
}

/// Variables by name, and the values that come back when a function ends.
#[derive(Clone, Default)]
pub struct Variables {
    pub(in crate::shell) all: SortedMap<String, Variable>,
    pub(super) saved: Vec<SortedMap<String, Option<Variable>>>,
}

impl Shell {
    /// A variable; the one it refers to, if it is a reference.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.all.get(&self.target(name))
    }

    /// The variable that a name stands for: references lead on, in circles not for ever.
    pub fn target(&self, name: &str) -> String {
        let mut name = name;
        for _ in 0..8 {
            match self.variables.all.get(name) {
                Some(Variable { reference: true, content: Content::One(next), .. }) if !next.is_empty() => name = next,
                _ => break,
            }
        }
        name.into()
    }

    /// A variable's elements: an array's, or the one of a string.
    pub fn array(&self, name: &str) -> Array {
        match self.variable(name).map(|variable| &variable.content) {
            None if name == "FUNCNAME" => self.calls.iter().rev().cloned().collect::<Vec<_>>().into(),
            None if name == "PIPESTATUS" => self.statuses.iter().map(i32::to_string).collect::<Vec<_>>().into(),
            None => Array::default(),
            Some(Content::One(text)) => vec![text.clone()].into(),
            Some(Content::Many(array)) => array.clone(),
        }
    }

    /// A variable's text; of an array, its first element's.
    pub fn get(&self, name: &str) -> Option<String> {
        match name {
            "PWD" => return Some(self.cwd.clone()),
            "RANDOM" => return Some(self.host.rng.below(32_768).to_string()),
            "SECONDS" => return Some(self.host.clock.now().since(self.started).as_secs().to_string()),
            "EPOCHSECONDS" => return Some(self.host.clock.now().seconds().to_string()),
            "LINENO" => return Some(self.line.to_string()),
            "UID" | "EUID" => return Some(self.host.ids.user.clone()),
            "PPID" => return Some("1".into()),
            "BASHPID" => return Some(self.pid.to_string()),
            "PIPESTATUS" => return self.statuses.first().map(i32::to_string),
            "FUNCNAME" => return self.calls.last().cloned(),
            "OSTYPE" => return Some("linux-gnu".into()),
            "BASH_VERSION" if self.host.shell_name == "bash" => return Some(VERSION.into()),
            _ => {}
        }
        match &self.variable(name)?.content {
            Content::One(text) => Some(text.clone()),
            Content::Many(array) => array.get("0").cloned(),
        }
    }

    /// Sets a variable; it stays exported if it was. False if it is read-only.
    pub fn set(&mut self, name: &str, text: impl Into<String>) -> bool {
        self.assign(name, Content::One(text.into()))
    }

    /// Sets a variable to a string or an array.
    pub fn assign(&mut self, name: &str, mut content: Content) -> bool {
        let name = &self.target(name);
        if let (Content::One(text), Some(variable)) = (&mut content, self.variables.all.get(name)) {
            match variable.case {
                Some('u') => *text = text.to_uppercase(),
                Some(_) => *text = text.to_lowercase(),
                None => {}
            }
            if variable.integer && text.parse::<i64>().is_err() {
                let value = self.calculate(&text.clone());
                match value {
                    Ok(value) => *text = value.to_string(),
                    Err(message) => {
                        self.complain(&message);
                        return false;
                    }
                }
            }
        }
        if let Some(variable) = self.variables.all.get_mut(name) {
            if variable.readonly {
                self.complain(&format!("{name}: readonly variable"));
                return false;
            }
            // A string set to an array is its first element.
            match (&mut variable.content, content) {
                (Content::Many(array), Content::One(text)) => drop(array.set("0", text)),
                (old, content) => *old = content,
            }
        } else {
            let exported = self.options.allexport;
            self.variables.all.insert(name.into(), Variable { content, exported, ..Variable::default() });
        }
        true
    }

    /// Marks a variable for programs to see, or no longer.
    pub fn export(&mut self, name: &str, exported: bool) {
        match self.variables.all.get_mut(name) {
            Some(variable) => variable.exported = exported,
            None if exported => {
                let variable = Variable { exported, ..Variable::default() };
                self.variables.all.insert(name.into(), variable);
            }
            None => {}
        }
    }

    /// Removes a variable.
    pub fn unset(&mut self, name: &str) {
        self.variables.all.remove(name);
    }

    /// Remembers a variable's value until the function ends. False outside of functions.
    pub fn localize(&mut self, name: &str) -> bool {
        let old = self.variables.all.get(name).cloned();
        match self.variables.saved.last_mut() {
            Some(saved) => {
                saved.entry(name.into()).or_insert(old);
                true
            }
            None => false,
        }
    }

    /// Whether a function runs.
    pub fn is_in_function(&self) -> bool {
        !self.calls.is_empty()
    }

    pub(super) fn push_scope(&mut self) {
        self.variables.saved.push(SortedMap::new());
    }

    pub(super) fn pop_scope(&mut self) {
        for (name, old) in self.variables.saved.pop().unwrap_or_default() {
            match old {
                Some(variable) => drop(self.variables.all.insert(name, variable)),
                None => drop(self.variables.all.remove(&name)),
            }
        }
    }

    /// What programs see.
    pub fn environment(&self) -> SortedMap<String, String> {
        let exported = self.variables.all.iter().filter(|(_, variable)| variable.exported);
        let mut environment: SortedMap<String, String> = exported
            .filter_map(|(name, variable)| match &variable.content {
                Content::One(text) => Some((name.clone(), text.clone())),
                Content::Many(_) => None,
            })
            .collect();
        environment.insert("PWD".into(), self.cwd.clone());
        environment
    }

    /// All variables with their texts, for `set`.
    pub fn all_variables(&self) -> impl Iterator<Item = (&String, &Variable)> {
        self.variables.all.iter()
    }
}

//! The shell's variables, and what `local` and `NAME=value command` put back afterwards.

use super::Shell;
use crate::meta::SortedMap;

/// What a variable holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// A string.
    One(String),
    /// An indexed array.
    Many(Vec<String>),
}

/// A variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// What it holds.
    pub content: Content,
    /// Whether programs see it.
    pub exported: bool,
    /// Whether it may not be changed.
    pub readonly: bool,
}

/// Variables by name, and the values that come back when a function ends.
#[derive(Clone, Default)]
pub struct Variables {
    pub(in crate::shell) all: SortedMap<String, Variable>,
    pub(super) saved: Vec<SortedMap<String, Option<Variable>>>,
}

impl Shell {
    /// A variable.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.variables.all.get(name)
    }

    /// A variable's text; of an array, its first element's.
    pub fn get(&self, name: &str) -> Option<String> {
        match name {
            "PWD" => return Some(self.cwd.clone()),
            "RANDOM" => return Some(self.host.rng.below(32_768).to_string()),
            "SECONDS" => return Some(self.host.clock.now().since(self.started).as_secs().to_string()),
            "EPOCHSECONDS" => return Some(self.host.clock.now().seconds().to_string()),
            _ => {}
        }
        match &self.variable(name)?.content {
            Content::One(text) => Some(text.clone()),
            Content::Many(texts) => texts.first().cloned(),
        }
    }

    /// Sets a variable; it stays exported if it was. False if it is read-only.
    pub fn set(&mut self, name: &str, text: impl Into<String>) -> bool {
        self.assign(name, Content::One(text.into()))
    }

    /// Sets a variable to a string or an array.
    pub fn assign(&mut self, name: &str, content: Content) -> bool {
        if let Some(variable) = self.variables.all.get_mut(name) {
            if variable.readonly {
                let message = format!("{}: {name}: readonly variable\n", self.speaker());
                self.streams.error(&message);
                return false;
            }
            variable.content = content;
        } else {
            let exported = self.options.allexport;
            self.variables.all.insert(name.into(), Variable { content, exported, readonly: false });
        }
        true
    }

    /// Marks a variable for programs to see, or no longer.
    pub fn export(&mut self, name: &str, exported: bool) {
        match self.variables.all.get_mut(name) {
            Some(variable) => variable.exported = exported,
            None if exported => {
                let variable = Variable { content: Content::One(String::new()), exported, readonly: false };
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

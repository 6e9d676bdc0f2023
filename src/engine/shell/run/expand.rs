//! Expansion: from the words of a command line to the arguments of a program.

use super::super::syntax::{List, Part, Word};
use super::arithmetic;
use super::braces;
use super::fields::Fields;
use super::{Failure, Shell};
use crate::sim::pipe;
use std::future::Future;
use std::pin::Pin;

pub(super) type Expanded<'a, T> = Pin<Box<dyn Future<Output = Result<T, Failure>> + 'a>>;

impl Shell {
    /// The arguments that words stand for.
    pub(super) async fn words(&mut self, words: &[Word]) -> Result<Vec<String>, Failure> {
        let mut texts = Vec::new();
        for word in words {
            for word in braces::expand(word) {
                texts.extend(self.fields(&word).await?);
            }
        }
        Ok(texts)
    }

    async fn fields(&mut self, word: &Word) -> Result<Vec<String>, Failure> {
        let separators = self.get("IFS").unwrap_or_else(|| " \t\n".into());
        let mut fields = Fields::split_at(&separators);
        self.parts(&word.0, false, &mut fields).await?;
        let (files, options) = (&self.host.files, &self.options);
        Ok(if options.noglob { fields.texts() } else { fields.paths(files, &self.cwd, options) })
    }

    /// A word as one string: neither split nor matched against files.
    pub(super) async fn string(&mut self, word: &Word) -> Result<String, Failure> {
        if let Some(text) = word.literal().filter(|text| !text.starts_with('~')) {
            return Ok(text.into());
        }
        let mut fields = Fields::whole();
        self.parts(&word.0, false, &mut fields).await?;
        Ok(fields.texts().join(" "))
    }

    /// A word as a pattern, in which what was quoted is escaped.
    pub(super) async fn pattern(&mut self, word: &Word) -> Result<String, Failure> {
        let mut fields = Fields::whole();
        self.parts(&word.0, false, &mut fields).await?;
        Ok(fields.pattern())
    }

    pub(super) fn parts<'a>(&'a mut self, parts: &'a [Part], quoted: bool, into: &'a mut Fields) -> Expanded<'a, ()> {
        Box::pin(async move {
            for (at, part) in parts.iter().enumerate() {
                match part {
                    Part::Text(text) if at == 0 && text.starts_with('~') && !quoted => self.tilde(text, into),
                    Part::Text(text) => into.text(text),
                    Part::Quoted(text) => into.quoted(text),
                    Part::Double(inside) => {
                        // `"$@"` without parameters is no field at all; any other `""` is an empty one.
                        let vanishes = matches!(inside.as_slice(), [Part::Parameter(p)]
                            if (p.name == "@" && p.index.is_none())
                                || p.index.as_ref().is_some_and(|index| index.literal() == Some("@")));
                        if !vanishes {
                            into.quoted("");
                        }
                        self.parts(inside, true, into).await?;
                    }
                    Part::Parameter(parameter) => self.parameter(parameter, quoted, into).await?,
                    Part::Command(list) => {
                        let output = self.capture(list).await;
                        let output = output.trim_end_matches('\n');
                        if quoted { into.quoted(output) } else { into.expanded(output) }
                    }
                    Part::Arithmetic(expression) => {
                        let value = self.arithmetic(expression).await?.to_string();
                        if quoted { into.quoted(&value) } else { into.expanded(&value) }
                    }
                    Part::Process(list) => {
                        let output = self.capture(list).await;
                        let path = format!("/dev/fd/{}", self.host.next_pid());
                        self.host.put(&path, output.as_bytes());
                        into.quoted(&path);
                    }
                }
            }
            Ok(())
        })
    }

    fn tilde(&self, text: &str, into: &mut Fields) {
        let (user, rest) = text.split_at(text.find('/').unwrap_or(text.len()));
        match user {
            "~" => into.quoted(&self.get("HOME").unwrap_or_else(|| "/root".into())),
            "~+" => into.quoted(&self.cwd),
            "~root" => into.quoted("/root"),
            _ => return into.text(text),
        }
        into.text(rest);
    }

    /// What commands print, run in a subshell. Their status becomes the shell's.
    async fn capture(&mut self, list: &List) -> String {
        let output = pipe(&self.host.clock);
        let mut inner = self.subshell();
        inner.streams.set(1, output.clone());
        inner.nested += 1;
        // `$(<file)` is what stands in the file.
        let file = match list.0.as_slice() {
            [item] if item.rest.is_empty() => {
                item.source.trim().strip_prefix('<').filter(|file| !file.starts_with(['<', '(']))
            }
            _ => None,
        };
        match file {
            Some(file) => {
                inner.run_to_exit(&format!("cat <{file}")).await;
            }
            None => inner.run_subshell(list).await,
        }
        self.status = inner.status;
        self.captured = true;
        String::from_utf8_lossy(&output.take()).replace('\0', "")
    }

    /// The value of an arithmetic expression that needs no expansion.
    ///
    /// # Errors
    /// bash's message.
    pub fn calculate(&mut self, text: &str) -> Result<i64, String> {
        arithmetic::evaluate(text, self)
    }

    /// The value of an arithmetic expression.
    pub(super) async fn arithmetic(&mut self, expression: &Word) -> Result<i64, Failure> {
        let text = self.string(expression).await?;
        arithmetic::evaluate(&text, self).map_err(|message| self.failure(&message))
    }
}

impl arithmetic::Variables for Shell {
    fn value(&self, name: &str) -> String {
        match name.split_once('[') {
            Some((array, key)) => self.array(array).get(key.trim_end_matches(']')).cloned().unwrap_or_default(),
            None => self.get(name).unwrap_or_default(),
        }
    }
    fn assign(&mut self, name: &str, value: i64) {
        match name.split_once('[') {
            Some((array, key)) => drop(self.assign_element(array, key.trim_end_matches(']'), value.to_string())),
            None => drop(self.set(name, value.to_string())),
        }
    }
    fn key(&mut self, array: &str, index: &str) -> Result<String, String> {
        if self.array(array).is_named() { Ok(index.into()) } else { Ok(self.calculate(index)?.to_string()) }
    }
}

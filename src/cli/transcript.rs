//! Transcripts: Markdown with files and consoles, read, compared and written back.
//!
//! ````text
//! nodes: minikube minikube-m02        (optional: the nodes; default one, `minikube`)
//! cluster: minikube                   (optional: start from a minikube with its system pods)
//!
//! ```yaml NAME          a file in the working directory
//! ```
//!
//! ```console
//! $ command             one command line; `> ` continues it
//! output                stdout and stderr in the order printed
//! ? 1                   the exit status, where it is not 0
//! ```
//! ````

use std::fmt;

/// A transcript file, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transcript {
    /// The nodes' names.
    pub nodes: Vec<String>,
    /// Whether the cluster is a started minikube rather than bare nodes.
    pub minikube: bool,
    /// Names and texts of the files.
    pub files: Vec<(String, String)>,
    /// The commands of all consoles, in order.
    pub steps: Vec<Step>,
}

/// One command and what it printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The line of the file that the command begins on, counted from 1.
    pub line: usize,
    /// The command, continuation lines joined by newlines.
    pub command: String,
    /// What it printed, without the last newline.
    pub output: Vec<String>,
    /// Its exit status.
    pub code: i32,
}

/// What is wrong with a transcript file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TranscriptError {
    /// A fence is opened on that line and never closed.
    Unclosed(usize),
    /// Output before the first command of a console.
    NoCommand(usize),
    /// A `? ` line without a number.
    BadStatus(usize),
}

impl fmt::Display for TranscriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TranscriptError::Unclosed(line) => write!(f, "line {line}: this block is never closed; end it with ```"),
            TranscriptError::NoCommand(line) => {
                write!(f, "line {line}: output before any command; a console begins with a line `$ command`")
            }
            TranscriptError::BadStatus(line) => write!(f, "line {line}: `? ` is followed by an exit status, a number"),
        }
    }
}

impl Transcript {
    /// Takes a transcript apart.
    ///
    /// # Errors
    /// Says on which line what is wrong.
    pub fn parse(text: &str) -> Result<Transcript, TranscriptError> {
        let mut transcript = Transcript { nodes: vec!["minikube".into()], ..Transcript::default() };
        let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
        while let Some((number, line)) = lines.next() {
            if let Some(nodes) = line.strip_prefix("nodes:") {
                transcript.nodes = nodes.split_whitespace().map(String::from).collect();
            } else if let Some(profile) = line.strip_prefix("cluster:") {
                transcript.minikube = profile.trim() == "minikube";
            } else if let Some(info) = line.strip_prefix("```") {
                let mut body = Vec::new();
                loop {
                    match lines.next() {
                        Some((_, "```")) => break,
                        Some(line) => body.push(line),
                        None => return Err(TranscriptError::Unclosed(number)),
                    }
                }
                let mut words = info.split_whitespace();
                match (words.next(), words.next()) {
                    (Some("console"), None) => transcript.console(&body)?,
                    (Some(_), Some(name)) => {
                        let text: String = body.iter().map(|(_, line)| format!("{line}\n")).collect();
                        transcript.files.push((name.into(), text));
                    }
                    _ => {}
                }
            }
        }
        Ok(transcript)
    }

    fn console(&mut self, body: &[(usize, &str)]) -> Result<(), TranscriptError> {
        let first = self.steps.len();
        for &(number, line) in body {
            if let Some(command) = line.strip_prefix("$ ") {
                self.steps.push(Step { line: number, command: command.into(), ..Step::default() });
                continue;
            }
            let Some(step) = self.steps.get_mut(first..).and_then(<[Step]>::last_mut) else {
                return Err(TranscriptError::NoCommand(number));
            };
            match (line.strip_prefix("> "), line.strip_prefix("? ")) {
                (Some(more), _) if step.output.is_empty() => {
                    step.command.push('\n');
                    step.command.push_str(more);
                }
                (None, _) if line == ">" && step.output.is_empty() => step.command.push('\n'),
                (_, Some(code)) => step.code = code.trim().parse().map_err(|_| TranscriptError::BadStatus(number))?,
                _ => step.output.push(line.into()),
            }
        }
        Ok(())
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "$ {}", self.command.replace('\n', "\n> "))?;
        self.output.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        if self.code != 0 {
            writeln!(f, "? {}", self.code)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_has_nodes_files_and_steps() {
        let text = "# Title\nnodes: a b\n\n```yaml x.yaml\nkind: Pod\n```\n\n```console\n$ cat <<E\n> hi\n> E\nhi\n$ false\n? 1\n```\n";
        let transcript = Transcript::parse(text).unwrap();
        assert_eq!(transcript.nodes, ["a", "b"]);
        assert_eq!(transcript.files, [("x.yaml".to_string(), "kind: Pod\n".to_string())]);
        assert_eq!(transcript.steps.len(), 2);
        assert_eq!(transcript.steps[0].command, "cat <<E\nhi\nE");
        assert_eq!(transcript.steps[0].output, ["hi"]);
        assert_eq!((transcript.steps[1].line, transcript.steps[1].code), (13, 1));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, error) in [
            ("```console\n$ x\n", TranscriptError::Unclosed(1)),
            ("```console\nx\n```\n", TranscriptError::NoCommand(2)),
            ("```console\n$ x\n? y\n```\n", TranscriptError::BadStatus(3)),
        ] {
            assert_eq!(Transcript::parse(text), Err(error));
        }
    }
}

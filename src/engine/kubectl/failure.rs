//! How a command fails, and the text and exit status that come of it.

use super::discovery::Resource;
use crate::meta::Value;

/// A command's result.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Why a command failed.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// Printed after `error: `, unless it says that itself.
    Message(String),
    /// The words on the command line are wrong: the message, then where to find help.
    Usage(String),
    /// Printed as it is.
    Plain(String),
    /// What the API server answered: a `Status` document.
    Api(Value),
    /// Several failures, printed one after the other.
    Many(Vec<Failure>),
    /// All that there is to say was said.
    Exit(i32),
}

impl Failure {
    /// A failure with a message.
    pub fn new(message: impl Into<String>) -> Failure {
        Failure::Message(message.into())
    }

    /// Words that are wrong.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure::Usage(message.into())
    }

    /// One failure out of those collected; `Ok` if there are none.
    ///
    /// # Errors
    /// If there are any.
    pub fn collected(mut failures: Vec<Failure>) -> Outcome {
        match failures.len() {
            0 => Ok(()),
            1 => failures.pop().map_or(Ok(()), Err),
            _ => Err(Failure::Many(failures)),
        }
    }

    /// The machine-readable reason of the server's answer, such as `NotFound`.
    pub fn reason(&self) -> &str {
        match self {
            Failure::Api(status) => status["reason"].str(),
            _ => "",
        }
    }

    /// Whether the server says that the object is not there.
    pub fn is_not_found(&self) -> bool {
        self.reason() == "NotFound"
    }

    /// Whether the server says that the object has changed meanwhile.
    pub fn is_conflict(&self) -> bool {
        self.reason() == "Conflict"
    }

    /// Whether the server says that the name is taken.
    pub fn is_already_exists(&self) -> bool {
        self.reason() == "AlreadyExists"
    }

    /// The message alone, as it stands within another.
    pub fn message(&self) -> String {
        match self {
            Failure::Message(text) | Failure::Usage(text) | Failure::Plain(text) => text.clone(),
            Failure::Api(status) => status["message"].str().to_string(),
            Failure::Many(failures) => {
                let texts: Vec<String> = failures.iter().map(Failure::message).collect();
                format!("[{}]", texts.join(", "))
            }
            Failure::Exit(_) => String::new(),
        }
    }

    /// Says where the object came from: `error when creating "web.yaml": ...`.
    #[must_use]
    pub fn from_source(self, verb: &str, source: &str) -> Failure {
        if source.is_empty() {
            return self;
        }
        let text = format!("error when {verb} {source:?}: {}", self.message());
        match self {
            Failure::Api(mut status) => {
                status["message"] = text.into();
                Failure::Api(status)
            }
            Failure::Message(_) | Failure::Many(_) => Failure::Message(text),
            other => other,
        }
    }

    /// Says what was listed, where that is what the server did not understand.
    #[must_use]
    pub fn from_list(self, resource: &Resource, labels: &str, fields: &str) -> Failure {
        let Failure::Api(mut status) = self else { return self };
        if matches!(status["reason"].str(), "BadRequest" | "NotFound") {
            let (group, version) = (&resource.group, &resource.version);
            let what = format!("\"{group}/{version}, Resource={}\"", resource.name);
            let text = match (labels, fields) {
                ("", "") => format!("Unable to list {what}"),
                _ => format!("Unable to find {what} that match label selector {labels:?}, field selector {fields:?}"),
            };
            status["message"] = format!("{text}: {}", status["message"].str()).into();
        }
        Failure::Api(status)
    }

    /// What is printed to standard error, and the exit status.
    pub fn report(&self, command: &str) -> (String, i32) {
        match self {
            Failure::Message(text) if text.starts_with("error: ") => (line(text), 1),
            Failure::Message(text) => (line(&format!("error: {text}")), 1),
            Failure::Usage(text) => (format!("error: {text}\nSee '{command} -h' for help and examples\n"), 1),
            Failure::Plain(text) => (line(text), 1),
            Failure::Api(status) => (line(&api_text(status)), 1),
            Failure::Many(failures) => (failures.iter().map(|failure| member_text(failure) + "\n").collect(), 1),
            Failure::Exit(code) => (String::new(), *code),
        }
    }
}

fn line(text: &str) -> String {
    if text.ends_with('\n') { text.to_string() } else { format!("{text}\n") }
}

/// One of several failures: no `error: ` before it, and an invalid object's causes not spelled out.
fn member_text(failure: &Failure) -> String {
    match failure {
        Failure::Api(status) => standard_text(status),
        Failure::Many(failures) => failures.iter().map(member_text).collect::<Vec<_>>().join("\n"),
        other => other.message(),
    }
}

/// `Error from server (NotFound): ...`
fn standard_text(status: &Value) -> String {
    let (reason, message) = (status["reason"].str(), status["message"].str());
    match reason {
        "Unauthorized" => format!("error: You must be logged in to the server ({message})"),
        "" => format!("Error from server: {message}"),
        reason => format!("Error from server ({reason}): {message}"),
    }
}

/// The text of a status, the causes of an invalid object listed one by one.
fn api_text(status: &Value) -> String {
    if status["reason"] != "Invalid" {
        return standard_text(status);
    }
    let (details, message) = (&status["details"], status["message"].str());
    let mut text = String::from("The request is invalid");
    let causes = details["causes"].items();
    if !details["kind"].is_empty() || !details["name"].is_empty() {
        text = format!("The {} {:?} is invalid", details["kind"].str(), details["name"].str());
    } else if !message.is_empty() && causes.is_empty() {
        text += &format!(": {message}");
    }
    let mut lines: Vec<String> = Vec::new();
    for cause in causes {
        let line = format!("{}: {}", cause["field"].str(), cause["message"].str());
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    match lines.as_slice() {
        [] => text,
        [line] => format!("{text}: {line}"),
        lines => lines.iter().fold(text + ": ", |text, line| text + "\n* " + line),
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure::Message(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Failure {
        Failure::Message(message.into())
    }
}

impl From<&crate::meta::Status> for Failure {
    fn from(status: &crate::meta::Status) -> Failure {
        Failure::Api(status.to_value())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::{Errors, Status};

    #[test]
    fn failures_are_printed_as_kubectl_prints_them() {
        let mut errors = Errors::default();
        errors.required("spec.a", "");
        let one = Failure::from(&Status::invalid("", "Pod", "x", errors.0.clone()));
        errors.required("spec.b", "why");
        let two = Failure::from(&Status::invalid("", "Pod", "x", errors.0));
        let missing = Failure::from(&Status::not_found("", "pods", "x"));
        for (failure, expect) in [
            (Failure::new("no"), "error: no\n"),
            (Failure::usage("no"), "error: no\nSee 'kubectl get -h' for help and examples\n"),
            (one, "The Pod \"x\" is invalid: spec.a: Required value\n"),
            (two, "The Pod \"x\" is invalid: \n* spec.a: Required value\n* spec.b: Required value: why\n"),
            (
                missing.clone().from_source("creating", "a.yaml"),
                "Error from server (NotFound): error when creating \"a.yaml\": pods \"x\" not found\n",
            ),
            (
                Failure::Many(vec![missing, Failure::new("no")]),
                "Error from server (NotFound): pods \"x\" not found\nno\n",
            ),
        ] {
            assert_eq!(failure.report("kubectl get").0, expect);
        }
    }
}

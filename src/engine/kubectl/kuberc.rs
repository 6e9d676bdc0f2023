//! The user's preferences, `~/.kube/kuberc`: defaults for flags and names for longer commands.
//!
//! [`apply`] puts them into a line before [`super::cli`] looks for the command. What reads and
//! changes the file is the command's: `commands/kuberc.rs`.

use super::cli;
use super::command::Command;
use super::flags::{CommandFlags, Flags};
use crate::json;
use crate::meta::{Value, yaml};
use crate::process::Process;

/// The version in which the file is written.
pub const VERSION: &str = "kubectl.config.k8s.io/v1beta1";
const OLD_VERSION: &str = "kubectl.config.k8s.io/v1alpha1";

/// A line with the preferences in it.
pub struct Line {
    /// The words behind `kubectl`.
    words: Vec<String>,
    /// The command that the line's first word stands for, if that is an alias.
    alias: Option<(&'static Command, String)>,
    /// Flags to begin with.
    defaults: Vec<String>,
}

impl Line {
    /// A line as it was typed.
    pub fn plain(words: Vec<String>) -> Line {
        Line { words, alias: None, defaults: Vec::new() }
    }

    /// The command, the words without its name, and how the user calls it.
    pub fn find(&self) -> (&'static Command, Vec<String>, String) {
        let (command, words) = match &self.alias {
            None => cli::find(&self.words),
            Some((command, alias)) => {
                let but_alias = self.words.iter().position(|word| word == alias);
                let words = self.words.iter().enumerate().filter(|(at, _)| Some(*at) != but_alias);
                cli::find_below(command, words.map(|(_, word)| word.clone()).collect())
            }
        };
        let path = match &self.alias {
            Some((aliased, alias)) if aliased.path == command.path => alias,
            _ => command.path,
        };
        let name = if path.is_empty() { "kubectl".into() } else { format!("kubectl {path}") };
        (command, [self.defaults.clone(), words].concat(), name)
    }
}

/// Whether there is anything that could change a line.
pub fn concerns(process: &Process, words: &[String]) -> bool {
    process.var("KUBERC").is_some()
        || words.iter().any(|word| word.contains("--kuberc"))
        || !words.is_empty() && process.files.node(&standard_path(process)).is_some()
}

/// Where the file is unless a flag or `$KUBERC` says otherwise.
pub fn standard_path(process: &Process) -> String {
    format!("{}/.kube/kuberc", process.var("HOME").unwrap_or("/home/user").trim_end_matches('/'))
}

/// Whether preferences are off altogether: the gate of the feature.
pub fn is_gated(process: &Process) -> bool {
    process.var("KUBECTL_KUBERC") == Some("false")
}

/// The preferences that count, if there are any. Fields that they should not have are complained
/// of when they are read for the first time.
///
/// # Errors
/// If the file that was named is not there, or a file holds no preferences.
pub fn load(process: &Process, flag: &str, is_read_again: bool) -> Result<Option<Value>, String> {
    let variable = process.var("KUBERC").unwrap_or_default();
    if variable == "off" {
        let text = "disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive";
        return if flag.is_empty() { Ok(None) } else { Err(text.into()) };
    }
    let standard = standard_path(process);
    let path = [flag, variable, &standard].into_iter().find(|path| !path.is_empty()).unwrap_or_default();
    let bytes = match process.files.read(&process.path(path)) {
        Ok(bytes) => bytes,
        Err(_) if path == standard => return Ok(None),
        Err(why) => return Err(format!("kuberc: open {path}: {}", why.to_string().to_lowercase())),
    };
    let text = String::from_utf8_lossy(&bytes);
    let mut unknown = Vec::new();
    let mut documents = yaml::documents(&text).into_iter().filter(|text| !text.trim().is_empty()).peekable();
    if documents.peek().is_none() {
        return Ok(None);
    }
    let found = documents.find_map(|document| {
        unknown.clear();
        let value = yaml::parse(document).ok()?;
        let known =
            value["kind"] == "Preference" && (value["apiVersion"] == VERSION || value["apiVersion"] == OLD_VERSION);
        (known && fits(&modern(value.clone()), &Shape::Struct(PREFERENCE), "", &mut unknown)).then_some(value)
    });
    if !unknown.is_empty() && !is_read_again {
        let unknown: Vec<String> = unknown.iter().map(|field| format!("unknown field {field:?}")).collect();
        let text = format!("kuberc: ignoring strict decoding error in {path}: strict decoding error: ");
        process.err(text + &unknown.join(", "));
    }
    let missing = || format!("kuberc: no valid preferences found in {path}, use --v=5 to see details");
    found.ok_or_else(missing).map(Some)
}

/// What a field may hold.
enum Shape {
    Text,
    Texts,
    Struct(&'static [(&'static str, Shape)]),
    List(&'static [(&'static str, Shape)]),
}

const OPTION: &[(&str, Shape)] = &[("name", Shape::Text), ("default", Shape::Text)];
const DEFAULTS: &[(&str, Shape)] = &[("command", Shape::Text), ("options", Shape::List(OPTION))];
const ALIAS: &[(&str, Shape)] = &[
    ("name", Shape::Text),
    ("command", Shape::Text),
    ("prependArgs", Shape::Texts),
    ("appendArgs", Shape::Texts),
    ("options", Shape::List(OPTION)),
];
const PLUGIN: &[(&str, Shape)] = &[("command", Shape::Text), ("name", Shape::Text)];
const PREFERENCE: &[(&str, Shape)] = &[
    ("kind", Shape::Text),
    ("apiVersion", Shape::Text),
    ("defaults", Shape::List(DEFAULTS)),
    ("aliases", Shape::List(ALIAS)),
    ("credentialPluginPolicy", Shape::Text),
    ("credentialPluginAllowlist", Shape::List(PLUGIN)),
];

/// The names that v1alpha1 had for defaults and options, replaced by today's.
fn modern(mut value: Value) -> Value {
    if value["apiVersion"] == OLD_VERSION {
        let rename = |value: &mut Value, from: &str, to: &str| {
            if let Some(old) = value.remove(&[from]) {
                value[to] = old;
            }
        };
        rename(&mut value, "overrides", "defaults");
        for list in ["defaults", "aliases"] {
            let entries: Vec<Value> = value[list].items().to_vec();
            if !entries.is_empty() {
                let renamed = entries.into_iter().map(|mut entry| {
                    rename(&mut entry, "flags", "options");
                    entry
                });
                value[list] = renamed.collect::<Vec<Value>>().into();
            }
        }
    }
    value
}

/// Whether a value has its shape; fields that it should not have are noted.
fn fits(value: &Value, shape: &Shape, path: &str, unknown: &mut Vec<String>) -> bool {
    if value.is_null() {
        return true;
    }
    match shape {
        Shape::Text => value.is_string(),
        Shape::Texts => value.is_array() && value.items().iter().all(Value::is_string),
        Shape::List(fields) => {
            let mut items = value.items().iter().enumerate();
            value.is_array()
                && items.all(|(at, item)| fits(item, &Shape::Struct(fields), &format!("{path}[{at}]"), unknown))
        }
        Shape::Struct(fields) => {
            let dot = if path.is_empty() { "" } else { "." };
            value.is_object()
                && value.entries().all(|(key, value)| {
                    let inner = format!("{path}{dot}{key}");
                    match fields.iter().find(|(name, _)| *name == key.as_str()) {
                        Some((_, shape)) => fits(value, shape, &inner, unknown),
                        None => {
                            unknown.push(inner);
                            true
                        }
                    }
                })
        }
    }
}

/// The file that `--kuberc` names; a line is not parsed yet when this is asked.
fn named_file(words: &[String]) -> Result<&str, String> {
    for (at, word) in words.iter().take_while(|word| *word != "--").enumerate() {
        let path = match word.split_once("--kuberc") {
            Some(("", "")) => words.get(at + 1).map(String::as_str).unwrap_or_default(),
            Some((_, rest)) if rest.starts_with('=') => rest.split('=').nth(1).unwrap_or_default(),
            _ => continue,
        };
        return if path.is_empty() { Err("kuberc file is not found".into()) } else { Ok(path) };
    }
    Ok("")
}

/// Puts the preferences into a line.
///
/// # Errors
/// If there are none where some were named, or they make no sense.
pub fn apply(process: &Process, words: Vec<String>) -> Result<Line, String> {
    let loaded = load(process, named_file(&words)?, false).map_err(|why| format!("kuberc error {why}"))?;
    let mut line = Line::plain(words);
    let Some(preferences) = loaded else { return Ok(line) };
    let preferences = modern(preferences);
    validate(&preferences)?;
    let aliases = put_alias(&mut line, &preferences, process)?;
    put_defaults(&mut line, &preferences, process, &aliases)?;
    Ok(line)
}

fn validate(preferences: &Value) -> Result<(), String> {
    let mut names: Vec<&str> = Vec::new();
    for alias in preferences["aliases"].items() {
        let name = alias["name"].str();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Err("invalid alias name, can only include alphabetical characters".into());
        }
        if names.contains(&name) {
            return Err(format!("duplicate alias name {name}"));
        }
        names.push(name);
    }
    let entries = preferences["aliases"].items().iter().chain(preferences["defaults"].items());
    for option in entries.flat_map(|entry| entry["options"].items()) {
        if option["name"].str().starts_with('-') {
            return Err(format!("flag name {} should be in long form without dashes", option["name"].str()));
        }
    }
    let (policy, allowed) = (preferences["credentialPluginPolicy"].str(), &preferences["credentialPluginAllowlist"]);
    let wrong = "misconfigured credential plugin allowlist:";
    match policy {
        "" | "AllowAll" | "DenyAll" if !allowed.is_null() => {
            Err(format!("{wrong} plugin policy is {policy:?} but allowlist is non-nil"))
        }
        "" | "AllowAll" | "DenyAll" => Ok(()),
        "Allowlist" if allowed.is_null() => {
            Err(format!("credential plugin policy set to {policy:?}, but allowlist is unspecified"))
        }
        "Allowlist" if allowed.is_empty() => Err(format!(
            "credential plugin policy set to {policy:?}, but allowlist is empty; use \"DenyAll\" policy instead"
        )),
        "Allowlist" => match allowed.items().iter().position(Value::is_empty) {
            Some(at) => Err(format!("{wrong} empty allowlist entry #{}", at + 1)),
            None => Ok(()),
        },
        _ => Err(format!("unknown plugin policy: {policy:?}")),
    }
}

/// Whether words lead to a command, as cobra's `Find` decides it: only the root refuses others.
fn is_command(words: &[String]) -> Option<&'static Command> {
    let (command, rest) = cli::find(words);
    (!command.path.is_empty() || rest.iter().all(|word| word.starts_with('-'))).then_some(command)
}

fn split(command: &str) -> Vec<String> {
    command.split_whitespace().map(String::from).collect()
}

/// The options of an entry, as flags, without those that the line has itself. `what` is the entry:
/// what kind it is, how it is called, and what its values are called.
fn options(entry: &Value, command: &Command, rest: &[String], what: [&str; 4]) -> Result<Vec<String>, String> {
    let [kind, place, name_of_entry, values] = what;
    let table = CommandFlags::of(command.path);
    let Ok(none) = Flags::parse(table.clone(), &[]) else { return Ok(Vec::new()) };
    let typed = Flags::parse(table.clone(), rest).ok();
    let mut found = Vec::new();
    for option in entry["options"].items() {
        let (name, value) = (option["name"].str(), option["default"].str());
        if !none.has(name) {
            let joint = if kind.is_empty() { "for command" } else { "in alias" };
            return Err(format!("invalid {kind}flag {name} {joint} {name_of_entry}"));
        }
        if typed.as_ref().is_some_and(|flags| flags.changed(name)) {
            continue;
        }
        let flag = format!("--{name}={value}");
        Flags::parse(table.clone(), std::slice::from_ref(&flag)).map_err(|why| {
            format!("could not apply {values} {value} to flag {name} in {place} {name_of_entry} err: {why}")
        })?;
        found.push(flag);
    }
    Ok(found)
}

/// Replaces an alias by what it stands for. Gives the aliases looked at on the way there.
fn put_alias(line: &mut Line, preferences: &Value, process: &Process) -> Result<Vec<String>, String> {
    let mut seen = Vec::new();
    if is_command(&line.words).is_some() {
        return Ok(seen);
    }
    let Some(at) = line.words.iter().position(|word| !word.starts_with('-')) else { return Ok(seen) };
    for alias in preferences["aliases"].items() {
        let name = alias["name"].str();
        seen.push(name.to_string());
        if line.words[at] != name {
            continue;
        }
        if is_command(&[name.to_string()]).is_some() {
            process.err(format!("Warning: Setting alias {name:?} to a built-in command is not supported\n"));
            break;
        }
        let words = split(alias["command"].str());
        let Some(command) = is_command(&words) else {
            let text = format!("command {:?} not found to set alias {name:?}: ", alias["command"].str());
            return Err(text + &format!("[{}]", words.join(" ")));
        };
        let mut rest = line.words.clone();
        rest.remove(at);
        line.defaults = options(alias, command, &rest, ["alias ", "alias", "kubectl", "value"])?;
        let args = |field: &str| alias[field].items().iter().map(|word| word.str().to_string()).collect::<Vec<_>>();
        line.words.splice(at + 1..at + 1, args("prependArgs"));
        line.words.extend(args("appendArgs"));
        line.alias = Some((command, name.to_string()));
        break;
    }
    Ok(seen)
}

/// Adds the defaults that there are for the line's command.
fn put_defaults(line: &mut Line, preferences: &Value, process: &Process, aliases: &[String]) -> Result<(), String> {
    let (command, rest, called) = line.find();
    if line.alias.is_none() && is_command(&line.words).is_none() {
        return Ok(());
    }
    let called = called.rsplit(' ').next().unwrap_or_default();
    for entry in preferences["defaults"].items() {
        let path = entry["command"].str();
        let Some(wanted) = is_command(&split(path)) else {
            process.err(format!("Warning: command {path:?} not found to set kuberc override\n"));
            continue;
        };
        // Only the last words are compared: defaults for `create token` hold for every `token`.
        if wanted.name() != called {
            continue;
        }
        if aliases.iter().any(|alias| alias == called) {
            return Err(format!("alias {called} can not be overridden"));
        }
        line.defaults.extend(options(entry, command, &rest, ["", "command", path, "override value"])?);
    }
    Ok(())
}

/// The preferences without the fields that they should not have.
pub fn known(preferences: &Value) -> Value {
    keep(preferences, &Shape::Struct(PREFERENCE))
}

fn keep(value: &Value, shape: &Shape) -> Value {
    match shape {
        Shape::List(fields) if !value.is_null() => {
            value.items().iter().map(|item| keep(item, &Shape::Struct(fields))).collect::<Vec<_>>().into()
        }
        Shape::Struct(fields) if value.is_object() => {
            let mut kept = json!({});
            for (name, shape) in fields.iter().filter(|(name, _)| value.has(name)) {
                kept[*name] = keep(&value[*name], shape);
            }
            kept
        }
        _ => value.clone(),
    }
}

/// Preferences that prefer nothing.
pub fn empty() -> Value {
    json!({"apiVersion": VERSION, "kind": "Preference", "aliases": null, "defaults": null})
}

//! `kubectl config`: looks at and changes kubeconfig files.

use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::config::{self, Kubeconfig, LISTS};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags;
use crate::kubectl::help::Help;
use crate::kubectl::invocation::Invocation;
use crate::kubectl::printers::tabwriter::TabWriter;
use crate::kubectl::printers::{Printer, ordered};
use crate::meta::{Value, yaml};
use base64::Engine;
use base64::prelude::BASE64_STANDARD as STANDARD;

/// One subcommand's row.
const fn row(path: &'static str, short: &'static str, run: crate::kubectl::command::Run) -> Command {
    Command { path, short, run: Some(run), ..Command::BASE }
}

/// The rows.
pub static ROWS: &[Command] = &[
    Command { path: "config", group: Group::Other, short: "Modify kubeconfig files", ..Command::BASE },
    row("config current-context", "Display the current-context", |inv| Box::pin(current_context(inv))),
    row("config delete-cluster", "Delete the specified cluster from the kubeconfig", |inv| {
        Box::pin(delete(inv, "clusters", "cluster"))
    }),
    row("config delete-context", "Delete the specified context from the kubeconfig", |inv| {
        Box::pin(delete(inv, "contexts", "context"))
    }),
    row("config delete-user", "Delete the specified user from the kubeconfig", |inv| {
        Box::pin(delete(inv, "users", "user"))
    }),
    row("config get-clusters", "Display clusters defined in the kubeconfig", |inv| Box::pin(names(inv, "clusters"))),
    row("config get-contexts", "Describe one or many contexts", |inv| Box::pin(get_contexts(inv))),
    row("config get-users", "Display users defined in the kubeconfig", |inv| Box::pin(names(inv, "users"))),
    row("config rename-context", "Rename a context from the kubeconfig file", |inv| Box::pin(rename_context(inv))),
    row("config set", "Set an individual value in a kubeconfig file", |inv| Box::pin(set(inv))),
    row("config set-cluster", "Set a cluster entry in kubeconfig", |inv| Box::pin(set_cluster(inv))),
    row("config set-context", "Set a context entry in kubeconfig", |inv| Box::pin(set_context(inv))),
    row("config set-credentials", "Set a user entry in kubeconfig", |inv| Box::pin(set_credentials(inv))),
    row("config unset", "Unset an individual value in a kubeconfig file", |inv| Box::pin(unset(inv))),
    Command {
        aliases: &["use"],
        ..row("config use-context", "Set the current-context in a kubeconfig file", |inv| Box::pin(use_context(inv)))
    },
    row("config view", "Display merged kubeconfig settings or a specified kubeconfig file", |inv| Box::pin(view(inv))),
];

fn load(inv: &Invocation) -> Outcome<Kubeconfig> {
    Kubeconfig::load(&inv.process, &inv.flags)
}

/// The file that holds an entry (or else the main one), changed and written back.
fn change(inv: &Invocation, holds: impl Fn(&Value) -> bool, act: impl FnOnce(&mut Value)) -> Outcome {
    let files = load(inv)?;
    let found = files.files.iter().find(|(_, document)| holds(document)).or(files.files.first());
    let Some((path, document)) = found else { return Err("no kubeconfig file is named".into()) };
    let mut document = if document.is_null() { config::empty() } else { document.clone() };
    act(&mut document);
    let full = inv.process.path(path);
    if let Some((folder, _)) = full.rsplit_once('/')
        && inv.process.files.node(folder).is_none()
    {
        inv.process.files.put(folder, crate::process::Node::Directory);
    }
    let written = inv.process.files.write(&full, yaml::print(&document).as_bytes());
    written.map_err(|why| Failure::new(format!("open {path}: {}", why.to_string().to_lowercase())))
}

/// Prints the command's help and fails.
fn wrong_words(inv: &Invocation, text: String) -> Failure {
    inv.err(Help::of(&inv.process).text(inv.command));
    Failure::new(text)
}

fn list_of(words: &[String]) -> String {
    format!("[{}]", words.join(" "))
}

async fn current_context(inv: Invocation) -> Outcome {
    match load(&inv)?.merged()["current-context"].str() {
        "" => Err("current-context is not set".into()),
        name => {
            inv.out(format!("{name}\n"));
            Ok(())
        }
    }
}

async fn delete(inv: Invocation, list: &'static str, what: &'static str) -> Outcome {
    let [name] = inv.args() else {
        return Err(wrong_words(&inv, format!("Unexpected args: {}", list_of(inv.args()))));
    };
    let files = load(&inv)?;
    let path = files.main_file().to_string();
    if config::entry(&files.merged(), list, name).is_none() {
        return Err(format!("cannot delete {what} {name}, not in {path}").into());
    }
    if list == "contexts" && files.merged()["current-context"] == name.as_str() {
        inv.err(
            "warning: this removed your active context, use \"kubectl config use-context\" to select a different one\n",
        );
    }
    change(&inv, |file| config::entry(file, list, name).is_some(), |file| config::set_entry(file, list, name, None))?;
    inv.out(format!("deleted {what} {name} from {path}\n"));
    Ok(())
}

async fn names(inv: Invocation, list: &'static str) -> Outcome {
    inv.out("NAME\n");
    for item in load(&inv)?.merged()[list].items() {
        inv.out(format!("{}\n", item["name"].str()));
    }
    Ok(())
}

async fn get_contexts(inv: Invocation) -> Outcome {
    let output = inv.flags.str("output");
    if !matches!(output, "" | "name") {
        let text = "is not available in kubectl config get-contexts; resetting to default output format";
        return Err(format!("--output {output} {text}").into());
    }
    let config = load(&inv)?.merged();
    let all: Vec<String> = config["contexts"].items().iter().map(|item| item["name"].str().to_string()).collect();
    let wanted = if inv.args().is_empty() { all } else { inv.args().to_vec() };
    let mut table = TabWriter::default();
    if output.is_empty() && !inv.flags.bool("no-headers") {
        table.tabbed("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE");
    }
    let mut failures = Vec::new();
    for name in wanted {
        let Some(context) = config::entry(&config, "contexts", &name) else {
            failures.push(Failure::new(format!("context {name} not found")));
            continue;
        };
        if output == "name" {
            inv.out(format!("{name}\n"));
            continue;
        }
        let mark = if config["current-context"] == name.as_str() { "*" } else { "" };
        let field = |field: &str| context[field].str();
        table.tabbed(&format!("{mark}\t{name}\t{}\t{}\t{}", field("cluster"), field("user"), field("namespace")));
    }
    inv.out(table.flush());
    Failure::collected(failures)
}

async fn rename_context(inv: Invocation) -> Outcome {
    let [old, new] = inv.args() else {
        return Err(wrong_words(&inv, format!("Unexpected args: {}", list_of(inv.args()))));
    };
    let files = load(&inv)?;
    let (config, path) = (files.merged(), files.main_file().to_string());
    let Some(context) = config::entry(&config, "contexts", old).cloned() else {
        return Err(format!("cannot rename the context {old:?}, it's not in {path}").into());
    };
    if config::entry(&config, "contexts", new).is_some() {
        return Err(format!("cannot rename the context {old:?}, the context {new:?} already exists in {path}").into());
    }
    let was_current = config["current-context"] == old.as_str();
    change(
        &inv,
        |file| config::entry(file, "contexts", old).is_some(),
        |file| {
            config::set_entry(file, "contexts", old, None);
            config::set_entry(file, "contexts", new, Some(context));
            if was_current {
                file["current-context"] = new.into();
            }
        },
    )?;
    inv.out(format!("Context {old:?} renamed to {new:?}.\n"));
    Ok(())
}

async fn use_context(inv: Invocation) -> Outcome {
    let [name] = inv.args() else {
        return Err(wrong_words(&inv, format!("Unexpected args: {}", list_of(inv.args()))));
    };
    if config::entry(&load(&inv)?.merged(), "contexts", name).is_none() {
        return Err(format!("no context exists with the name: {name:?}").into());
    }
    change(&inv, |file| !file["current-context"].is_empty(), |file| file["current-context"] = name.into())?;
    inv.out(format!("Switched to context {name:?}.\n"));
    Ok(())
}

/// Changes an entry, or makes it; whether it was there before.
fn merge(inv: &Invocation, list: &str, name: &str, edit: impl FnOnce(&mut Value) -> Outcome) -> Outcome<bool> {
    let known = config::entry(&load(inv)?.merged(), list, name).cloned();
    let mut entry = known.clone().unwrap_or_else(Value::object);
    edit(&mut entry)?;
    change(
        inv,
        |file| config::entry(file, list, name).is_some(),
        |file| config::set_entry(file, list, name, Some(entry)),
    )?;
    Ok(known.is_some())
}

/// Sets the fields of an entry whose flags were given.
fn put(inv: &Invocation, entry: &mut Value, fields: &[&str]) {
    for field in fields.iter().filter(|field| inv.flags.changed(field)) {
        match inv.flags.str(field) {
            "true" => entry[*field] = true.into(),
            "" | "false" => drop(entry.remove(&[field])),
            value => entry[*field] = value.into(),
        }
    }
}

/// Writes the path of a file into an entry, or with `--embed-certs` what the file holds.
fn put_file(inv: &Invocation, entry: &mut Value, field: &str) -> Outcome {
    if !inv.flags.changed(field) {
        return Ok(());
    }
    let (path, data) = (inv.flags.str(field), format!("{field}-data"));
    let full = inv.process.path(path);
    entry.remove(&[field]);
    if inv.flags.bool("embed-certs") {
        let missing =
            |_| Failure::new(format!("could not stat {field} file {path}: stat {path}: no such file or directory"));
        let bytes = inv.process.files.read(&full).map_err(missing)?;
        entry[data.as_str()] = STANDARD.encode(&*bytes).into();
    } else if !path.is_empty() {
        entry.remove(&[&data]);
        entry[field] = full.into();
    }
    Ok(())
}

async fn set_cluster(inv: Invocation) -> Outcome {
    let [name] = inv.args() else {
        return Err(wrong_words(&inv, format!("Unexpected args: {}", list_of(inv.args()))));
    };
    let (insecure, authority) = (inv.flags.bool("insecure-skip-tls-verify"), inv.flags.str("certificate-authority"));
    if insecure && !authority.is_empty() {
        return Err("you cannot specify a certificate authority and insecure mode at the same time".into());
    }
    if inv.flags.bool("embed-certs") && authority.is_empty() {
        return Err("you must specify a --certificate-authority to embed".into());
    }
    merge(&inv, "clusters", name, |entry| {
        put(&inv, entry, &["server", "insecure-skip-tls-verify", "tls-server-name", "proxy-url"]);
        if insecure {
            entry.remove(&["certificate-authority"]);
            entry.remove(&["certificate-authority-data"]);
        }
        if !authority.is_empty() {
            entry.remove(&["insecure-skip-tls-verify"]);
        }
        put_file(&inv, entry, "certificate-authority")
    })?;
    inv.out(format!("Cluster {name:?} set.\n"));
    Ok(())
}

async fn set_credentials(inv: Invocation) -> Outcome {
    if inv.flags.changed("exec-interactive-mode")
        && !matches!(inv.flags.str("exec-interactive-mode"), "IfAvailable" | "Never" | "Always")
    {
        return Err("invalid interactive mode type, can be only IfAvailable, Never, Always".into());
    }
    let [name] = inv.args() else {
        return Err(wrong_words(&inv, format!("unexpected args: {}", list_of(inv.args()))));
    };
    let flags = &inv.flags;
    let (token, basic) = (flags.changed("token"), flags.changed("username") || flags.changed("password"));
    if token && basic {
        return Err(
            "you cannot specify more than one authentication method at the same time: --token, --username/--password"
                .into(),
        );
    }
    if flags.bool("embed-certs") && flags.str("client-certificate").is_empty() && flags.str("client-key").is_empty() {
        return Err("you must specify a --client-certificate or --client-key to embed".into());
    }
    merge(&inv, "users", name, |entry| {
        for (given, others) in [(token, ["username", "password"]), (basic, ["token", "tokenFile"])] {
            if given {
                others.iter().for_each(|field| drop(entry.remove(&[field])));
            }
        }
        put(&inv, entry, &["token", "username", "password"]);
        put_file(&inv, entry, "client-certificate")?;
        put_file(&inv, entry, "client-key")?;
        put_plugins(&inv, entry);
        Ok(())
    })?;
    inv.out(format!("User {name:?} set.\n"));
    Ok(())
}

/// Sets what of a user is got from other programs.
fn put_plugins(inv: &Invocation, entry: &mut Value) {
    let flags = &inv.flags;
    let provider = flags.str("auth-provider");
    if flags.changed("auth-provider") && entry["auth-provider"]["name"] != provider {
        entry["auth-provider"] = json!({"name": provider, "config": null});
    }
    if entry["auth-provider"].is_object() {
        for pair in flags.list("auth-provider-arg") {
            match pair.split_once('=') {
                Some((key, value)) => entry.set(&["auth-provider", "config", key], value),
                None => drop(entry.remove(&["auth-provider", "config", pair.trim_end_matches('-')])),
            }
        }
    }
    if flags.changed("exec-command") {
        if !entry["exec"].is_object() {
            entry["exec"] = json!({"args": null, "env": null, "provideClusterInfo": false});
        }
        entry["exec"]["command"] = flags.str("exec-command").into();
    }
    if !entry["exec"].is_object() {
        return;
    }
    let exec = &mut entry["exec"];
    for (flag, field) in [("exec-api-version", "apiVersion"), ("exec-interactive-mode", "interactiveMode")] {
        if flags.changed(flag) {
            exec[field] = flags.str(flag).into();
        }
    }
    if flags.changed("exec-provide-cluster-info") {
        exec["provideClusterInfo"] = flags.bool("exec-provide-cluster-info").into();
    }
    if flags.changed("exec-arg") {
        exec["args"] = flags.list("exec-arg").into();
    }
    for pair in flags.list("exec-env") {
        let (name, value) = pair.split_once('=').map_or((pair.trim_end_matches('-'), None), |(k, v)| (k, Some(v)));
        let mut env: Vec<Value> = exec["env"].items().iter().filter(|known| known["name"] != name).cloned().collect();
        env.extend(value.map(|value| json!({"name": name, "value": value})));
        exec["env"] = env.into();
    }
}

async fn set_context(inv: Invocation) -> Outcome {
    let current = inv.flags.bool("current");
    let name = match inv.args() {
        [] if current => load(&inv)?.merged()["current-context"].str().to_string(),
        [] => return Err("you must specify a non-empty context name or --current".into()),
        [_] if current => return Err("you cannot specify both a context name and --current".into()),
        [name] => name.clone(),
        words => return Err(wrong_words(&inv, format!("Unexpected args: {}", list_of(words)))),
    };
    if name.is_empty() {
        return Err("no current context is set".into());
    }
    let known = merge(&inv, "contexts", &name, |entry| {
        put(&inv, entry, &["cluster", "user", "namespace"]);
        Ok(())
    })?;
    inv.out(format!("Context {name:?} {}.\n", if known { "modified" } else { "created" }));
    Ok(())
}

/// A property's way through the file: a list, an entry's name and a field, or a field at the top.
fn property(name: &str) -> Outcome<(&str, &str, &str)> {
    let parts: Vec<&str> = name.split('.').collect();
    match parts.as_slice() {
        ["current-context" | "kind" | "apiVersion"] => Ok(("", "", name)),
        ["preferences", "colors"] => Ok(("", "preferences", "colors")),
        [list, entry] if LISTS.iter().any(|(known, _)| known == list) => Ok((list, entry, "")),
        [list, middle @ .., field] if !middle.is_empty() && LISTS.iter().any(|(known, _)| known == list) => {
            // Names of entries may hold dots themselves.
            let start = list.len() + 1;
            Ok((list, &name[start..name.len() - field.len() - 1], field))
        }
        _ => Err(format!("unable to parse {name} after [] at api.Config").into()),
    }
}

/// The fields that can be set one by one.
const FIELDS: &[(&str, &str)] = &[
    ("clusters", "server"),
    ("clusters", "tls-server-name"),
    ("clusters", "insecure-skip-tls-verify"),
    ("clusters", "certificate-authority"),
    ("clusters", "certificate-authority-data"),
    ("clusters", "proxy-url"),
    ("clusters", "disable-compression"),
    ("contexts", "cluster"),
    ("contexts", "user"),
    ("contexts", "namespace"),
    ("users", "client-certificate"),
    ("users", "client-certificate-data"),
    ("users", "client-key"),
    ("users", "client-key-data"),
    ("users", "token"),
    ("users", "tokenFile"),
    ("users", "as"),
    ("users", "as-uid"),
    ("users", "username"),
    ("users", "password"),
];

async fn set(inv: Invocation) -> Outcome {
    let [name, value] = inv.args() else {
        return Err(wrong_words(&inv, format!("Unexpected args: {}", list_of(inv.args()))));
    };
    let (list, entry, field) = property(name)?;
    let value: Value = if matches!(field, "insecure-skip-tls-verify" | "disable-compression" | "colors") {
        let wrong = || Failure::new(format!("strconv.ParseBool: parsing {value:?}: invalid syntax"));
        flags::go_bool(value).ok_or_else(wrong)?.into()
    } else if field.ends_with("-data") {
        match STANDARD.decode(value) {
            _ if inv.flags.bool("set-raw-bytes") => STANDARD.encode(value).into(),
            Ok(_) => value.as_str().into(),
            Err(why) => {
                let at = match why {
                    base64::DecodeError::InvalidByte(at, _) => at,
                    // What is left after the last four letters.
                    _ => value.len() / 4 * 4,
                };
                return Err(format!("error decoding input value: illegal base64 data at input byte {at}").into());
            }
        }
    } else {
        value.as_str().into()
    };
    if !list.is_empty() && !FIELDS.contains(&(list, field)) {
        let entries = load(&inv)?.merged();
        let known: Vec<&str> = entries[list].items().iter().map(|entry| entry["name"].str()).collect();
        return Err(format!("can't set a map to a value: map[{}]", known.join(" ")).into());
    }
    change(
        &inv,
        |file| !list.is_empty() && config::entry(file, list, entry).is_some(),
        |file| match (list, entry) {
            ("", "") => file[field] = value,
            ("", above) => file[above][field] = value,
            (list, entry) => {
                let mut changed = config::entry(file, list, entry).cloned().unwrap_or_else(Value::object);
                if value == false {
                    changed.remove(&[field]);
                } else {
                    changed[field] = value;
                }
                config::set_entry(file, list, entry, Some(changed));
            }
        },
    )?;
    inv.out(format!("Property {name:?} set.\n"));
    Ok(())
}

async fn unset(inv: Invocation) -> Outcome {
    let [name] = inv.args() else {
        return Err(wrong_words(&inv, format!("Unexpected args: {}", list_of(inv.args()))));
    };
    let (list, entry, field) = property(name)?;
    change(
        &inv,
        |file| !list.is_empty() && config::entry(file, list, entry).is_some(),
        |file| match (list, field) {
            ("", field) if entry.is_empty() => file[field] = "".into(),
            ("", field) => drop(file.remove(&[entry, field])),
            (list, "") => config::set_entry(file, list, entry, None),
            (list, field) => {
                if let Some(mut changed) = config::entry(file, list, entry).cloned() {
                    changed.remove(&[field]);
                    config::set_entry(file, list, entry, Some(changed));
                }
            }
        },
    )?;
    inv.out(format!("Property {name:?} unset.\n"));
    Ok(())
}

/// Fields that are not shown unless `--raw`.
const SECRETS: &[(&str, &str)] = &[
    ("token", "REDACTED"),
    ("password", "REDACTED"),
    ("client-key-data", "DATA+OMITTED"),
    ("client-certificate-data", "DATA+OMITTED"),
    ("certificate-authority-data", "DATA+OMITTED"),
];

async fn view(inv: Invocation) -> Outcome {
    if !inv.args().is_empty() {
        return Err(Failure::usage(format!("unexpected arguments: {}", list_of(inv.args()))));
    }
    if !inv.flags.bool("merge") && inv.flags.str("kubeconfig").is_empty() {
        return Err("if merge==false a precise file must be specified".into());
    }
    let mut config = load(&inv)?.merged();
    if inv.flags.bool("minify") {
        minify(&inv, &mut config)?;
    }
    if inv.flags.bool("flatten") {
        embed(&inv, &mut config)?;
    } else if !inv.flags.bool("raw") {
        redact(&mut config);
    }
    match Printer::of(&inv)? {
        Some(Printer::Name) => inv.out("config/<unknown>\n"),
        Some(Printer::Json) => inv.out(ordered::pretty(&config)),
        Some(printer) => inv.out(printer.print(&config, None)?),
        None => inv.out(yaml::print(&config)),
    }
    Ok(())
}

/// Leaves only what the context in use needs.
fn minify(inv: &Invocation, config: &mut Value) -> Outcome {
    let name = match inv.flags.str("context") {
        "" => config["current-context"].str().to_string(),
        name => name.to_string(),
    };
    if name.is_empty() {
        return Err("current-context must exist in order to minify".into());
    }
    let Some(context) = config::entry(config, "contexts", &name).cloned() else {
        return Err(format!("cannot locate context {name}").into());
    };
    let used = [("contexts", name.as_str()), ("clusters", context["cluster"].str()), ("users", context["user"].str())];
    for (list, kept) in used {
        let items: Vec<Value> = config[list].items().iter().filter(|item| item["name"] == kept).cloned().collect();
        config[list] = items.into();
    }
    config["current-context"] = name.as_str().into();
    Ok(())
}

/// Puts the files that entries name into the entries, so that the whole can be carried elsewhere.
fn embed(inv: &Invocation, config: &mut Value) -> Outcome {
    for (list, field) in LISTS {
        for item in config[*list].items().to_vec() {
            let mut entry = item[*field].clone();
            for file in ["certificate-authority", "client-certificate", "client-key"] {
                let path = entry[file].str().to_string();
                if path.is_empty() {
                    continue;
                }
                let missing = |_| Failure::new(format!("open {path}: no such file or directory"));
                let bytes = inv.process.files.read(&inv.process.path(&path)).map_err(missing)?;
                entry.remove(&[file]);
                entry.set(&[&format!("{file}-data")], STANDARD.encode(&*bytes));
            }
            config::set_entry(config, list, item["name"].str(), Some(entry));
        }
    }
    Ok(())
}

fn redact(config: &mut Value) {
    for (list, field) in LISTS {
        let mut items = config[*list].items().to_vec();
        for item in &mut items {
            for (secret, shown) in SECRETS {
                if !item[*field][*secret].is_empty() {
                    item[*field][*secret] = (*shown).into();
                }
            }
        }
        if !items.is_empty() {
            config[*list] = items.into();
        }
    }
}

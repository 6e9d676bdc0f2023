//! `kubectl config`: looks at and changes kubeconfig files.

use crate::kubectl::command::{Command, Group};
use crate::kubectl::config::{self, Kubeconfig, LISTS};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::help;
use crate::kubectl::invocation::Invocation;
use crate::kubectl::printers::Printer;
use crate::kubectl::printers::tabwriter::TabWriter;
use crate::meta::{Value, yaml};

/// One subcommand's row.
const fn row(path: &'static str, short: &'static str, run: crate::kubectl::command::Run) -> Command {
    Command { path, short, long: short, run: Some(run), ..Command::BASE }
}

/// The rows.
pub static ROWS: &[Command] = &[
    Command {
        path: "config",
        group: Group::Settings,
        short: "Modify kubeconfig files",
        long: "Modify kubeconfig files using subcommands such as \"kubectl config use-context dev\".\n\n The file is \
               --kubeconfig, else the first of $KUBECONFIG, else ~/.kube/config.",
        ..Command::BASE
    },
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
    inv.err(help::text(inv.command));
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

/// Sets fields of an entry from the flags that were given; whether the entry was there before.
fn merge(inv: &Invocation, list: &str, name: &str, fields: &[(&str, &str)]) -> Outcome<bool> {
    let known = config::entry(&load(inv)?.merged(), list, name).cloned();
    let mut entry = known.clone().unwrap_or_else(Value::object);
    for (flag, field) in fields.iter().filter(|(flag, _)| inv.flags.changed(flag)) {
        match inv.flags.str(flag) {
            "true" => entry[*field] = true.into(),
            "" | "false" => drop(entry.remove(&[field])),
            value => entry[*field] = value.into(),
        }
    }
    change(
        inv,
        |file| config::entry(file, list, name).is_some(),
        |file| config::set_entry(file, list, name, Some(entry)),
    )?;
    Ok(known.is_some())
}

async fn set_cluster(inv: Invocation) -> Outcome {
    let [name] = inv.args() else {
        return Err(wrong_words(&inv, format!("Unexpected args: {}", list_of(inv.args()))));
    };
    let fields = ["server", "certificate-authority", "insecure-skip-tls-verify", "tls-server-name", "proxy-url"];
    merge(&inv, "clusters", name, &fields.map(|field| (field, field)))?;
    inv.out(format!("Cluster {name:?} set.\n"));
    Ok(())
}

async fn set_credentials(inv: Invocation) -> Outcome {
    let [name] = inv.args() else {
        return Err(wrong_words(&inv, format!("unexpected args: {}", list_of(inv.args()))));
    };
    if inv.flags.changed("token") && (inv.flags.changed("username") || inv.flags.changed("password")) {
        return Err(
            "you cannot specify more than one authentication method at the same time: --token, --username/--password"
                .into(),
        );
    }
    let fields = ["token", "username", "password", "client-certificate", "client-key"];
    merge(&inv, "users", name, &fields.map(|field| (field, field)))?;
    inv.out(format!("User {name:?} set.\n"));
    Ok(())
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
    let known = merge(&inv, "contexts", &name, &["cluster", "user", "namespace"].map(|field| (field, field)))?;
    inv.out(format!("Context {name:?} {}.\n", if known { "modified" } else { "created" }));
    Ok(())
}

/// A property's way through the file: a list, an entry's name and a field, or a field at the top.
fn property<'a>(name: &'a str) -> Outcome<(&'a str, &'a str, &'a str)> {
    let parts: Vec<&str> = name.split('.').collect();
    match parts.as_slice() {
        ["current-context" | "kind" | "apiVersion"] => Ok(("", "", name)),
        [list, entry] if LISTS.iter().any(|(known, _)| known == list) => Ok((list, entry, "")),
        [list, middle @ .., field] if !middle.is_empty() && LISTS.iter().any(|(known, _)| known == list) => {
            // Names of entries may hold dots themselves.
            let start = list.len() + 1;
            Ok((list, &name[start..name.len() - field.len() - 1], field))
        }
        _ => Err(format!("unable to parse {name} after [] at api.Config").into()),
    }
}

async fn set(inv: Invocation) -> Outcome {
    let [name, value] = inv.args() else {
        return Err(wrong_words(&inv, format!("Unexpected args: {}", list_of(inv.args()))));
    };
    let (list, entry, field) = property(name)?;
    let value: Value = match value.as_str() {
        "true" if field == "insecure-skip-tls-verify" => true.into(),
        "false" if field == "insecure-skip-tls-verify" => false.into(),
        text => text.into(),
    };
    change(
        &inv,
        |file| !list.is_empty() && config::entry(file, list, entry).is_some(),
        |file| match list {
            "" => file[field] = value,
            list => {
                let mut changed = config::entry(file, list, entry).cloned().unwrap_or_else(Value::object);
                if !field.is_empty() {
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
            ("", field) => file[field] = "".into(),
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
    let mut config = load(&inv)?.merged();
    if inv.flags.bool("minify") {
        minify(&inv, &mut config)?;
    }
    if !inv.flags.bool("raw") {
        redact(&mut config);
    }
    match Printer::of(&inv)? {
        Some(Printer::Name) => inv.out("config/<unknown>\n"),
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

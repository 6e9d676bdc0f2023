//! `kubectl kuberc`: looks at and changes the user's preferences. What they do to a line of words
//! is [`crate::kubectl::kuberc`]'s.

use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::kuberc;
use crate::kubectl::printers::{Printer, ordered};
use crate::meta::{Value, yaml};
use crate::process::Node;

/// The rows.
pub static ROWS: &[Command] = &[
    Command { path: "kuberc", group: Group::Other, short: "Manage kuberc configuration files", ..Command::BASE },
    Command {
        path: "kuberc set",
        short: "Set values in the kuberc configuration",
        required: &["section"],
        run: Some(|inv| Box::pin(async move { set(&inv) })),
        ..Command::BASE
    },
    Command {
        path: "kuberc view",
        short: "Display the current kuberc configuration",
        run: Some(|inv| Box::pin(view(inv))),
        ..Command::BASE
    },
];

/// The path of the file, and what it holds; nothing if it is not there or holds nothing.
fn open(inv: &Invocation) -> Outcome<(String, Option<Value>)> {
    if kuberc::is_gated(&inv.process) {
        return Err(Failure::Plain("error: unknown command \"kuberc\" for \"kubectl\"".into()));
    }
    let variable = inv.process.var("KUBERC").unwrap_or_default();
    if variable == "off" {
        return Err("KUBERC is disabled via KUBERC=off environment variable".into());
    }
    let standard = kuberc::standard_path(&inv.process);
    let flag = inv.flags.str("kuberc");
    let path = [flag, variable, &standard].into_iter().find(|path| !path.is_empty()).unwrap_or_default();
    Ok((
        path.to_string(),
        kuberc::load(&inv.process, flag, true).map_err(Failure::new)?.map(|found| kuberc::known(&found)),
    ))
}

fn write(inv: &Invocation, path: &str, preferences: &Value) -> Outcome {
    let full = inv.process.path(path);
    if let Some((folder, _)) = full.rsplit_once('/')
        && inv.process.files.node(folder).is_none()
    {
        inv.process.files.put(folder, Node::Directory);
    }
    let written = inv.process.files.write(&full, yaml::print(preferences).as_bytes());
    written.map_err(|why| Failure::new(format!("open {path}: {}", why.to_string().to_lowercase())))?;
    inv.out(format!("Updated {path}\n"));
    Ok(())
}

async fn view(inv: Invocation) -> Outcome {
    let printer = Printer::of(&inv)?;
    let (path, found) = open(&inv)?;
    let Some(mut preferences) = found else {
        inv.out(format!("kuberc file not found at {path}\n"));
        inv.out("Would you like to generate a default kuberc file with recommended options? (y/N): ");
        let answer = inv.process.stdin.read_line().await.unwrap_or_default();
        if !matches!(answer.trim_ascii(), b"y" | b"Y" | b"yes" | b"YES" | b"Yes") {
            return Ok(());
        }
        let mut recommended = kuberc::empty();
        recommended["defaults"] = json!([
            {"command": "apply", "options": [{"name": "server-side", "default": "true"}]},
            {"command": "delete", "options": [{"name": "interactive", "default": "true"}]},
        ]);
        return write(&inv, &path, &recommended);
    };
    // What Go's decoder makes of a list that is not there.
    for list in ["aliases", "defaults"] {
        if preferences[list].is_null() {
            preferences[list] = Value::from(Vec::<Value>::new());
        }
    }
    match printer {
        Some(Printer::Name) => inv.out("preference.kubectl.config.k8s.io/<unknown>\n"),
        Some(Printer::Json) => inv.out(ordered::pretty(&preferences)),
        Some(printer) => inv.out(printer.print(&preferences, None)?),
        None => {}
    }
    Ok(())
}

fn set(inv: &Invocation) -> Outcome {
    let flags = &inv.flags;
    let given = |flag: &str| !flags.list(flag).is_empty();
    let (section, name, command) = (flags.str("section"), flags.str("name"), flags.str("command"));
    let wrong = match section {
        "aliases" if name.is_empty() => "--name is required when --section=aliases",
        "aliases" | "defaults" if command.is_empty() => {
            "--command is required when --section=aliases or --section=defaults"
        }
        "defaults" if !name.is_empty() => "--name should not be specified when --section=defaults",
        "defaults" if given("prependarg") || given("appendarg") => {
            "--prependarg and --appendarg are only valid for --section=aliases"
        }
        "aliases" | "defaults" => "",
        "credentialplugin" => return set_plugins(inv),
        _ => {
            let text = "--section must be \"defaults\", \"aliases\", or \"credentialplugin\", got: ";
            return Err(format!("{text}{section}").into());
        }
    };
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    let (path, found) = open(inv)?;
    let mut preferences = found.unwrap_or_else(kuberc::empty);
    let mut options = Vec::new();
    for option in flags.list("option") {
        let Some((flag, value)) = option.split_once('=') else {
            return Err(format!("invalid option format {option:?}, expected flag=value").into());
        };
        options.push(json!({"name": flag, "default": value}));
    }
    let (key, kind, value) =
        if section == "aliases" { ("name", "alias", name) } else { ("command", "defaults", command) };
    let mut entries = preferences[section].items().to_vec();
    let place = entries.iter().position(|entry| entry[key] == value);
    if place.is_some() && !flags.bool("overwrite") {
        let what = if section == "aliases" {
            format!("alias {value:?} already exists")
        } else {
            format!("{kind} for command {value:?} already exist")
        };
        return Err(format!("{what}, use --overwrite to replace").into());
    }
    let mut entry = json!({"command": command});
    if section == "defaults" {
        entry["options"] = if options.is_empty() { Value::Null } else { options.into() };
    } else {
        entry["name"] = name.into();
        if !options.is_empty() {
            entry["options"] = options.into();
        }
        for (flag, field) in [("prependarg", "prependArgs"), ("appendarg", "appendArgs")] {
            if given(flag) {
                entry[field] = flags.list(flag).into();
            }
        }
    }
    match place.and_then(|at| entries.get_mut(at)) {
        Some(old) => *old = entry,
        None => entries.push(entry),
    }
    preferences[section] = entries.into();
    write(inv, &path, &preferences)
}

/// Says which programs may be run for credentials.
fn set_plugins(inv: &Invocation) -> Outcome {
    let (policy, entries) = (inv.flags.str("policy"), inv.flags.list("allowlist-entry"));
    let wrong = match policy {
        "" => "--policy is required when --section=credentialplugin",
        "Allowlist" if entries.is_empty() => {
            "--allowlist-entry is required when --section=credentialplugin and --policy=Allowlist"
        }
        "AllowAll" | "DenyAll" if !entries.is_empty() => {
            "--allowlist-entry may only be used when --section=credentialplugin and --policy=Allowlist"
        }
        "AllowAll" | "DenyAll" | "Allowlist" => "",
        _ => {
            let text = " --policy must be  \"AllowAll\", \"DenyAll\", or \"Allowlist\", got: ";
            return Err(format!("{text}{policy}").into());
        }
    };
    if !wrong.is_empty() {
        return Err(wrong.into());
    }
    let mut allowed: Vec<Value> = Vec::new();
    for entry in &entries {
        let Some((field, value)) = entry.split_once('=') else {
            return Err(format!("improperly formatted allowlist entry: {entry:?}").into());
        };
        let wrong = match field {
            "command" if value.is_empty() => format!("empty value in allowlist entry for field {field:?}"),
            "command" => String::new(),
            "name" => "allowlist entry field \"name\" is deprecated, use \"command\" instead".into(),
            _ => format!("unrecognized allowlist entry field: {field:?}"),
        };
        if !wrong.is_empty() {
            return Err(wrong.into());
        }
        allowed.push(json!({"command": value}));
    }
    let (path, found) = open(inv)?;
    let mut preferences = found.unwrap_or_else(kuberc::empty);
    preferences["credentialPluginPolicy"] = policy.into();
    if !allowed.is_empty() {
        preferences["credentialPluginAllowlist"] = allowed.into();
    }
    write(inv, &path, &preferences)
}

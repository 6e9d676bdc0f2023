//! `kubectl create secret`: generic, docker-registry, tls.

use super::configmap::{append_hash, entries};
use super::generate;
use crate::json;
use crate::kubectl::command::Command;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::meta::x509;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The rows.
pub static ROWS: &[Command] = &[
    Command { path: "create secret", short: "Create a secret using a specified subcommand", ..Command::BASE },
    Command {
        path: "create secret docker-registry",
        short: "Create a secret for use with a Docker registry",
        run: Some(|inv| Box::pin(docker_registry(inv))),
        ..Command::BASE
    },
    Command {
        path: "create secret generic",
        short: "Create a secret from a local file, directory, or literal value",
        run: Some(|inv| Box::pin(generic(inv))),
        ..Command::BASE
    },
    Command {
        path: "create secret tls",
        short: "Create a TLS secret",
        run: Some(|inv| Box::pin(tls(inv))),
        ..Command::BASE
    },
];

const FAILING: &str = "failed to create secret";

async fn generic(inv: Invocation) -> Outcome {
    let name = generate::name(&inv)?;
    let mut object = generate::object("v1", "Secret", &name);
    for (key, bytes) in entries(&inv, "Secret", &name)? {
        object.set(&["data", &key], STANDARD.encode(bytes));
    }
    if !inv.flags.str("type").is_empty() {
        object["type"] = inv.flags.str("type").into();
    }
    append_hash(&inv, &mut object);
    generate::finish(&inv, object, FAILING)
}

async fn docker_registry(inv: Invocation) -> Outcome {
    let name = generate::name(&inv)?;
    let flag = |flag: &str| inv.flags.str(flag).to_string();
    let (server, user, password) = (flag("docker-server"), flag("docker-username"), flag("docker-password"));
    let mut object = generate::object("v1", "Secret", &name);
    object["type"] = "kubernetes.io/dockerconfigjson".into();
    let files = inv.flags.list("from-file");
    if files.is_empty() {
        if user.is_empty() || password.is_empty() || server.is_empty() {
            return Err("either --from-file or the combination of --docker-username, --docker-password and --docker-server is required".into());
        }
        let auth = STANDARD.encode(format!("{user}:{password}"));
        let quoted = |text: &str| json!(text).to_go_json();
        let email = match flag("docker-email") {
            email if email.is_empty() => String::new(),
            email => format!("\"email\":{},", quoted(&email)),
        };
        // The real one writes the fields in the order of its struct, which sorting would change.
        let config = format!(
            "{{\"auths\":{{{}:{{\"username\":{},\"password\":{},{email}\"auth\":\"{auth}\"}}}}}}",
            quoted(&server),
            quoted(&user),
            quoted(&password)
        );
        object.set(&["data", ".dockerconfigjson"], STANDARD.encode(config));
    } else {
        for (key, bytes) in entries(&inv, "Secret", &name)? {
            let key = if files.len() == 1 { ".dockerconfigjson".to_string() } else { key };
            object.set(&["data", &key], STANDARD.encode(bytes));
        }
    }
    append_hash(&inv, &mut object);
    generate::finish(&inv, object, FAILING)
}

async fn tls(inv: Invocation) -> Outcome {
    let name = generate::name(&inv)?;
    let (cert, key) = (inv.flags.str("cert"), inv.flags.str("key"));
    if cert.is_empty() || key.is_empty() {
        return Err("key and cert must be specified".into());
    }
    let read = |path: &str| -> Outcome<String> {
        let bytes = inv.process.files.read(&inv.process.path(path)).map_err(|why| {
            Failure::new(format!("Cannot read file {path}, open {path}: {}", why.to_string().to_ascii_lowercase()))
        })?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let (cert, key) = (read(cert)?, read(key)?);
    for (text, what) in [(&cert, "certificate"), (&key, "key")] {
        if !text.contains("-----BEGIN ") {
            let input = if what == "key" {
                "tls: failed to find any PEM data in key input"
            } else {
                "tls: failed to find any PEM data in certificate input"
            };
            return Err(input.into());
        }
    }
    if !cert.contains("-----BEGIN CERTIFICATE-----") {
        let text = "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched";
        return Err(text.into());
    }
    if !key.contains("PRIVATE KEY-----") {
        return Err("tls: found a certificate rather than a key in the PEM for the private key".into());
    }
    let certified = x509::unpem(&cert, "CERTIFICATE").and_then(|der| x509::Certificate::read(&der));
    let own = x509::unpem(&key, "PRIVATE KEY").and_then(|der| x509::public_key(&der));
    if let (Some(certified), Some(own)) = (certified, own)
        && certified.about.key != own
    {
        return Err("tls: private key does not match public key".into());
    }
    let mut object = generate::object("v1", "Secret", &name);
    object["type"] = "kubernetes.io/tls".into();
    object.set(&["data", "tls.crt"], STANDARD.encode(cert));
    object.set(&["data", "tls.key"], STANDARD.encode(key));
    append_hash(&inv, &mut object);
    generate::finish(&inv, object, FAILING)
}

//! `kubectl create token`: asks for a service account's token.

use super::generate;
use crate::api::{Method, Request};
use crate::json;
use crate::kubectl::command::Command;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::printers::Printer;

/// The rows.
pub static ROWS: &[Command] = &[Command {
    path: "create token",
    short: "Request a service account token",
    run: Some(|inv| Box::pin(run(inv))),
    ..Command::BASE
}];

async fn run(inv: Invocation) -> Outcome {
    let name = generate::name(&inv)?;
    let flags = &inv.flags;
    let kind = flags.str("bound-object-kind");
    let duration = flags.nanos("duration");
    if duration < 0 {
        return Err("--duration must be greater than or equal to 0".into());
    }
    if duration % 1_000_000_000 != 0 {
        return Err("--duration cannot be expressed in units less than seconds".into());
    }
    let versions = [("Node", "v1"), ("Pod", "v1"), ("Secret", "v1")];
    let bound = match kind {
        "" => {
            for flag in ["bound-object-name", "bound-object-uid"] {
                if !flags.str(flag).is_empty() {
                    return Err(format!("--{flag} can only be set if --bound-object-kind is provided").into());
                }
            }
            None
        }
        kind => {
            let Some((_, version)) = versions.iter().find(|(known, _)| *known == kind) else {
                let known: Vec<&str> = versions.iter().map(|(kind, _)| *kind).collect();
                return Err(format!("supported --bound-object-kind values are {}", known.join(", ")).into());
            };
            if flags.str("bound-object-name").is_empty() {
                return Err("--bound-object-name is required if --bound-object-kind is provided".into());
            }
            let mut reference = json!({"kind": kind, "apiVersion": *version, "name": (flags.str("bound-object-name"))});
            if !flags.str("bound-object-uid").is_empty() {
                reference["uid"] = flags.str("bound-object-uid").into();
            }
            Some(reference)
        }
    };
    let mut request = json!({
        "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": {}, "spec": {"audiences": null},
    });
    if !flags.list("audience").is_empty() {
        request.set(&["spec", "audiences"], flags.list("audience"));
    }
    if duration > 0 {
        request.set(&["spec", "expirationSeconds"], duration / 1_000_000_000);
    }
    if let Some(reference) = bound {
        request.set(&["spec", "boundObjectRef"], reference);
    }
    let printer = Printer::of(&inv)?;
    let path = format!("/api/v1/namespaces/{}/serviceaccounts/{name}/token", inv.namespace()?);
    let answer = inv.request(Request::new(Method::Post, &path).document(request));
    let answer = answer.map_err(|failure| Failure::new(format!("failed to create token: {}", failure.message())))?;
    match printer {
        Some(printer) => inv.out(printer.print_typed(&answer, None)?),
        // Only on a terminal does the token end its line: elsewhere it is to be used as it is.
        None => inv.out(answer.at(&["status", "token"]).str().to_string() + if inv.process.tty { "\n" } else { "" }),
    }
    Ok(())
}

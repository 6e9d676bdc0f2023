//! `kubectl certificate`: says yes or no to those who ask for a certificate.

use super::general;
use crate::json;
use crate::kubectl::command::{Command, Group};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::{DryRun, Invocation};
use crate::kubectl::printers::{Printer, print_result};
use crate::kubectl::resource::Selector;
use crate::kubectl::write;

/// The rows.
pub static ROWS: &[Command] = &[
    Command {
        path: "certificate",
        group: Group::Cluster,
        short: "Modify certificate resources",
        run: Some(general::help),
        ..Command::BASE
    },
    Command {
        path: "certificate approve",
        short: "Approve a certificate signing request",
        run: Some(|inv| Box::pin(decide(inv, "approved", &APPROVE))),
        ..Command::BASE
    },
    Command {
        path: "certificate deny",
        short: "Deny a certificate signing request",
        run: Some(|inv| Box::pin(decide(inv, "denied", &DENY))),
        ..Command::BASE
    },
];

/// A decision: the condition that says so, its reason and message, and the condition that rules it out.
struct Decision {
    condition: &'static str,
    reason: &'static str,
    message: &'static str,
    opposite: &'static str,
}

static APPROVE: Decision = Decision {
    condition: "Approved",
    reason: "KubectlApprove",
    message: "This CSR was approved by kubectl certificate approve.",
    opposite: "Denied",
};
static DENY: Decision = Decision {
    condition: "Denied",
    reason: "KubectlDeny",
    message: "This CSR was denied by kubectl certificate deny.",
    opposite: "Approved",
};

async fn decide(inv: Invocation, done: &'static str, decision: &'static Decision) -> Outcome {
    if inv.args().is_empty() && inv.flags.list("filename").is_empty() && inv.flags.str("kustomize").is_empty() {
        return Err("one or more CSRs must be specified as <name> or -f <filename>".into());
    }
    let printer = Printer::of(&inv)?;
    let words: Vec<String> = inv.args().iter().map(|name| format!("certificatesigningrequests/{name}")).collect();
    let (infos, mut failures) = Selector::new(&inv, &words).resolve(&inv).await?.fetch(&inv);
    for mut info in infos {
        let request = &info.object;
        if request.condition(decision.opposite).is_some() {
            let text = format!("certificate signing request {:?} is already {}", info.name, decision.opposite);
            failures.push(Failure::new(text));
            continue;
        }
        if request.condition(decision.condition).is_none() || inv.flags.bool("force") {
            if request.condition(decision.condition).is_none() {
                info.object["status"]["conditions"].push(json!({
                    "type": (decision.condition), "status": "True", "reason": (decision.reason),
                    "message": (decision.message), "lastUpdateTime": (inv.now().rfc3339()),
                }));
            }
            match write::replace(&inv, &info, "approval", DryRun::None) {
                Ok(object) => info.object = object,
                Err(failure) => {
                    failures.push(failure);
                    continue;
                }
            }
        }
        print_result(&inv, printer.as_ref(), &info, done)?;
    }
    Failure::collected(failures)
}

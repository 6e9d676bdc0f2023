//! What probes and lifecycle hooks may say.

use crate::kinds::field::Field;
use crate::meta::Errors;
use crate::meta::names::{http_header_name, port_name, port_number};

/// A handler's field, and what is checked of it.
type Handler = (&'static str, fn(&Field, &mut Errors));

const HANDLERS: &[Handler] = &[
    ("exec", |action, errors| _ = action.child("command").need(errors)),
    ("httpGet", |action, errors| {
        action.child("path").need(errors);
        port(&action.child("port"), errors);
        action.child("scheme").one_of(errors, &["HTTP", "HTTPS"]);
        for header in action.child("httpHeaders").each() {
            let name = header.child("name");
            name.complain(errors, http_header_name(name.str()));
        }
    }),
    ("tcpSocket", |action, errors| port(&action.child("port"), errors)),
    ("grpc", |action, errors| port(&action.child("port"), errors)),
    ("sleep", |action, errors| action.child("seconds").non_negative(errors)),
];

/// Validates the probes and hooks of a container.
pub fn validate(container: &Field, errors: &mut Errors) {
    let lifecycle = container.child("lifecycle");
    for hook in ["postStart", "preStop"] {
        if lifecycle[hook].is_object() {
            handler(&lifecycle.child(hook), errors);
        }
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let probe = container.child(name);
        if !probe.is_object() {
            continue;
        }
        handler(&probe, errors);
        for field in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
        {
            probe.child(field).non_negative(errors);
        }
        let grace = probe.child("terminationGracePeriodSeconds");
        if grace.as_i64().is_some_and(|n| n <= 0) {
            grace.invalid(errors, "must be greater than 0");
        }
        let successes = probe.child("successThreshold");
        if name == "readinessProbe" {
            if !grace.is_null() {
                grace.invalid(errors, "must not be set for readinessProbes");
            }
        } else if *successes != 1 {
            successes.invalid(errors, "must be 1");
        }
    }
}

fn handler(handler: &Field, errors: &mut Errors) {
    let mut found = false;
    for (name, check) in HANDLERS {
        let action = handler.child(name);
        if !action.is_object() {
            continue;
        }
        if found {
            action.forbidden(errors, "may not specify more than 1 handler type");
        } else {
            check(&action, errors);
        }
        found = true;
    }
    if !found {
        handler.required(errors, "must specify a handler type");
    }
}

/// Validates a port given by number or by name.
pub fn port(port: &Field, errors: &mut Errors) {
    match port.as_str() {
        Some(name) => port.complain(errors, port_name(name)),
        None => {
            let number = port.int().into();
            port.with(&number).complain(errors, port_number(port.int()));
        }
    }
}

//! The generators of small objects: namespace, serviceaccount, quota, priorityclass,
//! poddisruptionbudget, ingress.

use super::generate;
use crate::json;
use crate::kubectl::command::Command;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::meta::selector::Operator;
use crate::meta::{Quantity, Selector, Value};

/// The rows.
pub static ROWS: &[Command] = &[
    Command {
        path: "create ingress",
        aliases: &["ing"],
        short: "Create an ingress with the specified name",
        run: Some(|inv| Box::pin(ingress(inv))),
        ..Command::BASE
    },
    Command {
        path: "create namespace",
        aliases: &["ns"],
        short: "Create a namespace with the specified name",
        run: Some(|inv| Box::pin(namespace(inv))),
        ..Command::BASE
    },
    Command {
        path: "create poddisruptionbudget",
        aliases: &["pdb"],
        short: "Create a pod disruption budget with the specified name",
        run: Some(|inv| Box::pin(disruption_budget(inv))),
        ..Command::BASE
    },
    Command {
        path: "create priorityclass",
        aliases: &["pc"],
        short: "Create a priority class with the specified name",
        run: Some(|inv| Box::pin(priority_class(inv))),
        ..Command::BASE
    },
    Command {
        path: "create quota",
        aliases: &["resourcequota"],
        short: "Create a quota with the specified name",
        run: Some(|inv| Box::pin(quota(inv))),
        ..Command::BASE
    },
    Command {
        path: "create serviceaccount",
        aliases: &["sa"],
        short: "Create a service account with the specified name",
        run: Some(|inv| Box::pin(service_account(inv))),
        ..Command::BASE
    },
];

async fn namespace(inv: Invocation) -> Outcome {
    let mut object = generate::object("v1", "Namespace", &generate::name(&inv)?);
    object["spec"] = Value::object();
    object["status"] = Value::object();
    generate::finish(&inv, object, "")
}

async fn service_account(inv: Invocation) -> Outcome {
    let object = generate::object("v1", "ServiceAccount", &generate::name(&inv)?);
    generate::finish(&inv, object, "failed to create serviceaccount:")
}

async fn quota(inv: Invocation) -> Outcome {
    let mut object = generate::object("v1", "ResourceQuota", &generate::name(&inv)?);
    object["spec"] = Value::object();
    for pair in inv.flags.str("hard").split(',').filter(|pair| !pair.is_empty()) {
        let Some((resource, amount)) = pair.split_once('=').filter(|(_, amount)| !amount.contains('=')) else {
            return Err(format!("Invalid argument syntax {pair}, expected <resource>=<value>").into());
        };
        let amount = Quantity::parse(amount).map_err(Failure::from)?;
        object.set(&["spec", "hard", resource], amount.to_string());
    }
    let scopes: Vec<&str> = inv.flags.str("scopes").split(',').filter(|scope| !scope.is_empty()).collect();
    if !scopes.is_empty() {
        object.set(&["spec", "scopes"], scopes);
    }
    object["status"] = Value::object();
    generate::finish(&inv, object, "failed to create quota:")
}

async fn priority_class(inv: Invocation) -> Outcome {
    let mut object = generate::object("scheduling.k8s.io/v1", "PriorityClass", &generate::name(&inv)?);
    object["value"] = inv.flags.int("value").into();
    object["preemptionPolicy"] = inv.flags.str("preemption-policy").into();
    if !inv.flags.str("description").is_empty() {
        object["description"] = inv.flags.str("description").into();
    }
    if inv.flags.bool("global-default") {
        object["globalDefault"] = true.into();
    }
    generate::finish(&inv, object, "failed to create priorityclass:")
}

async fn disruption_budget(inv: Invocation) -> Outcome {
    let mut object = generate::object("policy/v1", "PodDisruptionBudget", &generate::name(&inv)?);
    let (least, most) = (inv.flags.str("min-available"), inv.flags.str("max-unavailable"));
    if inv.flags.str("selector").is_empty() {
        return Err("a selector must be specified".into());
    }
    let (field, flag, amount) = match (least, most) {
        ("", "") => return Err("one of min-available or max-unavailable must be specified".into()),
        (least, "") => ("minAvailable", "min-available", least),
        ("", most) => ("maxUnavailable", "max-unavailable", most),
        _ => return Err("min-available and max-unavailable cannot be both specified".into()),
    };
    let digits = amount.strip_suffix('%').unwrap_or(amount);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(format!("invalid format specified for {flag}").into());
    }
    object.set(&["spec", field], generate::int_or_string(amount));
    object.set(&["spec", "selector"], label_selector(inv.flags.str("selector"))?);
    object["status"] = json!({"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0});
    generate::finish(&inv, object, "failed to create poddisruptionbudgets:")
}

/// A `LabelSelector` of a selector as one types it.
fn label_selector(text: &str) -> Outcome<Value> {
    let selector = Selector::parse(text).map_err(Failure::new)?;
    let mut document = Value::object();
    for requirement in selector.requirements() {
        let operator = match requirement.operator {
            Operator::In | Operator::Equals | Operator::DoubleEquals => "In",
            Operator::NotIn | Operator::NotEquals => "NotIn",
            Operator::Exists => "Exists",
            Operator::DoesNotExist => "DoesNotExist",
            _ => return Err(format!("{text:?} is not a valid label selector").into()),
        };
        let values: Vec<&str> = requirement.values.iter().map(String::as_str).collect();
        match values.as_slice() {
            [value] if operator == "In" => document.set(&["matchLabels", &requirement.key], *value),
            values => {
                let mut expression = json!({"key": (requirement.key.as_str()), "operator": operator});
                if !values.is_empty() {
                    expression["values"] = values.into();
                }
                document["matchExpressions"].push(expression);
            }
        }
    }
    Ok(document)
}

async fn ingress(inv: Invocation) -> Outcome {
    let name = generate::name(&inv)?;
    let (rules, default) = (inv.flags.list("rule"), inv.flags.str("default-backend"));
    if rules.is_empty() && default.is_empty() {
        return Err("not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)".into());
    }
    let mut object = generate::object("networking.k8s.io/v1", "Ingress", &name);
    for annotation in inv.flags.list("annotation") {
        let Some((key, value)) = annotation.split_once('=') else {
            return Err(format!("annotation {annotation} is invalid and should be in format key=[value]").into());
        };
        object.set(&["metadata", "annotations", key], value);
    }
    object["spec"] = Value::object();
    if !inv.flags.str("class").is_empty() {
        object.set(&["spec", "ingressClassName"], inv.flags.str("class"));
    }
    if !default.is_empty() {
        let backend = backend(default)
            .ok_or_else(|| format!("default-backend should be in format servicename:serviceport, not {default}"))?;
        object.set(&["spec", "defaultBackend"], backend);
    }
    for rule in &rules {
        add_rule(&mut object["spec"], rule).ok_or_else(|| {
            format!("rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]")
        })?;
    }
    object["status"] = json!({"loadBalancer": {}});
    generate::finish(&inv, object, "failed to create ingress:")
}

/// `svc:80`, `svc:http`
fn backend(text: &str) -> Option<Value> {
    let (service, port) = text.split_once(':').filter(|(service, port)| !service.is_empty() && !port.is_empty())?;
    let port = match port.parse::<i64>() {
        Ok(number) => json!({"number": number}),
        Err(_) => json!({"name": port}),
    };
    Some(json!({"service": {"name": service, "port": port}}))
}

/// `host/path*=svc:port[,tls[=secret]]`
fn add_rule(spec: &mut Value, rule: &str) -> Option<()> {
    let (route, options) = rule.split_once(',').map_or((rule, None), |(route, options)| (route, Some(options)));
    let (place, service) = route.split_once('=')?;
    let at = place.find('/')?;
    let (host, path) = place.split_at(at);
    let (path, kind) = match path.strip_suffix('*') {
        Some(prefix) => (prefix, "Prefix"),
        None => (path, "Exact"),
    };
    let entry = json!({"backend": (backend(service)?), "path": path, "pathType": kind});
    let rules = spec["rules"].array_mut();
    match rules.iter_mut().find(|rule| rule["host"].str() == host) {
        Some(rule) => rule["http"]["paths"].push(entry),
        None => {
            let mut rule = json!({"http": {"paths": [entry]}});
            if !host.is_empty() {
                rule["host"] = host.into();
            }
            rules.push(rule);
        }
    }
    if let Some(options) = options {
        let secret = options.strip_prefix("tls")?;
        let mut tls = Value::object();
        if !host.is_empty() {
            tls["hosts"].push(host);
        }
        if let Some(secret) = secret.strip_prefix('=').filter(|secret| !secret.is_empty()) {
            tls["secretName"] = secret.into();
        }
        spec["tls"].push(tls);
    }
    Some(())
}

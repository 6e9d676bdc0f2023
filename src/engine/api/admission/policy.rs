//! ValidatingAdmissionPolicies: what the cluster's users say, in expressions, may not be written.

use super::Plugin;
use crate::api::operation::{Operation, Verb};
use crate::api::reviews::user_info;
use crate::api::server::ApiServer;
use crate::json;
use crate::meta::cel::{Budget, Data, Program, Scope};
use crate::meta::{Object, Selector, Status, Value};

pub(super) static PLUGIN: Plugin =
    Plugin { name: "ValidatingAdmissionPolicy", resources: &[], mutate: None, validate: Some(validate) };

const POLICIES: &str = "validatingadmissionpolicies.admissionregistration.k8s.io";
const BINDINGS: &str = "validatingadmissionpolicybindings.admissionregistration.k8s.io";

fn validate(server: &mut ApiServer, op: &mut Operation, object: &Object, old: Option<&Object>) -> Result<(), Status> {
    // What guards the door is not itself guarded, or no mistake could be mended.
    if op.resource.is(POLICIES) || op.resource.is(BINDINGS) {
        return Ok(());
    }
    let bindings: Vec<Object> = server.store.list(BINDINGS, None).map(|(_, binding)| binding.clone()).collect();
    if bindings.is_empty() {
        return Ok(());
    }
    let write = Write::of(server, op, object, old);
    for binding in bindings {
        let name = binding["spec"]["policyName"].str();
        let Some(policy) = server.lookup(POLICIES, "", name).cloned() else { continue };
        let spec = policy.spec();
        if !write.is_meant(&spec["matchConstraints"]) || !write.is_meant_too(&binding["spec"]["matchResources"]) {
            continue;
        }
        let parameters = match parameters(server, &write, spec, &binding["spec"]["paramRef"]) {
            Ok(parameters) => parameters,
            Err(why) => vec![Err(why)],
        };
        for parameter in parameters {
            let Some(complaint) = judge(&write, spec, parameter) else { continue };
            let place = format!("ValidatingAdmissionPolicy '{name}' with binding '{}'", binding.name());
            let actions = binding["spec"]["validationActions"].items();
            if actions.iter().any(|action| *action == "Warn") {
                op.warnings.push(format!("Validation failed for {place}: {}", complaint.message));
            }
            if actions.iter().any(|action| *action == "Deny") {
                return Err(refuse(op, object.name(), &format!("{place} denied request: "), &complaint));
            }
        }
    }
    Ok(())
}

/// Why a policy says no.
struct Complaint {
    message: String,
    reason: String,
}

fn refuse(op: &Operation, name: &str, place: &str, complaint: &Complaint) -> Status {
    let message = format!("{place}{}", complaint.message);
    let mut status = op.forbidden(name, &message);
    (status.code, status.reason) = match complaint.reason.as_str() {
        "Unauthorized" => (401, "Unauthorized"),
        "Forbidden" => (403, "Forbidden"),
        "RequestEntityTooLarge" => (413, "RequestEntityTooLarge"),
        _ => (422, "Invalid"),
    };
    status.details["causes"] = json!([{"message": message}]);
    status
}

/// A write, as expressions see it.
struct Write {
    operation: &'static str,
    group: String,
    version: String,
    /// With the subresource, as rules name it.
    resource: String,
    namespaced: bool,
    namespace: Value,
    name: String,
    object: Value,
    old: Value,
    request: Value,
}

impl Write {
    fn of(server: &ApiServer, op: &Operation, object: &Object, old: Option<&Object>) -> Write {
        let operation = match (op.verb, old) {
            (Verb::Delete | Verb::DeleteCollection, _) => "DELETE",
            (_, None) => "CREATE",
            (_, Some(_)) => "UPDATE",
        };
        let (group, version) = (op.resource.group.to_string(), op.resource.version.to_string());
        let resource = match op.subresource.as_str() {
            "" => op.resource.plural.to_string(),
            sub => format!("{}/{sub}", op.resource.plural),
        };
        let mut request = json!({
            "kind": {"group": (&group), "version": (&version), "kind": (&op.resource.kind)},
            "resource": {"group": (&group), "version": (&version), "resource": (&op.resource.plural)},
            "name": (object.name()), "operation": operation, "userInfo": (user_info(op.user)),
            "dryRun": (op.options.dry_run),
        });
        if !op.namespace.is_empty() {
            request["namespace"] = op.namespace.as_str().into();
        }
        if !op.subresource.is_empty() {
            request["subResource"] = op.subresource.as_str().into();
        }
        let namespace = server.lookup("namespaces", "", &op.namespace).map_or(Value::Null, |found| found.0.clone());
        Write {
            operation,
            group,
            version,
            resource,
            namespaced: op.resource.namespaced,
            // A namespace is its own.
            namespace: if op.resource.is("namespaces") { object.0.clone() } else { namespace },
            name: object.name().into(),
            object: if operation == "DELETE" { Value::Null } else { object.0.clone() },
            old: old.map_or(Value::Null, |old| old.0.clone()),
            request,
        }
    }

    /// Whether a policy's `matchConstraints` name it.
    fn is_meant(&self, constraints: &Value) -> bool {
        constraints["resourceRules"].items().iter().any(|rule| self.is_named(rule)) && self.is_selected(constraints)
    }

    /// Whether a binding's `matchResources`, which may leave everything open, name it.
    fn is_meant_too(&self, resources: &Value) -> bool {
        let rules = &resources["resourceRules"];
        (rules.is_empty() || rules.items().iter().any(|rule| self.is_named(rule))) && self.is_selected(resources)
    }

    fn is_selected(&self, constraints: &Value) -> bool {
        let fits = |selector: &Value, object: &Value| {
            selector.is_empty()
                || Selector::from_value(selector).is_ok_and(|found| found.matches(&object["metadata"]["labels"]))
        };
        !constraints["excludeResourceRules"].items().iter().any(|rule| self.is_named(rule))
            && (self.namespace.is_null() || fits(&constraints["namespaceSelector"], &self.namespace))
            && [&self.object, &self.old]
                .iter()
                .any(|object| !object.is_null() && fits(&constraints["objectSelector"], object))
    }

    fn is_named(&self, rule: &Value) -> bool {
        let has = |field: &str, wanted: &str| rule[field].items().iter().any(|item| *item == "*" || *item == *wanted);
        let resource = rule["resources"].items().iter().any(|item| match (item.str(), self.resource.split_once('/')) {
            ("*/*", _) => true,
            ("*", below) => below.is_none(),
            (text, Some((main, sub))) => {
                text == self.resource || text == format!("{main}/*") || text == format!("*/{sub}")
            }
            (text, None) => text == self.resource,
        });
        let scope = match rule["scope"].str() {
            "Cluster" => !self.namespaced,
            "Namespaced" => self.namespaced,
            _ => true,
        };
        let names = &rule["resourceNames"];
        resource
            && scope
            && has("apiGroups", &self.group)
            && has("apiVersions", &self.version)
            && has("operations", self.operation)
            && (names.is_empty() || names.items().iter().any(|name| *name == *self.name))
    }
}

/// The objects that a policy is asked with: one, several by labels, or none where it has none.
fn parameters(
    server: &ApiServer,
    write: &Write,
    spec: &Value,
    reference: &Value,
) -> Result<Vec<Result<Value, String>>, String> {
    let kind = &spec["paramKind"];
    if kind.is_null() || reference.is_null() {
        return Ok(vec![Ok(Value::Null)]);
    }
    let (version, kind) = (kind["apiVersion"].str(), kind["kind"].str());
    let resource = server.catalog.of_kind(version, kind);
    let resource =
        resource.ok_or_else(|| format!("failed to find resource referenced by paramKind: '{version}, Kind={kind}'"))?;
    let namespace = match reference["namespace"].str() {
        _ if !resource.namespaced => "",
        "" => write.request["namespace"].str(),
        given => given,
    };
    let found: Vec<Result<Value, String>> = match reference["name"].str() {
        "" => {
            let selector = Selector::from_value(&reference["selector"]).map_err(|_| "invalid selector")?;
            let all = server.store.list(&resource.storage, Some(namespace).filter(|namespace| !namespace.is_empty()));
            all.filter(|(_, object)| selector.matches(object.labels()))
                .map(|(_, object)| Ok(object.0.clone()))
                .collect()
        }
        name => {
            server.lookup(&resource.storage, namespace, name).map(|object| Ok(object.0.clone())).into_iter().collect()
        }
    };
    if found.is_empty() && reference["parameterNotFoundAction"] != "Allow" {
        return Err("no params found for policy binding with `Deny` parameterNotFoundAction".into());
    }
    Ok(found)
}

/// What a policy says of a write; `None` if it has nothing against it.
fn judge(write: &Write, spec: &Value, parameter: Result<Value, String>) -> Option<Complaint> {
    let lenient = spec["failurePolicy"] == "Ignore";
    let fail = |message: String| (!lenient).then_some(Complaint { message, reason: String::new() });
    let parameter = match parameter {
        Ok(parameter) => parameter,
        Err(why) => return fail(format!("failed to configure binding: {why}")),
    };
    let mut budget = Budget::default();
    let mut variables = Value::object();
    let mut ask = |text: &str, variables: &Value| -> Result<Data, String> {
        let values = [
            ("object", &write.object),
            ("oldObject", &write.old),
            ("request", &write.request),
            ("namespaceObject", &write.namespace),
            ("params", &parameter),
            ("variables", variables),
        ]
        .map(|(name, value)| (name, Data::Value(value.clone())));
        let program = Program::parse(text)?;
        with(&values, None, &mut |scope| program.eval(scope, &mut budget))
    };
    for condition in spec["matchConditions"].items() {
        match ask(condition["expression"].str(), &variables).map(|verdict| verdict.as_bool()) {
            Ok(Some(true)) => {}
            Ok(_) => return None,
            Err(why) => return fail(why),
        }
    }
    for variable in spec["variables"].items() {
        // One that cannot be worked out is missing where it is used.
        if let Ok(value) = ask(variable["expression"].str(), &variables) {
            variables[variable["name"].str()] = value.into_value();
        }
    }
    for validation in spec["validations"].items() {
        let text = validation["expression"].str();
        let verdict = match ask(text, &variables) {
            Ok(verdict) => verdict.as_bool(),
            Err(_) if lenient => continue,
            Err(why) => return fail(format!("expression '{}' resulted in error: {why}", text.trim())),
        };
        if verdict == Some(true) {
            continue;
        }
        let own = match validation["messageExpression"].str() {
            "" => None,
            text => ask(text, &variables).ok().and_then(|made| made.text().ok().map(|text| text.trim().to_string())),
        };
        let message =
            own.filter(|text| !text.is_empty() && !text.contains('\n')).unwrap_or_else(|| match validation["message"]
                .str()
                .trim()
            {
                "" => format!("failed expression: {}", text.trim()),
                message => message.into(),
            });
        return Some(Complaint { message, reason: validation["reason"].str().into() });
    }
    None
}

/// Runs with variables of these names.
fn with<T>(values: &[(&str, Data)], outer: Option<&Scope>, run: &mut dyn FnMut(Option<&Scope>) -> T) -> T {
    match values.split_first() {
        None => run(outer),
        Some(((name, value), rest)) => with(rest, Some(&Scope { name, value, outer }), run),
    }
}

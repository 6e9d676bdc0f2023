//! What extends admission: webhooks and policies. Validating policies are asked; the rest is
//! stored and shown only.

use super::columns::{AGE, NAME, integer, text};
use super::field::Field;
use super::pod::defaults::{each, set_missing};
use super::{Column, Kind};
use crate::meta::cel::Program;
use crate::meta::{Errors, Object, Value};

/// The row of MutatingAdmissionPolicy.
pub static MUTATING_POLICY: Kind = Kind {
    group: "admissionregistration.k8s.io",
    kind: "MutatingAdmissionPolicy",
    plural: "mutatingadmissionpolicies",
    singular: "mutatingadmissionpolicy",
    categories: &["api-extensions"],
    generation: true,
    unconditional_update: false,
    schema: "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicy",
    columns: || MUTATING_POLICY_COLUMNS,
    ..Kind::CLUSTER
};

/// The row of MutatingAdmissionPolicyBinding.
pub static MUTATING_POLICY_BINDING: Kind = Kind {
    group: "admissionregistration.k8s.io",
    kind: "MutatingAdmissionPolicyBinding",
    plural: "mutatingadmissionpolicybindings",
    singular: "mutatingadmissionpolicybinding",
    categories: &["api-extensions"],
    generation: true,
    unconditional_update: false,
    schema: "io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBinding",
    columns: || BINDING_COLUMNS,
    ..Kind::CLUSTER
};

/// The row of MutatingWebhookConfiguration.
pub static MUTATING_WEBHOOK: Kind = Kind {
    group: "admissionregistration.k8s.io",
    kind: "MutatingWebhookConfiguration",
    plural: "mutatingwebhookconfigurations",
    singular: "mutatingwebhookconfiguration",
    categories: &["api-extensions"],
    generation: true,
    unconditional_update: false,
    schema: "io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration",
    columns: || WEBHOOK_COLUMNS,
    ..Kind::CLUSTER
};

/// The row of ValidatingAdmissionPolicy.
pub static VALIDATING_POLICY: Kind = Kind {
    group: "admissionregistration.k8s.io",
    kind: "ValidatingAdmissionPolicy",
    plural: "validatingadmissionpolicies",
    singular: "validatingadmissionpolicy",
    categories: &["api-extensions"],
    subresources: &["status"],
    generation: true,
    unconditional_update: false,
    schema: "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy",
    columns: || VALIDATING_POLICY_COLUMNS,
    defaults: |policy| {
        set_missing(policy.entry("spec"), "failurePolicy", "Fail");
        constraint_defaults(policy.entry("spec"), "matchConstraints");
    },
    validate: policy,
    ..Kind::CLUSTER
};

/// The row of ValidatingAdmissionPolicyBinding.
pub static VALIDATING_POLICY_BINDING: Kind = Kind {
    group: "admissionregistration.k8s.io",
    kind: "ValidatingAdmissionPolicyBinding",
    plural: "validatingadmissionpolicybindings",
    singular: "validatingadmissionpolicybinding",
    categories: &["api-extensions"],
    generation: true,
    unconditional_update: false,
    schema: "io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding",
    columns: || BINDING_COLUMNS,
    defaults: |binding| constraint_defaults(binding.entry("spec"), "matchResources"),
    validate: binding,
    ..Kind::CLUSTER
};

/// The row of ValidatingWebhookConfiguration.
pub static VALIDATING_WEBHOOK: Kind = Kind {
    group: "admissionregistration.k8s.io",
    kind: "ValidatingWebhookConfiguration",
    plural: "validatingwebhookconfigurations",
    singular: "validatingwebhookconfiguration",
    categories: &["api-extensions"],
    generation: true,
    unconditional_update: false,
    schema: "io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration",
    columns: || WEBHOOK_COLUMNS,
    ..Kind::CLUSTER
};

/// Fills in what a policy or a binding says of the writes it is about.
fn constraint_defaults(spec: &mut Value, field: &str) {
    if !spec[field].is_object() {
        return;
    }
    let constraints = spec.entry(field);
    set_missing(constraints, "matchPolicy", "Equivalent");
    for selector in ["namespaceSelector", "objectSelector"] {
        constraints.set_default(&[selector], Value::object());
    }
    for rules in ["resourceRules", "excludeResourceRules"] {
        each(constraints, rules, |rule| set_missing(rule, "scope", "*"));
    }
}

/// The names that stand for something in a policy's expressions.
const VARIABLES: &[&str] = &["object", "oldObject", "request", "namespaceObject", "params", "variables", "authorizer"];

fn policy(policy: &Object, _: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(policy);
    let spec = root.child("spec");
    spec.child("failurePolicy").one_of(errors, &["Fail", "Ignore"]);
    let constraints = spec.child("matchConstraints");
    if constraints.is_null() {
        constraints.required(errors, "");
    } else if constraints["resourceRules"].is_empty() {
        constraints.child("resourceRules").required(errors, "");
    }
    if spec["validations"].is_empty() && spec["auditAnnotations"].is_empty() {
        let why = "validations or auditAnnotations must contain at least one item";
        spec.child("validations").required(errors, why);
    }
    for (list, fields) in [
        ("matchConditions", &["expression"][..]),
        ("variables", &["expression"]),
        ("validations", &["expression", "messageExpression"]),
    ] {
        for item in spec.child(list).each() {
            for name in fields {
                expression(&item.child(name), *name == "expression", errors);
            }
        }
    }
}

fn expression(field: &Field, needed: bool, errors: &mut Errors) {
    if field.str().trim().is_empty() {
        if needed {
            field.required(errors, "expression is not specified");
        }
        return;
    }
    let known: Vec<(&str, Option<&Value>)> = VARIABLES.iter().map(|name| (*name, None)).collect();
    if let Err(why) = Program::parse(field.str()).and_then(|program| program.check(&known)) {
        field.invalid(errors, &format!("compilation failed: {why}"));
    }
}

fn binding(binding: &Object, _: Option<&Object>, errors: &mut Errors) {
    let root = Field::root(binding);
    let spec = root.child("spec");
    spec.child("policyName").need(errors);
    let actions = spec.child("validationActions");
    if actions.need(errors) {
        for action in actions.each() {
            action.one_of(errors, &["Audit", "Deny", "Warn"]);
        }
    }
}

const MUTATING_POLICY_COLUMNS: &[Column] = &[
    NAME,
    integer(
        "Mutations",
        "Mutations indicates the number of mutations rules defined in this configuration",
        |policy, _| policy.spec()["mutations"].items().len().into(),
    ),
    PARAM_KIND,
    AGE,
];
const VALIDATING_POLICY_COLUMNS: &[Column] = &[
    NAME,
    integer(
        "Validations",
        "Validations indicates the number of validation rules defined in this configuration",
        |policy, _| policy.spec()["validations"].items().len().into(),
    ),
    PARAM_KIND,
    AGE,
];
const BINDING_COLUMNS: &[Column] = &[
    NAME,
    text("PolicyName", "The name of the policy that is bound", |binding, _| binding.spec()["policyName"].str().into()),
    text("ParamRef", "The resource that holds the parameters", |binding, _| {
        let reference = &binding.spec()["paramRef"];
        match (reference["namespace"].str(), reference["name"].str()) {
            _ if reference.is_null() => "<unset>".into(),
            ("", "") => "*".into(),
            ("", name) => name.into(),
            (namespace, name) => format!("{namespace}/{name}").into(),
        }
    }),
    AGE,
];
const WEBHOOK_COLUMNS: &[Column] = &[
    NAME,
    integer("Webhooks", "Webhooks indicates the number of webhooks registered in this configuration", |hook, _| {
        hook["webhooks"].items().len().into()
    }),
    AGE,
];
const PARAM_KIND: Column =
    text("ParamKind", "ParamKind specifies the kind of resources used to parameterize this policy", |policy, _| {
        param_kind(policy)
    });

fn param_kind(policy: &Object) -> Value {
    let kind = &policy.spec()["paramKind"];
    if kind.is_null() {
        return "<unset>".into();
    }
    format!("{}/{}", kind["apiVersion"].str(), kind["kind"].str()).into()
}

//! What extends admission: webhooks and policies. Stored and shown, not called.

use super::columns::{AGE, NAME, integer, text};
use super::{Column, Kind};
use crate::meta::{Object, Value};

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
    columns: MUTATING_POLICY_COLUMNS,
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
    columns: BINDING_COLUMNS,
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
    columns: WEBHOOK_COLUMNS,
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
    columns: VALIDATING_POLICY_COLUMNS,
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
    columns: BINDING_COLUMNS,
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
    columns: WEBHOOK_COLUMNS,
    ..Kind::CLUSTER
};

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

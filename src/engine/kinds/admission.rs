//! What extends admission: webhooks and policies. Stored and shown, not called.

use super::Kind;

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
    ..Kind::CLUSTER
};

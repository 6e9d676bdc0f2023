//! Reviews: questions put to the API server, answered and never stored.

use super::Kind;

/// The row of SelfSubjectReview.
pub static SELF_SUBJECT_REVIEW: Kind = Kind {
    group: "authentication.k8s.io",
    kind: "SelfSubjectReview",
    plural: "selfsubjectreviews",
    singular: "selfsubjectreview",
    verbs: &["create"],
    schema: "io.k8s.api.authentication.v1.SelfSubjectReview",
    ..Kind::CLUSTER
};

/// The row of TokenReview.
pub static TOKEN_REVIEW: Kind = Kind {
    group: "authentication.k8s.io",
    kind: "TokenReview",
    plural: "tokenreviews",
    singular: "tokenreview",
    verbs: &["create"],
    schema: "io.k8s.api.authentication.v1.TokenReview",
    ..Kind::CLUSTER
};

/// The row of LocalSubjectAccessReview.
pub static LOCAL_SUBJECT_ACCESS_REVIEW: Kind = Kind {
    group: "authorization.k8s.io",
    kind: "LocalSubjectAccessReview",
    plural: "localsubjectaccessreviews",
    singular: "localsubjectaccessreview",
    verbs: &["create"],
    schema: "io.k8s.api.authorization.v1.LocalSubjectAccessReview",
    ..Kind::NAMESPACED
};

/// The row of SelfSubjectAccessReview.
pub static SELF_SUBJECT_ACCESS_REVIEW: Kind = Kind {
    group: "authorization.k8s.io",
    kind: "SelfSubjectAccessReview",
    plural: "selfsubjectaccessreviews",
    singular: "selfsubjectaccessreview",
    verbs: &["create"],
    schema: "io.k8s.api.authorization.v1.SelfSubjectAccessReview",
    ..Kind::CLUSTER
};

/// The row of SelfSubjectRulesReview.
pub static SELF_SUBJECT_RULES_REVIEW: Kind = Kind {
    group: "authorization.k8s.io",
    kind: "SelfSubjectRulesReview",
    plural: "selfsubjectrulesreviews",
    singular: "selfsubjectrulesreview",
    verbs: &["create"],
    schema: "io.k8s.api.authorization.v1.SelfSubjectRulesReview",
    ..Kind::CLUSTER
};

/// The row of SubjectAccessReview.
pub static SUBJECT_ACCESS_REVIEW: Kind = Kind {
    group: "authorization.k8s.io",
    kind: "SubjectAccessReview",
    plural: "subjectaccessreviews",
    singular: "subjectaccessreview",
    verbs: &["create"],
    schema: "io.k8s.api.authorization.v1.SubjectAccessReview",
    ..Kind::CLUSTER
};

//! What a build must know of the API without a server: which kinds have no namespace, and how
//! their lists merge.

use super::resmap::Gvk;
use crate::kubectl::discovery;
use crate::kubectl::write;
use crate::schema::Type;

/// The groups and kinds that stand in no namespace.
const CLUSTER_SCOPED: &[(&str, &str)] = &[
    ("", "ComponentStatus|Namespace|Node|PersistentVolume"),
    (
        "admissionregistration.k8s.io",
        "MutatingWebhookConfiguration|ValidatingWebhookConfiguration|ValidatingAdmissionPolicy|\
         ValidatingAdmissionPolicyBinding|MutatingAdmissionPolicy|MutatingAdmissionPolicyBinding",
    ),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("apiregistration.k8s.io", "APIService"),
    ("authentication.k8s.io", "SelfSubjectReview|TokenReview"),
    ("authorization.k8s.io", "SelfSubjectAccessReview|SelfSubjectRulesReview|SubjectAccessReview"),
    ("certificates.k8s.io", "CertificateSigningRequest|ClusterTrustBundle"),
    ("flowcontrol.apiserver.k8s.io", "FlowSchema|PriorityLevelConfiguration"),
    ("networking.k8s.io", "IngressClass|IPAddress|ServiceCIDR"),
    ("node.k8s.io", "RuntimeClass"),
    ("policy", "PodSecurityPolicy"),
    ("rbac.authorization.k8s.io", "ClusterRole|ClusterRoleBinding"),
    ("resource.k8s.io", "DeviceClass|ResourceSlice"),
    ("scheduling.k8s.io", "PriorityClass"),
    ("storage.k8s.io", "CSIDriver|CSINode|StorageClass|VolumeAttachment|VolumeAttributesClass"),
];

/// Whether a kind's objects have no namespace; those of kinds unknown have one.
pub fn is_cluster_scoped(group: &str, kind: &str) -> bool {
    CLUSTER_SCOPED.iter().any(|(g, kinds)| *g == group && kinds.split('|').any(|k| k == kind))
}

/// The type of a kind's objects; `None` for custom resources.
pub fn of(gvk: &Gvk) -> Option<&'static Type> {
    let Gvk { group, version, kind } = gvk.clone();
    write::schema_of(&discovery::Resource { group, version, kind, ..discovery::Resource::default() })
}

//! What names may look like: the checks of apimachinery's `validation` package, with its texts.
//!
//! Each function answers with the complaints about one value; none means that it is fine.

/// The complaints about a value.
pub type Complaints = Vec<String>;

const LABEL: (&str, &str, &[&str]) = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    "[a-z0-9]([-a-z0-9]*[a-z0-9])?",
    &["my-name", "123-abc"],
);
const SUBDOMAIN: (&str, &str, &[&str]) = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
    &["example.com"],
);
const LABEL_1035: (&str, &str, &[&str]) = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    "[a-z]([-a-z0-9]*[a-z0-9])?",
    &["my-name", "abc-123"],
);
const WILDCARD: (&str, &str, &[&str]) = (
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    r"\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
    &["*.example.com"],
);
const QUALIFIED: (&str, &str, &[&str]) = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]",
    &["MyName", "my.name", "123-abc"],
);
const LABEL_VALUE: (&str, &str, &[&str]) = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?",
    &["MyValue", "my_value", "12345"],
);
const CONFIG_KEY: (&str, &str, &[&str]) = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    "[-._a-zA-Z0-9]+",
    &["key.name", "KEY_NAME", "key-name"],
);
const ENV_NAME: (&str, &str, &[&str]) = (
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
    "[-._a-zA-Z][-._a-zA-Z0-9]*",
    &["my.env-name", "MY_ENV.NAME", "MyEnvName1"],
);
const C_IDENTIFIER: (&str, &str, &[&str]) = (
    "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
    "[A-Za-z_][A-Za-z0-9_]*",
    &["my_name", "MY_NAME", "MyName"],
);
const HEADER: (&str, &str, &[&str]) =
    ("a valid HTTP header must consist of alphanumeric characters or '-'", "[-A-Za-z0-9]+", &["X-Header-Name"]);

/// Such as `must consist of ... (e.g. 'a',  or 'b', regex used for validation is '...')`.
fn regex_error((message, pattern, examples): (&str, &str, &[&str])) -> String {
    let mut text = format!("{message} (e.g. ");
    for (at, example) in examples.iter().enumerate() {
        text += if at > 0 { " or '" } else { "'" };
        text += example;
        text += "', ";
    }
    text + "regex used for validation is '" + pattern + "')"
}

fn too_long(max: usize) -> String {
    format!("must be no more than {max} bytes")
}

fn lower_or_digit(b: u8) -> bool {
    b.is_ascii_lowercase() || b.is_ascii_digit()
}

/// Begins and ends with what `edge` allows, and has only that and `inner` between.
fn framed(value: &str, edge: fn(u8) -> bool, inner: &[u8]) -> bool {
    let bytes = value.as_bytes();
    bytes.first().is_some_and(|b| edge(*b))
        && bytes.last().is_some_and(|b| edge(*b))
        && bytes.iter().all(|b| edge(*b) || inner.contains(b))
}

fn is_label(value: &str) -> bool {
    framed(value, lower_or_digit, b"-")
}

fn is_subdomain(value: &str) -> bool {
    value.split('.').all(is_label)
}

/// A DNS label, as RFC 1123 has them: the names of namespaces, containers, services' pods.
pub fn dns1123_label(value: &str) -> Complaints {
    let mut errors = Vec::new();
    if value.len() > 63 {
        errors.push(too_long(63));
    }
    if !is_label(value) {
        errors.push(if is_subdomain(value) { "must not contain dots".into() } else { regex_error(LABEL) });
    }
    errors
}

/// A DNS subdomain: the names of most objects.
pub fn dns1123_subdomain(value: &str) -> Complaints {
    let mut errors = Vec::new();
    if value.len() > 253 {
        errors.push(too_long(253));
    }
    if !is_subdomain(value) {
        errors.push(regex_error(SUBDOMAIN));
    }
    errors
}

/// A DNS label that begins with a letter: the names of services of old.
pub fn dns1035_label(value: &str) -> Complaints {
    let mut errors = Vec::new();
    if value.len() > 63 {
        errors.push(too_long(63));
    }
    if !is_label(value) || !value.starts_with(|c: char| c.is_ascii_lowercase()) {
        errors.push(regex_error(LABEL_1035));
    }
    errors
}

/// `*.` and a DNS subdomain: the wildcard hosts of an Ingress.
pub fn wildcard_dns1123_subdomain(value: &str) -> Complaints {
    let mut errors = Vec::new();
    if value.len() > 253 {
        errors.push(too_long(253));
    }
    if !value.strip_prefix("*.").is_some_and(is_subdomain) {
        errors.push(regex_error(WILDCARD));
    }
    errors
}

/// A name with an optional DNS prefix and `/`: the keys of labels, taints, conditions.
pub fn qualified_name(value: &str) -> Complaints {
    let mut errors = Vec::new();
    let mut parts = value.split('/');
    let name = match (parts.next(), parts.next(), parts.next()) {
        (Some(name), None, None) => name,
        (Some(prefix), Some(name), None) => {
            if prefix.is_empty() {
                errors.push("prefix part must be non-empty".into());
            } else {
                errors.extend(dns1123_subdomain(prefix).iter().map(|e| format!("prefix part {e}")));
            }
            name
        }
        _ => {
            errors.push(format!(
                "a qualified name {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                regex_error(QUALIFIED)
            ));
            return errors;
        }
    };
    if name.is_empty() {
        errors.push("name part must be non-empty".into());
    } else if name.len() > 63 {
        errors.push(format!("name part {}", too_long(63)));
    }
    if !framed(name, |b| b.is_ascii_alphanumeric(), b"-_.") {
        errors.push(format!("name part {}", regex_error(QUALIFIED)));
    }
    errors
}

/// The value of a label.
pub fn label_value(value: &str) -> Complaints {
    let mut errors = Vec::new();
    if value.len() > 63 {
        errors.push(too_long(63));
    }
    if !value.is_empty() && !framed(value, |b| b.is_ascii_alphanumeric(), b"-_.") {
        errors.push(regex_error(LABEL_VALUE));
    }
    errors
}

/// What no file of a volume may be called.
fn leaves_directory(value: &str, errors: &mut Complaints) {
    if value == "." {
        errors.push("must not be '.'".into());
    } else if value == ".." {
        errors.push("must not be '..'".into());
    } else if value.starts_with("..") {
        errors.push("must not start with '..'".into());
    }
}

/// A key of a ConfigMap or Secret.
pub fn config_map_key(value: &str) -> Complaints {
    let mut errors = Vec::new();
    if value.len() > 253 {
        errors.push(too_long(253));
    }
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b)) {
        errors.push(regex_error(CONFIG_KEY));
    }
    leaves_directory(value, &mut errors);
    errors
}

/// The name of an environment variable, as kubectl checks it.
pub fn env_var_name(value: &str) -> Complaints {
    let mut errors = Vec::new();
    let fine = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    if value.is_empty() || !fine || value.starts_with(|c: char| c.is_ascii_digit()) {
        errors.push(regex_error(ENV_NAME));
    }
    leaves_directory(value, &mut errors);
    errors
}

/// The name of an environment variable, as the API server checks it.
pub fn relaxed_env_var_name(value: &str) -> Complaints {
    if value.is_empty() {
        return vec!["environment variable name must be non-empty".into()];
    }
    if value.bytes().all(|b| (b' '..=b'~').contains(&b) && b != b'=') {
        return Vec::new();
    }
    vec!["a valid environment variable name must consist only of printable ASCII characters other than '='".into()]
}

/// A C identifier.
pub fn c_identifier(value: &str) -> Complaints {
    let fine = value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if value.is_empty() || !fine || value.starts_with(|c: char| c.is_ascii_digit()) {
        return vec![regex_error(C_IDENTIFIER)];
    }
    Vec::new()
}

/// The name of an HTTP header.
pub fn http_header_name(value: &str) -> Complaints {
    if value.is_empty() || !value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return vec![regex_error(HEADER)];
    }
    Vec::new()
}

/// The name of a port (an IANA service name).
pub fn port_name(value: &str) -> Complaints {
    let mut errors = Vec::new();
    if value.len() > 15 {
        errors.push("must be no more than 15 characters".into());
    }
    if value.is_empty() || !value.bytes().all(|b| lower_or_digit(b) || b == b'-') {
        errors.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".into());
    }
    if !value.bytes().any(|b| b.is_ascii_lowercase()) {
        errors.push("must contain at least one letter (a-z)".into());
    }
    if value.contains("--") {
        errors.push("must not contain consecutive hyphens".into());
    }
    if value.starts_with('-') || value.ends_with('-') {
        errors.push("must not begin or end with a hyphen".into());
    }
    errors
}

/// The number of a port.
pub fn port_number(value: i64) -> Complaints {
    if (1..=65535).contains(&value) { Vec::new() } else { vec!["must be between 1 and 65535, inclusive".into()] }
}

/// A percentage such as `25%`.
pub fn percent(value: &str) -> Complaints {
    let digits = value.strip_suffix('%').unwrap_or_default();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return vec![regex_error((
            "a valid percent string must be a numeric string followed by an ending '%'",
            "[0-9]+%",
            &["1%", "93%"],
        ))];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_those_of_apimachinery() {
        let check = |got: Complaints, expect: &[&str]| {
            let starts = got.len() == expect.len() && got.iter().zip(expect).all(|(g, e)| g.starts_with(e));
            assert!(starts, "{got:?} is not {expect:?}");
        };
        check(dns1123_label("web-1"), &[]);
        check(dns1123_label("a.b"), &["must not contain dots"]);
        check(dns1123_label("Web"), &["a lowercase RFC 1123 label must"]);
        check(dns1123_subdomain("a.b"), &[]);
        check(dns1123_subdomain("a..b"), &["a lowercase RFC 1123 subdomain"]);
        check(dns1035_label("1a"), &["a DNS-1035 label"]);
        check(qualified_name("example.com/part"), &[]);
        check(qualified_name("/x"), &["prefix part must be non-empty"]);
        check(qualified_name("a/b/c"), &["a qualified name must consist"]);
        check(
            qualified_name("bad key!"),
            &[
                "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
            ],
        );
        check(label_value(""), &[]);
        check(label_value("_bad_"), &["a valid label must be an empty string"]);
        check(config_map_key("../x"), &["a valid config key", "must not start with '..'"]);
        check(port_name("this name is bad"), &["must be no more than 15", "must contain only"]);
        check(wildcard_dns1123_subdomain("*.example.com"), &[]);
        check(percent("10"), &["a valid percent string"]);
    }
}

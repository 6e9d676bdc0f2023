//! What compares equal: times, hashes, addresses and the like become placeholders on both sides.

use regex::Regex;
use std::sync::LazyLock;

/// The alphabet of generated names.
const SAFE: &str = "[bcdfghjklmnpqrstvwxz2456789]";

/// Patterns and what becomes of them, in order.
static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let rules = [
        (r"containerd://\S+".to_string(), "<cid>"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)".into(), "<time>"),
        (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}".into(), "<time>"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} [A-Z]+".into(), "<time>"),
        (r"^([EWIF])\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ ".into(), "$1<log> "),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b".into(), "<uid>"),
        (r#"(resourceVersion\\?"?: ?\\?")\d+"#.into(), "$1<rv>"),
        (r"(Resource Version:  +)\d+$".into(), "$1<rv>"),
        (r"((pod-template-hash|controller-revision-hash)[^0-9a-z]{1,4})[0-9a-z-]+".into(), "$1<hash>"),
        (format!(r"-({SAFE}{{8,10}}-)?{SAFE}{{5}}\b"), "-<hash>"),
        (r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b".into(), "<ip>"),
        (r"\b(3[01]\d{3}|32[0-6]\d\d|327[0-5]\d|3276[0-7])\b".into(), "<port>"),
        (r"\b(\d+(\.\d+)?(ns|us|µs|ms|s|m|h|d|y))+\b".into(), "<age>"),
        (r" {2,}".into(), "  "),
        (r"\s+$".into(), ""),
    ];
    let compiled = rules.into_iter().map(|(pattern, to)| (Regex::new(&pattern).expect("a valid pattern"), to));
    compiled.collect()
});

/// The lines as they are compared.
pub fn normalize(lines: &[String]) -> Vec<String> {
    let kept = lines.iter().filter(|line| !line.starts_with("Waiting for "));
    kept.map(|line| {
        RULES.iter().fold(line.clone(), |line, (pattern, to)| match pattern.replace_all(&line, *to) {
            std::borrow::Cow::Borrowed(_) => line,
            std::borrow::Cow::Owned(changed) => changed,
        })
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_becomes_a_placeholder() {
        for (line, expect) in [
            ("web   1/1     Running   0          2m10s", "web  1/1  Running  0  <age>"),
            ("pod/web-7d4b8c9f6b-x2x5z created", "pod/web-<hash> created"),
            ("Start Time:       Mon, 23 Nov 2026 05:12:31 +0000", "Start Time:  <time>"),
            ("E1123 04:57:24.123456   1234 memcache.go:265] x", "E<log> memcache.go:265] x"),
            ("  resourceVersion: \"123\"", "  resourceVersion: \"<rv>\""),
            ("{\"resourceVersion\":\"123\"}", "{\"resourceVersion\":\"<rv>\"}"),
            (r#"{\"resourceVersion\":\"123\"}"#, r#"{\"resourceVersion\":\"<rv>\"}"#),
            ("  Resource Version:    296", "  Resource Version:  <rv>"),
            ("    pod-template-hash: 777f9fc55f", "  pod-template-hash: <hash>"),
            ("80:31234/TCP 10.96.0.1  ", "80:<port>/TCP <ip>"),
            ("16s (x3 over 29s)", "<age> (x3 over <age>)"),
        ] {
            assert_eq!(normalize(&[line.to_string()]), [expect]);
        }
        assert!(normalize(&["Waiting for deployment".into()]).is_empty());
    }
}

use super::*;
use crate::json;
use crate::meta::Value;
use proptest::prelude::*;

#[test]
fn scalars_resolve_as_in_yaml_1_1() {
    for (text, expect) in [
        ("yes", "true"),
        ("off", "false"),
        ("\"yes\"", "\"yes\""),
        ("'123'", "\"123\""),
        ("0644", "420"),
        ("0x1F", "31"),
        ("1_000", "1000"),
        ("1e3", "1000"),
        ("1.5", "1.5"),
        ("08", "8"),
        ("~", "null"),
        ("", "null"),
        ("1:30", "\"1:30\""),
        ("2001-01-01", "\"2001-01-01\""),
        ("!!str 123", "\"123\""),
        ("1.2.3", "\"1.2.3\""),
        ("# comment", "null"),
        ("{yes: 1, 2: x, \"on\": y}", r#"{"2":"x","on":true,"true":1}"#),
        ("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}", r#"{"a":{"b":1,"c":2},"d":{"b":1,"c":3}}"#),
        ("a: 1\na: 2", r#"{"a":2}"#),
        ("- |\n  x\n  y\n- >-\n  a\n  b", r#"["x\ny\n","a b"]"#),
        ("-1", "-1"),
        ("[no, 'no', \"no\", n]", r#"[false,"no","no",false]"#),
    ] {
        assert_eq!(parse(text).map(|v| v.to_json()), Ok(expect.into()), "{text}");
    }
}

#[test]
fn errors_are_gos() {
    for (text, expect) in [
        ("a: b\nmetadata:\n\tname: x", "yaml: line 3: found character that cannot start any token"),
        ("a: b\nspec:\n  a:\n  - name: c\n   image: x\n", "yaml: line 4: did not find expected key"),
        ("apiVersion:v1\nkind: Pod\n", "yaml: line 2: mapping values are not allowed in this context"),
        ("a: b\nk: \"quote\nspec:\n", "yaml: line 4: found unexpected end of stream"),
        ("kind: Pod\nmetadata\n  name: x\nspec:\n", "yaml: line 3: could not find expected ':'"),
        ("a: b: c", "yaml: mapping values are not allowed in this context"),
        ("a: *x", "yaml: unknown anchor 'x' referenced"),
    ] {
        assert_eq!(parse(text), Err(expect.to_string()), "{text}");
    }
}

#[test]
fn streams_split_at_separators() {
    for (text, expect) in [
        ("a: 1\n---\nb: 2\n", vec!["a: 1\n", "b: 2\n"]),
        ("---\na: 1\n--- # c\n", vec!["---\na: 1\n"]),
        ("---\n", vec!["---\n"]),
        ("", vec![]),
    ] {
        assert_eq!(documents(text), expect);
    }
    assert_eq!(parse_all("a: 1\n---\n# none\n---\n- 2").unwrap(), vec![json!({"a": 1}), Value::Null, json!([2])]);
}

#[test]
fn strings_are_quoted_as_gos_writer_does() {
    for (text, expect) in [
        ("plain", "plain"),
        ("", "\"\""),
        ("true", "\"true\""),
        ("yes", "\"yes\""),
        ("y", "\"y\""),
        ("123", "\"123\""),
        ("1e3", "\"1e3\""),
        ("0644", "\"0644\""),
        ("1:30", "\"1:30\""),
        ("null", "\"null\""),
        ("~", "\"~\""),
        ("2026-11-23T04:19:00Z", "\"2026-11-23T04:19:00Z\""),
        ("2026-11-23", "\"2026-11-23\""),
        ("10.0.0.1", "10.0.0.1"),
        ("nginx:1.27", "nginx:1.27"),
        ("a: b", "'a: b'"),
        ("a #b", "'a #b'"),
        ("a#b", "a#b"),
        ("-x", "-x"),
        ("- x", "'- x'"),
        ("*", "'*'"),
        ("{a}", "'{a}'"),
        ("@x", "'@x'"),
        ("it's", "it's"),
        ("'it's", "'''it''s'"),
        ("\"q\"", "'\"q\"'"),
        (" lead", "' lead'"),
        ("trail ", "'trail '"),
        ("tab\there", "\"tab\\there\""),
        ("a:", "'a:'"),
        ("x\ny", "|-\n  x\n  y"),
        ("x\ny\n", "|\n  x\n  y"),
        ("x\n\n", "|+\n  x"),
        (" x\ny", "|2-\n   x\n  y"),
        ("x \ny", "\"x \\ny\""),
        ("한글", "한글"),
        ("😀", "\"\\U0001F600\""),
        ("=", "="),
        ("<<", "\"<<\""),
        ("0/1 nodes", "0/1 nodes"),
        ("---", "'---'"),
        ("?x", "?x"),
        ("%", "'%'"),
    ] {
        let printed = print(&json!({"k": text}));
        assert_eq!(printed.trim_end_matches('\n'), format!("k: {expect}"), "{text:?}");
    }
}

#[test]
fn long_strings_are_folded() {
    let words = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. no new claims to deallocate, preemption: 0/3 nodes are available";
    assert_eq!(
        print(&json!({"message": words})),
        "message: '0/3 nodes are available: 3 node(s) didn''t match Pod''s node affinity/selector.\n  no new claims to deallocate, preemption: 0/3 nodes are available'\n"
    );
    assert_eq!(
        print(&json!({"a": [{"m": (words.replace(':', ""))}]})),
        "a:\n- m: 0/3 nodes are available 3 node(s) didn't match Pod's node affinity/selector.\n    no new claims to deallocate, preemption 0/3 nodes are available\n"
    );
}

#[test]
fn documents_print_as_kubectl_prints_them() {
    let value = json!({
        "b": [{"x": 1, "y": {"z": []}}, [1, [2]], "s"], "a10": {}, "a9": null, "a_b": 1.5, "aB": true, "c": "x\ny\n", "d": 1,
    });
    assert_eq!(
        print(&value),
        "a_b: 1.5\na9: null\na10: {}\naB: true\nb:\n- x: 1\n  \"y\":\n    z: []\n- - 1\n  - - 2\n- s\nc: |\n  x\n  y\nd: 1\n"
    );
}

pub(crate) fn values() -> impl Strategy<Value = Value> {
    let text = prop_oneof!["[ -~]{0,12}", "[a-z0-9:.#\\- '\"\n\t]{0,20}", "([a-z:,']{1,9} ){0,30}", ".{0,8}"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9f64).prop_filter("whole numbers read as such", |n| n.fract() != 0.0).prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((text.clone(), inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_the_same(value in values()) {
        let printed = print(&value);
        prop_assert_eq!(parse(&printed), Ok(value), "{}", printed);
    }
    #[test]
    fn any_text_reads_or_not(text in "[a-z:\\-#\\[\\]{}&*!|>'\"% \n\t]{0,40}") {
        let _ = parse_all(&text);
    }
}

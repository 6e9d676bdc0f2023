use super::*;
use crate::json;

#[test]
fn label_selectors_parse_and_print() {
    for (text, expect) in [
        ("", Ok("")),
        ("env", Ok("env")),
        ("!env", Ok("!env")),
        ("b=1,a==2 , c != 3", Ok("a==2,b=1,c!=3")),
        ("env in (prod, devel)", Ok("env in (devel,prod)")),
        ("env notin (prod)", Ok("env notin (prod)")),
        ("env==", Ok("env==")),
        ("x in ()", Ok("x in ()")),
        ("x in (,a)", Ok("x in (,a)")),
        ("n>5,m<7", Ok("m<7,n>5")),
        ("in in (in)", Ok("in in (in)")),
        ("env in prod", Err("unable to parse requirement: found 'prod' expected: '('")),
        ("a,", Err("found '', expected: identifier after ','")),
        ("=a", Err("found '=', expected: !, identifier, or 'end of string'")),
        ("a b", Err("unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt")),
        ("a in (b", Err("unable to parse requirement: found '', expected: ',' or ')'")),
        (
            "n>x",
            Err(
                "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
            ),
        ),
    ] {
        assert_eq!(
            Selector::parse(text).map(|s| s.to_string()),
            expect.map(String::from).map_err(String::from),
            "{text}"
        );
    }
    let error = Selector::parse("a=_b_").unwrap_err();
    let start = "unable to parse requirement: values[0][a]: Invalid value: \"_b_\": a valid label must be";
    assert!(error.starts_with(start), "{error}");
    let error = Selector::parse("a^=b").unwrap_err();
    assert!(error.starts_with("unable to parse requirement: <nil>: Invalid value: \"a^\": name part"), "{error}");
}

#[test]
fn label_selectors_match() {
    let labels = json!({"env": "prod", "n": "6"});
    for (text, expect) in [
        ("", true),
        ("env", true),
        ("!env", false),
        ("env=prod", true),
        ("env!=prod", false),
        ("tier!=web", true),
        ("env in (prod,devel),n>5", true),
        ("n<5", false),
        ("env notin (devel)", true),
    ] {
        assert_eq!(Selector::parse(text).unwrap().matches(&labels), expect, "{text}");
    }
    let document =
        json!({"matchLabels": {"env": "prod"}, "matchExpressions": [{"key": "n", "operator": "In", "values": ["6"]}]});
    let selector = Selector::from_value(&document).unwrap();
    assert!(selector.matches(&labels) && !selector.matches(&Value::Null));
    assert_eq!(selector.to_string(), "env=prod,n in (6)");
    assert!(!Selector::from_value(&Value::Null).unwrap().matches(&labels));
    let wrong = json!({"matchExpressions": [{"key": "n", "operator": "Like"}]});
    assert_eq!(Selector::from_value(&wrong).unwrap_err(), "\"Like\" is not a valid label selector operator");
}

#[test]
fn field_selectors() {
    for (text, expect) in [
        ("", Ok("")),
        ("status.phase=Running", Ok("status.phase=Running")),
        ("b!=1,a==2", Ok("a=2,b!=1")),
        (r"a=x\,y\=z", Ok(r"a=x\,y\=z")),
        ("phase", Err("invalid selector: 'phase'; can't understand 'phase'")),
        (r"a=\x", Err(r"invalid field selector, invalid escape sequence: \x")),
        ("a=b=c", Err("invalid field selector, unescaped character in value: 61")),
    ] {
        let got = FieldSelector::parse(text).map(|s| s.to_string());
        assert_eq!(got, expect.map(String::from).map_err(String::from), "{text}");
    }
    let selector = FieldSelector::parse("a=1,b!=2").unwrap();
    assert!(selector.matches(|field| if field == "a" { "1".into() } else { String::new() }));
}

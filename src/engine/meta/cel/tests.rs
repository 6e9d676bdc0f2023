//! What expressions come to.

use super::{Budget, Data, Program, Scope};
use crate::json;
use crate::meta::Value;
use proptest::prelude::*;

fn run(text: &str) -> Result<Value, String> {
    let object = Data::Value(json!({
        "replicas": 3, "name": "web", "ratio": 0.5, "on": true, "list": [1, 2, 3], "names": ["b", "a"],
        "map": {"a": 1, "b": 2}, "items": [{"name": "x", "port": 80}, {"name": "y", "port": 443}],
        "start": "2026-01-01T00:00:00Z", "a-b": 7, "namespace": "n",
    }));
    let program = Program::parse(text)?;
    program
        .eval(Some(&Scope { name: "self", value: &object, outer: None }), &mut Budget::default())
        .map(Data::into_value)
}

#[test]
fn expressions_are_worked_out() {
    for (text, expect) in [
        ("1 + 2 * 3 - 4 / 2", json!(5)),
        ("-(7 % 4)", json!(-3)),
        ("self.replicas >= 1 && self.replicas <= 5", json!(true)),
        ("self.name.startsWith('w') || self.nothing == 1", json!(true)),
        ("self.nothing == 1 || self.on", json!(true)),
        ("has(self.name) && !has(self.nothing)", json!(true)),
        ("size(self.list) == 3 && self.list.size() == 3", json!(true)),
        ("2 in self.list && !('z' in self.map) && 'a' in self.map", json!(true)),
        ("self.list.all(x, x > 0) && self.list.exists(x, x == 2)", json!(true)),
        ("self.list.exists_one(x, x > 2)", json!(true)),
        ("self.list.map(x, x * 2)", json!([2, 4, 6])),
        ("self.list.map(x, x > 1, x * 2)", json!([4, 6])),
        ("self.list.filter(x, x % 2 == 1)", json!([1, 3])),
        ("self.map.all(k, self.map[k] < 3)", json!(true)),
        ("self.items.map(i, i.name)", json!(["x", "y"])),
        ("self.items.all(i, self.items.exists_one(j, j.name == i.name))", json!(true)),
        ("self.on ? 'yes' : 'no'", json!("yes")),
        ("self.name + '-' + string(self.replicas)", json!("web-3")),
        ("self.name.matches('^[a-z]+$')", json!(true)),
        ("self.ratio < 1 && self.ratio == 0.5 && self.replicas > 2.5", json!(true)),
        ("self.names.isSorted()", json!(false)),
        ("self.list.sum() + self.list.max() - self.list.min()", json!(8)),
        ("self.names.join(',')", json!("b,a")),
        ("'a,b,c'.split(',')[1].upperAscii()", json!("B")),
        ("' x '.trim() + 'abc'.substring(1) + 'abc'.charAt(0) + 'aXa'.replace('X', '-')", json!("xbcaa-a")),
        ("'abc'.indexOf('c') + 'abc'.lastIndexOf('z')", json!(1)),
        ("[1, 2] + [3] == [1, 2, 3] && {'a': 1} == {'a': 1.0}", json!(true)),
        ("type(self.name) == string && type(1) == int", json!(true)),
        ("duration('1h30m') > duration('89m') && duration('90m').getMinutes() == 90", json!(true)),
        (
            "timestamp(self.start).getFullYear() == 2026 && timestamp(self.start) + duration('24h') > timestamp(self.start)",
            json!(true),
        ),
        ("quantity('1Gi').isGreaterThan(quantity('1000Mi')) && isQuantity('2') && !isQuantity('x')", json!(true)),
        ("self.?nothing.orValue('none') + self.?name.orValue('x')", json!("noneweb")),
        ("self[?'nothing'].hasValue()", json!(false)),
        ("self.a__dash__b == 7 && self.__namespace__ == 'n'", json!(true)),
        ("sets.contains(self.list, [1]) && sets.intersects(self.list, [9, 3])", json!(true)),
        ("cel.bind(x, self.replicas + 1, x * x)", json!(16)),
        ("'%s has %d'.format([self.name, self.replicas])", json!("web has 3")),
        ("r'\\d' + \"\\u00e9\" + '''a'b'''", json!("\\déa'b")),
        ("int('12') + int(3.9) + int(true ? 1 : 0)", json!(16)),
        ("0x10 + 1u", json!(17)),
        ("-9223372036854775808 < 0", json!(true)),
        ("!!true // a remark", json!(true)),
    ] {
        assert_eq!(run(text), Ok(expect), "{text}");
    }
}

#[test]
fn what_fails_is_told() {
    for (text, expect) in [
        ("self.nothing", "no such key: nothing"),
        ("self.list[7]", "index out of bounds: 7"),
        ("1 / 0", "division by zero"),
        ("9223372036854775807 + 1", "integer overflow"),
        ("'a' + 1", "no such overload"),
        ("nobody", "no such attribute(s): nobody"),
        (
            "self.",
            "ERROR: <input>:1:6: Syntax error: mismatched input '<EOF>' expecting IDENTIFIER\n | self.\n | .....^",
        ),
        ("1 ++", "ERROR: <input>:1:4: Syntax error: mismatched input '+' expecting an expression\n | 1 ++\n | ...^"),
        ("has(self)", "ERROR: <input>:1:1: invalid argument to has() macro\n | has(self)\n | ^"),
    ] {
        assert_eq!(run(text), Err(expect.into()), "{text}");
    }
    let much = "[1,2,3,4,5,6,7,8,9,10]".to_string();
    let loops = (0..8).fold("true".to_string(), |body, n| format!("{much}.all(x{n}, {body})"));
    assert_eq!(run(&loops), Err("operation cancelled: actual cost limit exceeded".into()));
}

#[test]
fn mistakes_are_seen_beforehand() {
    let schema = json!({"type": "object", "properties": {
        "spec": {"type": "object", "properties": {"replicas": {"type": "integer"}, "list": {
            "type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}},
        }}},
        "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    }});
    let check = |text: &str| Program::parse(text).and_then(|program| program.check(&[("self", Some(&schema))]));
    for good in [
        "self.spec.replicas > 1",
        "has(self.spec.list)",
        "self.spec.list.all(x, x.name == 'a')",
        "self.any.thing == 1",
        "self.labels.x == 'y'",
        "self.labels.all(k, k != '')",
        "type(self) == map",
        "self.spec.list[0].name == ''",
    ] {
        assert_eq!(check(good), Ok(()), "{good}");
    }
    for (bad, why) in [
        (
            "self.spec.replica > 1",
            "ERROR: <input>:1:10: undefined field 'replica'\n | self.spec.replica > 1\n | .........^",
        ),
        (
            "self.spec.list.all(x, x.nam == '')",
            "ERROR: <input>:1:24: undefined field 'nam'\n | self.spec.list.all(x, x.nam == '')\n | .......................^",
        ),
        (
            "oldSelf == self",
            "ERROR: <input>:1:1: undeclared reference to 'oldSelf' (in container '')\n | oldSelf == self\n | ^",
        ),
        ("foo(1)", "ERROR: <input>:1:4: undeclared reference to 'foo' (in container '')\n | foo(1)\n | ...^"),
    ] {
        assert_eq!(check(bad), Err(why.into()), "{bad}");
    }
}

#[test]
fn depth_is_bounded() {
    for text in [
        "(".repeat(100_000),
        "[".repeat(100_000),
        "!".repeat(100_001) + "true",
        "-".repeat(100_001) + "1",
        "1".to_string() + &"+1".repeat(100_000),
        "self".to_string() + &".a".repeat(100_000),
        "true?".repeat(50_000),
        "{1:".repeat(50_000),
    ] {
        let _ = run(&text);
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_not(text in r#"[-+*/%!?:.,()\[\]{}<>=&|'"\\ a-c0-9selfhasin]{0,40}"#) {
        let _ = run(&text);
    }
    #[test]
    fn any_words_are_worked_out_or_not(
        words in prop::collection::vec(prop::sample::select(&[
            "self", ".", "list", "map", "name", "(", ")", "[", "]", "?", ":", "+", "-", "in", "==", "<", "1", "0", "'a'",
            "x", ",", "all", "filter", "size", "has", "&&", "||", "!", "{", "}", "duration", "split", "substring",
        ]), 0..14),
    ) {
        let _ = run(&words.join(" "));
    }
}

//! Strict decoding: what happens to a document on its way through the Go type of its kind.
//!
//! Unknown fields are found and dropped, values of the wrong type refused with `encoding/json`'s
//! texts, quantities and times brought into canonical form, and empty values left out or put in
//! as Go's round trip does.

use super::table::{Field, Shape, Type};
use crate::meta::{Map, Quantity, Time, Value};

/// A document that went through its type.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The document as Go would write it back.
    pub value: Value,
    /// The paths of the unknown fields, such as `spec.contatiners`.
    pub unknown: Vec<String>,
}

impl Decoded {
    /// The strict decoding errors: `unknown field "spec.contatiners"`.
    pub fn strict_errors(&self) -> Vec<String> {
        self.unknown.iter().map(|path| format!("unknown field \"{path}\"")).collect()
    }
}

/// Decodes a document.
///
/// # Errors
/// The first error of `encoding/json`, such as `json: cannot unmarshal string into Go struct field
/// DeploymentSpec.spec.replicas of type int32`.
pub fn check(ty: &'static Type, document: &Value) -> Result<Decoded, String> {
    let mut decoder = Decoder { path: Vec::new(), parent: "", unknown: Vec::new(), error: None };
    let value = decoder.object(ty, document, ty.go_name())?;
    match decoder.error {
        Some(error) => Err(error),
        None => Ok(Decoded { value, unknown: decoder.unknown }),
    }
}

enum Step<'a> {
    Field(&'static str),
    Key(&'a str),
    Item(usize),
}

struct Decoder<'a> {
    path: Vec<Step<'a>>,
    /// The Go struct that holds the field being decoded.
    parent: &'static str,
    unknown: Vec<String>,
    /// The first error that does not stop the decoding, as a wrong type does not.
    error: Option<String>,
}

impl<'a> Decoder<'a> {
    /// `spec.containers[0].port`, for an unknown field of the value being decoded.
    fn strict_path(&self, field: &str) -> String {
        let mut text = String::new();
        for step in &self.path {
            match step {
                Step::Field(name) => add_name(&mut text, name),
                Step::Key(name) => add_name(&mut text, name),
                Step::Item(at) => text += &format!("[{at}]"),
            }
        }
        add_name(&mut text, field);
        text
    }

    /// Notes that a value has the wrong type, and decodes to nothing.
    fn mismatch(&mut self, value: &Value, go_type: &str) -> Value {
        let found = match value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) | Value::Float(_) if go_type.starts_with("int") => return self.misfit(value, go_type),
            Value::Int(_) | Value::Float(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        self.wrong(found, go_type);
        Value::Null
    }

    /// A number that its type cannot hold is shown.
    fn misfit(&mut self, value: &Value, go_type: &str) -> Value {
        self.wrong(&format!("number {}", value.to_go_json()), go_type);
        Value::Null
    }

    fn wrong(&mut self, found: &str, go_type: &str) {
        if self.error.is_some() {
            return;
        }
        let mut fields = String::new();
        for step in &self.path {
            if let Step::Field(name) = step {
                add_name(&mut fields, name);
            }
        }
        let place = if fields.is_empty() { "value".into() } else { format!("struct field {}.{fields}", self.parent) };
        self.error = Some(format!("json: cannot unmarshal {found} into Go {place} of type {go_type}"));
    }

    fn object(&mut self, ty: &'static Type, value: &'a Value, go_type: &str) -> Result<Value, String> {
        let Value::Object(map) = value else {
            return Ok(if value.is_null() { self.zero(ty) } else { self.mismatch(value, go_type) });
        };
        let outer = std::mem::replace(&mut self.parent, ty.struct_name());
        let mut out = Map::new();
        for (key, value) in map.iter() {
            let Some(field) = ty.field(key) else {
                let path = self.strict_path(key);
                self.unknown.push(path);
                continue;
            };
            if value.is_null() {
                continue;
            }
            self.path.push(Step::Field(field.name));
            let decoded = self.value(&field.shape, field, ty, value)?;
            self.path.pop();
            if !decoded.is_null() && !(field.omit_empty && decoded.is_empty()) {
                out.insert(field.name, decoded);
            }
        }
        self.parent = outer;
        self.complete(ty, &mut out);
        Ok(Value::Object(out))
    }

    /// The fields that Go writes although they are absent.
    fn complete(&self, ty: &'static Type, out: &mut Map) {
        for field in ty.fields() {
            if (!field.always && !field.required) || field.pointer || out.contains_key(field.name) {
                continue;
            }
            match &field.shape {
                Shape::Ref(_) if !field.always => {}
                Shape::Ref(name) => {
                    let inner = Type::find(name).map_or_else(Value::object, |ty| self.zero(ty));
                    out.insert(field.name, inner);
                }
                shape => {
                    out.insert(field.name, zero_of(shape));
                }
            }
        }
    }

    fn zero(&self, ty: &'static Type) -> Value {
        let mut out = Map::new();
        self.complete(ty, &mut out);
        Value::Object(out)
    }

    fn value(
        &mut self,
        shape: &'static Shape,
        field: &'static Field,
        owner: &'static Type,
        value: &'a Value,
    ) -> Result<Value, String> {
        let go_type = || go_type(shape, field, owner);
        Ok(match (shape, value) {
            (Shape::Any | Shape::Raw, value) => value.clone(),
            (Shape::Loose(name), Value::Object(_)) | (Shape::Ref(name), _) => match Type::find(name) {
                Some(ty) => self.object(ty, value, &go_type())?,
                None => value.clone(),
            },
            (Shape::Loose(_), value) => value.clone(),
            (Shape::Quantity, value) => quantity(value)?,
            (Shape::IntOrString, value) => int_or_string(value)?,
            (Shape::Time, value) => time(value)?.map_or(Value::Null, |time| time.rfc3339().into()),
            (Shape::MicroTime, value) => time(value)?.map_or(Value::Null, |time| time.rfc3339_micro().into()),
            (Shape::List(inner), Value::Array(items)) => {
                let mut out = Vec::with_capacity(items.len());
                for (at, item) in items.iter().enumerate() {
                    self.path.push(Step::Item(at));
                    out.push(self.item(inner, field, owner, item)?);
                    self.path.pop();
                }
                out.into()
            }
            (Shape::Map(inner), Value::Object(map)) => {
                let mut out = Map::new();
                for (key, item) in map.iter() {
                    self.path.push(Step::Key(key.as_str()));
                    let item = self.item(inner, field, owner, item)?;
                    out.insert(key.clone(), item);
                    self.path.pop();
                }
                Value::Object(out)
            }
            (Shape::String, Value::String(_)) | (Shape::Bool, Value::Bool(_)) => value.clone(),
            (Shape::Bytes, Value::String(text)) => {
                if let Some(at) = base64_error(text) {
                    self.error.get_or_insert(format!("illegal base64 data at input byte {at}"));
                }
                value.clone()
            }
            (Shape::Int32, Value::Int(n)) if i32::try_from(*n).is_ok() => value.clone(),
            (Shape::Int64, Value::Int(_)) | (Shape::Double, Value::Int(_) | Value::Float(_)) => value.clone(),
            (_, value) => self.mismatch(value, &go_type()),
        })
    }

    /// An item of a list or map, where `null` stands for the zero value.
    fn item(
        &mut self,
        shape: &'static Shape,
        field: &'static Field,
        owner: &'static Type,
        value: &'a Value,
    ) -> Result<Value, String> {
        match shape {
            Shape::Ref(_) | Shape::Loose(_) | Shape::Any | Shape::Raw => self.value(shape, field, owner, value),
            _ if value.is_null() => Ok(zero_of(shape)),
            _ => self.value(shape, field, owner, value),
        }
    }
}

fn add_name(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

fn zero_of(shape: &Shape) -> Value {
    match shape {
        Shape::String | Shape::Bytes => "".into(),
        Shape::Bool => false.into(),
        Shape::Int32 | Shape::Int64 | Shape::Double | Shape::IntOrString => 0.into(),
        Shape::Quantity => "0".into(),
        _ => Value::Null,
    }
}

/// The type as Go prints it: `[]v1.Container`, `map[string]string`, `v1.PullPolicy`.
fn go_type(shape: &Shape, field: &Field, owner: &Type) -> String {
    match shape {
        Shape::String => match field.go_type {
            Some(name) if name.contains('.') => name.into(),
            Some(name) => {
                let package = owner.go_name().split('.').next().unwrap_or_default();
                format!("{package}.{name}")
            }
            None => "string".into(),
        },
        Shape::Bool => "bool".into(),
        Shape::Int32 => "int32".into(),
        Shape::Int64 => "int64".into(),
        Shape::Double => "float64".into(),
        Shape::Bytes => "[]uint8".into(),
        Shape::Map(inner) if **inner == Shape::Quantity => "v1.ResourceList".into(),
        Shape::List(inner) => format!("[]{}", go_type(inner, field, owner)),
        Shape::Map(inner) => format!("map[string]{}", go_type(inner, field, owner)),
        Shape::Ref(name) => Type::find(name).map_or(*name, Type::go_name).to_string(),
        Shape::Time => "v1.Time".into(),
        Shape::MicroTime => "v1.MicroTime".into(),
        Shape::Quantity => "resource.Quantity".into(),
        Shape::IntOrString => "intstr.IntOrString".into(),
        Shape::Raw => "runtime.RawExtension".into(),
        Shape::Any | Shape::Loose(_) => "interface {}".into(),
    }
}

fn quantity(value: &Value) -> Result<Value, String> {
    let text = match value {
        Value::String(text) => text.trim().to_string(),
        other => other.to_go_json(),
    };
    Ok(Quantity::parse(&text)?.to_string().into())
}

fn int_or_string(value: &Value) -> Result<Value, String> {
    let found = match value {
        Value::String(_) => return Ok(value.clone()),
        Value::Int(n) if i32::try_from(*n).is_ok() => return Ok(value.clone()),
        Value::Bool(_) => "bool".into(),
        Value::Array(_) => "array".into(),
        Value::Object(_) => "object".into(),
        number => format!("number {}", number.to_go_json()),
    };
    Err(format!("json: cannot unmarshal {found} into Go value of type int32"))
}

fn time(value: &Value) -> Result<Option<Time>, String> {
    let text = match value {
        Value::String(text) => text,
        Value::Bool(_) => return Err("json: cannot unmarshal bool into Go value of type string".into()),
        Value::Array(_) => return Err("json: cannot unmarshal array into Go value of type string".into()),
        Value::Object(_) => return Err("json: cannot unmarshal object into Go value of type string".into()),
        _ => return Err("json: cannot unmarshal number into Go value of type string".into()),
    };
    Time::parse(text).map(Some).ok_or_else(|| time_error(text))
}

/// Go's complaint about what is no RFC 3339 time.
fn time_error(text: &str) -> String {
    let layout = "2006-01-02T15:04:05Z07:00";
    let mut rest = text;
    for element in ["2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05"] {
        let number = element.len() > 1;
        let head = rest.get(..element.len()).unwrap_or_default();
        let fits = if number {
            head.len() == element.len() && head.bytes().all(|b| b.is_ascii_digit())
        } else {
            head == element
        };
        if !fits {
            return format!("parsing time {text:?} as {layout:?}: cannot parse {rest:?} as {element:?}");
        }
        let range: Option<(&str, std::ops::RangeInclusive<u32>)> = match element {
            "01" => Some(("month", 1..=12)),
            "02" => Some(("day", 1..=31)),
            "15" => Some(("hour", 0..=23)),
            "04" => Some(("minute", 0..=59)),
            "05" => Some(("second", 0..=59)),
            _ => None,
        };
        if let Some((name, range)) = range
            && !head.parse().is_ok_and(|n: u32| range.contains(&n))
        {
            return format!("parsing time {text:?}: {name} out of range");
        }
        rest = rest.get(element.len()..).unwrap_or_default();
    }
    format!("parsing time {text:?} as {layout:?}: cannot parse {rest:?} as \"Z07:00\"")
}

/// Where Go's decoder finds that a text is no base64.
pub fn base64_error(text: &str) -> Option<usize> {
    let mut quantum = 0;
    let mut start = 0;
    let mut bytes = text.bytes().enumerate().filter(|(_, b)| !b"\r\n".contains(b));
    while let Some((at, b)) = bytes.next() {
        if quantum == 0 {
            start = at;
        }
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => quantum = (quantum + 1) % 4,
            b'=' if quantum >= 2 => {
                if quantum == 2 {
                    match bytes.next() {
                        Some((_, b'=')) => {}
                        Some((at, _)) => return Some(at),
                        None => return Some(text.len()),
                    }
                }
                return bytes.next().map(|(at, _)| at);
            }
            _ => return Some(at),
        }
    }
    (quantum != 0).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meta::yaml;

    fn decode(kind: &str, text: &str) -> Result<Decoded, String> {
        check(Type::find(&format!("io.k8s.api.{kind}")).unwrap(), &yaml::parse(text).unwrap())
    }

    #[test]
    fn unknown_fields_are_named() {
        let text = "metadata: {name: x, lables: {}}\nspec:\n  containers:\n  - {name: c, imgae: n, enviroment: [], ports: [{contatinerPort: 80}]}\n  restartpolicy: Never";
        assert_eq!(
            decode("core.v1.Pod", text).unwrap().unknown,
            [
                "metadata.lables",
                "spec.containers[0].enviroment",
                "spec.containers[0].imgae",
                "spec.containers[0].ports[0].contatinerPort",
                "spec.restartpolicy"
            ]
        );
    }

    #[test]
    fn wrong_types_are_refused_as_go_does() {
        for (kind, text, expect) in [
            (
                "core.v1.Pod",
                "spec: {containers: {name: c}}",
                "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container",
            ),
            (
                "core.v1.Service",
                "spec: {selector: {matchLabels: {app: x}}}",
                "json: cannot unmarshal object into Go struct field ServiceSpec.spec.selector of type string",
            ),
            (
                "apps.v1.Deployment",
                "spec: {replicas: many}",
                "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
            ),
            (
                "apps.v1.Deployment",
                "spec: {replicas: 1.5}",
                "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
            ),
            (
                "core.v1.Pod",
                "spec: {containers: [{env: [{name: A, value: 1}]}]}",
                "json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string",
            ),
            (
                "core.v1.Pod",
                "metadata: {labels: {a: true}}",
                "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type string",
            ),
            (
                "core.v1.Pod",
                "spec: {containers: [{imagePullPolicy: 1}]}",
                "json: cannot unmarshal number into Go struct field Container.spec.containers.imagePullPolicy of type v1.PullPolicy",
            ),
            (
                "core.v1.ResourceQuota",
                "spec: {hard: {pods: lots}}",
                "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
            ),
            ("core.v1.Secret", "data: {user: 'not base64!'}", "illegal base64 data at input byte 3"),
            (
                "core.v1.Event",
                "eventTime: yesterday",
                "parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"yesterday\" as \"2006\"",
            ),
            (
                "core.v1.Service",
                "spec: {ports: [{targetPort: [1]}]}",
                "json: cannot unmarshal array into Go value of type int32",
            ),
            (
                "core.v1.Pod",
                "spec: x",
                "json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec",
            ),
        ] {
            assert_eq!(decode(kind, text), Err(expect.into()), "{text}");
        }
    }

    #[test]
    fn documents_come_back_as_go_writes_them() {
        for (kind, text, expect) in [
            (
                "core.v1.Pod",
                "{kind: Pod, metadata: {name: x, labels: {}, annotations: null}, spec: {hostNetwork: false, nodeName: '', securityContext: {}, containers: [{name: c, command: [], resources: {limits: {cpu: 0.5, memory: 1024Ki}}}, {name: d, tty: true}]}}",
                r#"{"kind":"Pod","metadata":{"name":"x"},"spec":{"containers":[{"name":"c","resources":{"limits":{"cpu":"500m","memory":"1Mi"}}},{"name":"d","resources":{},"tty":true}],"securityContext":{}},"status":{}}"#,
            ),
            (
                "apps.v1.Deployment",
                "spec: {replicas: 0, selector: {}}",
                r#"{"spec":{"replicas":0,"selector":{},"strategy":{},"template":{"metadata":{},"spec":{"containers":null}}},"status":{}}"#,
            ),
            (
                "core.v1.Service",
                "spec: {ports: [{port: 80, targetPort: web}]}",
                r#"{"spec":{"ports":[{"port":80,"targetPort":"web"}]},"status":{"loadBalancer":{}}}"#,
            ),
            ("rbac.v1.Role", "{}", r#"{"rules":null}"#),
            ("core.v1.ConfigMap", "data: {a: null, b: ''}", r#"{"data":{"a":"","b":""}}"#),
        ] {
            assert_eq!(decode(kind, text).map(|d| d.value.to_json()), Ok(expect.into()), "{text}");
        }
    }

    #[test]
    fn base64_errors_are_placed() {
        for (text, expect) in [
            ("YWJj", None),
            ("YWI=", None),
            ("YQ==", None),
            ("abc", Some(0)),
            ("YWJjZ", Some(4)),
            ("YQ=x", Some(3)),
            ("YQ==z", Some(4)),
            ("", None),
        ] {
            assert_eq!(base64_error(text), expect, "{text}");
        }
    }
}

//! Answers as kube-apiserver's bytes: its JSON has the fields in the order of Go's structs.
//!
//! Documents inside the engine keep their fields in the order of the alphabet. The order of the
//! structs is that of protobuf-tags.tsv, whose rows follow them; what is only ever JSON stands in
//! [`JSON_ONLY`]. Custom resources are no structs, and Go sorts their fields.

use super::protobuf;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use tabernetes_engine::meta::{Map, Value, quote};
use tabernetes_engine::schema::{Shape, Type};

/// What is in a field, as far as the order of fields goes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Inside {
    /// Nothing that has an order of its own: plain values, and maps, whose keys Go sorts.
    Plain,
    /// A struct, or a list of such structs.
    Struct(&'static str),
    /// A map whose values are such structs.
    Map(&'static str),
    /// Any object, which says itself what it is.
    Object,
}

/// A struct's fields: sorted by name, each with its place.
type Fields = Vec<(&'static str, usize, Inside)>;

/// Structs without a protobuf encoding or outside of the field table: names, then fields in order,
/// `:` before the struct that is in the field (`*`: any object).
const JSON_ONLY: &str = "\
APIVersions kind apiVersion versions serverAddressByClientCIDRs:ServerAddressByClientCIDR
ServerAddressByClientCIDR clientCIDR serverAddress
APIGroupList kind apiVersion groups:APIGroup
APIGroup kind apiVersion name versions:GroupVersionForDiscovery preferredVersion:GroupVersionForDiscovery serverAddressByClientCIDRs:ServerAddressByClientCIDR
GroupVersionForDiscovery groupVersion version
APIResourceList kind apiVersion groupVersion resources:APIResource
APIResource name singularName namespaced group version kind verbs shortNames categories storageVersionHash
APIGroupDiscoveryList kind apiVersion metadata:ListMeta items:APIGroupDiscovery
APIGroupDiscovery metadata versions:APIVersionDiscovery
APIVersionDiscovery version resources:APIResourceDiscovery freshness
APIResourceDiscovery resource responseKind:GroupVersionKind scope singularResource verbs shortNames categories subresources:APISubresourceDiscovery
APISubresourceDiscovery subresource responseKind:GroupVersionKind acceptedTypes:GroupVersionKind verbs
GroupVersionKind group version kind
Info major minor emulationMajor emulationMinor minCompatibilityMajor minCompatibilityMinor gitVersion gitCommit gitTreeState buildDate goVersion compiler platform
Table kind apiVersion metadata:ListMeta columnDefinitions:TableColumnDefinition rows:TableRow
TableColumnDefinition name type format description priority
TableRow cells conditions object:*
PartialObjectMetadata kind apiVersion metadata:apimachinery.pkg.apis.meta.v1.ObjectMeta
PartialObjectMetadataList kind apiVersion metadata:ListMeta items:PartialObjectMetadata
ListMeta selfLink resourceVersion continue remainingItemCount
WatchEvent type object:*
";

/// All structs by name; those of the field table without the leading `io.k8s.`.
static STRUCTS: LazyLock<BTreeMap<&'static str, Fields>> = LazyLock::new(|| {
    let mut structs: BTreeMap<&'static str, Fields> = Type::all().map(|ty| (ty.short_name(), of_type(ty))).collect();
    for line in JSON_ONLY.lines() {
        let mut words = line.split(' ');
        let Some(name) = words.next() else { continue };
        let fields = words.enumerate().map(|(place, word)| match word.split_once(':') {
            Some((field, "*")) => (field, place, Inside::Object),
            Some((field, of)) => (field, place, Inside::Struct(of)),
            None => (word, place, Inside::Plain),
        });
        let mut fields: Fields = fields.collect();
        fields.sort_unstable_by_key(|(field, ..)| *field);
        structs.insert(name, fields);
    }
    structs
});

fn of_type(ty: &'static Type) -> Fields {
    let order = protobuf::order(ty);
    let place = |name: &str| match (order.iter().position(|known| *known == name), name) {
        (Some(place), _) => place + 2,
        // What every object begins with is no field of its message.
        (None, "kind") => 0,
        (None, "apiVersion") => 1,
        (None, _) => usize::MAX,
    };
    ty.fields().iter().map(|field| (field.name, place(field.name), inside(&field.shape))).collect()
}

fn inside(shape: &Shape) -> Inside {
    match shape {
        Shape::Ref(name) | Shape::Loose(name) => Inside::Struct(name),
        Shape::List(inner) => inside(inner),
        Shape::Map(inner) => match inside(inner) {
            Inside::Struct(name) => Inside::Map(name),
            _ => Inside::Plain,
        },
        _ => Inside::Plain,
    }
}

/// What an object says it is. A list's items are of the kind that its name begins with.
enum Is {
    Struct(&'static str),
    ListOf(&'static str),
    Unknown,
}

fn is(object: &Value) -> Is {
    let (api_version, kind) = (object["apiVersion"].str(), object["kind"].str());
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    if group.contains('.') && !group.ends_with(".k8s.io") {
        return Is::Unknown;
    }
    let named = |kind: &str| STRUCTS.get_key_value(kind).map(|(name, _)| *name);
    let typed = |kind: &str| protobuf::type_of(api_version, kind).map(Type::short_name);
    match named(kind).or_else(|| typed(kind)) {
        Some(name) => Is::Struct(name),
        None => match kind.strip_suffix("List").and_then(typed) {
            Some(name) => Is::ListOf(name),
            None if kind.is_empty() && object.has("gitVersion") => Is::Struct("Info"),
            None => Is::Unknown,
        },
    }
}

/// A document as the body of an answer: one line, or indented as for people.
pub fn document(document: &Value, pretty: bool) -> Vec<u8> {
    let mut out = Writer { out: String::new(), depth: pretty.then_some(0) };
    out.object(document);
    if !pretty {
        out.out.push('\n');
    }
    out.out.into_bytes()
}

/// An event of a watch, as one line.
pub fn event(event: &Value) -> Vec<u8> {
    let mut out = Writer { out: String::new(), depth: None };
    out.value(event, Inside::Struct("WatchEvent"));
    out.out.push('\n');
    out.out.into_bytes()
}

struct Writer {
    out: String,
    /// How deep we are, if lines are indented.
    depth: Option<usize>,
}

impl Writer {
    fn object(&mut self, object: &Value) {
        match is(object) {
            Is::Struct(name) => self.value(object, Inside::Struct(name)),
            Is::Unknown => self.value(object, Inside::Plain),
            Is::ListOf(item) => {
                let fields = ["kind", "apiVersion", "metadata", "items"].into_iter().filter(|name| object.has(name));
                self.entries(fields, |out, name| match name {
                    "items" => out.items(&object[name], |out, value| out.item(value, item)),
                    "metadata" => out.value(&object[name], Inside::Struct("ListMeta")),
                    _ => out.value(&object[name], Inside::Plain),
                });
            }
        }
    }

    /// An item of a typed list, which does not say what it is.
    fn item(&mut self, item: &Value, of: &'static str) {
        let mut item = item.clone();
        if let Some(map) = item.as_object_mut() {
            map.remove("kind");
            map.remove("apiVersion");
        }
        self.value(&item, Inside::Struct(of));
    }

    fn value(&mut self, value: &Value, inside: Inside) {
        match (value, inside) {
            (Value::Object(_), Inside::Object) => self.object(value),
            (Value::Object(map), Inside::Struct(name)) if !map.is_empty() => {
                let fields = STRUCTS.get(name).map(Vec::as_slice).unwrap_or_default();
                self.entries(in_order(map, fields).into_iter(), |out, (key, inside)| out.value(&value[key], inside));
            }
            (Value::Object(map), _) if !map.is_empty() => {
                let inside = match inside {
                    Inside::Map(name) => Inside::Struct(name),
                    _ => Inside::Plain,
                };
                self.entries(map.keys().map(|key| key.as_str()), |out, key| out.value(&value[key], inside));
            }
            (Value::Array(_), _) => self.items(value, |out, item| out.value(item, inside)),
            (other, _) => other.write_go_json(&mut self.out),
        }
    }

    fn entries<K: Key>(&mut self, entries: impl Iterator<Item = K>, mut value: impl FnMut(&mut Self, K)) {
        self.block('{', entries, '}', |out, entry| {
            quote(entry.key(), &mut out.out);
            out.out.push_str(if out.depth.is_some() { ": " } else { ":" });
            value(out, entry);
        });
    }

    fn items(&mut self, list: &Value, item: impl FnMut(&mut Self, &Value)) {
        match list.items() {
            [] => self.out.push_str("[]"),
            items => self.block('[', items.iter(), ']', item),
        }
    }

    fn block<T>(
        &mut self,
        open: char,
        parts: impl Iterator<Item = T>,
        close: char,
        mut part: impl FnMut(&mut Self, T),
    ) {
        self.out.push(open);
        self.depth = self.depth.map(|depth| depth + 1);
        for (at, value) in parts.enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.line();
            part(self, value);
        }
        self.depth = self.depth.map(|depth| depth - 1);
        self.line();
        self.out.push(close);
    }

    fn line(&mut self) {
        if let Some(depth) = self.depth {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", depth));
        }
    }
}

/// What has the name of a field.
trait Key {
    fn key(&self) -> &str;
}
impl Key for &str {
    fn key(&self) -> &str {
        self
    }
}
impl Key for (&str, Inside) {
    fn key(&self) -> &str {
        self.0
    }
}

/// The fields that a map has, in their struct's order; others follow.
fn in_order<'a>(map: &'a Map, fields: &[(&'static str, usize, Inside)]) -> Vec<(&'a str, Inside)> {
    let place = |key: &'a str| match fields.binary_search_by_key(&key, |(name, ..)| name) {
        Ok(at) => (fields[at].1, key, fields[at].2),
        Err(_) => (usize::MAX, key, Inside::Plain),
    };
    let mut placed: Vec<(usize, &str, Inside)> = map.keys().map(|key| place(key.as_str())).collect();
    placed.sort_by_key(|(place, ..)| *place);
    placed.into_iter().map(|(_, key, inside)| (key, inside)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(engine: &str, wire: &str) {
        let value = Value::from_json(engine.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(document(&value, false)).unwrap(), format!("{wire}\n"));
    }

    #[test]
    fn objects_have_the_order_of_their_structs() {
        check(
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"labels":{"b":"1","a":"<"},"name":"x"},"spec":{"containers":[{"image":"i","livenessProbe":{"periodSeconds":1,"httpGet":{"port":1,"path":"/"}},"name":"c"}],"volumes":[{"emptyDir":{},"name":"v"}]},"status":{}}"#,
            r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"x","labels":{"a":"\u003c","b":"1"}},"spec":{"volumes":[{"name":"v","emptyDir":{}}],"containers":[{"name":"c","image":"i","livenessProbe":{"httpGet":{"path":"/","port":1},"periodSeconds":1}}]},"status":{}}"#,
        );
        check(
            r#"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"Role","metadata":{"name":"r"},"rules":[{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]}"#,
            r#"{"kind":"Role","apiVersion":"rbac.authorization.k8s.io/v1","metadata":{"name":"r"},"rules":[{"verbs":["get"],"apiGroups":[""],"resources":["pods"]}]}"#,
        );
    }

    #[test]
    fn items_of_lists_do_not_say_what_they_are() {
        check(
            r#"{"apiVersion":"v1","items":[{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}],"kind":"ConfigMapList","metadata":{"resourceVersion":"1"}}"#,
            r#"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"c"}}]}"#,
        );
        check(
            r#"{"apiVersion":"v1","items":[],"kind":"PodList","metadata":{}}"#,
            r#"{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[]}"#,
        );
    }

    #[test]
    fn custom_resources_are_sorted() {
        for same in [
            r#"{"apiVersion":"example.com/v1","kind":"Website","metadata":{"creationTimestamp":"t","name":"x"}}"#,
            r#"{"apiVersion":"example.com/v1","items":[{"apiVersion":"example.com/v1","kind":"Website"}],"kind":"WebsiteList"}"#,
        ] {
            check(same, same);
        }
    }

    #[test]
    fn people_get_lines() {
        let value = Value::from_json(br#"{"gitVersion":"v1","major":"1","x":[]}"#).unwrap();
        let wire = "{\n  \"major\": \"1\",\n  \"gitVersion\": \"v1\",\n  \"x\": []\n}";
        assert_eq!(String::from_utf8(document(&value, true)).unwrap(), wire);
    }
}

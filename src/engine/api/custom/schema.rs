//! Structural schemas: dropping what they do not know, filling in defaults, validating.

use crate::meta::{Errors, Object, Pattern, Value};

/// Fields every object has, whatever its schema says.
const OWN: &[&str] = &["apiVersion", "kind", "metadata"];

fn preserves(schema: &Value) -> bool {
    schema["x-kubernetes-preserve-unknown-fields"].bool()
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.into() } else { format!("{path}.{key}") }
}

/// Drops the fields that the schema does not know; their paths are added to `unknown`.
pub(super) fn prune(schema: &Value, object: &mut Object, unknown: &mut Vec<String>) {
    prune_value(schema, &mut object.0, "", true, unknown);
}

fn prune_value(schema: &Value, value: &mut Value, path: &str, root: bool, unknown: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            let properties = &schema["properties"];
            let additional = &schema["additionalProperties"];
            let embedded = root || schema["x-kubernetes-embedded-resource"].bool();
            let keys: Vec<String> = map.keys().map(|key| key.to_string()).collect();
            for key in keys {
                if embedded && OWN.contains(&key.as_str()) {
                    continue;
                }
                let below = match properties.get(key.as_str()) {
                    Some(below) => below,
                    None if additional.is_object() => additional,
                    None if additional.bool() || preserves(schema) => continue,
                    None => {
                        unknown.push(join(path, &key));
                        map.remove(&key);
                        continue;
                    }
                };
                if let Some(value) = map.get_mut(&key) {
                    prune_value(below, value, &join(path, &key), false, unknown);
                }
            }
        }
        Value::Array(_) if schema["items"].is_object() => {
            let items = value.array_mut();
            for (at, item) in items.iter_mut().enumerate() {
                prune_value(&schema["items"], item, &format!("{path}[{at}]"), false, unknown);
            }
        }
        _ => {}
    }
}

/// Fills in the defaults of what is absent; a `null` that may not be one counts as absent.
pub(super) fn default(schema: &Value, value: &mut Value) {
    match value {
        Value::Object(_) => {
            for (key, below) in schema["properties"].entries() {
                let default_value = &below["default"];
                let missing = value[key.as_str()].is_null() && !(value.has(key) && below["nullable"].bool());
                if missing && !default_value.is_null() {
                    value[key.as_str()] = default_value.clone();
                }
                if value.has(key) {
                    default(below, value.entry(key));
                }
            }
            let additional = &schema["additionalProperties"];
            if additional.is_object() {
                let known = &schema["properties"];
                for (key, item) in value.object_mut().iter_mut() {
                    if !known.has(key) {
                        default(additional, item);
                    }
                }
            }
        }
        Value::Array(_) if schema["items"].is_object() => {
            value.array_mut().iter_mut().for_each(|item| default(&schema["items"], item));
        }
        _ => {}
    }
}

/// Validates an object against the schema of its kind.
pub(super) fn validate(schema: &Value, object: &Object, errors: &mut Errors) {
    check(schema, &object.0, "", errors);
}

/// What Go calls the type of a JSON value here.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Int(_) => "integer",
        Value::Float(number) if number.fract() == 0.0 => "integer",
        Value::Float(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn has_type(schema: &Value, value: &Value) -> bool {
    let found = type_name(value);
    if value.is_null() {
        return schema["nullable"].bool() || schema["type"].is_null();
    }
    if schema["x-kubernetes-int-or-string"].bool() {
        return matches!(found, "integer" | "string");
    }
    match schema["type"].str() {
        "" => true,
        "number" => matches!(found, "number" | "integer"),
        wanted => wanted == found,
    }
}

fn check(schema: &Value, value: &Value, path: &str, errors: &mut Errors) {
    let said = errors.0.len();
    if !has_type(schema, value) {
        let (found, wanted) = (type_name(value), schema["type"].str());
        let wanted = if wanted.is_empty() { "integer,string" } else { wanted };
        let detail = format!("{path} in body must be of type {wanted}: {found:?}");
        errors.type_invalid(path, &found.into(), &detail);
        return;
    }
    if let Some(allowed) = schema["enum"].as_array().filter(|allowed| !allowed.contains(value)) {
        let texts: Vec<String> =
            allowed.iter().map(|value| value.as_str().map_or_else(|| value.to_json(), String::from)).collect();
        errors.not_supported(path, value, &texts.iter().map(String::as_str).collect::<Vec<_>>());
    }
    match value {
        Value::String(text) => check_string(schema, text, value, path, errors),
        Value::Int(_) | Value::Float(_) => check_number(schema, value, path, errors),
        Value::Array(items) => check_list(schema, items, value, path, errors),
        Value::Object(_) => check_map(schema, value, path, errors),
        Value::Null | Value::Bool(_) => {}
    }
    if errors.0.len() == said {
        check_combinations(schema, value, path, errors);
    }
}

fn check_string(schema: &Value, text: &str, value: &Value, path: &str, errors: &mut Errors) {
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    if let Some(most) = schema["maxLength"].as_i64().filter(|most| length > *most) {
        errors.too_long(path, usize::try_from(most).unwrap_or(0));
    }
    if let Some(least) = schema["minLength"].as_i64().filter(|least| length < *least) {
        errors.invalid(path, value, &format!("{path} in body should be at least {least} chars long"));
    }
    let pattern = schema["pattern"].str();
    if !pattern.is_empty() && !Pattern::new(pattern).is_match(text) {
        errors.invalid(path, value, &format!("{path} in body should match '{pattern}'"));
    }
    let format = schema["format"].str();
    if !fits_format(format, text) {
        errors.invalid(path, value, &format!("{path} in body must be of type {format}: {text:?}"));
    }
}

/// The formats whose values are easily told; others are not looked at.
fn fits_format(format: &str, text: &str) -> bool {
    match format {
        "date-time" => crate::meta::Time::parse(text).is_some(),
        "date" => crate::meta::Time::parse(&format!("{text}T00:00:00Z")).is_some(),
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<std::net::Ipv6Addr>().is_ok(),
        "duration" => crate::meta::duration::parse_signed(text).is_ok(),
        "uuid" => text.len() == 36 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()),
        "email" => text.split_once('@').is_some_and(|(user, host)| !user.is_empty() && !host.is_empty()),
        _ => true,
    }
}

fn check_number(schema: &Value, value: &Value, path: &str, errors: &mut Errors) {
    let Some(number) = value.as_f64() else { return };
    let mut complain = |rule: String| errors.invalid(path, value, &format!("{path} in body should be {rule}"));
    if let Some(most) = schema["maximum"].as_f64() {
        if schema["exclusiveMaximum"].bool() && number >= most {
            complain(format!("less than {}", schema["maximum"]));
        } else if number > most {
            complain(format!("less than or equal to {}", schema["maximum"]));
        }
    }
    if let Some(least) = schema["minimum"].as_f64() {
        if schema["exclusiveMinimum"].bool() && number <= least {
            complain(format!("greater than {}", schema["minimum"]));
        } else if number < least {
            complain(format!("greater than or equal to {}", schema["minimum"]));
        }
    }
    let step = schema["multipleOf"].as_f64().filter(|step| *step > 0.0);
    if step.is_some_and(|step| (number / step).fract() != 0.0) {
        complain(format!("a multiple of {}", schema["multipleOf"]));
    }
}

fn check_list(schema: &Value, items: &[Value], value: &Value, path: &str, errors: &mut Errors) {
    let size = i64::try_from(items.len()).unwrap_or(i64::MAX);
    if let Some(most) = schema["maxItems"].as_i64().filter(|most| size > *most) {
        errors.too_many(path, items.len(), usize::try_from(most).unwrap_or(0));
    }
    if let Some(least) = schema["minItems"].as_i64().filter(|least| size < *least) {
        errors.invalid(path, value, &format!("{path} in body should have at least {least} items"));
    }
    let same = |at: usize, item: &Value| match schema["x-kubernetes-list-type"].str() {
        "set" => items[..at].contains(item),
        "map" => {
            let keys = schema["x-kubernetes-list-map-keys"].items();
            items[..at].iter().any(|other| keys.iter().all(|key| other[key.str()] == item[key.str()]))
        }
        _ => false,
    };
    for (at, item) in items.iter().enumerate() {
        let below = format!("{path}[{at}]");
        if same(at, item) {
            let keys = schema["x-kubernetes-list-map-keys"].items();
            let shown = match schema["x-kubernetes-list-type"].str() {
                "map" => {
                    keys.iter().map(|key| (key.str(), item[key.str()].clone())).collect::<crate::meta::Map>().into()
                }
                _ => item.clone(),
            };
            errors.duplicate(&below, &shown);
        }
        if schema["items"].is_object() {
            check(&schema["items"], item, &below, errors);
        }
    }
}

fn check_map(schema: &Value, value: &Value, path: &str, errors: &mut Errors) {
    let additional = &schema["additionalProperties"];
    for (key, item) in value.entries() {
        let below = join(path, key);
        if let Some(property) = schema["properties"].get(key.as_str()) {
            if !(path.is_empty() && OWN.contains(&key.as_str())) {
                check(property, item, &below, errors);
            }
        } else if additional.is_object() {
            check(additional, item, &below, errors);
        }
    }
    for key in schema["required"].items() {
        if !value.has(key.str()) {
            errors.required(&join(path, key.str()), "");
        }
    }
    let size = i64::try_from(value.entries().count()).unwrap_or(i64::MAX);
    if let Some(most) = schema["maxProperties"].as_i64().filter(|most| size > *most) {
        errors.too_many(path, usize::try_from(size).unwrap_or(0), usize::try_from(most).unwrap_or(0));
    }
    if let Some(least) = schema["minProperties"].as_i64().filter(|least| size < *least) {
        errors.invalid(path, value, &format!("{path} in body should have at least {least} properties"));
    }
}

/// `allOf`, `anyOf`, `oneOf`, `not`.
fn check_combinations(schema: &Value, value: &Value, path: &str, errors: &mut Errors) {
    let fits = |schema: &Value| {
        let mut found = Errors::default();
        check(schema, value, path, &mut found);
        found.is_empty()
    };
    let place = if path.is_empty() { "\"\"".to_string() } else { format!("{path:?}") };
    let mut complain = |text: String| errors.invalid(path, value, &format!("{place} {text}"));
    let (all, any, one) = (&schema["allOf"], &schema["anyOf"], &schema["oneOf"]);
    if !all.items().iter().all(fits) {
        complain("must validate all the schemas (allOf)".into());
    }
    if !any.is_empty() && !any.items().iter().any(fits) {
        complain("must validate at least one schema (anyOf)".into());
    }
    let valid = one.items().iter().filter(|schema| fits(schema)).count();
    if !one.is_empty() && valid != 1 {
        let found = if valid == 0 { "none".into() } else { valid.to_string() };
        complain(format!("must validate one and only one schema (oneOf). Found {found} valid"));
    }
    if schema["not"].is_object() && fits(&schema["not"]) {
        complain("must not validate the schema (not)".into());
    }
}

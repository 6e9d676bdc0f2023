//! `replacements`: values copied from fields of one object into fields of others.

use super::Built;
use super::loader::Loader;
use super::resmap::{Filter, Resource};
use crate::meta::{Value, yaml};

/// Copies the values.
///
/// # Errors
/// If a source or a target's field is not there.
pub fn transform(loader: &Loader, replacements: &Value, resources: &mut [Resource]) -> Built {
    for entry in replacements.items() {
        if entry["path"].is_empty() {
            replace(entry, resources)?;
            continue;
        }
        match yaml::parse(&loader.text(entry["path"].str())?)? {
            Value::Array(list) => list.iter().try_for_each(|entry| replace(entry, resources))?,
            one => replace(&one, resources)?,
        }
    }
    Ok(())
}

fn replace(entry: &Value, resources: &mut [Resource]) -> Built {
    if entry["source"].is_null() || entry["targets"].items().is_empty() {
        return Err("replacements must specify a source and at least one target".into());
    }
    let value = source(&entry["source"], resources)?;
    for target in entry["targets"].items() {
        if target["select"].is_null() {
            return Err("target must specify resources to select".into());
        }
        let select = Filter::new(&target["select"])?;
        let reject: Vec<Filter> = target["reject"].items().iter().map(Filter::new).collect::<Built<_>>()?;
        let default = [Value::from("metadata.name")];
        let paths = match target["fieldPaths"].items() {
            [] => &default[..],
            paths => paths,
        };
        for resource in resources.iter_mut() {
            if !select.matches(resource) || reject.iter().any(|filter| filter.matches(resource)) {
                continue;
            }
            resource.remember();
            for path in paths {
                let (path, options) = (path.str(), &target["options"]);
                let mut found = false;
                let mut put = |place: &mut Value| {
                    found = true;
                    place_into(place, &value, options)
                };
                set(&mut resource.object.0, &split(path), options["create"].bool(), &mut put)?;
                if !found && !options["create"].bool() {
                    return Err(format!("unable to find field {path:?} in replacement target"));
                }
            }
        }
    }
    Ok(())
}

/// The value that a source names.
fn source(source: &Value, resources: &[Resource]) -> Built<Value> {
    let fits = |resource: &&Resource| {
        let is = |field: &str, text: &str| source[field].is_empty() || source[field] == text;
        resource.is_any(&|id| {
            is("group", &id.gvk.group)
                && is("version", &id.gvk.version)
                && is("kind", &id.gvk.kind)
                && is("name", &id.name)
                && is("namespace", id.effective_namespace())
        })
    };
    let found: Vec<&Resource> = resources.iter().filter(fits).collect();
    let id = super::resmap::Id {
        gvk: super::resmap::Gvk {
            group: source["group"].str().into(),
            version: source["version"].str().into(),
            kind: source["kind"].str().into(),
        },
        name: source["name"].str().into(),
        namespace: source["namespace"].str().into(),
    };
    let resource = match found.as_slice() {
        [one] => *one,
        [] => return Err(format!("nothing selected by {}", id.text())),
        _ => return Err(format!("multiple matches for selector {}", id.text())),
    };
    let path = match source["fieldPath"].str() {
        "" => "metadata.name",
        path => path,
    };
    let value = lookup(&resource.object.0, path)?;
    let value = value.ok_or_else(|| format!("fieldPath `{path}` is missing for replacement source {}", id.text()))?;
    let options = &source["options"];
    let delimiter = options["delimiter"].str();
    if delimiter.is_empty() {
        return Ok(value);
    }
    let index = usize::try_from(options["index"].int()).unwrap_or(usize::MAX);
    let part = text(&value).split(delimiter).nth(index).map(Value::from);
    part.ok_or_else(|| format!("options.index {} is out of bounds for value {}", options["index"].int(), text(&value)))
}

/// The value at the end of a path, if it is there.
///
/// # Errors
/// None that could come of looking.
pub fn lookup(object: &Value, path: &str) -> Built<Option<Value>> {
    let mut value = None;
    // Looking changes nothing: a clone is a pointer copy.
    set(&mut object.clone(), &split(path), false, &mut |place| {
        value = Some(place.clone());
        Ok(())
    })?;
    Ok(value)
}

/// A value as text.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_json(), String::from)
}

/// Puts a value in a place: all of it, or one part of a delimited text.
fn place_into(place: &mut Value, value: &Value, options: &Value) -> Built {
    let delimiter = options["delimiter"].str();
    if delimiter.is_empty() {
        // A text stays one.
        *place = if place.is_string() && !value.is_object() && !value.is_array() {
            text(value).into()
        } else {
            value.clone()
        };
        return Ok(());
    }
    let old = text(place);
    let mut parts: Vec<String> = old.split(delimiter).map(String::from).collect();
    let new = text(value);
    match options["index"].int() {
        ..0 => parts.insert(0, new),
        index => match usize::try_from(index).ok().and_then(|index| parts.get_mut(index)) {
            Some(part) => *part = new,
            None => parts.push(new),
        },
    }
    *place = parts.join(delimiter).into();
    Ok(())
}

/// The parts of a path such as `spec.containers.[name=a].image`; `\.` is a dot within a part.
fn split(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut bracketed = false;
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&'.') => {
                chars.next();
                parts.last_mut().into_iter().for_each(|part| part.push('.'));
                continue;
            }
            '[' => bracketed = true,
            ']' => bracketed = false,
            '.' if !bracketed => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().into_iter().for_each(|part| part.push(c));
    }
    parts
}

/// Changes every place that a path leads to.
fn set(value: &mut Value, path: &[String], create: bool, change: &mut dyn FnMut(&mut Value) -> Built) -> Built {
    let Some((part, rest)) = path.split_first() else { return change(value) };
    let condition =
        part.strip_prefix('[').and_then(|part| part.strip_suffix(']')).and_then(|part| part.split_once('='));
    if let Some((key, wanted)) = condition {
        let mut found = false;
        for item in value.as_array_mut().into_iter().flatten() {
            let same = if key.is_empty() { text(item) == wanted } else { item.has(key) && text(&item[key]) == wanted };
            if same {
                found = true;
                set(item, rest, create, change)?;
            }
        }
        if !found && create && (value.is_array() || value.is_null()) {
            let mut item = crate::json!({});
            item.set(&[key], wanted);
            set(&mut item, rest, create, change)?;
            value.push(item);
        }
        return Ok(());
    }
    if let Some(items) = value.as_array_mut() {
        if part == "*" {
            return items.iter_mut().try_for_each(|item| set(item, rest, create, change));
        }
        if part == "-" {
            items.push(Value::Null);
        }
        let at = if part == "-" { items.len().checked_sub(1) } else { part.parse::<usize>().ok() };
        return match at.and_then(|at| items.get_mut(at)) {
            Some(item) => set(item, rest, create, change),
            None => Ok(()),
        };
    }
    match value.get(part.as_str()) {
        None if create && (value.is_object() || value.is_null()) => set(value.entry(part), rest, create, change),
        _ => value.get_mut(part).map_or(Ok(()), |next| set(next, rest, create, change)),
    }
}

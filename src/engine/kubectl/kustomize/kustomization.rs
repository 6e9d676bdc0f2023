//! Reading a `kustomization.yaml`: what fields it may have, which of them are deprecated.

use super::Built;
use super::loader::Loader;
use crate::json;
use crate::meta::{Value, yaml};

const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The types of a kustomization's fields. A field's name stands behind the Go structs it is
/// embedded by; `s` is a string, `b` a boolean, `i` a number, `*` anything, `[` a list of what
/// follows, `{` a map of it, `?` what may be null or left out, anything else a type of this table.
const TYPES: &[(&str, &str)] = &[
    (
        "Kustomization",
        "apiVersion:s kind:s metadata:* openapi:{s namePrefix:s nameSuffix:s namespace:s commonLabels:{s \
         labels:[Label commonAnnotations:{s patchesStrategicMerge:[s patchesJson6902:[Patch patches:[Patch \
         images:[Image imageTags:[Image replacements:[ReplacementField replicas:[Replica vars:[Var \
         sortOptions:SortOptions resources:[s components:[s crds:[s bases:[s configMapGenerator:[ConfigMapArgs \
         secretGenerator:[SecretArgs helmGlobals:* helmCharts:[* helmChartInflationGenerator:[* \
         generatorOptions:GeneratorOptions configurations:[s generators:[s transformers:[s validators:[s \
         buildMetadata:[s",
    ),
    ("Label", "pairs:{s includeSelectors:b includeTemplates:b fields:[FieldSpec"),
    ("FieldSpec", "Gvk.group:s Gvk.version:s Gvk.kind:s path:s create:b"),
    ("Patch", "path:s patch:s target:Selector options:{b"),
    (
        "Selector",
        "ResId.Gvk.group:s ResId.Gvk.version:s ResId.Gvk.kind:s ResId.name:s ResId.namespace:s labelSelector:s \
         annotationSelector:s",
    ),
    ("Image", "name:s newName:s tagSuffix:s newTag:s digest:s"),
    (
        "ReplacementField",
        "Replacement.source:SourceSelector Replacement.targets:[TargetSelector path:s \
      Replacement.sourceValue:s",
    ),
    (
        "SourceSelector",
        "ResId.Gvk.group:s ResId.Gvk.version:s ResId.Gvk.kind:s ResId.name:s ResId.namespace:s fieldPath:s \
         options:FieldOptions",
    ),
    ("TargetSelector", "select:Selector reject:[Selector fieldPaths:[s options:FieldOptions"),
    ("FieldOptions", "delimiter:s index:i encoding:s create:b"),
    ("Replica", "name:s count:i"),
    ("Var", "name:s objref:Target fieldref:FieldSelector"),
    ("Target", "Gvk.group:s Gvk.version:s Gvk.kind:s apiVersion:s name:s namespace:s"),
    ("FieldSelector", "fieldpath:s"),
    ("SortOptions", "order:s legacySortOptions:LegacySortOptions"),
    ("LegacySortOptions", "orderFirst:[s orderLast:[s"),
    (
        "ConfigMapArgs",
        "GeneratorArgs.namespace:s GeneratorArgs.name:s GeneratorArgs.behavior:s \
         GeneratorArgs.KvPairSources.literals:[s GeneratorArgs.KvPairSources.files:[s \
         GeneratorArgs.KvPairSources.envs:[s GeneratorArgs.KvPairSources.env:s GeneratorArgs.options:GeneratorOptions",
    ),
    (
        "SecretArgs",
        "GeneratorArgs.namespace:s GeneratorArgs.name:s GeneratorArgs.behavior:s \
         GeneratorArgs.KvPairSources.literals:[s GeneratorArgs.KvPairSources.files:[s \
         GeneratorArgs.KvPairSources.envs:[s GeneratorArgs.KvPairSources.env:s GeneratorArgs.options:GeneratorOptions \
         type:s",
    ),
    ("GeneratorOptions", "labels:{s annotations:{s disableNameSuffixHash:b immutable:b"),
];

/// Fields that still work, what to use instead, and what stands before the advice.
const DEPRECATED: &[(&str, &str, &str)] = &[
    ("bases", "resources", ""),
    ("commonLabels", "labels", ""),
    ("imageTags", "images", ""),
    ("patchesJson6902", "patches", ""),
    ("patchesStrategicMerge", "patches", ""),
    ("vars", "replacements", " [EXPERIMENTAL]"),
];

/// Reads the kustomization of a directory and says what of it is deprecated.
///
/// # Errors
/// If there is none, or several, or it has fields that it may not have.
pub fn load(loader: &Loader) -> Built<Value> {
    let found: Vec<String> = NAMES.iter().filter_map(|name| loader.text(name).ok()).collect();
    let text = match found.as_slice() {
        [text] => text,
        [] => {
            let [a, b, c] = NAMES;
            return Err(format!("unable to find one of '{a}', '{b}' or '{c}' in directory '{}'", loader.root));
        }
        _ => return Err(format!("Found multiple kustomization files under: {}\n", loader.root)),
    };
    let invalid = |why: String| format!("invalid Kustomization: {why}");
    let document = yaml::parse(text).map_err(invalid)?;
    let mut kustomization = match document {
        Value::Null => Value::object(),
        document => check(&document, "Kustomization", "", "types.Kustomization").map_err(invalid)?,
    };
    for (field, instead, mark) in DEPRECATED {
        if !kustomization[*field].is_empty() {
            loader.inv.err(format!(
                "# Warning: '{field}' is deprecated. Please use '{instead}' instead.{mark} Run 'kustomize edit fix' to \
                 update your Kustomization automatically.\n"
            ));
        }
    }
    let filled = kustomization.entries().any(|(field, value)| {
        !matches!(field.as_str(), "apiVersion" | "kind") && (!value.is_empty() || value.is_array() || value.is_object())
    });
    let (version, kind) = (kustomization["apiVersion"].str(), kustomization["kind"].str());
    let mut wrong = Vec::new();
    if !matches!(kind, "" | "Kustomization" | "Component") {
        wrong.push("kind should be Kustomization or Component".to_string());
    }
    let wanted = match kind {
        "Component" => "kustomize.config.k8s.io/v1alpha1",
        _ => "kustomize.config.k8s.io/v1beta1",
    };
    if filled && !version.is_empty() && version != wanted && wrong.is_empty() {
        let kind = if kind.is_empty() { "Kustomization" } else { kind };
        wrong.push(format!("apiVersion for {kind} should be {wanted}"));
    }
    if !wrong.is_empty() {
        return Err(format!("Failed to read kustomization file under {}:\n{}", loader.root, wrong.join("\n")));
    }
    if !filled {
        return Err("kustomization.yaml is empty".into());
    }
    modernize(&mut kustomization);
    Ok(kustomization)
}

/// Moves the values of old fields to the ones that replace them.
fn modernize(kustomization: &mut Value) {
    for (old, new) in [("bases", "resources"), ("imageTags", "images")] {
        for item in kustomization[old].clone().items() {
            kustomization[new].push(item);
        }
    }
    for generator in ["configMapGenerator", "secretGenerator"] {
        for generator in kustomization.get_mut(generator).and_then(Value::as_array_mut).into_iter().flatten() {
            let env = generator["env"].clone();
            if !env.is_empty() {
                generator["envs"].push(env);
            }
        }
    }
}

/// The fields of a type of the table: the name, the structs before it, and the shape.
fn fields(ty: &str) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let row = TYPES.iter().find(|(name, _)| *name == ty).map_or("", |(_, fields)| fields);
    row.split_whitespace().filter_map(|field| {
        let (path, shape) = field.split_once(':')?;
        Some((path.rsplit('.').next()?, path, shape))
    })
}

/// Checks a value against a shape; gives it with its fields' names as they should be.
fn check(value: &Value, shape: &str, place: &str, go: &str) -> Built<Value> {
    let found = match value {
        Value::Null => return Ok(Value::Null),
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        Value::Int(_) | Value::Float(_) => "number",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let wrong = |found: &str| match place {
        "" => format!("json: cannot unmarshal {found} into Go value of type {go}"),
        place => format!("json: cannot unmarshal {found} into Go struct field {place} of type {}", go_type(shape)),
    };
    let (first, rest) = shape.split_at_checked(1).unwrap_or((shape, ""));
    match (first, value) {
        ("*", _) => Ok(value.clone()),
        ("s", Value::String(_)) | ("b", Value::Bool(_)) | ("i", Value::Int(_)) if rest.is_empty() => Ok(value.clone()),
        ("i", Value::Float(_)) if rest.is_empty() => Err(wrong(&format!("number {value}"))),
        ("[", Value::Array(items)) => items.iter().map(|item| check(item, rest, place, go)).collect(),
        ("{", Value::Object(map)) => {
            let mut checked = json!({});
            for (key, item) in map {
                checked.set(&[key], check(item, rest, place, go)?);
            }
            Ok(checked)
        }
        (_, Value::Object(map)) if !matches!(shape, "s" | "b" | "i") && first != "[" => {
            let mut checked = json!({});
            for (key, item) in map {
                let field = fields(shape).find(|(name, ..)| name.eq_ignore_ascii_case(key));
                let Some((name, path, inner)) = field else { return Err(format!("json: unknown field {key:?}")) };
                let above = place.split_once('.').map_or(String::new(), |(_, above)| format!("{above}."));
                let item = check(item, inner, &format!("{shape}.{above}{path}"), go)?;
                if !item.is_null() {
                    checked.set(&[name], item);
                }
            }
            Ok(checked)
        }
        _ => Err(wrong(found)),
    }
}

/// How Go names the type of a shape.
fn go_type(shape: &str) -> String {
    match shape.split_at_checked(1).unwrap_or((shape, "")) {
        ("s", "") => "string".into(),
        ("b", "") => "bool".into(),
        ("i", "") => "int64".into(),
        ("[", rest) => format!("[]{}", go_type(rest)),
        ("{", rest) => format!("map[string]{}", go_type(rest)),
        _ => format!("types.{shape}"),
    }
}

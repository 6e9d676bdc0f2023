//! `images`: other names, tags and digests for images.

use super::resmap::Resource;
use crate::meta::Pattern;
use crate::meta::Value;

/// Changes the images of all containers.
pub fn transform(resources: &mut [Resource], images: &Value) {
    for image in images.items() {
        let tag = "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$";
        let pattern = Pattern::new(&format!("^{}{tag}", image["name"].str()));
        for resource in resources.iter_mut() {
            if resource.object.kind() != "CustomResourceDefinition" {
                visit(&mut resource.object.0, &pattern, image);
            }
        }
    }
}

/// Containers stand at various depths.
fn visit(value: &mut Value, pattern: &Pattern, image: &Value) {
    if let Some(items) = value.as_array_mut() {
        items.iter_mut().for_each(|item| visit(item, pattern, image));
        return;
    }
    let Some(map) = value.as_object_mut() else { return };
    for (name, field) in map.iter_mut() {
        if !matches!(name.as_str(), "containers" | "initContainers") {
            visit(field, pattern, image);
            continue;
        }
        for container in field.as_array_mut().into_iter().flatten() {
            let old = container["image"].str().to_string();
            if container["image"].is_string() && pattern.is_match(&old) {
                container.set(&["image"], changed(&old, image));
            }
        }
    }
}

fn changed(old: &str, image: &Value) -> String {
    let (name, tag, digest) = split(old);
    let given = |field: &str| image[field].as_str().filter(|text| !text.is_empty());
    let (tag, digest) = match (given("newTag"), given("digest"), given("tagSuffix")) {
        (Some(tag), digest, _) => (tag.to_string(), digest.unwrap_or_default()),
        (None, Some(digest), _) => (String::new(), digest),
        (None, None, Some(suffix)) => (format!("{tag}{suffix}"), ""),
        (None, None, None) => (tag.to_string(), digest),
    };
    let mut text = given("newName").unwrap_or(name).to_string();
    for (mark, part) in [(":", tag.as_str()), ("@", digest)] {
        if !part.is_empty() {
            text += mark;
            text += part;
        }
    }
    text
}

/// Name, tag and digest. A registry's port is no tag.
fn split(image: &str) -> (&str, &str, &str) {
    let (rest, digest) = image.split_once('@').unwrap_or((image, ""));
    match rest.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => (name, tag, digest),
        _ => (rest, "", digest),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn images_change_name_tag_and_digest() {
        for (old, image, expect) in [
            ("nginx", json!({"newTag": "2"}), "nginx:2"),
            ("nginx:1@sha256:a", json!({"newTag": "2"}), "nginx:2"),
            ("nginx:1", json!({"digest": "sha256:b"}), "nginx@sha256:b"),
            ("host:5000/nginx", json!({"newName": "web"}), "web"),
            ("host:5000/nginx:1", json!({"newName": "web", "tagSuffix": "-x"}), "web:1-x"),
        ] {
            assert_eq!(changed(old, &image), expect, "{old} {image}");
        }
    }
}

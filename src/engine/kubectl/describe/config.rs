//! Describes what pods are configured with: ConfigMaps, Secrets, ServiceAccounts.

use super::super::failure::Outcome;
use super::events;
use super::page::{Page, or_none};
use crate::meta::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

fn decoded(value: &Value) -> Vec<u8> {
    BASE64.decode(value.str()).unwrap_or_default()
}

pub(super) fn config_map(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    page.name_and_namespace();
    page.labels_and_annotations();
    page.line(0, "");
    page.line(0, "Data");
    page.line(0, "====");
    for (key, value) in object["data"].entries() {
        page.line(0, format!("{key}:"));
        page.line(0, "----");
        for line in value.str().split('\n') {
            page.line(0, line);
        }
        page.line(0, "");
    }
    page.line(0, "");
    page.line(0, "BinaryData");
    page.line(0, "====");
    for (key, value) in object["binaryData"].entries() {
        page.line(0, format!("{key}: {} bytes", decoded(value).len()));
    }
    page.line(0, "");
    events::write(page);
    Ok(())
}

pub(super) fn secret(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    page.name_and_namespace();
    page.labels_and_annotations();
    page.line(0, "");
    page.field("Type", object["type"].str());
    page.line(0, "");
    page.line(0, "Data");
    page.line(0, "====");
    let shows_token = object["type"] == "kubernetes.io/service-account-token";
    for (key, value) in object["data"].entries() {
        let bytes = decoded(value);
        if shows_token && key.as_str() == "token" {
            page.field(key, String::from_utf8_lossy(&bytes));
        } else {
            page.field(key, format!("{} bytes", bytes.len()));
        }
    }
    Ok(())
}

pub(super) fn service_account(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    page.name_and_namespace();
    page.labels_and_annotations();
    let names = |field: &str| -> Vec<String> {
        object[field].items().iter().map(|reference| reference["name"].str().to_string()).collect()
    };
    page.list("Image pull secrets", &names("imagePullSecrets"));
    let mountable = names("secrets");
    if !mountable.is_empty() {
        page.list("Mountable secrets", &mountable);
        page.field("Tokens", or_none(""));
    }
    events::write(page);
    Ok(())
}

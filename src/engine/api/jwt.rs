//! Service account tokens: JSON web tokens signed by the server's own key, and where that is published.
//!
//! They look as RS256 makes them, but nothing here is encrypted (see [`crate::meta::x509`]): a signature is a digest
//! of the right length over the key and the text.

use crate::json;
use crate::meta::{Value, sha256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Who signs, as tokens name it.
pub(in crate::api) const ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// A token that says what `claims` say.
pub(super) fn sign(key: &[u8], claims: &Value) -> String {
    let header = format!(r#"{{"alg":"RS256","kid":"{}"}}"#, key_id(key));
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims.to_json()));
    let signature = URL_SAFE_NO_PAD.encode(signature(key, &text));
    format!("{text}.{signature}")
}

/// The document at which clients begin who want to know whose tokens these are.
pub(super) fn configuration(address: &str) -> Value {
    json!({
        "issuer": ISSUER, "jwks_uri": (format!("https://{address}/openid/v1/jwks")),
        "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

/// The public half of the key, as a set of one.
pub(super) fn key_set(key: &[u8]) -> Value {
    json!({"keys": [{
        "use": "sig", "kty": "RSA", "kid": (key_id(key)), "alg": "RS256",
        "n": (URL_SAFE_NO_PAD.encode(modulus(key))), "e": "AQAB",
    }]})
}

fn key_id(key: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(sha256(&modulus(key)))
}

fn modulus(key: &[u8]) -> Vec<u8> {
    let mut bytes = stretched(&sha256(key));
    bytes[0] |= 0x80;
    bytes[255] |= 1;
    bytes
}

fn signature(key: &[u8], text: &str) -> Vec<u8> {
    stretched(&hmac(key, text.as_bytes()))
}

/// As many bytes as a key of 2048 bits has.
fn stretched(seed: &[u8]) -> Vec<u8> {
    (0..8_u8).flat_map(|at| sha256(&[seed, &[at]].concat())).collect()
}

/// The claims of a token that this key signed.
pub(super) fn verify(key: &[u8], token: &str) -> Option<Value> {
    let (text, signature) = token.rsplit_once('.')?;
    if URL_SAFE_NO_PAD.encode(self::signature(key, text)) != signature {
        return None;
    }
    let (_, claims) = text.split_once('.')?;
    Value::from_json(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
}

/// RFC 2104 over SHA-256, for keys of up to 64 bytes.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let padded = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block.to_vec()
    };
    let inner = sha256(&[padded(0x36), message.to_vec()].concat());
    sha256(&[padded(0x5c), inner.to_vec()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn codes_are_the_published_ones() {
        let mac = hmac(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex(&mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn only_own_tokens_are_read() {
        let token = sign(b"key", &json!({"sub": "a"}));
        assert_eq!(verify(b"key", &token), Some(json!({"sub": "a"})));
        assert_eq!(verify(b"other", &token), None);
        assert_eq!(verify(b"key", "a.b"), None);
    }
}

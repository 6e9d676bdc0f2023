//! Service account tokens: JSON web tokens signed by the server's own key (HS256).

use crate::meta::{Value, sha256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// A token that says what `claims` say.
pub(super) fn sign(key: &[u8], claims: &Value) -> String {
    let text = format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(claims.to_json()));
    let signature = URL_SAFE_NO_PAD.encode(hmac(key, text.as_bytes()));
    format!("{text}.{signature}")
}

/// The claims of a token that this key signed.
pub(super) fn verify(key: &[u8], token: &str) -> Option<Value> {
    let (text, signature) = token.rsplit_once('.')?;
    if URL_SAFE_NO_PAD.encode(hmac(key, text.as_bytes())) != signature {
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
    use crate::json;

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

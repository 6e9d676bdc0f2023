//! Service account tokens: JSON web tokens signed by the server's own key (HS256).

use crate::meta::Value;
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

/// The fractional parts of the roots of the first primes, which SHA-256 takes its constants from.
fn root_bits(prime: u32, root: f64) -> u32 {
    let value = f64::from(prime).powf(1.0 / root);
    (value.fract() * 4_294_967_296.0) as u32
}

fn primes() -> impl Iterator<Item = u32> {
    (2_u32..).filter(|n| (2..*n).all(|d| n % d != 0))
}

/// FIPS 180-4.
pub(super) fn sha256(message: &[u8]) -> [u8; 32] {
    let mut constants = [0_u32; 64];
    constants.iter_mut().zip(primes()).for_each(|(place, prime)| *place = root_bits(prime, 3.0));
    let mut hash = [0_u32; 8];
    hash.iter_mut().zip(primes()).for_each(|(place, prime)| *place = root_bits(prime, 2.0));

    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize(padded.len().next_multiple_of(64) + if padded.len() % 64 > 56 { 64 } else { 0 }, 0);
    let end = padded.len() - 8;
    padded[end..].copy_from_slice(&(message.len() as u64 * 8).to_be_bytes());

    for block in padded.chunks_exact(64) {
        let mut w = [0_u32; 64];
        for (word, bytes) in w.iter_mut().zip(block.chunks_exact(4)) {
            *word = bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
        }
        for at in 16..64 {
            let (a, b) = (w[at - 15], w[at - 2]);
            let s0 = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let s1 = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            w[at] = w[at - 16].wrapping_add(s0).wrapping_add(w[at - 7]).wrapping_add(s1);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = hash;
        for (word, constant) in w.iter().zip(&constants) {
            let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let t1 = h.wrapping_add(s1).wrapping_add(choice).wrapping_add(*constant).wrapping_add(*word);
            let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let t2 = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(t1), c, b, a, t1.wrapping_add(t2));
        }
        for (place, value) in hash.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *place = place.wrapping_add(value);
        }
    }
    let mut bytes = [0; 32];
    bytes.chunks_exact_mut(4).zip(hash).for_each(|(place, word)| place.copy_from_slice(&word.to_be_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn hashes_are_the_published_ones() {
        for (message, expect) in [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
        ] {
            assert_eq!(hex(&sha256(message.as_bytes())), expect, "{message}");
        }
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

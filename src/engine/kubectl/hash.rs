//! The hash that `--append-hash` and kustomize put behind the names of ConfigMaps and Secrets.

use crate::json;
use crate::meta::{Object, Value};

/// The ten characters for an object's content; `None` if it is neither ConfigMap nor Secret.
pub fn of(object: &Object) -> Option<String> {
    let mut content = json!({"kind": (object.kind()), "name": (object.name()), "data": (object["data"].clone())});
    match object.kind() {
        "ConfigMap" => {
            if !object["binaryData"].is_empty() {
                content["binaryData"] = object["binaryData"].clone();
            }
        }
        "Secret" => {
            content["type"] = object["type"].str().into();
            if !object["stringData"].is_empty() {
                content["stringData"] = object["stringData"].clone();
            }
        }
        _ => return None,
    }
    if content["data"].is_null() {
        content["data"] = if object.kind() == "ConfigMap" { "".into() } else { Value::Null };
    }
    let digest = sha256(content.to_go_json().as_bytes());
    // Letters that could spell words, and digits that look like letters, are replaced.
    let letters = digest.iter().take(5).flat_map(|byte| [byte >> 4, byte & 15]).map(|nibble| match nibble {
        0 => 'g',
        1 => 'h',
        3 => 'k',
        10 => 'm',
        14 => 't',
        other => char::from_digit(u32::from(other), 16).unwrap_or('x'),
    });
    Some(letters.collect())
}

/// SHA-256 (FIPS 180-4).
pub fn sha256(message: &[u8]) -> [u8; 32] {
    let constants = constants();
    let mut state =
        [0x6a09_e667_u32, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 8).next_multiple_of(64), 0);
    let end = padded.len() - 8;
    padded[end..].copy_from_slice(&(message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks_exact(64) {
        let mut words = [0_u32; 64];
        for (word, bytes) in words.iter_mut().zip(block.chunks_exact(4)) {
            *word = bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
        }
        for at in 16..64 {
            let (a, b) = (words[at - 15], words[at - 2]);
            let low = a.rotate_right(7) ^ a.rotate_right(18) ^ (a >> 3);
            let high = b.rotate_right(17) ^ b.rotate_right(19) ^ (b >> 10);
            words[at] = words[at - 16].wrapping_add(low).wrapping_add(words[at - 7]).wrapping_add(high);
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for (word, constant) in words.iter().zip(&constants) {
            let sum = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
            let choice = (e & f) ^ (!e & g);
            let first = h.wrapping_add(sum).wrapping_add(choice).wrapping_add(*constant).wrapping_add(*word);
            let sum = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
            let majority = (a & b) ^ (a & c) ^ (b & c);
            (h, g, f, e) = (g, f, e, d.wrapping_add(first));
            (d, c, b, a) = (c, b, a, first.wrapping_add(sum.wrapping_add(majority)));
        }
        for (old, new) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *old = old.wrapping_add(new);
        }
    }
    let mut digest = [0; 32];
    for (bytes, word) in digest.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    digest
}

/// The fractions of the cube roots of the first 64 primes.
fn constants() -> [u32; 64] {
    let mut found = [0; 64];
    let primes = (2_u128..).filter(|n| (2..*n).take_while(|d| d * d <= *n).all(|d| n % d != 0));
    for (constant, prime) in found.iter_mut().zip(primes) {
        // The cube root of `prime` times 2^32, by bisection.
        let (mut low, mut high) = (0_u128, 1 << 36);
        while high - low > 1 {
            let middle = (low + high) / 2;
            if middle * middle * middle <= prime << 96 { low = middle } else { high = middle }
        }
        *constant = (low & 0xffff_ffff) as u32;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_sha256() {
        let hex = |text: &str| sha256(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(hex(&"a".repeat(56)), "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a");
    }

    #[test]
    fn the_suffix_is_the_real_one() {
        let object = Object(json!({"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "1"}}));
        assert_eq!(of(&object).as_deref(), Some("m8mt92gg65"));
    }
}

//! Links: a scenario in a URL fragment, `#v1.` and then base64url of deflated JSON.

use super::Scenario;
use crate::meta::Value;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::{TINFLStatus, decompress_to_vec_with_limit};
use std::fmt;

/// The only format there is so far.
const VERSION: &str = "v1";
/// The most a link may unpack to. A day of typing stays far below it.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// The most nodes a link may ask for.
const MAX_NODES: usize = 1_000;
/// How long a link may have run: replaying takes CPU time in proportion.
const MAX_LENGTH: u64 = 31 * 24 * 3_600 * 1_000_000;

/// Why a link cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkError {
    /// It is no link of ours at all.
    NotALink,
    /// A later version of the playground made it.
    Newer,
    /// Characters are missing or changed.
    Damaged,
    /// It unpacks to more than a playground can hold.
    TooBig,
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LinkError::NotALink => "This link carries no playground: it does not start with \"#v1.\".",
            LinkError::Newer => {
                "This link was made by a newer version of the playground. Reload the page to get that version, then open the link again."
            }
            LinkError::Damaged => {
                "This link is damaged: part of it is missing or was changed on the way. Ask for it again and copy it whole."
            }
            LinkError::TooBig => "This link unpacks to more than a playground can hold, so it was not opened.",
        })
    }
}

/// The fragment that carries a scenario, with its `#`.
pub fn encode(scenario: &Scenario) -> String {
    let json = scenario.to_value().to_json();
    format!("#{VERSION}.{}", BASE64URL.encode(compress_to_vec(json.as_bytes(), 9)))
}

/// The scenario in a fragment, with or without its `#`.
///
/// # Errors
/// Says what is wrong with the link; the texts are for the reader.
pub fn decode(fragment: &str) -> Result<Scenario, LinkError> {
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    let (version, data) = fragment.split_once('.').ok_or(LinkError::NotALink)?;
    if version != VERSION {
        let digits = version.strip_prefix('v').unwrap_or_default();
        let newer = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && digits != "0";
        return Err(if newer { LinkError::Newer } else { LinkError::NotALink });
    }
    let packed = BASE64URL.decode(data.trim_end_matches('=')).map_err(|_| LinkError::Damaged)?;
    let json = decompress_to_vec_with_limit(&packed, MAX_BYTES).map_err(|error| match error.status {
        TINFLStatus::HasMoreOutput => LinkError::TooBig,
        _ => LinkError::Damaged,
    })?;
    let value = Value::from_json(&json).map_err(|_| LinkError::Damaged)?;
    let scenario = Scenario::from_value(&value).ok_or(LinkError::Damaged)?;
    if scenario.nodes.len() > MAX_NODES || scenario.length > MAX_LENGTH {
        return Err(LinkError::TooBig);
    }
    Ok(scenario)
}

#[cfg(test)]
mod tests {
    use super::super::{Input, Scenario};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bad_links_say_what_is_wrong() {
        let good = encode(&Scenario::default());
        let bomb = format!("v1.{}", BASE64URL.encode(compress_to_vec(&vec![b' '; MAX_BYTES + 1], 9)));
        for (fragment, error) in [
            ("", LinkError::NotALink),
            ("#section-2", LinkError::NotALink),
            ("#v2.abc", LinkError::Newer),
            ("#v1.", LinkError::Damaged),
            ("#v1.!!!", LinkError::Damaged),
            (&good[..good.len() - 7], LinkError::Damaged),
            (&bomb, LinkError::TooBig),
        ] {
            assert_eq!(decode(fragment), Err(error), "{fragment:.40}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes_to_the_same(seed: u64, lines in prop::collection::vec((0u64..1000, ".*"), 0..8)) {
            let mut scenario = Scenario { seed, ..Scenario::default() };
            for (gap, line) in lines {
                scenario.length += gap;
                scenario.log.push((scenario.length, Input::Line(1, line)));
            }
            prop_assert_eq!(decode(&encode(&scenario)), Ok(scenario));
        }

        #[test]
        fn no_fragment_panics(fragment in ".*", data: Vec<u8>) {
            let _ = decode(&fragment);
            let _ = decode(&format!("v1.{}", BASE64URL.encode(data)));
        }
    }
}

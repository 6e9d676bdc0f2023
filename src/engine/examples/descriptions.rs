//! Prints the texts that the page does not start with: it fetches them before the first line that
//! may print some of them.

use std::io::Write;
use tabernetes_engine::{kubectl, playground, schema};

fn main() -> std::io::Result<()> {
    let texts = [schema::DESCRIPTIONS, playground::TEXTS_BORDER, kubectl::help::TEXT];
    texts.iter().try_for_each(|text| std::io::stdout().write_all(text.as_bytes()))
}

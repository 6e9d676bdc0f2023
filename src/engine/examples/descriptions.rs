//! Prints the API's descriptions: what the page fetches on the first `kubectl explain`.

use std::io::Write;

fn main() -> std::io::Result<()> {
    std::io::stdout().write_all(tabernetes_engine::schema::DESCRIPTIONS.as_bytes())
}

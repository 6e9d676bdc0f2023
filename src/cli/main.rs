//! `tabernetes`: run, test and serve scenarios without a browser.
fn main() {}

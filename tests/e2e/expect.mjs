// Comparing what is on the page with what is expected there.

import assert from "node:assert/strict";

/// What stands for something that differs from run to run.
const PLACEHOLDERS = {
    age: String.raw`(?:\d+(?:\.\d+)?(?:ms|[smhdy]))+`,
    ip: String.raw`\d+\.\d+\.\d+\.\d+`,
    hash: "[bcdfghjklmnpqrstvwxz2456789]+",
    restarts: String.raw`\d+(?: \([^)]*\))?`,
    any: "[^\n]*",
    lines: "[^]*?",
};

/// Asserts that a text is like another in which `<age>`, `<ip>`, `<any>`... stand for what differs, and two
/// or more spaces for any such number.
export function like(actual, expected, what = "output") {
    const tidy = (text) => text.replace(/^\n/, "").replace(/[ \t]+$/gm, "").trimEnd();
    const escaped = tidy(expected).replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
    const pattern = escaped
        .replace(/<(\w+)>/g, (whole, name) => PLACEHOLDERS[name] ?? whole)
        .replace(/ {2,}/g, " {2,}");
    if (!new RegExp(`^${pattern}$`).test(tidy(actual))) assert.equal(tidy(actual), tidy(expected), what);
}

/// A template's text without the indentation it has in the test.
export function text(strings, ...values) {
    const whole = String.raw({ raw: strings }, ...values).replace(/^\n/, "").replace(/\n[ ]*$/, "\n");
    const indents = whole.split("\n").filter((line) => line.trim()).map((line) => line.match(/^ */)[0].length);
    const indent = Math.min(...indents);
    return whole.split("\n").map((line) => line.slice(indent)).join("\n");
}

/// Asserts that the page has logged no error.
export function calm(page) {
    assert.deepEqual(page.errors, [], "errors in the console");
}

export { assert };

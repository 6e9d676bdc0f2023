//! Interpreters: the one-liners that tutorials run in them.

use super::servers::{GRACEFUL, http};
use super::{Base, Context, Image, Outcome, Program, Run};
use crate::network::http::{Request, Response};
use crate::process::FileSystem;
use std::time::Duration;

/// perl: computes pi, as the Job of the documentation does.
pub static PERL: Image = Image {
    names: &["docker.io/library/perl"],
    size: 340,
    cmd: &["perl"],
    programs: &[Program { path: "/usr/local/bin/perl", run: perl }],
    usage: (900, 12),
    ..Image::DEFAULT
};

/// python: prints, sleeps, serves files.
pub static PYTHON: Image = Image {
    names: &["docker.io/library/python"],
    size: 45,
    cmd: &["python3"],
    programs: &[
        Program { path: "/usr/local/bin/python", run: python },
        Program { path: "/usr/local/bin/python3", run: python },
    ],
    ..Image::DEFAULT
};

/// node: prints.
pub static NODE: Image = Image {
    names: &["docker.io/library/node"],
    size: 390,
    cmd: &["node"],
    programs: &[Program { path: "/usr/local/bin/node", run: node }],
    base: Base::Debian,
    ..Image::DEFAULT
};

fn perl(run: &Run) -> Outcome {
    let arguments = run.arguments();
    let script =
        arguments.iter().position(|word| word.ends_with('e') && word.starts_with('-') && !word.starts_with("-M"));
    let script = script.and_then(|at| arguments.get(at + 1)).copied().unwrap_or_default();
    let digits = script.split_once("bpi(").and_then(|(_, rest)| rest.split(')').next()?.trim().parse::<usize>().ok());
    if let Some(digits) = digits.filter(|_| arguments.iter().any(|word| word.starts_with("-Mbignum"))) {
        let digits = digits.clamp(1, 20_000);
        run.out(&format!("{}\n", pi(digits)));
        return Outcome::Ends(Duration::from_millis(digits as u64 * 2), 0);
    }
    printed(run, script, "print")
}

fn python(run: &Run) -> Outcome {
    let arguments = run.arguments();
    match arguments.as_slice() {
        ["-c", script, ..] => super::python::run(run, script),
        ["-u", "-c", script, ..] => super::python::run(run, script),
        ["-m", "http.server", rest @ ..] => {
            let port = rest.first().and_then(|port| port.parse().ok()).unwrap_or(8000);
            run.out(&format!("Serving HTTP on 0.0.0.0 port {port} (http://0.0.0.0:{port}/) ...\n"));
            http(run, &[port], files, GRACEFUL)
        }
        ["--version" | "-V"] => {
            run.out("Python 3.13.9\n");
            Outcome::Ends(Duration::ZERO, 0)
        }
        [] => Outcome::Ends(Duration::ZERO, 0),
        [script, ..] => {
            run.fail(&format!("python3: can't open file '{script}': [Errno 2] No such file or directory\n"), 2)
        }
    }
}

fn node(run: &Run) -> Outcome {
    let arguments = run.arguments();
    match arguments.as_slice() {
        ["-e", script, ..] => printed(run, script, "console.log"),
        ["-v" | "--version"] => {
            run.out("v22.21.1\n");
            Outcome::Ends(Duration::ZERO, 0)
        }
        [] => Outcome::Ends(Duration::ZERO, 0),
        [script, ..] => run.fail(&format!("Error: Cannot find module '{script}'\n"), 1),
    }
}

/// Runs what can be run of a script without an interpreter: prints of literals, sleeps, exits.
fn printed(run: &Run, script: &str, print: &str) -> Outcome {
    let mut after = Duration::ZERO;
    for statement in script.split([';', '\n']).map(str::trim).filter(|statement| !statement.is_empty()) {
        let argument = |name: &str| {
            let rest = statement.strip_prefix(name)?.trim();
            Some(rest.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(rest).trim())
        };
        if let Some(text) = argument(print) {
            let perl = print == "print";
            let Some(values) = values(text) else {
                return run.fail(&format!("this playground's interpreter does not evaluate: {text}\n"), 1);
            };
            run.out(&if perl { values.concat() } else { values.join(" ") + "\n" });
        } else if let Some(seconds) = argument("time.sleep").or_else(|| argument("sleep")) {
            after += crate::kubelet::programs::seconds(seconds).unwrap_or_default();
        } else if let Some(code) =
            argument("sys.exit").or_else(|| argument("process.exit")).or_else(|| argument("exit"))
        {
            return Outcome::Ends(after, code.parse().unwrap_or(0));
        } else if !["use ", "import ", "const ", "#"].iter().any(|word| statement.starts_with(word)) {
            return run.fail(&format!("this playground's interpreter does not run: {statement}\n"), 1);
        }
    }
    Outcome::Ends(after, 0)
}

/// The values of literals and sums between commas.
fn values(text: &str) -> Option<Vec<String>> {
    let (mut values, mut rest) = (Vec::new(), text.trim());
    while let Some(first) = rest.chars().next() {
        let value;
        if matches!(first, '"' | '\'' | '`') {
            let end = rest[1..].find(first)? + 1;
            value = rest[1..end].replace("\\n", "\n").replace("\\t", "\t");
            rest = rest[end + 1..].trim_start();
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            value = sum(rest[..end].trim())?.to_string();
            rest = &rest[end..];
        }
        values.push(value);
        rest = match rest.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if rest.is_empty() => rest,
            None => return None,
        };
    }
    Some(values)
}

/// The value of numbers joined by one kind of operator.
fn sum(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    const OPERATORS: &[(&str, fn(f64, f64) -> f64)] =
        &[("+", |a, b| a + b), (" - ", |a, b| a - b), ("**", f64::powf), ("*", |a, b| a * b), ("/", |a, b| a / b)];
    let (operator, apply) = OPERATORS.iter().find(|(operator, _)| text.contains(operator))?;
    let mut numbers = text.split(operator).map(|part| sum(part.trim()));
    let first = numbers.next()??;
    numbers.try_fold(first, |left, right| Some(apply(left, right?)))
}

/// `python -m http.server`: files and listings.
fn files(context: &Context, request: &Request) -> Response {
    let path = FileSystem::resolve("/", &format!("{}/{}", context.directory, request.path()));
    let files = context.files();
    if let Ok(names) = files.list(&path) {
        if let Ok(index) = files.read(&format!("{path}/index.html")) {
            return Response::new(200, "text/html", index.to_vec());
        }
        let items: String = names.iter().map(|name| format!("<li><a href=\"{name}\">{name}</a></li>\n")).collect();
        return Response::new(200, "text/html; charset=utf-8", format!("<ul>\n{items}</ul>\n").into_bytes());
    }
    match files.read(&path) {
        Ok(bytes) => Response::new(200, "application/octet-stream", bytes.to_vec()),
        Err(_) => Response::text(404, "File not found\n"),
    }
}

/// Pi with that many digits, the 3 included, rounded as bignum rounds it: Machin's formula.
fn pi(digits: usize) -> String {
    /// Each limb holds nine decimal digits.
    const LIMB: u64 = 1_000_000_000;
    let limbs = digits / 9 + 4;
    let divide = |number: &mut [u64], by: u64| {
        let mut rest = 0;
        for limb in number.iter_mut() {
            let all = rest * LIMB + *limb;
            *limb = all / by;
            rest = all % by;
        }
    };
    // The sum gathers 16*arctan(1/5) - 4*arctan(1/239); limbs may go negative until they are carried.
    let mut sum = vec![0_i64; limbs];
    for (factor, inverse, sign) in [(16, 5_u64, 1), (4, 239, -1)] {
        let mut power = vec![0_u64; limbs];
        power[0] = factor * inverse;
        let (mut odd, mut sign) = (1_u64, sign);
        loop {
            divide(&mut power, inverse * inverse);
            if power.iter().all(|limb| *limb == 0) {
                break;
            }
            let mut term = power.clone();
            divide(&mut term, odd);
            for (total, limb) in sum.iter_mut().zip(&term) {
                *total += sign * *limb as i64;
            }
            odd += 2;
            sign = -sign;
        }
    }
    for at in (1..limbs).rev() {
        let carry = sum[at].div_euclid(LIMB as i64);
        sum[at] = sum[at].rem_euclid(LIMB as i64);
        sum[at - 1] += carry;
    }
    let decimals: String = sum[1..].iter().map(|limb| format!("{limb:09}")).collect();
    let mut all: Vec<u8> = format!("3{decimals}").into_bytes();
    let up = all.get(digits).is_some_and(|digit| *digit >= b'5');
    all.truncate(digits);
    if up {
        for digit in all.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                break;
            }
            *digit = b'0';
        }
    }
    let text = String::from_utf8_lossy(&all).into_owned();
    if digits == 1 { text } else { format!("3.{}", &text[1..]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_and_sums_have_values() {
        for (text, expect) in [
            ("\"hi\", 1+2", Some("hi|3")),
            ("2**10, \"\\n\"", Some("1024|\n")),
            ("'a'", Some("a")),
            ("process.env.HOME", None),
            ("'a' + b", None),
        ] {
            assert_eq!(values(text).map(|values| values.join("|")).as_deref(), expect, "{text}");
        }
    }

    #[test]
    fn pi_is_pi() {
        for (digits, expect) in [(1, "3"), (5, "3.1416"), (30, "3.14159265358979323846264338328")] {
            assert_eq!(pi(digits), expect);
        }
        let long = pi(2000);
        assert_eq!(long.len(), 2001);
        assert!(long.contains("999999") && long.starts_with("3.14159265358979323846264338327950288419716939937510"));
    }
}

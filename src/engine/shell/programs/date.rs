//! `date`

use super::ls::MONTHS;
use super::{Call, Options, Help, Program};
use crate::meta::Time;
use std::time::Duration;

pub const PROGRAM: Program = Program {
    name: "date",
    help: || Help {
        summary: "Print the date and time.",
        usage: "date [-u] [-d WHEN] [-I[FORMAT]] [+FORMAT]",
        examples: &[
            ("date -u -d 2026-11-23T05:12:31Z", "Mon Nov 23 05:12:31 UTC 2026"),
            ("date -d @0 +%Y-%m-%dT%H:%M:%SZ", "1970-01-01T00:00:00Z"),
            ("date -d '2026-01-31 + 1 day' +%F", "2026-02-01"),
            ("date -d nonsense", "date: invalid date 'nonsense'"),
        ],
    },
    run: |call| Box::pin(std::future::ready(run(&call))),
    ..Program::BASE
};

const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const LONG_MONTHS: [&str; 12] = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
];

fn run(call: &Call) -> i32 {
    let long = [("utc", 'u'), ("date", 'd'), ("iso-8601", 'I'), ("rfc-email", 'R'), ("rfc-3339", 'r')];
    // `-I` takes its value attached only.
    let mut iso = None;
    let args: Vec<String> = call
        .args()
        .iter()
        .filter(|arg| {
            let value = arg.strip_prefix("-I").or_else(|| arg.strip_prefix("--iso-8601")).or_else(|| arg.strip_prefix("--iso"));
            let own = value.map(|value| value.trim_start_matches('=').to_string());
            let is_iso = own.is_some();
            if is_iso {
                iso = own;
            }
            !is_iso
        })
        .cloned()
        .collect();
    let mut full = false;
    let args: Vec<String> = args
        .into_iter()
        .filter(|arg| {
            let is = arg.starts_with("--rfc-3339");
            full |= is;
            !is
        })
        .collect();
    if full {
        iso = Some("full".into());
    }
    let options = match Options::parse_args(call, &args, "ud:Rr:s:", &long, false) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let now = call.process.clock.now();
    let time = match options.value('d') {
        None => now,
        Some(text) => match when(text, now) {
            Some(time) => time,
            None => return call.fail(format!("invalid date '{text}'")),
        },
    };
    let pattern = match (options.operands.first(), iso.as_deref()) {
        (Some(operand), _) => match operand.strip_prefix('+') {
            Some(pattern) => pattern.to_string(),
            None => return call.fail(format!("invalid date '{operand}'")),
        },
        (None, Some("" | "date")) => "%Y-%m-%d".into(),
        (None, Some("hours")) => "%Y-%m-%dT%H%:z".into(),
        (None, Some("full")) => "%Y-%m-%d %H:%M:%S%:z".into(),
        (None, Some("minutes")) => "%Y-%m-%dT%H:%M%:z".into(),
        (None, Some("ns")) => "%Y-%m-%dT%H:%M:%S,%N%:z".into(),
        (None, Some(_)) => "%Y-%m-%dT%H:%M:%S%:z".into(),
        (None, None) if options.has('R') => "%a, %d %b %Y %H:%M:%S %z".into(),
        (None, None) => "%a %b %e %H:%M:%S %Z %Y".into(),
    };
    call.out(format!("{}\n", format_time(time, &pattern)));
    0
}

/// A moment in `strftime`'s terms, in UTC.
pub fn format_time(time: Time, pattern: &str) -> String {
    let (year, month, day, hour, minute, second) = time.civil();
    let weekday = DAYS[usize::from(time.weekday())];
    let month_at = usize::from(month).saturating_sub(1).min(11);
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let day_of_year = (time.seconds() - Time::from_civil(year, 1, 1, 0, 0, 0).seconds()) / 86_400 + 1;
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut letter = chars.next();
        let unpadded = letter == Some('-');
        let colon = letter == Some(':');
        let digits = letter.filter(char::is_ascii_digit);
        if unpadded || colon || digits.is_some() || letter == Some('0') || letter == Some('_') {
            letter = chars.next();
        }
        let Some(letter) = letter else {
            out.push('%');
            break;
        };
        let two = |number: u8| if unpadded { number.to_string() } else { format!("{number:02}") };
        out.push_str(&match letter {
            'Y' => year.to_string(),
            'y' => format!("{:02}", year % 100),
            'C' => format!("{:02}", year / 100),
            'm' => two(month),
            'd' => two(day),
            'e' => format!("{day:2}"),
            'H' => two(hour),
            'I' => two(twelve),
            'M' => two(minute),
            'S' => two(second),
            'p' => if hour < 12 { "AM" } else { "PM" }.into(),
            'N' => {
                let nanos = format!("{:06}000", time.0.rem_euclid(1_000_000));
                let digits = digits.and_then(|c| c.to_digit(10)).map_or(9, |digits| digits as usize);
                nanos.chars().take(digits).collect()
            }
            's' => time.seconds().to_string(),
            'a' => weekday[..3].into(),
            'A' => weekday.into(),
            'b' | 'h' => MONTHS[month_at].into(),
            'B' => LONG_MONTHS[month_at].into(),
            'j' => format!("{day_of_year:03}"),
            'u' => if time.weekday() == 0 { 7 } else { time.weekday() }.to_string(),
            'w' => time.weekday().to_string(),
            'z' => if colon { "+00:00" } else { "+0000" }.into(),
            'Z' => "UTC".into(),
            'F' => format!("{year}-{month:02}-{day:02}"),
            'D' => format!("{month:02}/{day:02}/{:02}", year % 100),
            'T' => format!("{hour:02}:{minute:02}:{second:02}"),
            'R' => format!("{hour:02}:{minute:02}"),
            'c' => format_time(time, "%a %b %e %H:%M:%S %Y"),
            'n' => "\n".into(),
            't' => "\t".into(),
            '%' => "%".into(),
            other => format!("%{other}"),
        });
    }
    out
}

/// `@SECONDS`, a date, a date and time, `now`, `yesterday`, `+2 hours`, `1 day ago`, and sums of those.
fn when(text: &str, now: Time) -> Option<Time> {
    let text = text.trim();
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.parse::<f64>().ok().map(|seconds| Time((seconds * 1e6) as i64));
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut time = now;
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let joined = words.get(at + 1).map(|next| format!("{word}T{next}"));
        if let Some(full) = joined.as_deref().and_then(absolute) {
            time = full;
            at += 2;
            continue;
        }
        at += 1;
        if let Some(full) = absolute(word) {
            time = full;
            continue;
        }
        let day = Duration::from_secs(86_400);
        match *word {
            "now" | "today" | "UTC" | "Z" => continue,
            "yesterday" => time = time - day,
            "tomorrow" => time = time + day,
            _ => {
                let sign_alone = matches!(*word, "+" | "-");
                let number = if sign_alone {
                    at += 1;
                    format!("{word}{}", words.get(at - 1)?)
                } else {
                    word.to_string()
                };
                let split = number.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(number.len());
                let (count, unit) = number.split_at(split);
                let count: i64 = count.parse().ok()?;
                let unit = if unit.is_empty() {
                    at += 1;
                    words.get(at - 1)?.to_string()
                } else {
                    unit.to_string()
                };
                let ago = words.get(at) == Some(&"ago");
                at += usize::from(ago);
                let seconds = match unit.trim_end_matches('s') {
                    "sec" | "second" => 1,
                    "min" | "minute" => 60,
                    "hour" => 3600,
                    "day" => 86_400,
                    "week" => 604_800,
                    "month" => 2_592_000,
                    "year" => 31_536_000,
                    _ => return None,
                };
                let span = count.checked_mul(seconds * 1_000_000)?;
                time = Time(time.0.checked_add(if ago { -span } else { span })?);
            }
        }
    }
    (!words.is_empty()).then_some(time)
}

fn absolute(text: &str) -> Option<Time> {
    let shapes = [text.to_string(), format!("{text}Z"), format!("{text}:00Z"), format!("{text}T00:00:00Z")];
    shapes.iter().find_map(|text| Time::parse(text))
}

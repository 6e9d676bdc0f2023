//! Spans of time as Go and kubectl write and read them: `1m30s`, and the ages of tables.

use super::Time;
use std::fmt::Write;
use std::time::Duration;

/// Go's `Duration.String()`: `1h2m3.5s`, `100ms`, `0s`.
pub fn format(span: Duration) -> String {
    let nanos = span.as_nanos();
    if nanos == 0 {
        return "0s".into();
    }
    if nanos < 1_000_000_000 {
        let (unit, name) = match nanos {
            n if n < 1_000 => (1, "ns"),
            n if n < 1_000_000 => (1_000, "µs"),
            _ => (1_000_000, "ms"),
        };
        return fraction(nanos, unit) + name;
    }
    let seconds = span.as_secs();
    let mut text = String::new();
    if seconds >= 3600 {
        let _ = write!(text, "{}h", seconds / 3600);
    }
    if seconds >= 60 {
        let _ = write!(text, "{}m", seconds / 60 % 60);
    }
    text + &fraction(nanos % 60_000_000_000, 1_000_000_000) + "s"
}

/// `count / unit` in decimal without trailing zeros; `unit` is a power of ten.
fn fraction(count: u128, unit: u128) -> String {
    let mut text = (count / unit).to_string();
    let rest = count % unit;
    if rest > 0 {
        let digits = (unit + rest).to_string();
        text += ".";
        text += digits[1..].trim_end_matches('0');
    }
    text
}

/// Go's `time.ParseDuration`, for spans that are not negative (`-1s` counts as zero).
///
/// # Errors
/// Go's text, such as `time: invalid duration "x"`.
pub fn parse(text: &str) -> Result<Duration, String> {
    parse_signed(text).map(|nanos| Duration::from_nanos(u64::try_from(nanos).unwrap_or(0)))
}

/// Go's `time.ParseDuration`: nanoseconds.
///
/// # Errors
/// Go's text, such as `time: invalid duration "x"`.
pub fn parse_signed(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {text:?}");
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let whole = &rest[..end];
        rest = &rest[end..];
        let mut part = "";
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
            (part, rest) = after.split_at(end);
        }
        if whole.is_empty() && part.is_empty() {
            return Err(invalid());
        }
        let end = rest.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(rest.len());
        let (unit, after) = rest.split_at(end);
        rest = after;
        let nanos: i128 = match unit {
            "" => return Err(format!("time: missing unit in duration {text:?}")),
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return Err(format!("time: unknown unit {unit:?} in duration {text:?}")),
        };
        let whole = if whole.is_empty() { 0 } else { whole.parse::<i64>().map_err(|_| invalid())? };
        total += i128::from(whole) * nanos;
        let mut place = nanos;
        for digit in part.bytes().take(18) {
            place /= 10;
            total += place * i128::from(digit - b'0');
        }
        if total > i128::from(i64::MAX) {
            return Err(invalid());
        }
    }
    let nanos = total as i64;
    Ok(if negative { -nanos } else { nanos })
}

/// The age column: `5s`, `2m10s`, `3d4h` of the time from `then` to `now`.
pub fn age(now: Time, then: Time) -> String {
    match (now.0 - then.0) / 1_000_000 {
        seconds if seconds < -1 => "<invalid>".into(),
        seconds => human(Duration::from_secs(seconds.try_into().unwrap_or(0))),
    }
}

/// One number, or two where it is small: `118s`, `2m10s`, `15m`, `3h5m`, `3d4h`.
pub fn human(span: Duration) -> String {
    let two = |big: u64, unit: char, small: u64, small_unit: char| match small {
        0 => format!("{big}{unit}"),
        _ => format!("{big}{unit}{small}{small_unit}"),
    };
    let seconds = span.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match () {
        () if seconds < 120 => format!("{seconds}s"),
        () if minutes < 10 => two(minutes, 'm', seconds % 60, 's'),
        () if minutes < 180 => format!("{minutes}m"),
        () if hours < 8 => two(hours, 'h', minutes % 60, 'm'),
        () if hours < 48 => format!("{hours}h"),
        () if hours < 192 => two(days, 'd', hours % 24, 'h'),
        () if days < 730 => format!("{days}d"),
        () if days < 365 * 8 => two(days / 365, 'y', days % 365, 'd'),
        () => format!("{}y", days / 365),
    }
}

/// One number: `59s`, `2m`, `3h`, `4d`, `2y`.
pub fn short_human(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        86_400..31_536_000 => format!("{}d", seconds / 86_400),
        _ => format!("{}y", seconds / 31_536_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_durations() {
        for (text, expect) in [
            ("1m30s", Ok("1m30s")),
            ("90s", Ok("1m30s")),
            ("1.5h", Ok("1h30m0s")),
            ("100ms", Ok("100ms")),
            ("1500us", Ok("1.5ms")),
            ("0", Ok("0s")),
            ("0.5s", Ok("500ms")),
            ("10", Err("time: missing unit in duration \"10\"")),
            ("x", Err("time: invalid duration \"x\"")),
            ("", Err("time: invalid duration \"\"")),
            ("5d", Err("time: unknown unit \"d\" in duration \"5d\"")),
        ] {
            assert_eq!(parse(text).map(format), expect.map(String::from).map_err(String::from), "{text}");
        }
    }

    #[test]
    fn ages() {
        for (seconds, expect) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (130, "2m10s"),
            (599, "9m59s"),
            (600, "10m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (11_100, "3h5m"),
            (28_800, "8h"),
            (172_800, "2d"),
            (273_600, "3d4h"),
            (691_200, "8d"),
            (63_072_000, "2y"),
            (63_158_400, "2y1d"),
            (252_288_000, "8y"),
        ] {
            assert_eq!(human(Duration::from_secs(seconds)), expect);
        }
        assert_eq!(age(Time(0), Time(5_000_000)), "<invalid>");
        assert_eq!(short_human(Duration::from_secs(7_300)), "2h");
    }
}

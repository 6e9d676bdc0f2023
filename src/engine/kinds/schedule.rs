//! Cron schedules: when a CronJob runs. The texts of errors are those of the parser Kubernetes uses.

use crate::meta::Time;
use std::time::Duration;

/// The minutes, hours, days, months and weekdays on which something runs, as sets of bits.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    fields: [u64; 5],
    /// Whether days or weekdays are `*`: then both must match, else either.
    any_day: bool,
    /// `@every`: the time from run to run.
    every: Option<Duration>,
}

/// The bounds and names of each field.
const FIELDS: [(u32, u32, &[&str]); 5] = [
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &[]),
    (1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

const DESCRIPTORS: &[(&str, &str)] = &[
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A schedule that has no next time for so long never has one.
const HORIZON_DAYS: u64 = 366 * 5;

impl Schedule {
    /// Reads a schedule in standard cron format, or a descriptor such as `@daily`.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn parse(text: &str) -> Result<Schedule, String> {
        if text.is_empty() {
            return Err("empty spec string".into());
        }
        let mut spec = text;
        if text.starts_with('@') {
            if let Some(span) = text.strip_prefix("@every ") {
                let every = crate::meta::duration::parse(span)
                    .map_err(|error| format!("failed to parse duration {text}: {error}"))?;
                let whole = Duration::from_secs(every.as_secs().max(1));
                return Ok(Schedule { fields: [0; 5], any_day: false, every: Some(whole) });
            }
            spec = DESCRIPTORS
                .iter()
                .find(|(name, _)| *name == text)
                .map(|(_, spec)| *spec)
                .ok_or_else(|| format!("unrecognized descriptor: {text}"))?;
        }
        let words: Vec<&str> = spec.split_whitespace().collect();
        if words.len() != 5 {
            return Err(format!("expected exactly 5 fields, found {}: [{}]", words.len(), words.join(" ")));
        }
        let mut fields = [0; 5];
        for ((bits, word), bounds) in fields.iter_mut().zip(&words).zip(&FIELDS) {
            *bits = field(word, bounds)?;
        }
        let star = |at: usize| words.get(at).is_some_and(|word| word.starts_with(['*', '?']));
        Ok(Schedule { fields, any_day: star(2) || star(4), every: None })
    }

    /// The first time after `after`; `None` if there is none within some years.
    pub fn next(&self, after: Time) -> Option<Time> {
        if let Some(every) = self.every {
            return Some(Time::from_millis((after + every).seconds() * 1000));
        }
        let [minutes, hours, days, months, weekdays] = self.fields;
        let has = |bits: u64, value: u8| bits >> value & 1 == 1;
        let mut at = Time::from_millis((after.seconds() / 60 + 1) * 60_000);
        let end = after + Duration::from_secs(HORIZON_DAYS * 86_400);
        while at < end {
            let (year, month, day, hour, minute, _) = at.civil();
            let (in_days, in_week) = (has(days, day), has(weekdays, at.weekday()));
            let day_fits = if self.any_day { in_days && in_week } else { in_days || in_week };
            if !has(months, month) || !day_fits {
                at = Time::from_civil(year, month, day, 0, 0, 0) + Duration::from_secs(86_400);
            } else if !has(hours, hour) {
                at = Time::from_civil(year, month, day, hour, 0, 0) + Duration::from_secs(3600);
            } else if !has(minutes, minute) {
                at = at + Duration::from_secs(60);
            } else {
                return Some(at);
            }
        }
        None
    }
}

/// Reads a field: ranges and numbers with steps, separated by commas.
fn field(text: &str, bounds: &(u32, u32, &[&str])) -> Result<u64, String> {
    text.split(',').filter(|part| !part.is_empty()).try_fold(0, |bits, part| Ok(bits | range(part, bounds)?))
}

fn range(text: &str, bounds: &(u32, u32, &[&str])) -> Result<u64, String> {
    let (min, max, names) = *bounds;
    let mut by_step = text.split('/');
    let (span, step_text, more) = (by_step.next().unwrap_or_default(), by_step.next(), by_step.next());
    let mut ends = span.split('-');
    let (low, high, too_many) = (ends.next().unwrap_or_default(), ends.next(), ends.next());
    let (start, mut end) = if matches!(low, "*" | "?") {
        (min, max)
    } else {
        let start = number(low, names)?;
        let end = high.map_or(Ok(start), |high| number(high, names))?;
        if too_many.is_some() {
            return Err(format!("too many hyphens: {text}"));
        }
        (start, end)
    };
    let mut step = 1;
    if let Some(count) = step_text {
        if more.is_some() {
            return Err(format!("too many slashes: {text}"));
        }
        step = number(count, &[])?;
        if high.is_none() {
            end = max;
        }
    }
    if start < min {
        return Err(format!("beginning of range ({start}) below minimum ({min}): {text}"));
    }
    if end > max {
        return Err(format!("end of range ({end}) above maximum ({max}): {text}"));
    }
    if start > end {
        return Err(format!("beginning of range ({start}) beyond end of range ({end}): {text}"));
    }
    if step == 0 {
        return Err(format!("step of range should be a positive number: {text}"));
    }
    Ok((start..=end).step_by(step as usize).fold(0, |bits, value| bits | 1 << value))
}

fn number(text: &str, names: &[&str]) -> Result<u32, String> {
    if let Some(at) = names.iter().position(|name| name.eq_ignore_ascii_case(text)) {
        // Months count from one, weekdays from nought.
        return Ok(at as u32 + u32::from(names.len() == 12));
    }
    match text.parse::<i64>() {
        Ok(number) if number < 0 => Err(format!("negative number ({number}) not allowed: {text}")),
        Ok(number) => Ok(number.min(i64::from(u32::MAX)) as u32),
        Err(_) => Err(format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: invalid syntax")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_name_their_next_time() {
        for (text, after, next) in [
            ("*/5 * * * *", "2026-01-01T00:03:10Z", "2026-01-01T00:05:00Z"),
            ("0 9-17/4 * * MON-FRI", "2026-01-02T17:00:00Z", "2026-01-05T09:00:00Z"),
            ("30 2 29 2 *", "2026-01-01T00:00:00Z", "2028-02-29T02:30:00Z"),
            ("0 0 13 * 5", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
            ("@monthly", "2026-01-31T10:00:00Z", "2026-02-01T00:00:00Z"),
            ("@every 90s", "2026-01-01T00:00:00Z", "2026-01-01T00:01:30Z"),
        ] {
            let schedule = Schedule::parse(text).unwrap();
            assert_eq!(schedule.next(Time::parse(after).unwrap()), Time::parse(next), "{text}");
        }
        assert_eq!(Schedule::parse("0 0 31 2 *").unwrap().next(Time(0)), None);
    }

    #[test]
    fn bad_schedules_are_refused() {
        for (text, error) in [
            ("", "empty spec string"),
            ("abc", "expected exactly 5 fields, found 1: [abc]"),
            ("@often", "unrecognized descriptor: @often"),
            ("70 * * * *", "end of range (70) above maximum (59): 70"),
            ("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("5-2 * * * *", "beginning of range (5) beyond end of range (2): 5-2"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
        ] {
            assert_eq!(Schedule::parse(text), Err(error.into()), "{text}");
        }
    }
}

//! Points in virtual time and the ways Kubernetes writes them.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// A moment, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// The moment `millis` milliseconds after the epoch.
    pub const fn from_millis(millis: i64) -> Time {
        Time(millis * 1000)
    }
    /// Whole milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0.div_euclid(1000)
    }
    /// Whole seconds since the epoch.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }
    /// How long after `earlier` this is; zero if it is not.
    pub fn since(self, earlier: Time) -> Duration {
        Duration::from_micros(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
    /// Year, month, day, hour, minute, second, in UTC (proleptic Gregorian calendar).
    pub fn civil(self) -> (i64, u8, u8, u8, u8, u8) {
        let seconds = self.seconds();
        let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        // Days are counted from 0000-03-01, so that leap days end a year; 146,097 days make 400 years.
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = (doy - (153 * mp + 2) / 5 + 1) as u8;
        let month = if mp < 10 { mp + 3 } else { mp - 9 } as u8;
        let year = yoe + era * 400 + i64::from(month <= 2);
        (year, month, day, (rest / 3600) as u8, (rest / 60 % 60) as u8, (rest % 60) as u8)
    }
    /// The moment of a UTC date and time.
    pub fn from_civil(year: i64, month: u8, day: u8, hour: u8, minute: u8, second: u8) -> Time {
        let y = if month <= 2 { year - 1 } else { year };
        let (era, yoe) = (y.div_euclid(400), y.rem_euclid(400));
        let mp = (i64::from(month) + 9) % 12;
        let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
        let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
        let days = era * 146_097 + doe - 719_468;
        Time((((days * 24 + i64::from(hour)) * 60 + i64::from(minute)) * 60 + i64::from(second)) * 1_000_000)
    }
    /// Day of the week, 0 for Sunday.
    pub fn weekday(self) -> u8 {
        (self.seconds().div_euclid(86_400) + 4).rem_euclid(7) as u8
    }
    /// RFC 3339 with whole seconds, as `metav1.Time` is written.
    pub fn rfc3339(self) -> String {
        let (y, mo, d, h, m, s) = self.civil();
        format!("{y:04}-{mo:02}-{d:02}T{h:02}:{m:02}:{s:02}Z")
    }
    /// RFC 3339 with microseconds, as `metav1.MicroTime` is written.
    pub fn rfc3339_micro(self) -> String {
        let whole = self.rfc3339();
        format!("{}.{:06}Z", &whole[..whole.len() - 1], self.0.rem_euclid(1_000_000))
    }
    /// Reads RFC 3339, with or without a fraction, with `Z` or an offset.
    pub fn parse(text: &str) -> Option<Time> {
        let digits = |range: std::ops::Range<usize>| -> Option<i64> {
            let part = text.get(range)?;
            part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok())?
        };
        let byte = |at: usize, is: u8| text.as_bytes().get(at).filter(|b| b.eq_ignore_ascii_case(&is));
        byte(4, b'-')?;
        byte(7, b'-')?;
        byte(10, b'T')?;
        byte(13, b':')?;
        byte(16, b':')?;
        let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
        let (hour, minute, second) = (digits(11..13)?, digits(14..16)?, digits(17..19)?);
        if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let mut rest = text.get(19..)?;
        let mut micros = 0;
        if let Some(fraction) = rest.strip_prefix('.') {
            let end = fraction.find(|c: char| !c.is_ascii_digit())?;
            micros = format!("{:0<6}", &fraction[..end.min(6)]).parse().ok()?;
            rest = &fraction[end..];
        }
        let offset = match rest.as_bytes() {
            [b'Z' | b'z'] => 0,
            [sign @ (b'+' | b'-'), ..] if rest.len() == 6 => {
                let minutes = rest[1..3].parse::<i64>().ok()? * 60 + rest[4..6].parse::<i64>().ok()?;
                if *sign == b'+' { minutes } else { -minutes }
            }
            _ => return None,
        };
        let whole = Time::from_civil(year, month as u8, day as u8, hour as u8, minute as u8, second as u8);
        Some(Time(whole.0 + micros - offset * 60_000_000))
    }
}

impl Add<Duration> for Time {
    type Output = Time;
    fn add(self, span: Duration) -> Time {
        Time(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }
}
impl Sub<Duration> for Time {
    type Output = Time;
    fn sub(self, span: Duration) -> Time {
        Time(self.0.saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }
}
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rfc3339())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_dates_round_trip() {
        for (text, micros) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2026-11-23T05:12:31Z", 1_795_410_751_000_000),
            ("2000-02-29T23:59:59Z", 951_868_799_000_000),
        ] {
            assert_eq!(Time::parse(text), Some(Time(micros)), "{text}");
            assert_eq!(Time(micros).rfc3339(), text);
        }
        assert_eq!(Time::parse("2026-11-23T14:12:31.5+09:00"), Some(Time(1_795_410_751_500_000)));
        assert_eq!(Time::parse("yesterday"), None);
    }
}

//! Quantities of resources: `100m`, `64Mi`, `1e3`, kept exactly and printed canonically.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};

/// Which family of suffixes a quantity is printed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `m`, `k`, `M`, ...
    #[default]
    Decimal,
    /// `Ki`, `Mi`, ...
    Binary,
    /// `e3`, `e6`, ...
    Exponent,
}

/// An amount of a resource, in billionths.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quantity {
    nanos: i128,
    format: Format,
}

const NANO: i128 = 1_000_000_000;
const WRONG_FORMAT: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const WRONG_SUFFIX: &str = "unable to parse quantity's suffix";
const WRONG_NUMBER: &str = "unable to parse numeric part of quantity";

/// Suffixes with their power of ten, or of two.
const DECIMAL: &[(&str, i32)] =
    &[("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18)];
const BINARY: &[(&str, i32)] = &[("Ki", 10), ("Mi", 20), ("Gi", 30), ("Ti", 40), ("Pi", 50), ("Ei", 60)];

impl Quantity {
    /// A whole number of units.
    pub const fn new(units: i64) -> Quantity {
        Quantity { nanos: units as i128 * NANO, format: Format::Decimal }
    }
    /// A number of thousandths.
    pub const fn from_milli(milli: i64) -> Quantity {
        Quantity { nanos: milli as i128 * (NANO / 1000), format: Format::Decimal }
    }
    /// A number of bytes, printed with `Ki`, `Mi`, ...
    pub const fn from_bytes(bytes: i64) -> Quantity {
        Quantity { nanos: bytes as i128 * NANO, format: Format::Binary }
    }
    /// Reads a quantity.
    ///
    /// # Errors
    /// The real parser's text.
    pub fn parse(text: &str) -> Result<Quantity, &'static str> {
        let (negative, rest) = match text.as_bytes().first() {
            None => return Err(WRONG_FORMAT),
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            Some(_) => (false, text),
        };
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let (whole, mut suffix) = rest.split_at(digits(rest));
        let mut part = "";
        let mut dot = false;
        if let Some(after) = suffix.strip_prefix('.') {
            dot = true;
            (part, suffix) = after.split_at(digits(after));
        }
        let letters = suffix.bytes().take_while(|b| b"eEinumkKMGTP".contains(b)).count();
        let power = &suffix[letters..];
        let power = power.strip_prefix(['-', '+']).unwrap_or(power);
        if !power.bytes().all(|b| b.is_ascii_digit()) {
            return Err(WRONG_FORMAT);
        }
        if whole.is_empty() && part.is_empty() && (dot || rest.is_empty()) {
            return Err(WRONG_NUMBER);
        }
        let (two, exponent, mut format) = interpret(suffix).ok_or(WRONG_SUFFIX)?;
        let mut nanos = scaled(whole, part, if two { 0 } else { exponent }, if two { 1 << exponent } else { 1 });
        if format == Format::Binary {
            nanos = nanos.min(i128::from(i64::MAX) * NANO);
            if nanos > 0 && nanos < NANO {
                format = Format::Decimal;
            }
        }
        Ok(Quantity { nanos: if negative { -nanos } else { nanos }, format })
    }
    /// What a document holds: a string or a number; anything else counts as zero.
    pub fn of(value: &super::Value) -> Quantity {
        match value {
            super::Value::String(text) => Quantity::parse(text).unwrap_or_default(),
            super::Value::Int(n) => Quantity::new(*n),
            super::Value::Float(n) => Quantity::parse(&n.to_string()).unwrap_or_default(),
            _ => Quantity::default(),
        }
    }
    /// In whole units, rounded up.
    pub fn value(self) -> i64 {
        clamp(ceil(self.nanos, NANO))
    }
    /// In thousandths, rounded up.
    pub fn milli(self) -> i64 {
        clamp(ceil(self.nanos, NANO / 1000))
    }
    /// In units, as near as a float comes.
    pub fn as_f64(self) -> f64 {
        self.nanos as f64 / 1e9
    }
    /// Whether it is zero.
    pub fn is_zero(self) -> bool {
        self.nanos == 0
    }
    /// Whether it is below zero.
    pub fn is_negative(self) -> bool {
        self.nanos < 0
    }
    /// The family of suffixes it was written with.
    pub fn format(self) -> Format {
        self.format
    }
    /// The same amount, printed with another family of suffixes.
    #[must_use]
    pub fn with_format(self, format: Format) -> Quantity {
        Quantity { format, ..self }
    }
    /// The amount times a whole number.
    #[must_use]
    pub fn times(self, factor: i64) -> Quantity {
        Quantity { nanos: self.nanos.saturating_mul(factor.into()), ..self }
    }
    /// A sum takes the format of its first addend that is not zero.
    fn format_with(self, other: Quantity) -> Format {
        if self.nanos == 0 { other.format } else { self.format }
    }
}

/// What a suffix means: whether a power of two, the power, the format.
fn interpret(suffix: &str) -> Option<(bool, i32, Format)> {
    if let Some((_, power)) = BINARY.iter().find(|(s, _)| *s == suffix) {
        return Some((true, *power, Format::Binary));
    }
    if let Some((_, power)) = DECIMAL.iter().find(|(s, _)| *s == suffix) {
        return Some((false, *power, Format::Decimal));
    }
    let power = suffix.strip_prefix(['e', 'E'])?;
    Some((false, power.parse().ok()?, Format::Exponent))
}

/// Billionths in `whole.part` times ten to the `exponent` times `factor`, rounded up; saturates.
fn scaled(whole: &str, part: &str, exponent: i32, factor: i128) -> i128 {
    let limit = if factor > 1 { NANO * NANO } else { NANO * NANO * NANO };
    let mut mantissa: i128 = 0;
    let mut dropped = 0;
    let mut lost = false;
    for digit in whole.bytes().chain(part.bytes()) {
        let digit = i128::from(digit - b'0');
        // What is beyond so many digits can only matter for rounding up.
        if mantissa < limit {
            mantissa = mantissa * 10 + digit;
        } else {
            dropped += 1;
            lost |= digit != 0;
        }
    }
    if mantissa == 0 {
        return 0;
    }
    let power = i64::from(exponent) + 9 + dropped - part.len() as i64;
    let mut nanos = mantissa.saturating_mul(factor);
    if power >= 0 {
        for _ in 0..power.min(40) {
            nanos = nanos.saturating_mul(10);
        }
        return nanos;
    }
    for _ in 0..(-power).min(60) {
        lost |= nanos % 10 != 0;
        nanos /= 10;
    }
    nanos + i128::from(lost)
}

fn ceil(count: i128, unit: i128) -> i128 {
    count.div_euclid(unit) + i128::from(count.rem_euclid(unit) != 0)
}

fn clamp(count: i128) -> i64 {
    count.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanos == 0 {
            return f.write_str("0");
        }
        let whole = self.nanos / NANO;
        if self.format == Format::Binary && self.nanos % NANO == 0 && (whole <= -1024 || whole >= 1024) {
            let mut amount = whole;
            let mut suffix = "";
            for (name, _) in BINARY {
                if amount % 1024 != 0 {
                    break;
                }
                amount /= 1024;
                suffix = name;
            }
            return write!(f, "{amount}{suffix}");
        }
        // The greatest power of a thousand that leaves no fraction.
        let (mut amount, mut exponent) = (self.nanos, -9);
        while amount % 1000 == 0 && (exponent < 18 || self.format == Format::Exponent) {
            amount /= 1000;
            exponent += 3;
        }
        match (self.format, exponent) {
            (Format::Exponent, 0) => write!(f, "{amount}"),
            (Format::Exponent, _) => write!(f, "{amount}e{exponent}"),
            _ => {
                let suffix = DECIMAL.iter().find(|(_, power)| *power == exponent).map_or("", |(name, _)| name);
                write!(f, "{amount}{suffix}")
            }
        }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Quantity) -> bool {
        self.nanos == other.nanos
    }
}
impl Eq for Quantity {}
impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Quantity) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Quantity {
    fn cmp(&self, other: &Quantity) -> Ordering {
        self.nanos.cmp(&other.nanos)
    }
}
impl Add for Quantity {
    type Output = Quantity;
    fn add(self, other: Quantity) -> Quantity {
        Quantity { nanos: self.nanos.saturating_add(other.nanos), format: self.format_with(other) }
    }
}
impl Sub for Quantity {
    type Output = Quantity;
    fn sub(self, other: Quantity) -> Quantity {
        Quantity { nanos: self.nanos.saturating_sub(other.nanos), format: self.format_with(other) }
    }
}
impl AddAssign for Quantity {
    fn add_assign(&mut self, other: Quantity) {
        *self = *self + other;
    }
}
impl SubAssign for Quantity {
    fn sub_assign(&mut self, other: Quantity) {
        *self = *self - other;
    }
}
impl std::iter::Sum for Quantity {
    fn sum<I: Iterator<Item = Quantity>>(items: I) -> Quantity {
        items.fold(Quantity::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantities_print_canonically() {
        for (text, expect) in [
            ("0", Ok("0")),
            ("100m", Ok("100m")),
            ("0.5", Ok("500m")),
            ("1000m", Ok("1")),
            ("1.5Gi", Ok("1536Mi")),
            ("64Mi", Ok("64Mi")),
            ("1024Ki", Ok("1Mi")),
            ("1023Ki", Ok("1023Ki")),
            ("512Ei", Ok("9223372036854775807")),
            ("1000", Ok("1k")),
            ("128974848", Ok("128974848")),
            ("129e6", Ok("129e6")),
            ("1e3", Ok("1e3")),
            ("12E", Ok("12E")),
            ("-1500m", Ok("-1500m")),
            ("0.0000000001", Ok("1n")),
            ("100", Ok("100")),
            ("0.1Ki", Ok("102400m")),
            ("1.", Ok("1")),
            (".5", Ok("500m")),
            ("1e-30", Ok("1e-9")),
            ("", Err(WRONG_FORMAT)),
            ("lots", Err(WRONG_FORMAT)),
            ("1.2.3", Err(WRONG_FORMAT)),
            ("10 Mi", Err(WRONG_FORMAT)),
            ("1Kii", Err(WRONG_SUFFIX)),
            ("1mm", Err(WRONG_SUFFIX)),
            (".", Err(WRONG_NUMBER)),
        ] {
            assert_eq!(Quantity::parse(text).map(|q| q.to_string()), expect.map(String::from), "{text}");
        }
    }

    #[test]
    fn quantities_add_and_compare() {
        let q = |text| Quantity::parse(text).unwrap();
        assert_eq!((q("100m") + q("1")).to_string(), "1100m");
        assert_eq!((Quantity::default() + q("1Gi")).to_string(), "1Gi");
        assert_eq!((q("2Gi") - q("1Gi")).to_string(), "1Gi");
        assert_eq!((q("1Gi") + q("1G")).to_string(), "2073741824");
        assert!(q("1Gi") > q("1G") && q("1000m") == q("1"));
        assert_eq!((q("0.5").value(), q("0.5").milli(), q("1u").milli(), q("-0.5").value()), (1, 500, 1, 0));
    }

    proptest! {
        #[test]
        fn printing_keeps_the_amount(text in "[+-]?[0-9]{0,12}(\\.[0-9]{0,8})?(|n|u|m|k|M|G|Ki|Mi|Gi|e3|e-2)") {
            if let Ok(quantity) = Quantity::parse(&text) {
                let printed = quantity.to_string();
                prop_assert_eq!(Quantity::parse(&printed).unwrap(), quantity);
                prop_assert_eq!(Quantity::parse(&printed).unwrap().to_string(), printed);
            }
        }
        #[test]
        fn any_text_parses_or_not(text in ".*") {
            let _ = Quantity::parse(&text);
        }
    }
}

//! Sets of completion indexes, as statuses write them: `0,2-5,7`.

use crate::meta::SortedSet;

/// Reads `0,2-5,7`; what makes no sense is left out, and so is what is not below `end`.
pub fn parse(text: &str, end: i64) -> SortedSet<i64> {
    let mut indexes = SortedSet::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.parse::<i64>(), last.parse::<i64>()) {
            indexes.extend(first..=last.min(end - 1));
        }
    }
    indexes
}

/// Writes `0,2-5,7`; two in a row stand apart, three or more as a range.
pub fn format(indexes: &SortedSet<i64>) -> String {
    let mut runs: Vec<(i64, i64)> = Vec::new();
    for index in indexes {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *index => *last = *index,
            _ => runs.push((*index, *index)),
        }
    }
    let texts = runs.into_iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        1 => format!("{first},{last}"),
        _ => format!("{first}-{last}"),
    });
    texts.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_round_trip() {
        for text in ["", "0", "0,1", "0-2", "1,3-5,7,8"] {
            assert_eq!(format(&parse(text, 100)), text);
        }
        assert_eq!(format(&parse("0-9", 3)), "0-2");
    }
}

//! What the browser remembers for the reader between visits.

use super::event::Divider;

/// The reader's choices.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `auto`, or the name of a theme in tokens.css.
    pub theme: String,
    /// The code of a language, or empty for the browser's.
    pub language: String,
    /// The terminal's share of the width, in percent.
    pub columns: f64,
    /// The lower panel's share of the height, in percent.
    pub rows: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { theme: "auto".into(), language: String::new(), columns: 46.0, rows: 50.0 }
    }
}

impl Settings {
    /// The settings as one line of text.
    pub fn to_text(&self) -> String {
        [&self.theme, &self.language, &self.columns.to_string(), &self.rows.to_string()].map(String::as_str).join(" ")
    }

    /// Reads what [`Settings::to_text`] wrote; what cannot be read is as at first.
    pub fn from_text(text: &str) -> Settings {
        let mut settings = Settings::default();
        let mut words = text.split(' ');
        if let Some(theme) = words.next().filter(|theme| !theme.is_empty()) {
            settings.theme = theme.into();
        }
        settings.language = words.next().unwrap_or_default().into();
        for divider in [Divider::Columns, Divider::Rows] {
            if let Some(percent) = words.next().and_then(|word| word.parse().ok()) {
                settings.resize(divider, percent);
            }
        }
        settings
    }

    /// Moves a divider, within what leaves both sides usable; NaN puts it back where it was at first.
    pub fn resize(&mut self, divider: Divider, percent: f64) {
        let (share, first) = match divider {
            Divider::Columns => (&mut self.columns, Settings::default().columns),
            Divider::Rows => (&mut self.rows, Settings::default().rows),
        };
        *share = if percent.is_nan() { first } else { percent.clamp(15.0, 85.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_being_kept_and_bad_ones_are_ignored() {
        let mut settings = Settings { theme: "dark".into(), language: "ko".into(), ..Settings::default() };
        settings.resize(Divider::Columns, 99.0);
        assert_eq!(settings.columns, 85.0);
        assert_eq!(Settings::from_text(&settings.to_text()), settings);
        assert_eq!(Settings::from_text(""), Settings::default());
        assert_eq!(Settings::from_text("auto  x y"), Settings::default());
    }
}

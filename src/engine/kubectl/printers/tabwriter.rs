//! Columns as Go's `text/tabwriter` lays them out, with the settings that kubectl gives it.

/// Columns are at least this wide, padding included.
const MIN_WIDTH: usize = 6;

/// Collects lines of cells and pads them. Widths are remembered across flushes until forgotten.
#[derive(Default)]
pub struct TabWriter {
    lines: Vec<Vec<String>>,
    widths: Vec<usize>,
    min_width: Option<usize>,
    padding: Option<usize>,
}

impl TabWriter {
    /// A writer with other settings than those of tables.
    pub fn with(min_width: usize, padding: usize) -> TabWriter {
        TabWriter { min_width: Some(min_width), padding: Some(padding), ..TabWriter::default() }
    }

    /// Adds a line; its last cell is not padded.
    pub fn line(&mut self, cells: Vec<String>) {
        self.lines.push(cells);
    }

    /// Adds a line whose cells are separated by tabs.
    pub fn tabbed(&mut self, line: &str) {
        self.line(line.split('\t').map(String::from).collect());
    }

    /// Forgets the widths so far.
    pub fn forget(&mut self) {
        self.widths.clear();
    }

    /// Gives the lines added since the last flush.
    pub fn flush(&mut self) -> String {
        let (minimum, padding) = (self.min_width.unwrap_or(MIN_WIDTH), self.padding.unwrap_or(3));
        let lines = std::mem::take(&mut self.lines);
        let mut out = String::new();
        let mut widths: Vec<Vec<usize>> = lines.iter().map(|line| vec![0; line.len()]).collect();
        let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
        for column in 0..columns {
            // A column is a run of lines that have a cell there with another behind it.
            let mut start = 0;
            while start < lines.len() {
                let has = |at: usize| lines.get(at).is_some_and(|line| column + 1 < line.len());
                if !has(start) {
                    start += 1;
                    continue;
                }
                let end = (start..lines.len()).find(|at| !has(*at)).unwrap_or(lines.len());
                let cells = lines[start..end].iter().map(|line| line[column].chars().count() + padding);
                let mut width = cells.max().unwrap_or(0).max(minimum);
                if self.min_width.is_none() {
                    if self.widths.len() <= column {
                        self.widths.resize(column + 1, 0);
                    }
                    width = width.max(self.widths[column]);
                    self.widths[column] = width;
                }
                for line in &mut widths[start..end] {
                    line[column] = width;
                }
                start = end;
            }
        }
        for (line, widths) in lines.iter().zip(&widths) {
            for (cell, width) in line.iter().zip(widths) {
                out.push_str(cell);
                out.extend(std::iter::repeat_n(' ', width.saturating_sub(cell.chars().count())));
            }
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_padded_by_three_and_remembered() {
        let mut writer = TabWriter::default();
        writer.tabbed("NAME\tREADY\tN");
        writer.tabbed("web\t1/1\t");
        assert_eq!(writer.flush(), "NAME   READY   N\nweb    1/1     \n");
        writer.tabbed("a\tb\tc");
        assert_eq!(writer.flush(), "a      b       c\n");
        writer.tabbed("longer\tx\ty");
        assert_eq!(writer.flush(), "longer   x       y\n");
    }
}

//! Columns as Go's `text/tabwriter` lays them out, with the settings that kubectl gives it.

/// Columns are at least this wide, padding included.
const MIN_WIDTH: usize = 6;

/// Collects lines of cells and pads them. Widths are remembered across flushes until forgotten.
#[derive(Default)]
pub struct TabWriter {
    /// The texts of all cells, one behind the other.
    text: String,
    /// Where each cell ends in the text, and how many characters it has.
    cells: Vec<(usize, usize)>,
    /// Where each line ends in the cells.
    lines: Vec<usize>,
    widths: Vec<usize>,
    min_width: Option<usize>,
    padding: Option<usize>,
}

impl TabWriter {
    /// A writer with other settings than those of tables.
    pub fn with(min_width: usize, padding: usize) -> TabWriter {
        TabWriter { min_width: Some(min_width), padding: Some(padding), ..TabWriter::default() }
    }

    /// Adds a cell to the line that is being written.
    pub fn cell(&mut self, text: &str) {
        self.text.push_str(text);
        self.cells.push((self.text.len(), text.chars().count()));
    }

    /// Ends the line; its last cell is not padded.
    pub fn end_line(&mut self) {
        self.lines.push(self.cells.len());
    }

    /// Adds a line.
    pub fn line(&mut self, cells: Vec<String>) {
        cells.iter().for_each(|cell| self.cell(cell));
        self.end_line();
    }

    /// Adds a line whose cells are separated by tabs.
    pub fn tabbed(&mut self, line: &str) {
        line.split('\t').for_each(|cell| self.cell(cell));
        self.end_line();
    }

    /// Forgets the widths so far.
    pub fn forget(&mut self) {
        self.widths.clear();
    }

    /// Gives the lines added since the last flush.
    pub fn flush(&mut self) -> String {
        let (minimum, padding) = (self.min_width.unwrap_or(MIN_WIDTH), self.padding.unwrap_or(3));
        let text = std::mem::take(&mut self.text);
        let cells = std::mem::take(&mut self.cells);
        let starts = std::iter::once(0).chain(self.lines.iter().copied());
        let lines: Vec<&[(usize, usize)]> = starts.zip(&self.lines).map(|(start, end)| &cells[start..*end]).collect();
        let mut widths = vec![0; cells.len()];
        let columns = lines.iter().map(|line| line.len()).max().unwrap_or(0);
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
                let longest = lines[start..end].iter().map(|line| line[column].1 + padding).max();
                let mut width = longest.unwrap_or(0).max(minimum);
                if self.min_width.is_none() {
                    if self.widths.len() <= column {
                        self.widths.resize(column + 1, 0);
                    }
                    width = width.max(self.widths[column]);
                    self.widths[column] = width;
                }
                for (at, line_end) in self.lines.iter().enumerate().take(end).skip(start) {
                    widths[line_end - lines[at].len() + column] = width;
                }
                start = end;
            }
        }
        let mut out = String::with_capacity(text.len() * 2);
        let (mut from, mut widths) = (0, widths.iter());
        for line in &lines {
            for ((end, length), width) in line.iter().zip(&mut widths) {
                out.push_str(&text[from..*end]);
                from = *end;
                out.extend(std::iter::repeat_n(' ', width.saturating_sub(*length)));
            }
            out.push('\n');
        }
        self.lines.clear();
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

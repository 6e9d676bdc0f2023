//! A small relational database for MySQL, MariaDB and PostgreSQL containers: databases of tables, kept in
//! a file of the data directory, so that a volume keeps them. `sql_client` is the other side.

use super::Context;
use super::replication;
use super::servers::{GRACEFUL, open};
use super::{Outcome, Run};
use crate::json;
use crate::meta::Value;
use crate::process::{Connection, Node};
use std::cmp::Ordering;
use std::rc::Rc;

/// Which of the two families of servers it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// MySQL and MariaDB.
    Mysql,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// The port it is reached at.
    pub fn port(self) -> u16 {
        if self == Dialect::Mysql { 3306 } else { 5432 }
    }

    /// The variable that holds the administrator's password on the server.
    fn password(self, context: &Context) -> &str {
        let names: &[&str] = match self {
            Dialect::Mysql => &["MYSQL_ROOT_PASSWORD", "MARIADB_ROOT_PASSWORD"],
            Dialect::Postgres => &["POSTGRES_PASSWORD"],
        };
        names.iter().find_map(|name| context.env.get(name)).unwrap_or_default()
    }

    /// The user, password and database the image makes besides, if the environment asks for them.
    fn extra(self, context: &Context) -> [&str; 3] {
        let names = match self {
            Dialect::Mysql => ["MYSQL_USER", "MYSQL_PASSWORD", "MYSQL_DATABASE"],
            Dialect::Postgres => ["POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB"],
        };
        names.map(|name| context.env.get(name).unwrap_or_default())
    }

    fn file(self) -> &'static str {
        if self == Dialect::Mysql { "/var/lib/mysql/tables.json" } else { "/var/lib/postgresql/data/tables.json" }
    }

    fn own_databases(self) -> &'static [&'static str] {
        match self {
            Dialect::Mysql => &["information_schema", "mysql", "performance_schema", "sys"],
            Dialect::Postgres => &["postgres", "template0", "template1"],
        }
    }
}

/// Opens the port: each line is a request, each answer a line, both JSON.
pub fn serve(run: &Run, dialect: Dialect) -> Outcome {
    let talk = move |context: Rc<Context>, connection: Connection| -> crate::process::LocalFuture<()> {
        Box::pin(async move {
            while let Some(line) = connection.input.read_line().await {
                let request = Value::from_json(&line).unwrap_or_default();
                let answer = answer(&context, dialect, &request);
                replication::look(&context, request["sql"].str());
                connection.output.write(format!("{}\n", answer.to_json()).as_bytes());
            }
            connection.close();
        })
    };
    match run.context.serve(dialect.port(), talk) {
        Ok(()) => {
            replication::look(&run.context, "start replica");
            Outcome::Runs(GRACEFUL)
        }
        // The port is taken: opening it says so.
        Err(_) => open(run, dialect.port(), GRACEFUL),
    }
}

fn answer(context: &Context, dialect: Dialect, request: &Value) -> Value {
    let (user, password) = (request["user"].str(), request["password"].str());
    let [name, own, database] = dialect.extra(context);
    let admin = if dialect == Dialect::Mysql { "root" } else { "postgres" };
    let expected = match user {
        user if user == admin => Some(dialect.password(context)),
        user if !user.is_empty() && user == name => Some(own),
        _ => None,
    };
    let trusted = dialect == Dialect::Postgres && request["local"].bool();
    if expected.is_none() || !trusted && expected != Some(password) {
        return json!({"denied": true});
    }
    let stored = context.files().read(dialect.file()).ok();
    let mut tables = stored.and_then(|bytes| Value::from_json(&bytes).ok()).unwrap_or_else(Value::object);
    if !database.is_empty() && !tables.has(database) {
        tables[database] = Value::object();
    }
    if request["dump"].bool() {
        return tables;
    }
    let sql = request["sql"].str();
    if replication::refuses(context, sql) {
        let error = "ERROR 1290 (HY000) at line 1: The MySQL server is running with the --super-read-only option so it cannot \
                     execute this statement";
        return json!({"error": error, "database": request["database"].str()});
    }
    let before = tables.clone();
    let now = context.clock.now().rfc3339()[..19].replace('T', " ");
    let facts = [replication::server_id(context), now];
    let mut session = Session { dialect, tables: &mut tables, database: request["database"].str().into(), facts };
    let result = session.run(sql);
    let database = session.database;
    if tables != before {
        context.files().put(dialect.file(), Node::File(tables.to_json().as_bytes().into(), 0o640));
    }
    match result {
        Ok(mut table) => {
            table["database"] = database.into();
            table
        }
        Err(error) => json!({"error": error, "database": database}),
    }
}

struct Session<'a> {
    dialect: Dialect,
    tables: &'a mut Value,
    database: String,
    /// The server's number, and the moment.
    facts: [String; 2],
}

/// Splits a statement into words, quoted texts (with their quote), and single signs.
fn names_of(table: &Value) -> Vec<String> {
    table["columns"].items().iter().map(|column| column["name"].str().to_string()).collect()
}

/// The words of a clause, without the one that begins it.
fn clause<'a>(words: &'a [&'a str], lower: &[&str], name: &str) -> &'a [&'a str] {
    let Some(at) = lower.iter().position(|word| *word == name) else { return &[] };
    let ends = |word: &&str| matches!(*word, "where" | "order" | "limit" | "set" | "returning");
    let end = lower[at + 1..].iter().position(ends).map_or(words.len(), |length| at + 1 + length);
    &words[at + 1..end]
}

/// Numbers by their size, texts by their letters.
fn ordered(a: &str, b: &str) -> Ordering {
    match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        _ => a.cmp(b),
    }
}

/// Whether a row fits conditions joined by `AND`; `None` if they are not understood.
fn fits(names: &[String], conditions: &[&str], row: &Value) -> Option<bool> {
    if conditions.is_empty() {
        return Some(true);
    }
    conditions.split(|word| word.eq_ignore_ascii_case("and")).try_fold(true, |all, part| {
        let (column, rest) = part.split_first()?;
        let (value, operator) = rest.split_last()?;
        let at = names.iter().position(|name| name.eq_ignore_ascii_case(bare(column)))?;
        let (cell, value) = (row.items().get(at)?, bare(value));
        let order = ordered(cell.str(), value);
        let holds = match operator.concat().to_lowercase().as_str() {
            "is" => cell.is_null(),
            "isnot" => !cell.is_null(),
            _ if cell.is_null() => false,
            "=" => order.is_eq(),
            "!=" | "<>" => order.is_ne(),
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "like" => match (value.strip_prefix('%'), value.strip_suffix('%')) {
                (Some(_), Some(_)) => cell.str().contains(value.trim_matches('%')),
                (Some(end), None) => cell.str().ends_with(end),
                (None, Some(start)) => cell.str().starts_with(start),
                (None, None) => cell.str() == value,
            },
            _ => return None,
        };
        Some(all && holds)
    })
}

/// A row with what `SET column = value, ...` sets; `None` if that is not understood.
fn changed(names: &[String], assignments: &[&str], row: &Value) -> Option<Value> {
    let mut cells = row.items().to_vec();
    for assignment in assignments.split(|word| *word == ",") {
        let [column, "=", value] = assignment else { return None };
        let at = names.iter().position(|name| name.eq_ignore_ascii_case(bare(column)))?;
        *cells.get_mut(at)? = if value.eq_ignore_ascii_case("null") { Value::Null } else { bare(value).into() };
    }
    Some(cells.into_iter().collect())
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' | '`' => rest[1..].find(first).map_or(rest.len(), |at| at + 2),
            c if c.is_alphanumeric() || matches!(c, '_' | '@' | '\\') => {
                let inside = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@' | '.' | '\\' | '+');
                rest.find(|c| !inside(c)).unwrap_or(rest.len())
            }
            c => c.len_utf8(),
        };
        let (word, after) = rest.split_at(length);
        if !word.trim().is_empty() {
            words.push(word.into());
        }
        rest = after;
    }
    words
}

/// A name or text without its quotes.
fn bare(word: &str) -> &str {
    word.trim_matches(['\'', '"', '`'])
}

/// What stands between the first parenthesis and its counterpart, split at commas.
fn list(words: &[&str]) -> Vec<Vec<String>> {
    let mut items = vec![Vec::new()];
    let mut depth = 0;
    for word in words {
        match *word {
            "(" if depth == 0 => depth = 1,
            ")" if depth == 1 => break,
            "," if depth == 1 => items.push(Vec::new()),
            word => {
                depth += match word {
                    "(" => 1,
                    ")" => -1,
                    _ => 0,
                };
                if let Some(last) = items.last_mut() {
                    last.push(word.to_string());
                }
            }
        }
    }
    items
}

impl Session<'_> {
    fn run(&mut self, sql: &str) -> Result<Value, String> {
        let words = words(sql.trim().trim_end_matches(';'));
        let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        let lower: Vec<&str> =
            lower.iter().map(String::as_str).filter(|word| !matches!(*word, "if" | "exists")).collect();
        let words: Vec<&str> = words
            .iter()
            .map(String::as_str)
            .filter(|w| !matches!(w.to_lowercase().as_str(), "if" | "exists"))
            .collect();
        let lenient = sql.to_lowercase().contains(" exists");
        let column = |name: &str, rows: Vec<String>| json!({"columns": [name], "rows": rows.into_iter().map(|row| json!([row])).collect::<Value>()});
        match lower.as_slice() {
            ["show", "databases" | "schemas"] => Ok(column("Database", self.databases())),
            ["\\l" | "\\l+"] => Ok(column("Name", self.databases())),
            ["show", "tables"] | ["\\dt" | "\\d"] => {
                if self.dialect == Dialect::Mysql && self.database.is_empty() {
                    return Err("ERROR 1046 (3D000): No database selected".into());
                }
                let names = self.tables[self.database.as_str()].entries().map(|(name, _)| name.to_string()).collect();
                let title = match self.dialect {
                    Dialect::Mysql => format!("Tables_in_{}", self.database),
                    Dialect::Postgres => "Name".into(),
                };
                Ok(column(&title, names))
            }
            ["use", ..] | ["\\c", ..] if words.len() > 1 => {
                let name = bare(words[1]).to_string();
                if !self.databases().contains(&name) {
                    return Err(self.no_database(&name));
                }
                self.database = name;
                Ok(json!({"tag": "Database changed"}))
            }
            ["create", "database" | "schema", "not", ..] | ["create", "database" | "schema", ..] if words.len() > 2 => {
                let name = bare(words.last().copied().unwrap_or_default()).to_string();
                if self.tables.has(&name) {
                    return match (lenient, self.dialect) {
                        (true, _) => Ok(self.done("CREATE DATABASE", 1)),
                        (_, Dialect::Mysql) => {
                            Err(format!("ERROR 1007 (HY000): Can't create database '{name}'; database exists"))
                        }
                        _ => Err(format!("ERROR:  database \"{name}\" already exists")),
                    };
                }
                self.tables[name.as_str()] = Value::object();
                Ok(self.done("CREATE DATABASE", 1))
            }
            ["drop", "database" | "schema", _] => match self.tables.remove(&[bare(words[2])]) {
                Some(_) => Ok(self.done("DROP DATABASE", 0)),
                None if lenient => Ok(self.done("DROP DATABASE", 0)),
                None => Err(self.no_database(bare(words[2]))),
            },
            ["create", "table", ..] => {
                let words = if lower.get(2) == Some(&"not") { &words[1..] } else { &words[..] };
                let (database, name) = self.place(words.get(2).copied().unwrap_or_default())?;
                let known = self.tables[database.as_str()].has(&name);
                match (known, lenient, self.dialect) {
                    (true, false, Dialect::Mysql) => {
                        return Err(format!("ERROR 1050 (42S01): Table '{name}' already exists"));
                    }
                    (true, false, _) => return Err(format!("ERROR:  relation \"{name}\" already exists")),
                    (true, ..) => {}
                    _ => {
                        const KEYS: &[&str] = &["primary", "unique", "key", "constraint", "foreign", "index"];
                        let columns = list(words.get(3..).unwrap_or_default()).into_iter();
                        let columns = columns.filter_map(|words| {
                            let name = words.first().filter(|name| !KEYS.contains(&name.to_lowercase().as_str()))?;
                            let counts = words.iter().any(|word| {
                                matches!(word.to_lowercase().as_str(), "auto_increment" | "serial" | "bigserial")
                            });
                            Some(json!({"name": bare(name), "counts": counts}))
                        });
                        let columns: Value = columns.collect();
                        self.tables[database.as_str()][name.as_str()] = json!({"columns": columns, "rows": []});
                    }
                }
                Ok(self.done("CREATE TABLE", 0))
            }
            ["drop", "table", _] => {
                let (database, name) = self.place(words[2])?;
                match self.tables.remove(&[&database, &name]) {
                    None if !lenient => Err(self.no_table(&database, &name)),
                    _ => Ok(self.done("DROP TABLE", 0)),
                }
            }
            ["insert", "into", ..] => self.insert(&words, &lower),
            ["select", ..] => self.select(&words, &lower),
            ["delete" | "truncate", ..] | ["update", ..] => {
                let at = lower.iter().position(|word| matches!(*word, "from" | "table" | "update")).unwrap_or(0);
                let (database, name) = self.place(words.get(at + 1).copied().unwrap_or_default())?;
                let (missing, bad) = (self.no_table(&database, &name), self.syntax(sql));
                let Some(table) = self.table(&database, &name) else { return Err(missing) };
                let names = names_of(table);
                let (mut count, mut kept) = (0, Vec::new());
                for row in table["rows"].items() {
                    let chosen = fits(&names, clause(&words, &lower, "where"), row).ok_or_else(|| bad.clone())?;
                    count += usize::from(chosen);
                    if !chosen {
                        kept.push(row.clone());
                    } else if lower[0] == "update" {
                        kept.push(changed(&names, clause(&words, &lower, "set"), row).ok_or_else(|| bad.clone())?);
                    }
                }
                table["rows"] = kept.into_iter().collect();
                let verb = if lower[0] == "update" { "UPDATE" } else { "DELETE" };
                Ok(self.done(&format!("{verb} {count}"), count))
            }
            ["change", "master" | "replication", ..] => {
                let at = lower.iter().position(|word| matches!(*word, "master_host" | "source_host"));
                let source = at.and_then(|at| words.get(at + 2)).map_or("", |word| bare(word));
                self.tables[replication::SOURCE] = source.into();
                Ok(self.done("CHANGE", 0))
            }
            ["start" | "stop", "slave" | "replica", ..] => {
                self.tables[replication::FOLLOWS] = (lower[0] == "start").into();
                Ok(self.done("START", 0))
            }
            ["flush" | "grant" | "set" | "begin" | "commit" | "alter", ..] | ["create", "user" | "role", ..] => {
                Ok(self.done(&lower[0].to_uppercase(), 0))
            }
            _ => Err(self.syntax(sql)),
        }
    }

    fn databases(&self) -> Vec<String> {
        let named = self.tables.entries().map(|(name, _)| name.to_string()).filter(|name| !name.starts_with('@'));
        let mut names: Vec<String> = named.collect();
        names.extend(self.dialect.own_databases().iter().map(ToString::to_string));
        names.sort();
        names.dedup();
        names
    }

    /// The database and table that `database.table` or `table` names.
    fn place(&self, name: &str) -> Result<(String, String), String> {
        let bare = name.replace(['`', '"'], "");
        let (database, table) = bare.split_once('.').unwrap_or((&self.database, &bare));
        match database {
            "" if self.dialect == Dialect::Mysql => Err("ERROR 1046 (3D000): No database selected".into()),
            "" | "public" => Ok(("postgres".into(), table.into())),
            database if self.databases().iter().any(|known| known == database) => Ok((database.into(), table.into())),
            database => Err(self.no_database(database)),
        }
    }

    fn table(&mut self, database: &str, name: &str) -> Option<&mut Value> {
        self.tables.get_mut(database)?.get_mut(name)
    }

    fn insert(&mut self, words: &[&str], lower: &[&str]) -> Result<Value, String> {
        let (database, name) = self.place(words.get(2).copied().unwrap_or_default())?;
        let no_table = self.no_table(&database, &name);
        let bad = self.syntax(words.join(" ").as_str());
        let values = lower.iter().position(|word| matches!(*word, "values" | "value")).ok_or(bad)?;
        let Some(table) = self.table(&database, &name) else { return Err(no_table) };
        let columns: Vec<(String, bool)> =
            table["columns"].items().iter().map(|c| (c["name"].str().to_string(), c["counts"].bool())).collect();
        let given: Vec<String> = match words.get(3) {
            Some(&"(") => list(words.get(3..values).unwrap_or_default())
                .concat()
                .iter()
                .map(|word| bare(word).to_string())
                .collect(),
            _ => columns.iter().map(|(name, _)| name.clone()).collect(),
        };
        let mut count = 0;
        let mut rest = &words[values + 1..];
        while let Some(begin) = rest.iter().position(|word| *word == "(") {
            let row = list(&rest[begin..]);
            let next = table["rows"].items().len() + 1;
            let cells = columns.iter().map(|(column, counts)| {
                let at = given.iter().position(|name| name == column);
                let said = at.and_then(|at| row.get(at)).and_then(|words| words.first()).map(|word| bare(word));
                match said.filter(|said| !said.eq_ignore_ascii_case("default")) {
                    None if *counts => next.to_string().into(),
                    Some(said) if !said.eq_ignore_ascii_case("null") => said.into(),
                    _ => Value::Null,
                }
            });
            let cells: Value = cells.collect();
            table["rows"].push(cells);
            count += 1;
            let end = rest.iter().skip(begin).position(|word| *word == ")").map_or(rest.len(), |at| begin + at + 1);
            rest = &rest[end..];
        }
        Ok(self.done(&format!("INSERT 0 {count}"), count))
    }

    fn select(&mut self, words: &[&str], lower: &[&str]) -> Result<Value, String> {
        let from = lower.iter().position(|word| *word == "from");
        let wanted = &words[1..from.unwrap_or(words.len())];
        let Some(from) = from else {
            let [server_id, now] = &self.facts;
            let (mut titles, mut values) = (Vec::new(), Vec::new());
            for one in wanted.split(|word| *word == ",") {
                let text = one.concat();
                let value = match text.to_lowercase().as_str() {
                    "version()" | "@@version" if self.dialect == Dialect::Mysql => "8.4.7".to_string(),
                    "version()" => {
                        "PostgreSQL 17.6 (Debian 17.6-1) on x86_64-pc-linux-gnu, compiled by gcc, 64-bit".into()
                    }
                    "database()" | "current_database()" => self.database.clone(),
                    "@@server_id" => server_id.clone(),
                    "now()" => now.clone(),
                    "@@hostname" => String::new(),
                    text if text.chars().all(|c| c.is_ascii_digit()) || text.starts_with('\'') => bare(text).into(),
                    _ => return Err(self.syntax(&words.join(" "))),
                };
                values.push(value);
                titles.push(match self.dialect {
                    Dialect::Mysql => bare(&text).to_string(),
                    Dialect::Postgres => text.split_once('(').map_or("?column?", |(name, _)| name).into(),
                });
            }
            return Ok(json!({"columns": titles, "rows": [values]}));
        };
        let (database, name) = self.place(words.get(from + 1).copied().unwrap_or_default())?;
        let no_table = self.no_table(&database, &name);
        let Some(table) = self.table(&database, &name).cloned() else { return Err(no_table) };
        if let Some(at) = lower.iter().position(|word| matches!(*word, "join" | "group" | "union" | "having")) {
            return Err(self.syntax(words[at]));
        }
        let names = names_of(&table);
        let mut rows: Vec<&Value> = Vec::new();
        for row in table["rows"].items() {
            if fits(&names, clause(words, lower, "where"), row).ok_or_else(|| self.syntax(&words.join(" ")))? {
                rows.push(row);
            }
        }
        if let [_, column, direction @ ..] = clause(words, lower, "order") {
            let at = names.iter().position(|name| name == bare(column)).unwrap_or(0);
            let cell = |row: &Value| row.items().get(at).map(|cell| cell.str().to_string()).unwrap_or_default();
            rows.sort_by(|a, b| ordered(&cell(a), &cell(b)));
            if direction.iter().any(|word| word.eq_ignore_ascii_case("desc")) {
                rows.reverse();
            }
        }
        if let Some(most) = clause(words, lower, "limit").first().and_then(|word| word.parse().ok()) {
            rows.truncate(most);
        }
        if wanted.concat().to_lowercase().starts_with("count(") {
            let title = if self.dialect == Dialect::Mysql {
                wanted.concat().to_uppercase().replace("COUNT", "count")
            } else {
                "count".into()
            };
            return Ok(json!({"columns": [title], "rows": [[rows.len().to_string()]]}));
        }
        let wanted: Vec<&str> = wanted.iter().copied().filter(|word| *word != ",").map(bare).collect();
        let wanted: Vec<&str> = if wanted == ["*"] { names.iter().map(String::as_str).collect() } else { wanted };
        let mut places = Vec::new();
        for column in &wanted {
            let unknown = match self.dialect {
                Dialect::Mysql => format!("ERROR 1054 (42S22) at line 1: Unknown column '{column}' in 'field list'"),
                Dialect::Postgres => format!("ERROR:  column \"{column}\" does not exist"),
            };
            places.push(names.iter().position(|name| name == column).ok_or(unknown)?);
        }
        let cut = |row: &Value| -> Value {
            places.iter().map(|at| row.items().get(*at).cloned().unwrap_or_default()).collect()
        };
        let rows: Value = rows.into_iter().map(cut).collect();
        let columns: Value = wanted.iter().map(|name| Value::from(*name)).collect();
        Ok(json!({"columns": columns, "rows": rows}))
    }

    /// A statement without rows to show.
    fn done(&self, tag: &str, count: usize) -> Value {
        match self.dialect {
            Dialect::Mysql => {
                json!({"tag": format!("Query OK, {count} row{} affected (0.01 sec)", if count == 1 { "" } else { "s" })})
            }
            Dialect::Postgres => json!({"tag": tag}),
        }
    }

    fn no_database(&self, name: &str) -> String {
        match self.dialect {
            Dialect::Mysql => format!("ERROR 1049 (42000): Unknown database '{name}'"),
            Dialect::Postgres => format!("FATAL:  database \"{name}\" does not exist"),
        }
    }

    fn no_table(&self, database: &str, name: &str) -> String {
        match self.dialect {
            Dialect::Mysql => format!("ERROR 1146 (42S02) at line 1: Table '{database}.{name}' doesn't exist"),
            Dialect::Postgres => format!("ERROR:  relation \"{name}\" does not exist"),
        }
    }

    fn syntax(&self, sql: &str) -> String {
        match self.dialect {
            Dialect::Mysql => format!(
                "ERROR 1064 (42000) at line 1: You have an error in your SQL syntax; check the manual that corresponds to \
                 your MySQL server version for the right syntax to use near '{sql}' at line 1"
            ),
            Dialect::Postgres => {
                format!("ERROR:  syntax error at or near \"{}\"", sql.split_whitespace().next().unwrap_or_default())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_carried_out() {
        let mut tables = json!({"test": {}});
        for (sql, expect) in [
            ("CREATE TABLE test.m (id INT AUTO_INCREMENT, message VARCHAR(250), PRIMARY KEY (id))", "Query OK, 0 rows"),
            ("INSERT INTO test.m (message) VALUES ('hello, you'), ('bye')", "Query OK, 2 rows"),
            ("select * from test.m", r#"{"columns":["id","message"],"rows":[["1","hello, you"],["2","bye"]]}"#),
            ("SELECT message FROM test.m WHERE id = 2", r#"{"columns":["message"],"rows":[["bye"]]}"#),
            ("select count(*) from test.m", r#"[["2"]]"#),
            ("select id from test.m where id > 1 and message like 'b%'", r#""rows":[["2"]]"#),
            ("select id from test.m order by id desc limit 1", r#""rows":[["2"]]"#),
            ("update test.m set message = 'x' where id = 1", "Query OK, 1 row"),
            ("select message from test.m where message <> 'bye'", r#""rows":[["x"]]"#),
            ("delete from test.m where id >= 2", "Query OK, 1 row"),
            ("select * from test.m where id ~ 2", "ERROR 1064"),
            ("show databases", r#"["test"]"#),
            ("select @@server_id", r#"{"columns":["@@server_id"],"rows":[["1"]]}"#),
            ("select * from test.n", "ERROR 1146"),
            ("select * from nope.n", "ERROR 1049"),
            ("show tables", "ERROR 1046"),
            ("drop table test.m", "Query OK"),
            ("insert into test.m values (1", "ERROR 1146"),
            ("insert into values (", "ERROR 1046"),
            ("frobnicate (", "ERROR 1064"),
            ("", "ERROR 1064"),
        ] {
            let mut session = Session {
                dialect: Dialect::Mysql,
                tables: &mut tables,
                database: String::new(),
                facts: ["1".into(), String::new()],
            };
            let got = session.run(sql).map_or_else(|error| error, |table| table.to_json());
            assert!(got.contains(expect), "{sql}: {got}");
        }
    }
}

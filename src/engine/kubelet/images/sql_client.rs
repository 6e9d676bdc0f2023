//! `mysql`, `mariadb` and `psql`: statements from the command line or from a prompt, answers as tables.

use super::servers::flag;
use super::sql::Dialect;
use super::{Context, Outcome, Run};
use crate::json;
use crate::meta::Value;
use crate::process::{NetError, Process};
use std::rc::Rc;

/// What the command line says.
struct Session {
    dialect: Dialect,
    host: String,
    port: u16,
    request: Value,
    /// Whether answers are drawn as boxes: at a terminal.
    drawn: bool,
    /// `psql -t` shows rows alone, `-A` does not line them up.
    bare: (bool, bool),
}

/// The client as a program.
pub fn client(run: &Run, dialect: Dialect) -> Outcome {
    let arguments = run.arguments();
    let value = |short: &str, long: &str| {
        // Short options may have their value attached: `-ppassword`.
        let attached = arguments.iter().find_map(|word| word.strip_prefix(short).filter(|rest| !rest.is_empty()));
        let attached = attached.filter(|_| !short.is_empty());
        attached
            .or_else(|| flag(&arguments, long))
            .or_else(|| if short == "-p" && dialect == Dialect::Mysql { None } else { flag(&arguments, short) })
    };
    let environment = |name: &str| run.context.env.get(name).unwrap_or_default();
    let words = || {
        arguments
            .iter()
            .enumerate()
            .filter(|(at, word)| !word.starts_with('-') && (*at == 0 || !takes_value(dialect, arguments[*at - 1])))
    };
    let operand = words().map(|(_, word)| *word).next().unwrap_or_default();
    let (user, password, database, port) = match dialect {
        Dialect::Mysql => (
            value("-u", "--user").unwrap_or("root"),
            value("-p", "--password").unwrap_or(environment("MYSQL_PWD")),
            value("-D", "--database").unwrap_or(operand),
            value("-P", "--port"),
        ),
        Dialect::Postgres => (
            value("-U", "--username").unwrap_or(if environment("PGUSER").is_empty() {
                "postgres"
            } else {
                environment("PGUSER")
            }),
            environment("PGPASSWORD"),
            value("-d", "--dbname").unwrap_or(if operand.is_empty() { "postgres" } else { operand }),
            value("-p", "--port"),
        ),
    };
    let host = value("-h", "--host").unwrap_or(environment("PGHOST"));
    let local = matches!(host, "" | "localhost" | "127.0.0.1");
    let request = json!({"user": user, "password": password, "database": database, "local": local});
    // psql takes several `-c`, and letters in one word: `-tAc`.
    let letters: String = arguments
        .iter()
        .filter_map(|word| word.strip_prefix('-').filter(|rest| dialect == Dialect::Postgres && !rest.starts_with('-')))
        .collect();
    let commands = || {
        let named = |word: &str| {
            word == "--command" || (word.starts_with('-') && !word.starts_with("--") && word.ends_with('c'))
        };
        let given = arguments.iter().zip(arguments.iter().skip(1)).filter(|(word, _)| named(word));
        given.map(|(_, text)| format!("{};", text.trim_end_matches(';'))).collect::<String>()
    };
    let script = match dialect {
        Dialect::Mysql => value("-e", "--execute").map(String::from),
        Dialect::Postgres => Some(commands()).filter(|text| !text.is_empty()),
    };
    let warns = dialect == Dialect::Mysql && value("-p", "--password").is_some();
    let context = run.context.clone();
    let tty = run.process.as_ref().map_or(context.tty, |process| process.tty);
    let session = Session {
        dialect,
        host: if local { "localhost".into() } else { host.into() },
        port: port.and_then(|port| port.parse().ok()).unwrap_or(dialect.port()),
        request,
        drawn: tty || dialect == Dialect::Postgres,
        bare: (letters.contains('t'), letters.contains('A')),
    };
    let Some(process) = run.process.clone() else {
        // It is the container's main program: it starts again as a process, with streams.
        return run.become_tool(run.args.clone());
    };
    Outcome::Task(Box::pin(async move {
        if warns {
            process.err("mysql: [Warning] Using a password on the command line interface can be insecure.\n");
        }
        session.run(&context, &process, script, tty).await
    }))
}

/// Whether an option's value is the next word.
fn takes_value(dialect: Dialect, option: &str) -> bool {
    let options: &[&str] = match dialect {
        Dialect::Mysql => &["-u", "-h", "-e", "-P", "-D", "--user", "--host", "--execute", "--port", "--database"],
        Dialect::Postgres if option.starts_with('-') && !option.starts_with("--") && option.ends_with('c') => {
            return true;
        }
        Dialect::Postgres => &["-U", "-h", "-c", "-p", "-d", "--username", "--host", "--command", "--port", "--dbname"],
    };
    options.contains(&option)
}

impl Session {
    async fn run(mut self, context: &Rc<Context>, process: &Process, script: Option<String>, tty: bool) -> i32 {
        // Reach the server before a prompt is shown.
        if let Err(problem) = self.ask(context, "select 1").await {
            process.err(format!("{problem}\n"));
            return if self.dialect == Dialect::Mysql { 1 } else { 2 };
        }
        if let Some(script) = script {
            return self.statements(context, process, &script).await;
        }
        if !tty {
            let text = process.stdin.read_to_end().await;
            return self.statements(context, process, &String::from_utf8_lossy(&text)).await;
        }
        if self.dialect == Dialect::Mysql {
            process.out("Welcome to the MySQL monitor.  Commands end with ; or \\g.\n\nType 'help;' or '\\h' for help. Type '\\c' to clear the current input statement.\n\n");
        } else {
            process.out("psql (17.6)\nType \"help\" for help.\n\n");
        }
        let mut text = String::new();
        loop {
            process.out(match (self.dialect, text.is_empty()) {
                (Dialect::Mysql, true) => "mysql> ".into(),
                (Dialect::Mysql, false) => "    -> ".into(),
                (_, first) => format!("{}{}# ", self.request["database"].str(), if first { "=" } else { "-" }),
            });
            let Some(line) = process.stdin.read_line().await else { break };
            text.push_str(&String::from_utf8_lossy(&line));
            let whole = text.trim();
            if matches!(whole.trim_end_matches(';'), "exit" | "quit" | "\\q") {
                if self.dialect == Dialect::Mysql {
                    process.out("Bye\n");
                }
                break;
            }
            let meta = self.dialect == Dialect::Postgres && whole.starts_with('\\')
                || whole.to_lowercase().starts_with("use ");
            if whole.ends_with(';') || meta {
                let statement = std::mem::take(&mut text);
                self.statements(context, process, &statement).await;
            } else if whole.is_empty() {
                text.clear();
            }
        }
        0
    }

    async fn statements(&mut self, context: &Rc<Context>, process: &Process, text: &str) -> i32 {
        let mut status = 0;
        for statement in text.split(';').map(str::trim).filter(|statement| !statement.is_empty()) {
            match self.ask(context, statement).await {
                Ok(answer) => process.out(self.show(&answer)),
                Err(problem) => {
                    process.err(format!("{problem}\n"));
                    status = 1;
                    if self.dialect == Dialect::Mysql {
                        return 1;
                    }
                }
            }
        }
        status
    }

    /// Sends a statement; gives the answer, or what to complain about.
    async fn ask(&mut self, context: &Context, statement: &str) -> Result<Value, String> {
        let connection = if self.host == "localhost" {
            context.net.connect(self.port)
        } else {
            context.net.connect_to(&self.host, self.port)
        };
        let connection = connection.map_err(|error| self.unreachable(context, &error))?;
        let mut request = self.request.clone();
        request["sql"] = statement.into();
        connection.output.write(format!("{}\n", request.to_json()).as_bytes());
        let line = connection.input.read_line().await.unwrap_or_default();
        connection.close();
        let answer = Value::from_json(&line).unwrap_or_default();
        let user = self.request["user"].str();
        if answer["denied"].bool() || answer.is_null() {
            return Err(match self.dialect {
                Dialect::Mysql => {
                    let given = if self.request["password"].str().is_empty() { "NO" } else { "YES" };
                    let from = if self.host == "localhost" { "localhost" } else { &context.address };
                    format!("ERROR 1045 (28000): Access denied for user '{user}'@'{from}' (using password: {given})")
                }
                Dialect::Postgres => format!(
                    "psql: error: connection to server at \"{}\", port {} failed: FATAL:  password authentication failed for user \"{user}\"",
                    self.host, self.port
                ),
            });
        }
        if let Some(error) = answer.get("error") {
            return Err(error.str().into());
        }
        self.request["database"] = answer["database"].clone();
        Ok(answer)
    }

    fn unreachable(&self, context: &Context, error: &NetError) -> String {
        let (host, port) = (&self.host, self.port);
        match (self.dialect, error) {
            (Dialect::Mysql, NetError::NoSuchHost) => format!("ERROR 2005 (HY000): Unknown MySQL server host '{host}' (-2)"),
            (Dialect::Mysql, _) if host == "localhost" => {
                "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/var/run/mysqld/mysqld.sock' (2)".into()
            }
            (Dialect::Mysql, error) => {
                let code = if matches!(error, NetError::Refused) { 111 } else { 110 };
                format!("ERROR 2003 (HY000): Can't connect to MySQL server on '{host}:{port}' ({code})")
            }
            (_, NetError::NoSuchHost) => {
                format!("psql: error: could not translate host name \"{host}\" to address: Name or service not known")
            }
            (_, error) => {
                let address = context.net.resolve(host).ok().and_then(|all| all.into_iter().next()).unwrap_or_default();
                let why = if matches!(error, NetError::Refused) { "Connection refused" } else { "Connection timed out" };
                format!(
                    "psql: error: connection to server at \"{host}\" ({address}), port {port} failed: {why}\n\tIs the server \
                     running on that host and accepting TCP/IP connections?"
                )
            }
        }
    }

    /// An answer as the client prints it.
    fn show(&self, answer: &Value) -> String {
        if let Some(tag) = answer.get("tag") {
            let shown = self.drawn && (self.dialect == Dialect::Postgres || self.request["sql"].is_null());
            return if shown { format!("{}\n", tag.str()) } else { String::new() };
        }
        let cell = |value: &Value| if value.is_null() { "NULL".into() } else { value.str().to_string() };
        let head: Vec<String> = answer["columns"].items().iter().map(cell).collect();
        let rows: Vec<Vec<String>> =
            answer["rows"].items().iter().map(|row| row.items().iter().map(cell).collect()).collect();
        match (self.dialect, self.drawn) {
            (Dialect::Mysql, _) if rows.is_empty() && !self.drawn => String::new(),
            (Dialect::Mysql, _) if rows.is_empty() => "Empty set (0.00 sec)\n\n".into(),
            (Dialect::Mysql, false) => [vec![head], rows].concat().iter().map(|row| row.join("\t") + "\n").collect(),
            (Dialect::Postgres, _) if self.bare.1 => {
                let heads = if self.bare.0 { Vec::new() } else { vec![head] };
                [heads, rows].concat().iter().map(|row| row.join("|") + "\n").collect()
            }
            (Dialect::Postgres, _) if self.bare.0 => {
                let drawn = table(Dialect::Postgres, &head, &rows);
                let lines: Vec<&str> = drawn.lines().skip(2).take(rows.len()).collect();
                lines.join("\n") + "\n\n"
            }
            (dialect, _) => table(dialect, &head, &rows),
        }
    }
}

/// Draws a table.
fn table(dialect: Dialect, head: &[String], rows: &[Vec<String>]) -> String {
    let width = |at: usize| {
        rows.iter().filter_map(|row| row.get(at)).chain(head.get(at)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..head.len()).map(|at| width(at).unwrap_or(0)).collect();
    let number = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let numeric: Vec<bool> =
        (0..head.len()).map(|at| rows.iter().all(|row| row.get(at).is_some_and(|cell| number(cell)))).collect();
    let line = |cells: &[String], title: bool| -> Vec<String> {
        let cells = cells.iter().zip(&widths).zip(&numeric);
        cells
            .map(|((cell, width), numeric)| match (title, *numeric) {
                (true, _) if dialect == Dialect::Postgres => format!("{cell:^width$}"),
                (_, true) => format!("{cell:>width$}"),
                _ => format!("{cell:<width$}"),
            })
            .collect()
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
    let plural = if rows.len() == 1 { "" } else { "s" };
    if dialect == Dialect::Postgres {
        let mut text = format!(" {} \n{}\n", line(head, true).join(" | "), rule.join("+"));
        for row in rows {
            text += &format!(" {}\n", line(row, false).join(" | ").trim_end());
        }
        return text + &format!("({} row{plural})\n\n", rows.len());
    }
    let rule = format!("+{}+\n", rule.join("+"));
    let mut text = format!("{rule}| {} |\n{rule}", line(head, true).join(" | "));
    for row in rows {
        text += &format!("| {} |\n", line(row, false).join(" | "));
    }
    text + &rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_drawn_as_each_client_does() {
        let (head, rows) = (vec!["id".to_string(), "x".into()], vec![vec!["1".to_string(), "ab".into()]]);
        assert_eq!(
            table(Dialect::Mysql, &head, &rows),
            "+----+----+\n| id | x  |\n+----+----+\n|  1 | ab |\n+----+----+\n"
        );
        assert_eq!(table(Dialect::Postgres, &head, &rows), " id | x  \n----+----\n  1 | ab\n(1 row)\n\n");
    }
}

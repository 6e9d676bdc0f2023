//! Databases and brokers: what they need to start, what they log, which port they open.

use super::servers::{GRACEFUL, open};
use super::sql::{self, Dialect};
use super::sql_client::client;
use super::{Base, Image, Outcome, Program, Run};
use std::time::Duration;

/// What all of them share.
const DATABASE: Image = Image { size: 200, usage: (6, 120), base: Base::Debian, ..Image::DEFAULT };

/// mysql.
pub static MYSQL: Image = Image {
    names: &["docker.io/library/mysql", "docker.io/mysql/mysql-server", "docker.io/library/percona"],
    entrypoint: &["docker-entrypoint.sh"],
    cmd: &["mysqld"],
    programs: &[
        Program { path: "/usr/local/bin/docker-entrypoint.sh", run: mysql },
        Program { path: "/usr/sbin/mysqld", run: mysql },
        Program { path: "/usr/bin/mysqladmin", run: |run| alive(run, 3306, "mysqld is alive\n") },
        Program { path: "/usr/bin/mysql", run: |run| client(run, Dialect::Mysql) },
    ],
    ..DATABASE
};

/// mariadb.
pub static MARIADB: Image = Image {
    names: &["docker.io/library/mariadb"],
    entrypoint: &["docker-entrypoint.sh"],
    cmd: &["mariadbd"],
    programs: &[
        Program { path: "/usr/local/bin/docker-entrypoint.sh", run: mariadb },
        Program { path: "/usr/sbin/mariadbd", run: mariadb },
        Program { path: "/usr/bin/mariadb-admin", run: |run| alive(run, 3306, "mysqld is alive\n") },
        Program { path: "/usr/bin/mariadb", run: |run| client(run, Dialect::Mysql) },
    ],
    ..DATABASE
};

/// postgres.
pub static POSTGRES: Image = Image {
    names: &["docker.io/library/postgres", "docker.io/bitnami/postgresql", "docker.io/postgis/postgis"],
    size: 150,
    entrypoint: &["docker-entrypoint.sh"],
    cmd: &["postgres"],
    env: &[("PGDATA", "/var/lib/postgresql/data"), ("PG_MAJOR", "17")],
    programs: &[
        Program { path: "/usr/local/bin/docker-entrypoint.sh", run: postgres },
        Program { path: "/usr/lib/postgresql/bin/postgres", run: postgres },
        Program {
            path: "/usr/bin/pg_isready",
            run: |run| alive(run, 5432, "/var/run/postgresql:5432 - accepting connections\n"),
        },
        Program { path: "/usr/bin/psql", run: |run| client(run, Dialect::Postgres) },
    ],
    ..DATABASE
};

/// mongo.
pub static MONGO: Image = Image {
    names: &["docker.io/library/mongo", "docker.io/bitnami/mongodb"],
    size: 270,
    entrypoint: &["docker-entrypoint.sh"],
    cmd: &["mongod"],
    programs: &[
        Program { path: "/usr/local/bin/docker-entrypoint.sh", run: mongo },
        Program { path: "/usr/bin/mongod", run: mongo },
        Program { path: "/usr/bin/mongosh", run: mongosh },
        Program { path: "/usr/bin/mongo", run: mongosh },
    ],
    ..DATABASE
};

/// memcached.
pub static MEMCACHED: Image = Image {
    names: &["docker.io/library/memcached"],
    size: 30,
    cmd: &["memcached"],
    programs: &[Program { path: "/usr/local/bin/memcached", run: |run| open(run, 11211, GRACEFUL) }],
    usage: (1, 3),
    ..DATABASE
};

/// rabbitmq.
pub static RABBITMQ: Image = Image {
    names: &["docker.io/library/rabbitmq"],
    size: 110,
    cmd: &["rabbitmq-server"],
    programs: &[Program { path: "/opt/rabbitmq/sbin/rabbitmq-server", run: rabbitmq }],
    ..DATABASE
};

/// What an entrypoint does that was given another command than the server's: it becomes that command.
fn other_command(run: &Run, servers: &[&str]) -> Option<Outcome> {
    let (script, command) = run.args.split_first()?;
    let first = command.first().filter(|_| script.ends_with("entrypoint.sh"))?;
    (!servers.contains(&first.as_str()) && !first.starts_with('-')).then(|| run.become_tool(command.to_vec()))
}

/// Whether one of the variables is set to something.
fn is_set(run: &Run, variables: &[&str]) -> bool {
    variables.iter().any(|name| run.context.env.get(name).is_some_and(|value| !value.is_empty()))
}

fn stamp(run: &Run) -> String {
    let now = run.context.clock.now().rfc3339();
    format!("{} {}", &now[..10], &now[11..19])
}

fn mysql(run: &Run) -> Outcome {
    if let Some(other) = other_command(run, &["mysqld"]) {
        return other;
    }
    if !is_set(run, &["MYSQL_ROOT_PASSWORD", "MYSQL_ALLOW_EMPTY_PASSWORD", "MYSQL_RANDOM_ROOT_PASSWORD"]) {
        let at = stamp(run);
        return run.fail(
            &format!(
                "{at}+00:00 [Note] [Entrypoint]: Entrypoint script for MySQL Server started.\n{at}+00:00 [ERROR] \
                 [Entrypoint]: Database is uninitialized and password option is not specified\n    You need to specify \
                 one of the following as an environment variable:\n    - MYSQL_ROOT_PASSWORD\n    - \
                 MYSQL_ALLOW_EMPTY_PASSWORD\n    - MYSQL_RANDOM_ROOT_PASSWORD\n"
            ),
            1,
        );
    }
    let at = run.context.clock.now().rfc3339_micro();
    run.out(&format!("{}+00:00 [Note] [Entrypoint]: Entrypoint script for MySQL Server started.\n", stamp(run)));
    run.err(&format!(
        "{at} 0 [System] [MY-010931] [Server] /usr/sbin/mysqld: ready for connections. Version: '8.4.7'  socket: \
         '/var/run/mysqld/mysqld.sock'  port: 3306  MySQL Community Server - GPL.\n"
    ));
    sql::serve(run, Dialect::Mysql)
}

fn mariadb(run: &Run) -> Outcome {
    if let Some(other) = other_command(run, &["mariadbd", "mysqld"]) {
        return other;
    }
    const WANTED: &[&str] = &[
        "MARIADB_ROOT_PASSWORD",
        "MYSQL_ROOT_PASSWORD",
        "MARIADB_ROOT_PASSWORD_HASH",
        "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD",
        "MYSQL_ALLOW_EMPTY_PASSWORD",
        "MARIADB_RANDOM_ROOT_PASSWORD",
    ];
    if !is_set(run, WANTED) {
        return run.fail(
            &format!(
                "{}+00:00 [ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n\tYou \
                 need to specify one of MARIADB_ROOT_PASSWORD, MARIADB_ROOT_PASSWORD_HASH, \
                 MARIADB_ALLOW_EMPTY_ROOT_PASSWORD and MARIADB_RANDOM_ROOT_PASSWORD\n",
                stamp(run)
            ),
            1,
        );
    }
    run.err(&format!("{} 0 [Note] mariadbd: ready for connections.\n", stamp(run)));
    sql::serve(run, Dialect::Mysql)
}

fn postgres(run: &Run) -> Outcome {
    if let Some(other) = other_command(run, &["postgres"]) {
        return other;
    }
    if !is_set(
        run,
        &["POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD", "POSTGRES_HOST_AUTH_METHOD", "POSTGRES_PASSWORD_FILE"],
    ) {
        return run.fail(
            "Error: Database is uninitialized and superuser password is not specified.\n       You must specify \
             POSTGRES_PASSWORD to a non-empty value for the\n       superuser. For example, \"-e \
             POSTGRES_PASSWORD=password\" on \"docker run\".\n\n       You may also use \
             \"POSTGRES_HOST_AUTH_METHOD=trust\" to allow all\n       connections without a password. This is *not* \
             recommended.\n\n       See PostgreSQL documentation about \"trust\":\n       \
             https://www.postgresql.org/docs/current/auth-trust.html\n",
            1,
        );
    }
    let at = stamp(run);
    run.out("\nPostgreSQL init process complete; ready for start up.\n\n");
    run.err(&format!(
        "{at}.000 UTC [1] LOG:  listening on IPv4 address \"0.0.0.0\", port 5432\n{at}.000 UTC [1] LOG:  database system \
         is ready to accept connections\n"
    ));
    sql::serve(run, Dialect::Postgres)
}

fn mongo(run: &Run) -> Outcome {
    if let Some(other) = other_command(run, &["mongod"]) {
        return other;
    }
    let at = run.context.clock.now().rfc3339_micro();
    run.out(&format!(
        "{{\"t\":{{\"$date\":\"{at}\"}},\"s\":\"I\",  \"c\":\"NETWORK\",  \"id\":23016,   \"ctx\":\"listener\",\"msg\":\
         \"Waiting for connections\",\"attr\":{{\"port\":27017,\"ssl\":\"off\"}}}}\n"
    ));
    open(run, 27017, GRACEFUL)
}

fn rabbitmq(run: &Run) -> Outcome {
    let at = stamp(run);
    run.out(&format!("{at}.000000+00:00 [info] <0.9.0> Server startup complete; 4 plugins started.\n"));
    if let Outcome::Ends(after, code) = open(run, 15672, GRACEFUL) {
        return Outcome::Ends(after, code);
    }
    open(run, 5672, GRACEFUL)
}

/// Says that a server is up, if it is.
fn alive(run: &Run, port: u16, text: &str) -> Outcome {
    match run.context.net.connect(port) {
        Ok(connection) => {
            connection.close();
            run.out(text);
            Outcome::Ends(Duration::ZERO, 0)
        }
        Err(_) => run.fail("no response\n", 2),
    }
}

/// `mongosh`: the few expressions that health checks and tutorials evaluate.
fn mongosh(run: &Run) -> Outcome {
    let arguments = run.arguments();
    if run.context.net.connect(27017).map(|connection| connection.close()).is_err() {
        let text = "MongoNetworkError: connect ECONNREFUSED 127.0.0.1:27017\n";
        return run.fail(text, 1);
    }
    let script = super::servers::flag(&arguments, "--eval").unwrap_or_default();
    let plain: String = script.chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'')).collect();
    const ANSWERS: &[(&str, &str)] = &[
        ("db.runCommand({ping:1}).ok", "1\n"),
        ("ping", "{ ok: 1 }\n"),
        ("db.version()", "8.0.15\n"),
        ("showdbs", "admin   40.00 KiB\nconfig  12.00 KiB\nlocal   40.00 KiB\n"),
        ("db.hello()", "{ isWritablePrimary: true, ok: 1 }\n"),
        ("db", "test\n"),
    ];
    let known = ANSWERS.iter().find(|(said, _)| {
        plain == *said
            || *said == "ping" && plain.contains("ping:1")
            || *said == "ping" && plain.contains("Command(ping)")
    });
    match known {
        Some((_, answer)) => {
            run.out(answer);
            Outcome::Ends(Duration::ZERO, 0)
        }
        None => run.fail(&format!("mongosh: this playground's MongoDB does not evaluate: {script}\n"), 1),
    }
}

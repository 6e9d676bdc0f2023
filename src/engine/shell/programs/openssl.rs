//! `openssl`: keys, requests and certificates, as the steps for a new user or a TLS secret have them.

use super::{Call, Help, Program, open};
use crate::meta::Time;
use crate::meta::x509::{Certificate, Name, Request, modulus, parse_name, pem, private_key, public_key, show_name, unpem};

pub const PROGRAM: Program = Program {
    name: "openssl",
    help: || Help {
        summary: "Make keys, requests and certificates, and show them.",
        usage: "openssl genrsa | genpkey | req | x509 | rsa | rand | version [-OPTION [VALUE]]...",
        examples: &[
            ("openssl req -new -newkey rsa:2048 -nodes -keyout k -out r -subj /CN=jane/O=dev 2>&-; openssl req -in r -noout -subject", "subject=CN=jane, O=dev"),
            ("openssl rand -hex 4 | wc -c", "9"),
            ("openssl nosuch", "Invalid command 'nosuch'; type \"help\" for a list."),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

/// Options with a value, of all the commands.
const VALUED: &[&str] = &[
    "-in", "-out", "-key", "-keyout", "-subj", "-days", "-newkey", "-CA", "-CAkey", "-set_serial", "-addext", "-extfile",
    "-extensions", "-config", "-algorithm", "-pkeyopt", "-inform", "-outform", "-passout", "-passin", "-rand", "-reqexts",
    "-checkend", "-CAserial", "-nameopt",
];

/// The words of a command.
struct Words {
    valued: Vec<(String, String)>,
    rest: Vec<String>,
}

impl Words {
    fn get(&self, name: &str) -> Option<&str> {
        self.valued.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
    fn has(&self, name: &str) -> bool {
        self.rest.iter().any(|word| word == name)
    }
}

async fn run(call: Call) -> i32 {
    let Some((command, args)) = call.args().split_first() else { return call.fail("an interactive mode is not here") };
    let mut words = Words { valued: Vec::new(), rest: Vec::new() };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match args.as_slice().first().filter(|_| VALUED.contains(&arg.as_str())) {
            Some(value) => {
                words.valued.push((arg.clone(), value.clone()));
                args.next();
            }
            None => words.rest.push(arg.clone()),
        }
    }
    let done = match command.as_str() {
        "genrsa" | "genpkey" => genrsa(&call, &words),
        "req" => request(&call, &words).await,
        "x509" => certificate(&call, &words).await,
        "rsa" | "pkey" => key(&call, &words).await,
        "rand" => rand(&call, &words),
        "version" => {
            call.out("OpenSSL 3.0.13 30 Jan 2024 (Library: OpenSSL 3.0.13 30 Jan 2024)\n");
            Ok(())
        }
        name => Err(format!("Invalid command '{name}'; type \"help\" for a list.\n")),
    };
    match done {
        Ok(()) => 0,
        Err(message) => {
            call.process.err(message);
            1
        }
    }
}

type Done = Result<(), String>;

/// Reads `-in` or another option's file; standard input without one.
async fn read(call: &Call, path: Option<&str>, what: &str) -> Result<String, String> {
    let path = path.unwrap_or("-");
    let bytes = match open(call, path) {
        Ok(pipe) => pipe.read_to_end().await,
        Err(_) => return Err(format!("Can't open \"{path}\" for reading, No such file or directory\nUnable to load {what}\n")),
    };
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Writes to `-out`, or to standard output.
fn write(call: &Call, words: &Words, text: &str) -> Done {
    match words.get("-out") {
        Some(path) => save(call, path, text),
        None => {
            call.out(text);
            Ok(())
        }
    }
}

fn save(call: &Call, path: &str, text: &str) -> Done {
    let saved = call.process.files.write(&call.path(path), text.as_bytes());
    saved.map_err(|why| format!("Can't open \"{path}\" for writing, {why}\n"))
}

fn random(call: &Call, bits: usize) -> Vec<u8> {
    private_key(bits, &|| call.process.rng.next_u64())
}

fn genrsa(call: &Call, words: &Words) -> Done {
    let option = words.get("-pkeyopt").and_then(|option| option.strip_prefix("rsa_keygen_bits:"));
    let bits = option.or(words.rest.iter().map(String::as_str).find(|word| !word.starts_with('-')));
    let bits: usize = bits.unwrap_or("2048").parse().map_err(|_| "genrsa: Use -help for summary.\n".to_string())?;
    if bits < 512 {
        return Err("genrsa: Error generating RSA key: key size too small\n".into());
    }
    write(call, words, &pem("PRIVATE KEY", &random(call, bits.min(16384))))
}

/// The public key of a private key's file.
async fn key_of(call: &Call, path: &str) -> Result<Vec<u8>, String> {
    let text = read(call, Some(path), "private key").await?;
    let key = unpem(&text, "PRIVATE KEY").and_then(|der| public_key(&der));
    key.ok_or_else(|| format!("Could not read private key from {path}\n"))
}

/// A key for `req`: a file's, or a new one that `-keyout` gets.
async fn key_for(call: &Call, words: &Words) -> Result<Vec<u8>, String> {
    if let Some(path) = words.get("-key") {
        return key_of(call, path).await;
    }
    let bits = words.get("-newkey").and_then(|kind| kind.strip_prefix("rsa:")).and_then(|bits| bits.parse().ok());
    let private = random(call, bits.unwrap_or(2048).clamp(512, 16384));
    call.process.err("-----\n");
    save(call, words.get("-keyout").unwrap_or("privkey.pem"), &pem("PRIVATE KEY", &private))?;
    public_key(&private).ok_or_else(|| "no key\n".into())
}

/// The names of `-addext subjectAltName=DNS:a,IP:1.2.3.4`.
fn names(words: &Words) -> Vec<String> {
    let given = words.valued.iter().filter(|(key, _)| key == "-addext");
    let lists = given.filter_map(|(_, value)| value.strip_prefix("subjectAltName"));
    let all = lists.flat_map(|list| list.trim_start_matches([' ', '=']).split(','));
    all.filter_map(|one| one.split_once(':')).map(|(_, name)| name.trim().to_string()).collect()
}

fn number(call: &Call) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..3).flat_map(|_| call.process.rng.next_u64().to_be_bytes()).take(20).collect();
    if let Some(first) = bytes.first_mut() {
        *first = *first & 0x7f | 0x40;
    }
    bytes
}

fn after(call: &Call, words: &Words) -> Result<(Time, Time), String> {
    let now = call.process.clock.now();
    let days: i64 = words.get("-days").unwrap_or("30").parse().map_err(|_| "Non-positive number \"-days\"\n".to_string())?;
    Ok((now, Time(now.0 + days * 86_400 * 1_000_000)))
}

async fn request(call: &Call, words: &Words) -> Done {
    let makes = words.has("-new") || words.has("-x509") || words.get("-newkey").is_some();
    let asked = if makes {
        let key = key_for(call, words).await?;
        let subject = words.get("-subj").map(parse_name);
        let subject = match subject {
            Some(subject) => subject,
            // Without `-subj` it asks part by part; what it takes for an answer is what it proposes.
            None => vec![("C".into(), "AU".into()), ("ST".into(), "Some-State".into()), ("O".into(), "Internet Widgits Pty Ltd".into())],
        };
        Request { subject, key, names: names(words) }
    } else {
        let text = read(call, words.get("-in"), "X509 request").await?;
        let asked = unpem(&text, "CERTIFICATE REQUEST").and_then(|der| Request::read(&der));
        asked.ok_or("Unable to load X509 request\n")?
    };
    if words.has("-x509") {
        let (from, until) = after(call, words)?;
        let (issuer, key) = (asked.subject.clone(), asked.key.clone());
        let own = Certificate { about: asked, issuer, from, until, serial: number(call), authority: true };
        return write(call, words, &pem("CERTIFICATE", &own.write(&key)));
    }
    if words.has("-verify") {
        call.process.err("Certificate request self-signature verify OK\n");
    }
    if words.has("-subject") {
        call.out(format!("subject={}\n", show_name(&asked.subject, "=", ", ")));
    }
    if words.has("-text") {
        let subject = show_name(&asked.subject, " = ", ", ");
        let names = alternative(&asked.names);
        call.out(format!(
            "Certificate Request:\n    Data:\n        Version: 1 (0x0)\n        Subject: {subject}\n{}        Attributes:\n{}    \
             Signature Algorithm: sha256WithRSAEncryption\n",
            about_key(&asked.key),
            if names.is_empty() { "            (none)\n".into() } else { format!("            Requested Extensions:\n{names}") },
        ));
    }
    match words.has("-noout") {
        true => Ok(()),
        false => write(call, words, &pem("CERTIFICATE REQUEST", &asked.write())),
    }
}

fn alternative(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let kind = |name: &String| if name.parse::<std::net::Ipv4Addr>().is_ok() { "IP Address" } else { "DNS" };
    let names: Vec<String> = names.iter().map(|name| format!("{}:{name}", kind(name))).collect();
    format!("            X509v3 Subject Alternative Name: \n                {}\n", names.join(", "))
}

fn about_key(key: &[u8]) -> String {
    let modulus = modulus(key).unwrap_or_default();
    let hex: Vec<String> = [0].iter().chain(&modulus).map(|byte| format!("{byte:02x}")).collect();
    let lines: Vec<String> = hex.chunks(15).map(|line| format!("                    {}", line.join(":"))).collect();
    format!(
        "        Subject Public Key Info:\n            Public Key Algorithm: rsaEncryption\n                Public-Key: ({} bit)\n\
         {indent}Modulus:\n{}\n{indent}Exponent: 65537 (0x10001)\n",
        modulus.len() * 8,
        lines.join(":\n"),
        indent = "                ",
    )
}

/// A moment as certificates print it: `Jan  5 09:00:00 2026 GMT`.
fn date(time: Time) -> String {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let (year, month, day, hour, minute, second) = time.civil();
    let at = usize::from(month.saturating_sub(1)) * 3;
    format!("{} {day:2} {hour:02}:{minute:02}:{second:02} {year} GMT", MONTHS.get(at..at + 3).unwrap_or_default())
}

async fn certificate(call: &Call, words: &Words) -> Done {
    let made = if words.has("-req") {
        let text = read(call, words.get("-in"), "certificate request").await?;
        let asked = unpem(&text, "CERTIFICATE REQUEST").and_then(|der| Request::read(&der));
        let asked = asked.ok_or("Unable to load X509 request\n")?;
        call.process.err(format!("Certificate request self-signature ok\nsubject={}\n", show_name(&asked.subject, " = ", ", ")));
        let (issuer, key): (Name, Vec<u8>) = match (words.get("-CA"), words.get("-CAkey").or(words.get("-signkey"))) {
            (Some(authority), key) => {
                let text = read(call, Some(authority), "CA certificate").await?;
                let issuer = unpem(&text, "CERTIFICATE").and_then(|der| Certificate::read(&der));
                let issuer = issuer.ok_or_else(|| format!("Could not read CA certificate from {authority}\n"))?;
                (issuer.about.subject, key_of(call, key.unwrap_or(authority)).await?)
            }
            (None, _) => (asked.subject.clone(), asked.key.clone()),
        };
        let (from, until) = after(call, words)?;
        let der = Certificate { about: asked, issuer, from, until, serial: number(call), authority: false }.write(&key);
        if words.has("-noout") {
            return Ok(());
        }
        return write(call, words, &pem("CERTIFICATE", &der));
    } else {
        let text = read(call, words.get("-in"), "certificate").await?;
        unpem(&text, "CERTIFICATE").and_then(|der| Some((Certificate::read(&der)?, der)))
    };
    let (shown, der) = made.ok_or_else(|| {
        format!("Could not read certificate from {}\nUnable to load certificate\n", words.get("-in").unwrap_or("<stdin>"))
    })?;
    let hex = |between: &str| shown.serial.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between);
    for word in &words.rest {
        let line = match word.as_str() {
            "-subject" => format!("subject={}\n", show_name(&shown.about.subject, " = ", ", ")),
            "-issuer" => format!("issuer={}\n", show_name(&shown.issuer, " = ", ", ")),
            "-startdate" => format!("notBefore={}\n", date(shown.from)),
            "-enddate" => format!("notAfter={}\n", date(shown.until)),
            "-dates" => format!("notBefore={}\nnotAfter={}\n", date(shown.from), date(shown.until)),
            "-serial" => format!("serial={}\n", hex("").to_uppercase()),
            "-pubkey" => pem("PUBLIC KEY", &shown.about.key),
            "-modulus" => modulus_line(&shown.about.key),
            "-text" => {
                let mut extensions = alternative(&shown.about.names);
                if shown.authority {
                    extensions += "            X509v3 Basic Constraints: critical\n                CA:TRUE\n";
                }
                if !extensions.is_empty() {
                    extensions = format!("        X509v3 extensions:\n{extensions}");
                }
                format!(
                    "Certificate:\n    Data:\n        Version: 3 (0x2)\n        Serial Number:\n            {}\n        Signature \
                     Algorithm: sha256WithRSAEncryption\n        Issuer: {}\n        Validity\n            Not Before: {}\n            \
                     Not After : {}\n        Subject: {}\n{}{extensions}    Signature Algorithm: sha256WithRSAEncryption\n",
                    hex(":"),
                    show_name(&shown.issuer, " = ", ", "),
                    date(shown.from),
                    date(shown.until),
                    show_name(&shown.about.subject, " = ", ", "),
                    about_key(&shown.about.key),
                )
            }
            _ => String::new(),
        };
        call.out(line);
    }
    if let Some(seconds) = words.get("-checkend").and_then(|seconds| seconds.parse::<i64>().ok()) {
        let expires = shown.until.0 < call.process.clock.now().0 + seconds * 1_000_000;
        call.out(if expires { "Certificate will expire\n" } else { "Certificate will not expire\n" });
        if expires {
            return Err(String::new());
        }
    }
    if words.has("-noout") {
        return Ok(());
    }
    write(call, words, &pem("CERTIFICATE", &der))
}

fn modulus_line(key: &[u8]) -> String {
    let digits: String = modulus(key).unwrap_or_default().iter().map(|byte| format!("{byte:02X}")).collect();
    format!("Modulus={digits}\n")
}

async fn key(call: &Call, words: &Words) -> Done {
    let text = read(call, words.get("-in"), "Private Key").await?;
    let private = unpem(&text, "PRIVATE KEY").ok_or("Could not read private key\n")?;
    let public = public_key(&private).ok_or("Could not read private key\n")?;
    if words.has("-check") {
        call.out("RSA key ok\n");
    }
    if words.has("-modulus") {
        call.out(modulus_line(&public));
    }
    if words.has("-noout") {
        return Ok(());
    }
    call.process.err("writing RSA key\n");
    match words.has("-pubout") {
        true => write(call, words, &pem("PUBLIC KEY", &public)),
        false => write(call, words, &pem("PRIVATE KEY", &private)),
    }
}

fn rand(call: &Call, words: &Words) -> Done {
    let count: usize = words.rest.iter().rev().find_map(|word| word.parse().ok()).ok_or("rand: Use -help for summary.\n")?;
    let count = count.min(1 << 20);
    let bytes: Vec<u8> = (0..count.div_ceil(8)).flat_map(|_| call.process.rng.next_u64().to_be_bytes()).take(count).collect();
    if words.has("-hex") {
        return write(call, words, &format!("{}\n", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()));
    }
    if words.has("-base64") {
        let text = pem("", &bytes);
        let body: Vec<&str> = text.lines().filter(|line| !line.starts_with("-----")).collect();
        return write(call, words, &format!("{}\n", body.join("\n")));
    }
    call.process.stdout.write(&bytes);
    Ok(())
}

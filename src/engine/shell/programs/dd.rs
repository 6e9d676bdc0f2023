//! `dd`, `truncate`, `od`, `xxd`, `hexdump`, `gzip`, `gunzip`, `zcat`: bytes, made, shown and packed.

use super::head::count;
use super::{Call, Help, Program, open};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;
use std::time::Duration;

pub const PROGRAM: Program = Program {
    name: "dd",
    help: || Help {
        summary: "Copy bytes; truncate sizes files, od, xxd and hexdump show them, gzip and gunzip pack and unpack.",
        usage: "dd [if=FILE] [of=FILE] [bs=SIZE] [count=N] | truncate -s SIZE FILE... | od -c | xxd | hexdump -C | gzip [-dck] [FILE]...",
        examples: &[
            ("dd if=/dev/zero of=f bs=1K count=2 2>&1 | head -2; wc -c f", "2+0 records in\n2+0 records out\n2048 f"),
            ("truncate -s 1K f; wc -c < f", "1024"),
            ("echo ab | od -c; echo ab | xxd", "0000000   a   b  \\n\n0000003\n00000000: 6162 0a                                  ab."),
            ("echo hello | gzip | base64 | base64 -d | gunzip", "hello"),
            ("echo x > f; gzip f; ls; zcat f.gz", "f.gz\nx"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

/// The most that one file may take.
const LIMIT: usize = 64 << 20;

async fn run(call: Call) -> i32 {
    match call.name() {
        "dd" => copy(&call).await,
        "truncate" => truncate(&call),
        "od" | "xxd" | "hexdump" => dump(&call).await,
        _ => pack(&call).await,
    }
}

async fn copy(call: &Call) -> i32 {
    let value = |name: &str| call.args().iter().find_map(|arg| arg.strip_prefix(name)?.strip_prefix('='));
    if let Some(arg) = call.args().iter().find(|arg| !arg.contains('=')) {
        return call.fail(format!("unrecognized operand '{arg}'\nTry 'dd --help' for more information."));
    }
    let size = |text: &str| count(text.trim_end_matches('B')).or_else(|| count(text.strip_suffix('G')?).map(|n| n << 30));
    let block = value("bs").and_then(size).unwrap_or(512).clamp(1, LIMIT);
    let most = value("count").and_then(size);
    let from = value("if").unwrap_or("-");
    let endless = matches!(from, "/dev/zero" | "/dev/urandom" | "/dev/random");
    if endless && most.is_none() {
        // It goes on until somebody ends it.
        while !call.is_unread() {
            call.process.clock.sleep(Duration::from_secs(1)).await;
        }
        return 141;
    }
    let whole = most.map_or(usize::MAX, |most| most.saturating_mul(block));
    let started = call.process.clock.now();
    let bytes = if from == "/dev/zero" {
        vec![0; whole.min(LIMIT)]
    } else if endless {
        (0..whole.min(LIMIT)).map(|_| call.process.rng.below(256) as u8).collect()
    } else {
        match open(call, from) {
            Ok(pipe) => {
                let mut bytes = pipe.read_to_end().await;
                bytes.drain(..value("skip").and_then(size).map_or(0, |skip| skip * block).min(bytes.len()));
                bytes.truncate(whole);
                bytes
            }
            Err(error) => return call.fail(format!("failed to open '{from}': {error}")),
        }
    };
    // A disk takes about a gigabyte in a second.
    call.process.clock.sleep(Duration::from_nanos(bytes.len() as u64 + 100_000)).await;
    match value("of") {
        None => drop(call.process.stdout.write(&bytes)),
        Some("/dev/null") => {}
        Some(path) => {
            if let Err(error) = call.process.files.write(&call.path(path), &bytes) {
                return call.fail(format!("failed to open '{path}': {error}"));
            }
        }
    }
    let (full, part) = (bytes.len() / block, usize::from(bytes.len() % block > 0));
    let seconds = call.process.clock.now().since(started).as_secs_f64().max(1e-6);
    let speed = bytes.len() as f64 / seconds;
    let rate = if speed > 1e9 { format!("{:.1} GB/s", speed / 1e9) } else { format!("{:.1} MB/s", speed / 1e6) };
    let units = match bytes.len() {
        length @ 1_000_000.. => format!(" ({} MB, {} MiB)", length / 1_000_000, length >> 20),
        length @ 1024.. => format!(" ({:.1} kB, {:.1} KiB)", length as f64 / 1e3, length as f64 / 1024.0),
        _ => String::new(),
    };
    if !matches!(value("status"), Some("none")) {
        let length = bytes.len();
        call.process.err(format!("{full}+{part} records in\n{full}+{part} records out\n{length} bytes{units} copied, {seconds:.6} s, {rate}\n"));
    }
    0
}

fn truncate(call: &Call) -> i32 {
    let (size, files) = match call.args() {
        [flag, size, files @ ..] if flag == "-s" || flag == "--size" => (size.as_str(), files),
        [flag, files @ ..] if flag.starts_with("-s") => (&flag[2..], files),
        _ => return call.fail("you must specify either '--size' or '--reference'\nTry 'truncate --help' for more information."),
    };
    let Some(length) = count(size) else { return call.fail(format!("Invalid number: '{size}'")) };
    for file in files {
        let path = call.path(file);
        let mut bytes = call.process.files.read(&path).map(|bytes| bytes.to_vec()).unwrap_or_default();
        bytes.resize(length.min(LIMIT), 0);
        if let Err(error) = call.process.files.write(&path, &bytes) {
            return call.fail(format!("cannot open '{file}' for writing: {error}"));
        }
    }
    0
}

async fn dump(call: &Call) -> i32 {
    let file = call.args().iter().rfind(|arg| !arg.starts_with('-')).map_or("-", String::as_str);
    let bytes = match open(call, file) {
        Ok(pipe) => pipe.read_to_end().await,
        Err(error) => return call.fail(format!("{file}: {error}")),
    };
    let printable = |byte: &u8| if (32..127).contains(byte) { char::from(*byte) } else { '.' };
    let mut out = String::new();
    if call.args().iter().any(|arg| arg == "-p" || arg == "-ps") && call.name() == "xxd" {
        let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        call.out(hex.chunks(30).map(|row| row.concat() + "\n").collect::<String>());
        return 0;
    }
    for (at, row) in bytes.chunks(16).enumerate() {
        let at = at * 16;
        let text: String = row.iter().map(printable).collect();
        match call.name() {
            "xxd" => {
                let hex: String = row.chunks(2).map(|pair| pair.iter().map(|byte| format!("{byte:02x}")).collect::<String>() + " ").collect();
                out += &format!("{at:08x}: {hex:<40} {text}\n");
            }
            "hexdump" => {
                let hex: String = row.iter().enumerate().map(|(n, byte)| format!("{}{byte:02x} ", if n == 8 { " " } else { "" })).collect();
                out += &format!("{at:08x}  {hex:<49} |{text}|\n");
            }
            _ => {
                let cell = |byte: &u8| match byte {
                    b'\n' => "\\n".into(),
                    b'\t' => "\\t".into(),
                    b'\r' => "\\r".into(),
                    0 => "\\0".into(),
                    32..=126 => char::from(*byte).to_string(),
                    byte => format!("{byte:03o}"),
                };
                out += &format!("{at:07o}{}\n", row.iter().map(|byte| format!("{:>4}", cell(byte))).collect::<String>());
            }
        }
    }
    match call.name() {
        "od" => out += &format!("{:07o}\n", bytes.len()),
        "hexdump" if !bytes.is_empty() => out += &format!("{:08x}\n", bytes.len()),
        _ => {}
    }
    call.out(out);
    0
}

async fn pack(call: &Call) -> i32 {
    let letters: String = call.args().iter().filter_map(|arg| arg.strip_prefix('-')).collect();
    let files: Vec<&String> = call.args().iter().filter(|arg| !arg.starts_with('-')).collect();
    let unpack = call.name() != "gzip" || letters.contains('d');
    let to_output = call.name() == "zcat" || letters.contains('c') || files.is_empty();
    let standard = "-".to_string();
    for file in if files.is_empty() { vec![&standard] } else { files } {
        let bytes = match open(call, file) {
            Ok(pipe) => pipe.read_to_end().await,
            Err(error) => return call.fail(format!("{file}: {error}")),
        };
        let result = if unpack { inflate(&bytes) } else { Some(deflate(&bytes)) };
        let Some(result) = result else {
            call.process.err(format!("\n{}: {}: not in gzip format\n", call.name(), if file == "-" { "stdin" } else { file }));
            return 1;
        };
        if to_output {
            call.process.stdout.write(&result);
            continue;
        }
        let target = if unpack { file.trim_end_matches(".gz").to_string() } else { format!("{file}.gz") };
        if let Err(error) = call.process.files.write(&call.path(&target), &result) {
            return call.fail(format!("{target}: {error}"));
        }
        if !letters.contains('k') {
            let _ = call.process.files.remove(&call.path(file));
        }
    }
    0
}

/// The bytes in gzip's wrapping.
pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    out.extend(compress_to_vec(bytes, 6));
    out.extend(crc32(bytes).to_le_bytes());
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

/// What is in gzip's wrapping.
pub(super) fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let rest = bytes.strip_prefix(&[0x1f, 0x8b, 8])?;
    let flags = *rest.first()?;
    let mut body = rest.get(7..)?;
    if flags & 4 != 0 {
        let length = usize::from(*body.first()?) + usize::from(*body.get(1)?) * 256;
        body = body.get(2 + length..)?;
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            body = &body[body.iter().position(|byte| *byte == 0)? + 1..];
        }
    }
    decompress_to_vec_with_limit(body, LIMIT).ok()
}

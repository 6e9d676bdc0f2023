//! `base64`, `base32`

use super::{Call, Options, Help, Program, open};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

pub const PROGRAM: Program = Program {
    name: "base64",
    help: || Help {
        summary: "Encode or decode base64.",
        usage: "base64 [-d] [-i] [-w COLUMNS] [FILE]",
        examples: &[("echo -n admin | base64", "YWRtaW4="), ("echo YWRtaW4= | base64 -d", "admin"), ("echo '!' | base64 -d", "base64: invalid input"), ("echo hi | base32; echo NBUQU=== | base32 -d", "NBUQU===\nhi")],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let long = [("decode", 'd'), ("ignore-garbage", 'i'), ("wrap", 'w')];
    let options = match Options::parse(&call, "dDiw:", &long) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let file = options.operands.first().map_or("-", String::as_str);
    let bytes = match open(&call, file) {
        Ok(pipe) => pipe.read_to_end().await,
        Err(error) => return call.fail(format!("{file}: {error}")),
    };
    if call.name() == "base32" {
        return base32(&call, &bytes, options.has('d'));
    }
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let engine = GeneralPurpose::new(&STANDARD, config);
    if options.has('d') || options.has('D') {
        let garbage = options.has('i');
        let known = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
        let text: Vec<u8> =
            bytes.into_iter().filter(|byte| !byte.is_ascii_whitespace() && (!garbage || known(byte))).collect();
        return match engine.decode(&text) {
            Ok(decoded) => {
                call.process.stdout.write(&decoded);
                0
            }
            Err(_) => {
                // What could be decoded before the mistake is printed all the same.
                let good = text.iter().take_while(|byte| known(byte)).count() / 4 * 4;
                call.process.stdout.write(&engine.decode(&text[..good]).unwrap_or_default());
                call.fail("invalid input")
            }
        };
    }
    let Ok(width) = options.value('w').unwrap_or("76").parse::<usize>() else {
        return call.fail(format!("invalid wrap size: '{}'", options.value('w').unwrap_or("")));
    };
    let text = engine.encode(bytes);
    if width == 0 {
        call.out(text);
        return 0;
    }
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, tail) = rest.split_at(rest.len().min(width));
        call.out(format!("{line}\n"));
        rest = tail;
    }
    0
}

/// Five bits to a letter, eight letters to a group.
fn base32(call: &Call, bytes: &[u8], decode: bool) -> i32 {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (from, to) = if decode { (5, 8) } else { (8, 5) };
    let mut out = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes.iter().filter(|byte| !decode || !(byte.is_ascii_whitespace() || **byte == b'=')) {
        let value = match LETTERS.iter().position(|letter| letter == byte).filter(|_| decode) {
            Some(value) => value as u32,
            None if decode => return call.fail("invalid input"),
            None => u32::from(*byte),
        };
        held = (held << from | value) & 0xffff;
        bits += from;
        while bits >= to {
            bits -= to;
            out.push((held >> bits & ((1 << to) - 1)) as u8);
        }
    }
    if decode {
        call.process.stdout.write(&out);
        return 0;
    }
    if bits > 0 {
        out.push((held << (5 - bits) & 31) as u8);
    }
    let mut text: String = out.iter().filter_map(|at| LETTERS.get(usize::from(*at))).map(|letter| char::from(*letter)).collect();
    while !text.len().is_multiple_of(8) {
        text.push('=');
    }
    for line in text.as_bytes().chunks(76) {
        call.out(format!("{}\n", String::from_utf8_lossy(line)));
    }
    0
}

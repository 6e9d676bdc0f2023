//! `md5sum`, `sha1sum`, `sha256sum`: what a file's bytes come to.

use super::{Call, Options, Help, Program, open};

pub const PROGRAM: Program = Program {
    name: "checksum",
    help: || Help {
        summary: "Print checksums of files, or check them: md5sum, sha1sum, sha256sum.",
        usage: "md5sum | sha1sum | sha256sum [-c] [FILE]...",
        examples: &[
            ("echo hello | md5sum", "b1946ac92492d2347c6235b4d2611184  -"),
            ("printf '' | sha1sum", "da39a3ee5e6b4b0d3255bfef95601890afd80709  -"),
            ("printf abc | sha256sum", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  -"),
            ("echo x > f; md5sum f > sums; md5sum -c sums", "f: OK"),
        ],
    },
    run: |call| Box::pin(run(call)),
    ..Program::BASE
};

async fn run(call: Call) -> i32 {
    let options = match Options::parse(&call, "cbtsw", &[("check", 'c'), ("status", 's')]) {
        Ok(options) => options,
        Err(status) => return status,
    };
    let sum: fn(&[u8]) -> String = match call.name() {
        "md5sum" => md5,
        "sha1sum" => sha1,
        _ => sha256,
    };
    let (mut status, mut wrong) = (0, 0);
    if options.has('c') {
        let (lines, failed) = call.all_lines(&options.files()).await;
        status = i32::from(failed);
        for (expected, file) in lines.iter().filter_map(|line| line.split_once("  ")) {
            let right = call.process.files.read(&call.path(file)).is_ok_and(|bytes| sum(&bytes) == expected);
            wrong += i32::from(!right);
            if !options.has('s') {
                call.out(format!("{file}: {}\n", if right { "OK" } else { "FAILED" }));
            }
        }
        if wrong > 0 {
            call.complain(format!("WARNING: {wrong} computed checksum did NOT match"));
        }
        return i32::from(status + wrong > 0);
    }
    for file in options.files() {
        match open(&call, &file) {
            Ok(pipe) => call.out(format!("{}  {file}\n", sum(&pipe.read_to_end().await))),
            Err(error) => {
                call.complain(format!("{file}: {error}"));
                status = 1;
            }
        }
    }
    status
}

/// The bytes with the end that all three put to them: a bit, zeros, and the length in bits.
fn padded(bytes: &[u8], length: [u8; 8]) -> Vec<u8> {
    let mut all = bytes.to_vec();
    all.push(0x80);
    all.resize(all.len().next_multiple_of(64) + if all.len() % 64 > 56 || all.len().is_multiple_of(64) { 64 } else { 0 } - 8, 0);
    all.extend(length);
    all
}

fn bits(bytes: &[u8]) -> u64 {
    (bytes.len() as u64).wrapping_mul(8)
}

fn md5(bytes: &[u8]) -> String {
    const TURNS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    for block in padded(bytes, bits(bytes).to_le_bytes()).as_chunks::<64>().0 {
        let word = |at: usize| u32::from_le_bytes([block[at * 4], block[at * 4 + 1], block[at * 4 + 2], block[at * 4 + 3]]);
        let [mut a, mut b, mut c, mut d] = state;
        for step in 0..64 {
            let (mixed, at) = match step / 16 {
                0 => ((b & c) | (!b & d), step),
                1 => ((d & b) | (!d & c), (5 * step + 1) % 16),
                2 => (b ^ c ^ d, (3 * step + 5) % 16),
                _ => (c ^ (b | !d), 7 * step % 16),
            };
            let sine = ((step + 1) as f64).sin().abs() * 4_294_967_296.0;
            let sum = a.wrapping_add(mixed).wrapping_add(sine as u32).wrapping_add(word(at));
            (a, d, c) = (d, c, b);
            b = b.wrapping_add(sum.rotate_left(TURNS[step / 16][step % 4]));
        }
        for (total, part) in state.iter_mut().zip([a, b, c, d]) {
            *total = total.wrapping_add(part);
        }
    }
    state.iter().flat_map(|part| part.to_le_bytes()).map(|byte| format!("{byte:02x}")).collect()
}

fn sha1(bytes: &[u8]) -> String {
    let mut state = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    for block in padded(bytes, bits(bytes).to_be_bytes()).as_chunks::<64>().0 {
        let mut words = [0_u32; 80];
        for at in 0..80 {
            words[at] = if at < 16 {
                u32::from_be_bytes([block[at * 4], block[at * 4 + 1], block[at * 4 + 2], block[at * 4 + 3]])
            } else {
                (words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16]).rotate_left(1)
            };
        }
        let [mut a, mut b, mut c, mut d, mut e] = state;
        for (step, word) in words.iter().enumerate() {
            let (mixed, add) = match step / 20 {
                0 => ((b & c) | (!b & d), 0x5a82_7999),
                1 => (b ^ c ^ d, 0x6ed9_eba1),
                2 => ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc),
                _ => (b ^ c ^ d, 0xca62_c1d6),
            };
            let next = a.rotate_left(5).wrapping_add(mixed).wrapping_add(e).wrapping_add(add).wrapping_add(*word);
            (e, d, c, b, a) = (d, c, b.rotate_left(30), a, next);
        }
        for (total, part) in state.iter_mut().zip([a, b, c, d, e]) {
            *total = total.wrapping_add(part);
        }
    }
    state.iter().map(|part| format!("{part:08x}")).collect()
}

fn sha256(bytes: &[u8]) -> String {
    crate::meta::sha256(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

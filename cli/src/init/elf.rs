//! The header of a Linux program in ELF, the format of its file (elf(5)): its processor, and whether the file is whole.

use super::architecture::Architecture;

/// The processor of a Linux program; or what the file is instead.
pub(super) fn architecture(file: &[u8]) -> Result<Architecture, &'static str> {
    let architecture = match file {
        [] => return Err("empty"),
        [b'P', b'K', 3, 4, ..] => return Err("a zip archive, which has to be unpacked"),
        [b'M', b'Z', ..] => return Err("a Windows program"),
        [0xCF | 0xCE, 0xFA, 0xED, 0xFE, ..] | [0xCA, 0xFE, 0xBA, 0xBE, ..] => return Err("a macOS program"),
        // 64 bits, little-endian; the systems are "System V", which stands for Linux too, and Linux.
        [0x7F, b'E', b'L', b'F', 2, 1, _, 0 | 3, ..] => match file.get(16..20) {
            // An executable file or a position-independent one; the processor.
            Some([2 | 3, 0, 183, 0]) => Architecture::Arm64,
            Some([2 | 3, 0, 62, 0]) => Architecture::X86,
            Some([2 | 3, 0, _, _]) => return Err("for another processor"),
            Some(_) => return Err("no finished program"),
            None => return Err("cut off"),
        },
        [0x7F, b'E', b'L', b'F', ..] => return Err("for another system or processor"),
        _ => return Err("no program"),
    };
    if is_whole(file) { Ok(architecture) } else { Err("cut off") }
}

/// Whether the tables of segments and of sections lie within the file. Linkers put the latter at its end, so a
/// broken download lacks it.
fn is_whole(file: &[u8]) -> bool {
    // Where the header says the place of a table, the size of an entry, and how many there are.
    [(32, 54, 56), (40, 58, 60)].into_iter().all(|(place, size, count)| {
        let end = || {
            let bytes = number(file, size, 2)? * number(file, count, 2)?;
            number(file, place, 8)?.checked_add(bytes)
        };
        end().is_some_and(|end| usize::try_from(end).is_ok_and(|end| end <= file.len()))
    })
}

/// A little-endian number of this many bytes.
fn number(file: &[u8], at: usize, bytes: usize) -> Option<u64> {
    let bytes = file.get(at..at + bytes)?;
    Some(bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A header without tables.
    fn elf(class: u8, order: u8, system: u8, kind: u8, machine: u16) -> Vec<u8> {
        let mut header = vec![0x7F, b'E', b'L', b'F', class, order, 1, system];
        header.resize(16, 0);
        header.extend([kind, 0]);
        header.extend(machine.to_le_bytes());
        header.resize(64, 0);
        header
    }

    #[test]
    fn the_header_names_the_processor_and_whatever_else_the_file_is() {
        assert_eq!(architecture(&elf(2, 1, 0, 3, 183)), Ok(Architecture::Arm64));
        assert_eq!(architecture(&elf(2, 1, 3, 2, 62)), Ok(Architecture::X86));
        let arm64 = elf(2, 1, 0, 3, 183);
        let others: [(&[u8], &str); 13] = [
            (b"", "empty"),
            (b"PK\x03\x04...", "a zip archive, which has to be unpacked"),
            (b"MZ\x90", "a Windows program"),
            (b"\xCF\xFA\xED\xFE\x0C\x00\x00\x01", "a macOS program"),
            (b"\xCA\xFE\xBA\xBE", "a macOS program"),
            (b"#!/bin/sh\n", "no program"),
            (&arm64[..19], "cut off"),
            (&arm64[..61], "cut off"),
            (&elf(1, 1, 0, 2, 40), "for another system or processor"),
            (&elf(2, 2, 0, 2, 62), "for another system or processor"),
            (&elf(2, 1, 9, 2, 62), "for another system or processor"),
            (&elf(2, 1, 0, 2, 243), "for another processor"),
            (&elf(2, 1, 0, 1, 62), "no finished program"),
        ];
        for (content, is) in others {
            assert_eq!(architecture(content), Err(is));
        }
    }

    #[test]
    fn a_file_that_ends_before_its_tables_is_cut_off() {
        // The place of a table, the size of an entry, their number, and the bytes behind the header.
        for (place, size, count, behind, is_whole) in [
            (64_u64, 56_u16, 2_u16, 112, true),
            (64, 56, 2, 111, false),
            (1_000_000, 64, 0, 0, false),
            (u64::MAX, 64, 1, 1000, false),
        ] {
            for at in [(32, 54, 56), (40, 58, 60)] {
                let mut file = elf(2, 1, 0, 3, 62);
                file.resize(64 + behind, 0);
                file[at.0..at.0 + 8].copy_from_slice(&place.to_le_bytes());
                file[at.1..at.1 + 2].copy_from_slice(&size.to_le_bytes());
                file[at.2..at.2 + 2].copy_from_slice(&count.to_le_bytes());
                let expected = if is_whole { Ok(Architecture::X86) } else { Err("cut off") };
                assert_eq!(architecture(&file), expected, "{at:?} {place}");
            }
        }
    }
}

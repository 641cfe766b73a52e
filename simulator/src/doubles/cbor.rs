//! JSON values as CBOR (RFC 8949), which CloudWatch speaks: texts, integers, booleans, lists and maps.

use serde_json::{Map, Value};

/// Encodes a value. Negative numbers, and those that are no integers, become 0.
pub(super) fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    put(&mut out, value);
    out
}

/// Decodes a value; `None` if it is broken, or has a kind that no request of ours has.
pub(super) fn decode(mut bytes: &[u8]) -> Option<Value> {
    let value = take(&mut bytes)?;
    bytes.is_empty().then_some(value)
}

fn put(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(0xF6),
        Value::Bool(it) => out.push(if *it { 0xF5 } else { 0xF4 }),
        Value::Number(it) => head(out, 0, it.as_u64().unwrap_or_default()),
        Value::String(it) => {
            head(out, 3, it.len() as u64);
            out.extend(it.bytes());
        }
        Value::Array(items) => {
            head(out, 4, items.len() as u64);
            for item in items {
                put(out, item);
            }
        }
        Value::Object(members) => {
            head(out, 5, members.len() as u64);
            for (name, member) in members {
                put(out, &Value::String(name.clone()));
                put(out, member);
            }
        }
    }
}

fn head(out: &mut Vec<u8>, kind: u8, count: u64) {
    match u8::try_from(count) {
        Ok(count @ ..=23) => out.push(kind << 5 | count),
        Ok(count) => out.extend([kind << 5 | 0x18, count]),
        Err(_) => {
            out.push(kind << 5 | 0x1B);
            out.extend(count.to_be_bytes());
        }
    }
}

/// The break that ends what has no count.
const BREAK: u8 = 0xFF;

fn take(bytes: &mut &[u8]) -> Option<Value> {
    let (first, rest) = bytes.split_first()?;
    *bytes = rest;
    let (kind, short) = (first >> 5, first & 0x1F);
    if kind == 7 {
        return match short {
            20 | 21 => Some(Value::Bool(short == 21)),
            22 => Some(Value::Null),
            _ => None,
        };
    }
    let count = match short {
        31 => None,
        _ => Some(length(bytes, short)?),
    };
    match (kind, count) {
        (0, Some(number)) => Some(number.into()),
        (3, Some(count)) => {
            let (text, rest) = bytes.split_at_checked(usize::try_from(count).ok()?)?;
            *bytes = rest;
            Some(std::str::from_utf8(text).ok()?.into())
        }
        (4, count) => {
            let mut items = Vec::new();
            while more(bytes, count, items.len()) {
                items.push(take(bytes)?);
            }
            Some(items.into())
        }
        (5, count) => {
            let mut members = Map::new();
            while more(bytes, count, members.len()) {
                let Value::String(name) = take(bytes)? else { return None };
                members.insert(name, take(bytes)?);
            }
            Some(members.into())
        }
        _ => None,
    }
}

fn length(bytes: &mut &[u8], short: u8) -> Option<u64> {
    let size = match short {
        0..=23 => return Some(short.into()),
        24..=27 => 1_usize << (short - 24),
        _ => return None,
    };
    let (number, rest) = bytes.split_at_checked(size)?;
    *bytes = rest;
    Some(number.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

/// Whether another item follows.
fn more(bytes: &mut &[u8], count: Option<u64>, taken: usize) -> bool {
    if let Some(count) = count {
        return (taken as u64) < count;
    }
    match bytes.split_first() {
        Some((&BREAK, rest)) => {
            *bytes = rest;
            false
        }
        first => first.is_some(),
    }
}

//! Finds the files of a world, and takes them apart into records. A file holds one reply of Okta, or several,
//! one behind the other: a list, a list in a member `data`, or a single record.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use serde_json::{Value, value::RawValue};

use super::{
    fault::{Faults, WorldError},
    holdings::{Holding, Holdings},
    kind::Kind,
    record::Record,
};

/// The most bytes of one file. All users of a large org are less.
const LARGEST_FILE: u64 = 256 * 1024 * 1024;

/// A folder that a world may have beside its own: event files.
const EVENTS: &str = "events";

/// What a file of records may be called at its end.
const EXTENSIONS: [&str; 3] = ["json", "jsonl", "ndjson"];

/// What the files hold.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) records: Vec<(Kind, Record)>,
    pub(super) holdings: Vec<Holdings>,
}

/// What a file is for.
#[derive(Clone, Copy)]
enum Content {
    Records(Kind),
    Holdings(Holding),
}

impl Content {
    fn of(stem: &str) -> Option<Self> {
        Kind::of_file(stem).map(Self::Records).or_else(|| Holding::of_file(stem).map(Self::Holdings))
    }
}

/// A page of Okta's Identity Governance API.
#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

impl Files {
    /// Reads them all. The error is one of the folder itself.
    pub(super) fn read(folder: &Path, faults: &mut Faults) -> Result<Self, WorldError> {
        let unreadable = |cause: String| WorldError::Unreadable { folder: folder.to_path_buf(), cause };
        let mut files = Self::default();
        let mut is_empty = true;
        for path in entries(folder).map_err(|error| unreadable(why(&error)))? {
            let content = path.file_stem().and_then(|stem| Content::of(stem.to_str()?));
            match content {
                Some(content) if path.is_dir() => {
                    is_empty = false;
                    let inside = entries(&path).map_err(|error| unreadable(why(&error)))?;
                    for file in inside.into_iter().filter(|file| is_data(file)) {
                        files.add(content, file, true, faults);
                    }
                }
                Some(content) if is_data(&path) => {
                    is_empty = false;
                    files.add(content, path, false, faults);
                }
                None if path.is_dir() && path.ends_with(EVENTS) => {}
                None if path.is_dir() || is_data(&path) => {
                    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                    faults.add_of_file(path, None, unknown(&stem));
                    is_empty = false;
                }
                _ => {}
            }
        }
        if is_empty {
            let cause =
                "it has no file of a world; it needs users.json at least (docs/world.md has all files)";
            return Err(unreadable(cause.to_owned()));
        }
        Ok(files)
    }

    fn add(&mut self, content: Content, path: PathBuf, in_folder: bool, faults: &mut Faults) {
        let text = match text(&path) {
            Ok(text) => text,
            Err(cause) => return faults.add_unread(path, None, cause),
        };
        let file: Arc<Path> = path.into();
        let record = |raw: &RawValue| Record {
            file: Arc::clone(&file),
            line: line_at(&text, raw.get()),
            text: raw.get().to_owned(),
            value: serde_json::from_str(raw.get()).unwrap_or_default(),
        };
        for document in documents(&file, &text, faults) {
            match content {
                Content::Records(kind) => {
                    for record in elements(document).into_iter().map(record) {
                        if let Some(fault) = no_record(kind, &record.value) {
                            faults.add(&record, record.line, fault);
                        } else {
                            self.records.push((kind, record));
                        }
                    }
                }
                Content::Holdings(holding) if in_folder => {
                    let user = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                    self.holdings.push(Holdings { holding, user, record: record(document) });
                }
                Content::Holdings(holding) => match serde_json::from_str(document.get()) {
                    Ok(users) => {
                        let users: BTreeMap<String, &RawValue> = users;
                        self.holdings.extend(users.into_iter().map(|(user, list)| Holdings {
                            holding,
                            user,
                            record: record(list),
                        }));
                    }
                    Err(_) => faults.add_of_file(
                        file.to_path_buf(),
                        Some(line_at(&text, document.get())),
                        format!("it is no JSON object; write {{ \"00u…\": [{}] }}", holding.example()),
                    ),
                },
            }
        }
    }
}

/// The files and folders in a folder, sorted, without hidden ones.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let listed: Result<Vec<PathBuf>, _> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect();
    let mut paths: Vec<PathBuf> = listed.map_err(|error: io::Error| error)?;
    let is_hidden =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    paths.retain(|path| !is_hidden(path));
    paths.sort();
    Ok(paths)
}

fn is_data(path: &Path) -> bool {
    path.extension().is_some_and(|it| EXTENSIONS.iter().any(|known| it == *known)) && !path.is_dir()
}

fn stems() -> impl Iterator<Item = &'static str> {
    Kind::files().chain(Holding::files())
}

fn names() -> String {
    stems().map(|stem| format!("{stem}.json")).collect::<Vec<_>>().join(", ")
}

/// What to say of a file whose name no file of a world has.
fn unknown(stem: &str) -> String {
    let is_like = |known: &&str| stem.len() > 2 && (known.contains(stem) || stem.contains(known));
    match stems().find(is_like) {
        Some(known) => format!("a world has no file of this name; did you mean `{known}.json`?"),
        None => format!("a world has no file of this name; it has {}", names()),
    }
}

/// The file's text without a byte order mark. The error says what is wrong.
fn text(path: &Path) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|error| format!("it can't be read: {}", why(&error)))?.len();
    if size > LARGEST_FILE {
        return Err(format!(
            "it is larger than {} MB; leave out what no request needs",
            LARGEST_FILE / 1024 / 1024
        ));
    }
    let bytes = fs::read(path).map_err(|error| format!("it can't be read: {}", why(&error)))?;
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text; save it as UTF-8".to_owned())?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Why the system refused something, in its own words, without the number that Rust adds (`os error 2`).
fn why(error: &io::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" (os error ").map_or(text.clone(), |(words, _)| words.to_owned())
}

/// The documents of a file, one behind the other.
fn documents<'a>(file: &Path, text: &'a str, faults: &mut Faults) -> Vec<&'a RawValue> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<&RawValue>();
    let mut documents = Vec::new();
    for document in stream.by_ref() {
        match document {
            Ok(document) => documents.push(document),
            Err(error) => {
                let kind = if error.is_eof() { "it ends too early" } else { "a syntax error" };
                let text = format!("it is not JSON: {kind} at column {}", error.column());
                faults.add_unread(file.to_path_buf(), Some(error.line()), text);
                return documents;
            }
        }
    }
    documents
}

/// The records in one document.
fn elements(document: &RawValue) -> Vec<&RawValue> {
    if let Ok(list) = serde_json::from_str(document.get()) {
        return list;
    }
    serde_json::from_str(document.get()).map_or_else(|_| vec![document], |Data { data }| data)
}

/// Why a value is no record at all.
fn no_record(kind: Kind, value: &Value) -> Option<String> {
    let noun = kind.noun();
    if !value.is_object() {
        return Some(format!("here must stand {noun} as a JSON object, {{ … }}"));
    }
    let code = value["errorCode"].as_str()?;
    let code: String = code.chars().filter(char::is_ascii_alphanumeric).take(10).collect();
    Some(format!(
        "this is an error of Okta ({code}), not {noun}; the call failed: repeat it, and save its reply"
    ))
}

/// The line of a part of the text, from 1.
fn line_at(text: &str, part: &str) -> usize {
    let offset = (part.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
    text.get(..offset).map_or(1, |before| before.matches('\n').count() + 1)
}

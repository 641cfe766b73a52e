//! What kind of character one is, as Unicode says it. Most characters are ASCII, so its tables are not asked
//! about them.

use icu_properties::props::{BidiClass, DefaultIgnorableCodePoint, ExtendedPictographic, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Zero width non-joiner and joiner: invisible, but Persian, Indic scripts and emoji need them.
pub(super) const ZWNJ: char = '\u{200C}';
pub(super) const ZWJ: char = '\u{200D}';

/// The characters that begin and end a first strong isolate (UAX #9, "Explicit Directional Isolates").
pub(super) const FSI: char = '\u{2068}';
pub(super) const PDI: char = '\u{2069}';

pub(super) fn is_isolate(c: char) -> bool {
    matches!(c, FSI | PDI)
}

/// Whether a character is blank: Unicode's white space, which includes line and paragraph separators;
/// controls; and blank symbols of braille, music, hieroglyphs and sign writing.
pub(super) fn is_blank(c: char) -> bool {
    let is_blank_symbol =
        matches!(c, '\u{2800}' | '\u{13441}' | '\u{13442}' | '\u{1D159}' | '\u{1DA7F}' | '\u{1DA80}');
    c.is_whitespace() || c.is_control() || is_blank_symbol
}

/// Whether a character shows nothing itself, but joins the letters or digits beside it: joiners of Tifinagh
/// and Brahmi, the filler of Khitan (dropped: its letters stand elsewhere), and signs that stack letters in
/// Sundanese, Meetei, Kharoshthi, Chakma, Tulu, Dives Akuru, Zanabazar, Soyombo, Gunjala Gondi, Kawi and Tai
/// Tham (UAX #44, `Invisible_Stacker`).
pub(super) fn is_invisible_joiner(c: char) -> bool {
    const JOINERS: &str = "\u{2D7F}\u{1107F}\u{16FE4}\u{1A60}\u{1BAB}\u{AAF6}\u{10A3F}\u{11133}\u{113D0}\
                           \u{1193E}\u{11A47}\u{11A99}\u{11D97}\u{11F42}";
    JOINERS.contains(c)
}

/// Whether two characters stand near each other in Unicode, as those of one script do.
pub(super) fn is_near(one: char, other: char) -> bool {
    u32::from(one).abs_diff(u32::from(other)) < 0x100
}

/// Whether a character belongs to the one before it: marks, joiners and variation selectors.
pub(super) fn extends(c: char) -> bool {
    !c.is_ascii()
        && (matches!(c, ZWNJ | ZWJ)
            || matches!(
                category(c),
                GeneralCategory::NonspacingMark
                    | GeneralCategory::SpacingMark
                    | GeneralCategory::EnclosingMark
            ))
}

pub(super) fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

pub(super) fn is_right_to_left(c: char) -> bool {
    !c.is_ascii()
        && matches!(
            CodePointMapData::<BidiClass>::new().get(c),
            BidiClass::RightToLeft | BidiClass::ArabicLetter | BidiClass::ArabicNumber
        )
}

/// Whether a character is a letter of Arabic or a related script; these letters join their neighbours.
pub(super) fn is_arabic(c: char) -> bool {
    c.is_alphabetic() && CodePointMapData::<BidiClass>::new().get(c) == BidiClass::ArabicLetter
}

/// Whether a character is a letter of a script from Devanagari to Burmese.
pub(super) fn is_indic(c: char) -> bool {
    c.is_alphabetic() && ('\u{900}'..'\u{10A0}').contains(&c)
}

pub(super) fn is_emoji(c: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(c)
}

pub(super) fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

/// Whether a character is a separate Hangul initial consonant, as in decomposed Korean.
pub(super) fn is_initial(c: char) -> bool {
    matches!(c, '\u{1100}'..='\u{115E}' | '\u{A960}'..='\u{A97C}')
}

/// Whether a character is an ideograph. A selector behind it chooses its variant in Japanese names (UTS #37).
pub(super) fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Whether a character joins a consonant to the next one. The signs are of Devanagari, Bengali, Gurmukhi,
/// Gujarati, Oriya, Tamil, Telugu, Kannada, Malayalam, Sinhala, Burmese and Khmer.
pub(super) fn is_virama(c: char) -> bool {
    const VIRAMAS: &str =
        "\u{94D}\u{9CD}\u{A4D}\u{ACD}\u{B4D}\u{BCD}\u{C4D}\u{CCD}\u{D4D}\u{DCA}\u{1039}\u{17D2}";
    VIRAMAS.contains(c)
}

/// Whether Unicode shows nothing for a character: `Default_Ignorable_Code_Point` (UAX #44).
pub(super) fn is_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

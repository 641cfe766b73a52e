//! Tests of `neutralise`: names stay the same, attacks become harmless, and random text keeps the invariants.
//! The invariants are checked by other means than the code uses.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::characters::{FSI, PDI};
use super::defang::{defang, is_harmless};
use super::visible::{Spaces, visible};
use super::*;

/// Names of people, apps and groups that must stay byte for byte the same; right-to-left names get an isolate
/// around them.
const NAMES: &[&str] = &[
    // Latin
    "Zoë O'Neil-Smith",
    "Seán Ó Súilleabháin",
    "Þórdís Kolbrún R. Gylfadóttir",
    "İbrahim Çağlayan Işık",
    "Kaʻahumanu Kealiʻiahonui",
    "Nguyễn Thị Phương Thảo",
    "Nguye\u{302}\u{303}n Thi\u{323} A\u{301}nh",
    "Łukasz Wójcik-Żuławski",
    "Ọlá Adébáyọ̀ǹjọ",
    "Jean d’Arc, Jr. (contractor)",
    "María-José Núñez y Peña",
    // Greek, Cyrillic, Georgian, Armenian
    "Αθανάσιος Παπαδόπουλος",
    "Ἀριστοτέλης ᾧ",
    "Щербаков Пётр Їжакевич",
    "გიორგი მაისურაძე",
    "Արամ Խաչատրյան",
    // Right to left
    "محمد عبد الرحمن",
    "مُحَمَّدٌ",
    "علی\u{200C}رضا می\u{200C}خواهد",
    "שרה כהן־לוי",
    "שָׁלוֹם בֵּן־גּוּרִיּוֹן",
    "ދިވެހި",
    // Indic: joiners behind or before a virama, two-part vowels, conjuncts
    "श्रीमती लक्ष्मी क्षत्रिय",
    "क्\u{200D}ष क्\u{200C}ष",
    "ශ්\u{200D}රී ලංකා",
    "অনির্বাণ র\u{200D}্যাব",
    "அருண்குமார் ஸ்ரீநிவாசன்",
    "అంబేడ్కర్",
    "അവന്\u{200D} മോഹന്‍ലാൽ",
    "ಕೃಷ್ಣ ರಾಜ್",
    // South-East Asia, Tibet, Ethiopia
    "สมชาย ศรีสุวรรณ์ ที่ปรึกษา",
    "ສົມສັກ ຄຳ",
    "အောင်ဆန်း မြွှေး",
    "ស្រីពៅ ស្ត្រី",
    "བསྒྲུབས་ཀྱི",
    "አበበ ቢቂላ",
    // East Asia
    "김철수 (영업팀)",
    "\u{1100}\u{1175}\u{11B7}",
    "山田　太郎",
    "葛\u{E0100}城 さくら・ジョン",
    "がぎ カ\u{3099}",
    "李雷, 韩梅梅",
    // Apps, groups, answers
    "AT&T / R&D; Johnson & Johnson",
    "C++ / C# / .NET users",
    "#1 team",
    "Sales | EMEA [prod] {v2}",
    "app_admin_prod (read-only) — 100%",
    "arn:aws:iam::123456789012:role/Admin",
    "Booking.com, monday.com, Node.js",
    "zoe@example.com, o.neil+x@sub.example.co.uk",
    "10:30, 10.0.0.0/8, C:\\Temp, a = b ^ c $5",
    "Tel: +41 44 000 00 00",
    "see you @ 5",
    "Is it on Booking.com? Yes: monday.com. (Or Node.js?) Really, Booking.com?!",
    "report.pdf, Lohnzettel_März.pdf, отчёт.docx, Größe.js, 请看Node.js",
    "10.0.0.0/8, 192.168.1.0/24. 10.0.0.1, version 1.2.3.4",
    "info@müller.de, first.läst@example.com, jürgen.weiß",
    "and/or // comment a//b S.A./N.V. data:read file:write geo:EMEA teams:x",
    "Ms-Access e.g. this, i.e. that; 24.11.2026 / 09:10",
    "終わりました。次/前 です。",
    "• ✓ ✔️ 1️⃣ #️⃣ © ™️",
    "\u{1FAFF} 👩🏽‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 ❤️‍🔥 👍🏿 🇨🇭",
];

#[test]
fn names_stay_as_they_are() {
    for name in NAMES {
        let safe = neutralise(name, 200);
        assert_eq!(safe.trim_matches([FSI, PDI]), *name);
        assert_eq!(
            safe.starts_with(FSI),
            safe.chars().any(|c| ('\u{590}'..'\u{800}').contains(&c)),
            "{name}"
        );
    }
}

/// Attacks, each with its neutralised text.
const ATTACKS: &[(&str, &str)] = &[
    // Lines and labels
    ("a\r\nManager: approved", "a Manager: approved"),
    ("a\u{2028}b\u{2029}c\u{85}d\u{B}e\u{C}f\u{1C}g", "a b c d e f g"),
    ("a\n\n\n\u{200B}\n\u{301}\nb", "a b"),
    ("a                    Manager: approved", "a Manager: approved"),
    ("a\u{A0}\u{A0}\u{2003}\u{2800}\u{1680}Manager: approved", "a Manager: approved"),
    ("a\u{3000}\u{3000}\u{3164}\u{3000}b", "a b"),
    ("a\u{2800}b\u{1D159}c\u{13441}d", "a b c d"),
    (" \u{2800}\n ", ""),
    ("\u{200B}\u{2060}\u{E0020}", ""),
    ("\u{7}bell\u{1B}[31mred\u{0}\u{7F}\u{9B}end", "bell [31mred end"),
    // Mentions
    ("@here @channel @everyone", "[@]here [@]channel [@]everyone"),
    ("<!channel> <!here|here>", "‹!channel› ‹!here|here›"),
    ("<@U123> <#C123> <!subteam^S123>", "‹[@]U123› ‹#C123› ‹!subteam^S123›"),
    ("<at>Zoë</at>", "‹at›Zoë‹/at›"),
    ("\u{FF20}here \u{FE6B}here zoe\u{FF20}example.com", "[@]here [@]here zoe[@]example.com"),
    ("(@here) -@here .@here \"@here", "([@]here) -[@]here .[@]here \"[@]here"),
    ("@@here a@@here", "[@][@]here a[@][@]here"),
    ("@\u{200B}here \u{200B}@here @\u{AD}\u{200D}here", "[@]here [@]here [@]here"),
    ("@\u{301}here @_x @<here>", "[@]\u{301}here [@]＿x [@]‹here›"),
    ("请@here สวัสดี@channel", "请[@]here สวัสดี[@]channel"),
    ("[@](x)", "[@] (x)"),
    // Links
    ("<https://evil.example|Okta>", "‹https[:]//evil[.]example|Okta›"),
    ("[approve](https://evil.example/a)", "[approve] (https[:]//evil[.]example/a)"),
    ("![x](//evil.example/a)", "![x] (//evil[.]example/a)"),
    ("[a]\u{200B}(b) [a]\u{2060}\u{200D}(b)", "[a] (b) [a] (b)"),
    ("https://a HTTPS:\\\\a http:\\/a", "https[:]//a HTTPS[:]\\\\a http[:]\\/a"),
    ("hxxps://a slack://open x-evil+1://a", "hxxps[:]//a slack[:]//open x-evil+1[:]//a"),
    ("https:\u{200B}//a ht\u{AD}tps:/\u{2060}/a", "https[:]//a https[:]//a"),
    (
        "https://okta.com@a.evil.com. https://10.0.0.1",
        "https[:]//okta[.]com@a[.]evil[.]com. https[:]//10[.]0[.]0[.]1",
    ),
    ("https:/a javascript:alert(1)", "https[:]/a javascript[:]alert(1)"),
    ("mailto:a@b.example TEL:+1234 slack:x", "mailto[:]a@b.example TEL[:]+1234 slack[:]x"),
    ("请tel:110 hotel:5", "请tel[:]110 hotel:5"),
    ("www.evil.example WwW.evil.example/a", "www[.]evil.example WwW[.]evil[.]example/a"),
    ("evil.example/path a.b.evil.example:443", "evil[.]example/path a[.]b[.]evil[.]example:443"),
    (
        "evil.example?q=1 evil.example#a evil.example\\a",
        "evil[.]example?q=1 evil[.]example#a evil[.]example\\a",
    ),
    ("evil.xn--p1ai/a 例え.テスト/a", "evil[.]xn--p1ai/a 例え[.]テスト/a"),
    ("okta.com@evil.example/a", "okta.com@evil[.]example/a"),
    ("okta.com.evil.io?/signin evil.com#/login", "okta[.]com[.]evil[.]io?/signin evil[.]com#/login"),
    ("evil.com:8443/x EVIL.COM/X evil.com./x", "evil[.]com:8443/x EVIL[.]COM/X evil[.]com./x"),
    ("evil.com.:8443/x evil.com:/x evil.com?=", "evil[.]com.:8443/x evil[.]com:/x evil[.]com?="),
    ("(evil.com/a) evil.com/?q#a evil.com\\..\\a", "(evil[.]com/a) evil[.]com/?q#a evil[.]com\\..\\a"),
    ("zoe@evil.com?subject=a zoe:x@evil.com/a", "zoe@evil[.]com?subject=a zoe:x@evil[.]com/a"),
    (
        "evil．com/a evil｡com/a evil。com/a a․evil․com/a",
        "evil[．]com/a evil[｡]com/a evil[。]com/a a[․]evil[․]com/a",
    ),
    ("my_app.evil.com/a a-b.evil.com/a", "my_app[.]evil[.]com/a a-b[.]evil[.]com/a"),
    ("xn--80ak6aa92e.com XN--P1AI.example/x", "xn--80ak6aa92e[.]com XN--P1AI[.]example/x"),
    ("\u{43E}kta.com log.\u{43E}kta.com. ökta.io!", "\u{43E}kta[.]com log[.]\u{43E}kta[.]com. ökta[.]io!"),
    ("10.0.0.1/admin 10.0.0.1:80 10.0.0.1?a", "10[.]0[.]0[.]1/admin 10[.]0[.]0[.]1:80 10[.]0[.]0[.]1?a"),
    (
        "10.0.0.1/24/x 10.0.0.1/24.html 10.0.0.1/",
        "10[.]0[.]0[.]1/24/x 10[.]0[.]0[.]1/24.html 10[.]0[.]0[.]1/",
    ),
    ("//evil/a //evil:80 //zoe@evil/a", "[//]evil/a [//]evil:80 [//]zoe@evil/a"),
    (
        "\\\\evil\\share \\\\evil (\\\\evil.example\\a)",
        "[\\\\]evil\\share [\\\\]evil ([\\\\]evil[.]example\\a)",
    ),
    ("///evil/a /\\evil/a", "[///]evil/a [/\\]evil/a"),
    ("data:text/html,x file:/etc/x view-source:a", "data[:]text/html,x file[:]/etc/x view-source[:]a"),
    ("ms-word:ofe|u|a search-ms:a facetime-audio:1", "ms-word[:]ofe|u|a search-ms[:]a facetime-audio[:]1"),
    // Formatting
    ("~not~ ~~approved~~", "∼not∼ ∼∼approved∼∼"),
    ("\u{1FEF}x\u{1FEF} &lt\u{37E}", "'x' [&]lt\u{37E}"),
    ("```code``` `x`", "'''code''' 'x'"),
    ("*bold* _it_ __both__ a_b_c", "∗bold∗ ＿it_ ＿＿both__ a_b_c"),
    ("> quote >>> quote", "› quote ››› quote"),
    ("# heading", "[#] heading"),
    ("\u{200B}## heading", "[#]# heading"),
    ("&lt;!channel&gt; &amp;lt; &NewLine;", "[&]lt;!channel[&]gt; [&]amp;lt; [&]NewLine;"),
    ("&#10; &#x202E; &#64here &\u{200D}lt;", "[&]#10; [&]#x202E; [&]#64here [&]lt;"),
    ("<b onclick=x>&nbsp;</b><!-- -->", "‹b onclick=x›[&]nbsp;‹/b›‹!-- --›"),
    // Hiding and reordering
    ("ad\u{202E}nim\u{202C} \u{2067}a\u{2069}\u{200F}\u{61C}", "adnim a"),
    ("a\u{E0041}\u{E0001}\u{FE0F}\u{FE00}\u{E0100}b", "ab"),
    ("a\u{FFF9}b\u{FFFA}c\u{FFFB}\u{2063}\u{180E}\u{34F}\u{115F}\u{FFA0}\u{1D173}", "abc"),
    ("a\u{200D}\u{200C}b\u{FEFF}c", "abc"),
    ("क्\u{200D}\u{200D}\u{200C}ष", "क्\u{200D}ष"),
    ("क\u{94D}\u{200D}\u{200D}\u{94D}", "क\u{94D}\u{200D}\u{94D}"),
    ("र\u{93C}\u{93C}\u{93C}\u{93C}\u{200D}\u{94D}", "र\u{93C}\u{93C}\u{93C}\u{93C}"),
    ("ع\u{200C}\u{61C}ع", "\u{2068}عع\u{2069}"),
    ("👩\u{200D}\u{200D}\u{FE0F}x", "👩\u{FE0F}x"),
    ("🏴\u{E0067}\u{E0062}\u{E007F}", "🏴"),
    ("葛\u{E0100}\u{E0101}\u{E01EF}", "葛\u{E0100}"),
    ("\u{F8FF}\u{E000} \u{10FFFF} \u{FFFC} \u{378}", "\u{FFFD}\u{FFFD} \u{FFFD} \u{FFFD} \u{FFFD}"),
    ("שלום", "\u{2068}שלום\u{2069}"),
    ("\u{2069}5 שלום\u{2069}\u{2067}", "\u{2068}5 שלום\u{2069}"),
    ("٣", "\u{2068}٣\u{2069}"),
    // Piling up
    ("Z\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}a", "Z\u{301}\u{301}\u{301}\u{301}a"),
    ("ก็็็็็็็็", "ก็็็็"),
    ("\u{338}\u{20DD}x \u{338}y", "x y"),
    ("e\u{483}\u{20DD}\u{489}\u{1AB0}\u{FE20}", "e\u{483}\u{20DD}\u{489}\u{1AB0}"),
];

#[test]
fn attacks_become_harmless_and_stay_readable() {
    for (attack, safe) in ATTACKS {
        assert_eq!(neutralise(attack, 200), *safe, "{attack:?}");
    }
}

#[test]
fn a_long_value_is_cut_between_what_is_seen_as_characters() {
    for (text, max, safe) in [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("abcd efg", 6, "abcd…"),
        ("ab👩🏽‍💻cdefgh", 6, "ab…"),
        ("ab🇨🇭🇫🇷cd", 6, "ab🇨🇭…"),
        ("abce\u{301}\u{302}x", 5, "abc…"),
        ("क्षक्ष", 5, "क्ष…"),
        ("abc@example", 5, "abc@…"),
        ("شلوم abcdef", 8, "\u{2068}شلوم…\u{2069}"),
        ("abcdefgh שלום", 8, "abcde…"),
        ("علی\u{200C}رضا", 7, "\u{2068}علی…\u{2069}"),
        ("evil.example/path", 8, "evil[.]…"),
        ("ab", 1, "…"),
        ("ab", 0, ""),
        ("של", 2, ""),
    ] {
        assert_eq!(neutralise(text, max), safe, "{text:?}");
    }
}

#[test]
fn no_script_can_forge_a_line() {
    let breaks = [
        "\n", "\r", "\r\n", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}", "\u{1C}", "\u{1D}", "\u{1E}",
    ];
    let words = ["approved", "одобрено", "εγκρίθηκε", "מאושר", "موافق", "स्वीकृत", "อนุมัติ", "承認", "승인됨"];
    for (line_break, word) in breaks.iter().flat_map(|b| words.map(|word| (b, word))) {
        let safe = neutralise(&format!("{word}{line_break}Manager: {word}"), 200);
        let message = format!("Title: {safe}\nManager: none");
        let lines: Vec<&str> = message.split(|c: char| breaks.contains(&c.to_string().as_str())).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[0].starts_with("Title: ") && lines[1] == "Manager: none");
    }
}

#[test]
fn what_shows_nothing_is_dropped_and_what_joins_letters_stays() {
    let nothing = "\u{AD}\u{34F}\u{61C}\u{115F}\u{1160}\u{17B4}\u{17B5}\u{180B}\u{180E}\u{180F}\u{200B}\u{200C}\u{200D}\u{2060}\
        \u{2061}\u{2062}\u{2063}\u{2064}\u{206A}\u{2D7F}\u{3164}\u{AAF6}\u{FE00}\u{FEFF}\u{FFA0}\u{FFF0}\u{10A3F}\u{1107F}\u{11133}\
        \u{113D0}\u{1193E}\u{11A47}\u{11A99}\u{11D97}\u{11F42}\u{13430}\u{13439}\u{16FE4}\u{1A60}\u{1BAB}\u{1BCA0}\u{1D173}\u{E0001}\u{E0020}";
    for c in nothing.chars() {
        for text in [
            format!("ap{c}proved"),
            format!("{c}approved"),
            format!("approved{c}"),
            format!("{c}ap{c}{c}proved"),
        ] {
            assert_eq!(neutralise(&text, 50), "approved", "U+{:04X}", u32::from(c));
        }
    }
    for c in "\u{2800}\u{13441}\u{13442}\u{1D159}\u{1DA7F}\u{1DA80}\u{1680}\u{2000}\u{200A}\u{2028}\u{205F}"
        .chars()
    {
        assert_eq!(neutralise(&format!("{c}a{c}{c}b{c}"), 50), "a b", "U+{:04X}", u32::from(c));
    }
    for joined in ["\u{2D30}\u{2D7F}\u{2D31}", "\u{11053}\u{1107F}\u{11054}", "\u{1A20}\u{1A60}\u{1A21}"] {
        assert_eq!(neutralise(joined, 50), joined);
    }
}

/// Texts made of pieces that are dangerous alone or together.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(vec![
            "@", "＠", "﹫", "here", "channel", "<", ">", "!", "|", "&", "lt", ";", "#", "x", "41", ":", "/",
            "\\", "//", "http", "HTTPS", "mailto", "tel", "slack", "www", "WWW", ".", "evil", "example", "com",
            "?", "[", "]", "xn--", "é", "\u{43E}", "10", "10.0.0.1", "/24", ":80", "\\\\", "．", "。", ".com", "data", "file", "ms-", "_", "(", ")", "`", "```", "~", "*", "_", " ", "  ", "\n", "\r", "\t", "…", "-", "\"", "'",
            "Manager: ", "a", "É", "z",
        ]).prop_map(str::to_owned),
        3 => prop::sample::select(vec![
            '\u{85}', '\u{A0}', '\u{2028}', '\u{2029}', '\u{3000}', '\u{2800}', '\u{3164}', '\u{200B}',
            '\u{200C}', '\u{200D}', '\u{200E}', '\u{202E}', '\u{2066}', '\u{2068}', '\u{2069}', '\u{AD}',
            '\u{34F}', '\u{FE0E}', '\u{FE0F}', '\u{20E3}', '\u{E0041}', '\u{E0100}', '\u{E0101}', '\u{301}',
            '\u{338}', '\u{5B8}', '\u{651}', '\u{E31}', '\u{94D}', '\u{93E}', '\u{93C}', 'क', 'ष',
            '\u{DCA}', 'ශ', 'ش', 'م', 'ש', '٣', '葛', 'ก', '\u{E33}', '\u{1100}', '\u{1161}', '\u{11A8}',
            '가', '👩', '💻', '❤', '\u{1F3FD}', '\u{1F1E8}', '\u{1F1ED}', '\u{F8FF}', '\u{61C}', '\u{6FF}',
            '\u{1FAFF}', '\u{1160}', '\u{378}', '\u{1C8}',
        ]).prop_map(String::from),
        1 => "\\PC|.",
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => pieces(),
        1 => prop::collection::vec(any::<char>(), 0..80).prop_map(|chars| chars.into_iter().collect()),
        1 => (0..ATTACKS.len(), pieces()).prop_map(|(i, more)| format!("{}{more}", ATTACKS[i].0)),
        1 => (0..NAMES.len(), pieces()).prop_map(|(i, more)| format!("{more}{}", NAMES[i])),
    ]
}

const ORDINARY: &str = "[A-Za-zÀ-ÖØ-öø-ÿĀ-ſΑ-ΡΣ-Ωа-яА-Я가-힣一-龥0-9]{1,8}[,.'’)-]?";

/// Whether a character is invisible or directional, by a list of its own; `check` looks at joiners and
/// selectors itself.
fn hides(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0xAD | 0x34F | 0x61C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F | 0x200B | 0x200E
            | 0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x2800 | 0x3164 | 0xFE00..=0xFE0D | 0xFEFF | 0xFFA0
            | 0xFFF0..=0xFFFC | 0xE000..=0xF8FF | 0x1BCA0..=0x1BCA3 | 0x1D159 | 0x1D173..=0x1D17A
            | 0xE0000..=0xE00FF | 0xE0120..=0x10_FFFF)
}

/// Checks the invariants by searching for what a viewer would act on.
fn check(safe: &str, max: usize) -> Result<(), TestCaseError> {
    prop_assert!(safe.chars().count() <= max);
    let body = safe.strip_prefix(FSI).and_then(|rest| rest.strip_suffix(PDI)).unwrap_or(safe);
    let chars: Vec<char> = body.chars().collect();
    prop_assert!(chars.windows(2).all(|w| !w[0].is_whitespace() || !w[1].is_whitespace()), "gap");
    prop_assert_eq!(body.trim(), body);
    prop_assert!(!chars.iter().copied().any(moves) || safe.starts_with(FSI), "not contained");
    prop_assert!(!body.contains([FSI, PDI]));
    check_line(safe)
}

/// Whether a character moves those beside it, by a list of its own.
fn moves(c: char) -> bool {
    matches!(c, '\u{5D0}'..='\u{5EA}' | '\u{620}'..='\u{64A}' | '\u{660}'..='\u{669}')
}

/// Checks that isolates are in pairs, that none is within another, and that right-to-left text is within one.
fn check_isolates(text: &str) -> Result<(), TestCaseError> {
    let mut open = false;
    for c in text.chars() {
        match c {
            FSI | PDI => {
                prop_assert_eq!(c == FSI, !open, "isolates");
                open = !open;
            }
            c => prop_assert!(open || !moves(c), "not contained"),
        }
    }
    prop_assert!(!open, "isolate that does not end");
    Ok(())
}

/// Checks what holds for a value after a template's filters, too.
fn check_line(safe: &str) -> Result<(), TestCaseError> {
    check_isolates(safe)?;
    // A viewer that does not support isolates shows nothing for them.
    let body = safe.replace([FSI, PDI], "");
    let chars: Vec<char> = body.chars().collect();
    prop_assert!(!chars.iter().any(|c| hides(*c)), "hidden");
    prop_assert!(chars.iter().all(|c| !c.is_whitespace() || matches!(c, ' ' | '\u{3000}')), "space");

    prop_assert!(!body.contains(['<', '>', '`', '~', '*', '＠', '﹫']), "markup");
    let lower = format!(" {}", body.to_lowercase());
    for link in
        ["://", ":\\\\", ":/\\", ":\\/", "](", "&lt;", "&#", "@here ", " @here", "@<", " mailto:a", " tel:4"]
    {
        let address = link == "@here " && lower.contains(link);
        prop_assert!(address || !lower.contains(link), "{}", link);
    }
    prop_assert!(!body.starts_with("# ") && !body.starts_with("##"), "heading");
    for (at, _) in lower.match_indices("www.") {
        let inside = lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        let next = lower[at + 4..].chars().next();
        prop_assert!(inside || !next.is_some_and(char::is_alphanumeric), "www");
    }
    for (at, _) in lower.match_indices(".example/").chain(lower.match_indices(".com/")) {
        let host = lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        prop_assert!(!host, "path");
    }
    for top in [".com", ".example", ".xn--p1ai"] {
        for (at, _) in lower.match_indices(top) {
            let host = lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
            let mut behind = lower[at + top.len()..].chars();
            let goes_on = matches!(behind.next(), Some('/' | '\\' | ':' | '?' | '#'))
                && behind.next().is_some_and(char::is_alphanumeric);
            prop_assert!(!host || !goes_on, "host");
        }
    }
    for (at, _) in lower.match_indices("10.0.0.1:80").chain(lower.match_indices(" \\\\evil")) {
        prop_assert!(at > 0 && lower[..at].ends_with(|c: char| c.is_alphanumeric() || c == '.'), "address");
    }
    for (at, _) in body.match_indices('@') {
        let before =
            body[..at].trim_end_matches(|c: char| !c.is_alphanumeric() && c > '\u{FF}').chars().next_back();
        let after = body[at + 1..].chars().next();
        let address = before.is_some_and(char::is_alphanumeric) && after.is_some_and(char::is_alphanumeric);
        let dead = after.is_none_or(|c| matches!(c, ' ' | '\u{3000}' | '…' | ']'));
        prop_assert!(address || dead, "mention");
    }
    for grapheme in body.graphemes(true) {
        let generic = grapheme.chars().filter(|c| ('\u{300}'..='\u{36F}').contains(c)).count();
        prop_assert!(generic <= 4, "pile");
        let selectors = grapheme.chars().filter(|c| ('\u{E0100}'..='\u{E01EF}').contains(c)).count();
        prop_assert!(selectors <= 1, "selectors");
    }
    let joiner = |c: char| matches!(c, '\u{200C}' | '\u{200D}');
    prop_assert!(!chars.iter().zip(chars.iter().skip(1)).any(|(a, b)| joiner(*a) && joiner(*b)), "joiners");
    let ascii = |c: Option<&char>| c.is_none_or(char::is_ascii);
    for at in (0..chars.len()).filter(|at| joiner(chars[*at])) {
        prop_assert!(at > 0 && !ascii(chars.get(at - 1)), "a joiner that shows nothing");
    }
    Ok(())
}

/// What a template writes for a value behind the program's own words.
fn written(text: &str) -> String {
    line(&value(&marked(text, Origin::Own, None))).text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_dangerous_comes_through(text in texts(), max in 0..120_usize) {
        let safe = neutralise(&text, max);
        check(&safe, max).map_err(|e| TestCaseError::fail(format!("{e}: {safe:?}")))?;
    }

    #[test]
    fn what_is_harmless_comes_out_of_the_long_way_as_it_is(text in "[ -~]{0,12}|[a-zA-Z0-9 ()/'-]{0,30}|[a-z: ()/]{0,14}|[a-z: (/À-ȿ–—‘’“”…]{0,14}|\\PC{0,6}") {
        if is_harmless(&text) {
            let long_way: String = defang(&visible(&text, text.len(), Spaces::Collapsed), |_| false).into_iter().collect();
            prop_assert_eq!(long_way, text);
        }
    }

    #[test]
    fn no_filter_of_a_template_undoes_it(text in texts(), other in texts(), max in 0..120_usize) {
        let (safe, other) = (neutralise(&text, max), neutralise(&other, max));
        for filtered in [
            safe.to_uppercase(),
            safe.to_lowercase(),
            safe.chars().rev().collect(),
            safe.replace(['[', ']'], ""),
            safe.replace("[.]", ".").replace("[:]", ":").replace("[@]", "@").replace('‹', "<"),
            safe.split("[@]").collect::<Vec<_>>().join("@"),
            format!("{safe}{other}"),
            safe.chars().skip(3).collect(),
        ] {
            let shown = written(&filtered);
            check_line(&shown).map_err(|e| TestCaseError::fail(format!("{e}: {shown:?}")))?;
            prop_assert_eq!(written(&shown), shown);
        }
        prop_assert_eq!(written(&safe), safe);
    }

    #[test]
    fn once_is_enough(text in texts(), max in 0..120_usize, wider in 0..40_usize) {
        let safe = neutralise(&text, max);
        prop_assert_eq!(&neutralise(&safe, max), &safe);
        prop_assert_eq!(&neutralise(&safe, max + wider), &safe);
    }

    #[test]
    fn a_cut_keeps_whole_characters_from_the_start(text in texts(), max in 3..60_usize) {
        let (cut, whole) = (neutralise(&text, max), neutralise(&text, 10_000));
        let body = |text: &str| text.trim_matches([FSI, PDI]).to_owned();
        if body(&cut) != body(&whole) {
            let (cut, whole) = (body(&cut), body(&whole));
            let kept = cut.strip_suffix('…').unwrap();
            let rest = whole.strip_prefix(kept).unwrap();
            let trimmed = rest.trim_start_matches(['\u{200C}', '\u{200D}', ' ', '\u{3000}']);
            let mut starts = whole.grapheme_indices(true).map(|(at, _)| whole.len() - at);
            // Malayalam's dot reph and similar signs belong to the next letter.
            let prefixed = "\u{D4E}\u{111C2}\u{111C3}\u{113D1}\u{1193F}\u{11941}\u{11A84}\u{11A85}\u{11A86}\
                            \u{11A87}\u{11A88}\u{11A89}\u{11D46}\u{11F02}";
            prop_assume!(!kept.ends_with(|c| prefixed.contains(c)));
            let between = starts.any(|left| left == rest.len() || left == trimmed.len());
            prop_assert!(between, "{:?} {:?}", cut, whole);
        }
    }

    #[test]
    fn ordinary_text_stays(words in prop::collection::vec(ORDINARY, 1..8)) {
        let text = words.join(" ");
        prop_assert_eq!(neutralise(&text, 200), text);
    }
}

#[test]
fn a_huge_text_costs_no_more_than_its_beginning() {
    for piece in ["a.", "\u{903}@", "😀\u{200D}", "🇨", "&a", "@", "]("] {
        let huge = piece.repeat(1_000_000);
        assert!(neutralise(&huge, 200).chars().count() <= 200);
    }
}

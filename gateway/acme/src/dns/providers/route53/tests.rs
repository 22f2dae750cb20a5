//! What is read out of answers.

use super::*;

#[test]
fn elements_are_found_and_texts_are_quoted() {
    let text = "<A><Id>1</Id><Value>&quot;x&amp;y&quot;</Value></A><A><Id>2</Id></A>";
    assert_eq!(elements(text, "A").len(), 2);
    assert_eq!(element(text, "Value").as_deref(), Some("\"x&y\""));
    assert_eq!(unescape(&escape("\"<&>\"")), "\"<&>\"");
}

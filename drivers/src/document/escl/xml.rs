//! The few words we need from a scanner's XML: each leaf with the names above it; pure.
//!
//! Namespaces are passed over: firmware declares prefixes wrongly or not at all, and the local
//! names do not clash. No document type, no entities but XML's own five, no depth without end.

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, Event};

/// The longest document looked at, bytes.
pub const BYTES_LIMIT: usize = 1 << 20;
/// Deeper than any scanner's answer.
const DEPTH_LIMIT: usize = 32;
/// More elements than any scanner's answer has.
const ELEMENT_LIMIT: usize = 20_000;

/// Not a whole, plain XML document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotXml;

/// Calls `leaf` with the local names from the root down and the text, for every element that has
/// no element in it, in the order of the document. Returns the root's name.
///
/// A document that is cut anywhere before the end of its root is refused.
pub fn leaves(bytes: &[u8], mut leaf: impl FnMut(&[String], &str)) -> Result<String, NotXml> {
    if bytes.len() > BYTES_LIMIT {
        return Err(NotXml);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| NotXml)?;
    let mut reader = Reader::from_str(text.trim_start_matches('\u{FEFF}'));
    let mut walk = Walk::default();
    loop {
        match reader.read_event().map_err(|_| NotXml)? {
            Event::Start(start) => walk.open(start.local_name().as_ref())?,
            Event::Empty(start) => {
                walk.open(start.local_name().as_ref())?;
                walk.close(&mut leaf)?;
            }
            Event::End(_) => walk.close(&mut leaf)?,
            Event::Text(text) => walk.text(&text)?,
            Event::CData(text) => walk.text(&text)?,
            Event::GeneralRef(name) => walk.text(&resolve(&name)?)?,
            Event::DocType(_) => return Err(NotXml),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => return walk.finish(),
        }
    }
}

#[derive(Default)]
struct Walk {
    root: Option<String>,
    path: Vec<String>,
    text: String,
    /// Whether the innermost open element has had no element in it so far.
    is_leaf: bool,
    elements: usize,
}

impl Walk {
    fn open(&mut self, name: &str) -> Result<(), NotXml> {
        self.elements += 1;
        let second_root = self.path.is_empty() && self.root.is_some();
        if second_root || self.path.len() >= DEPTH_LIMIT || self.elements > ELEMENT_LIMIT {
            return Err(NotXml);
        }
        self.root.get_or_insert_with(|| name.to_string());
        self.path.push(name.to_string());
        self.text.clear();
        self.is_leaf = true;
        Ok(())
    }

    fn close(&mut self, leaf: &mut impl FnMut(&[String], &str)) -> Result<(), NotXml> {
        if self.is_leaf {
            leaf(&self.path, self.text.trim());
        }
        self.is_leaf = false;
        self.text.clear();
        self.path.pop().map(drop).ok_or(NotXml)
    }

    fn text(&mut self, text: &str) -> Result<(), NotXml> {
        if self.path.is_empty() {
            return text.trim().is_empty().then_some(()).ok_or(NotXml);
        }
        self.text.push_str(text);
        Ok(())
    }

    fn finish(self) -> Result<String, NotXml> {
        if !self.path.is_empty() {
            return Err(NotXml);
        }
        self.root.ok_or(NotXml)
    }
}

fn resolve(name: &BytesRef<'_>) -> Result<String, NotXml> {
    if let Some(letter) = name.resolve_char_ref().map_err(|_| NotXml)? {
        return Ok(letter.to_string());
    }
    resolve_xml_entity(name).map(str::to_string).ok_or(NotXml)
}

/// Text made safe to stand between two tags.
pub fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Result<Vec<String>, NotXml> {
        let mut list = Vec::new();
        leaves(text.as_bytes(), |path, text| {
            list.push(format!("{}={text}", path.join("/")));
        })?;
        Ok(list)
    }

    #[test]
    fn leaves_come_with_the_names_above_them() {
        let text = "\u{FEFF}<?xml version='1.0'?><!-- x --><s:a xmlns:s='u'><s:b> 1 </s:b><c/>\
                    <d>&lt;&#65;<![CDATA[&]]></d></s:a>\n";
        assert_eq!(all(text).unwrap(), ["a/b=1", "a/c=", "a/d=<A&"]);
    }

    #[test]
    fn prefixes_nobody_declared_are_no_fault() {
        let text = "<scan:A xsi:schemaLocation='x'><pwg:B>1</pwg:B></scan:A>";
        assert_eq!(all(text).unwrap(), ["A/B=1"]);
    }

    #[test]
    fn what_is_no_plain_document_is_refused() {
        for wrong in [
            "",
            "words",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>words",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "<a>&nbsp;</a>",
            "<html><br></html>",
        ] {
            assert_eq!(all(wrong), Err(NotXml), "{wrong}");
        }
        let deep = "<a>".repeat(40) + &"</a>".repeat(40);
        assert_eq!(all(&deep), Err(NotXml));
    }
}

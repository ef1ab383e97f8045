//! What a page would run: scripts in their elements, in attributes, and in addresses.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use url::Url;

use super::tags::{Tag, Token, tokens};

/// What would be run, without being a file of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    /// Its tag.
    pub(crate) span: Range<usize>,
}

/// Where a script stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In a `<script>`.
    Element,
    /// In an attribute of this name, as `onclick`.
    Handler(String),
    /// In an address, in the attribute of this name.
    Address(String),
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Element => f.write_str("a `<script>`"),
            Kind::Handler(name) => write!(f, "a script in `{name}`"),
            Kind::Address(name) => write!(f, "a `javascript:` address in `{name}`"),
        }
    }
}

/// What helps where a script is not run.
pub(crate) const HELP: &str = "put it into a file that `additional-js` under `[output.html]` in book.toml names, and let it \
                               find what it acts on by an id";

/// The scripts of what is read token by token.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    pub(crate) found: Vec<Script>,
    /// The last one may go on.
    is_open: bool,
}

impl Scripts {
    pub(crate) fn token(&mut self, token: &Token<'_>) {
        match token {
            Token::Open(tag) => self.open(tag),
            Token::Close(name) if name == "script" => self.is_open = false,
            Token::Text(text, _) if self.is_open => {
                if let Some(script) = self.found.last_mut() {
                    script.text.push_str(text);
                }
            }
            Token::Close(_) | Token::Text(..) | Token::Style(..) => {}
        }
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let script = |kind, text: &Cow<'_, str>| Script {
            kind,
            text: text.to_string(),
            span: tag.span.clone(),
        };
        for attribute in &tag.attributes {
            match attribute.name.as_ref() {
                name if name.starts_with("on") => {
                    self.found.push(script(Kind::Handler(name.to_owned()), &attribute.value));
                }
                name @ ("href" | "xlink:href" | "src" | "action" | "formaction" | "data" | "to" | "from" | "by"
                | "values")
                    if attribute.value.split(';').any(is_address) =>
                {
                    self.found.push(script(Kind::Address(name.to_owned()), &attribute.value));
                }
                "srcdoc" => self
                    .found
                    .extend(all(&attribute.value).into_iter().map(|it| Script { span: tag.span.clone(), ..it })),
                _ => {}
            }
        }
        if tag.name != "script" {
            return;
        }
        let is_file = ["src", "href", "xlink:href"].iter().any(|name| tag.attribute(name).is_some());
        if !is_file && tag.attribute("type").is_none_or(is_run) {
            self.found.push(script(Kind::Element, &Cow::Borrowed("")));
            self.is_open = !tag.self_closing;
        }
    }
}

/// Whether a browser runs scripts of a type, or acts on them; of others it knows nothing.
fn is_run(kind: &str) -> bool {
    let kind = kind.trim().to_ascii_lowercase();
    let words = ["", "module", "importmap", "speculationrules"];
    let languages = ["javascript", "ecmascript", "jscript", "livescript"];
    words.contains(&kind.as_str()) || languages.iter().any(|language| kind.contains(language))
}

/// Whether an address is a script.
pub(crate) fn is_address(address: &str) -> bool {
    address.contains(':') && Url::parse(address).is_ok_and(|url| url.scheme() == "javascript")
}

/// The scripts of a piece of HTML.
pub(crate) fn all(html: &str) -> Vec<Script> {
    let mut scripts = Scripts::default();
    tokens(html).for_each(|token| scripts.token(&token));
    scripts.found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_run_is_found() {
        for (html, found) in [
            ("<script>a<b</script>", "a `<script>`: a<b"),
            ("<SCRIPT type=module>a</SCRIPT>b", "a `<script>`: a"),
            ("<script type='text/javascript'>a</script>", "a `<script>`: a"),
            ("<script type=speculationrules>{}</script>", "a `<script>`: {}"),
            ("<svg><script>a&lt;<![CDATA[b]]></script></svg>", "a `<script>`: a<b"),
            ("<p ONCLICK=a()>", "a script in `onclick`: a()"),
            ("<img src=x onerror='a(&quot;)'>", "a script in `onerror`: a(\")"),
            ("<a href='java&#9;script:a'>", "a `javascript:` address in `href`: java\tscript:a"),
            ("<iframe src=' JavaScript:a'>", "a `javascript:` address in `src`:  JavaScript:a"),
            ("<svg><set to='javascript:a'/></svg>", "a `javascript:` address in `to`: javascript:a"),
            ("<iframe srcdoc='&lt;script>a&lt;/script>'>", "a `<script>`: a"),
        ] {
            let scripts: Vec<String> = all(html).iter().map(|it| format!("{}: {}", it.kind, it.text)).collect();
            assert_eq!(scripts, [found], "{html}");
        }
        for html in [
            "<script src=a.js></script>",
            "<script type='application/json'>{}</script>",
            "<script type='text/x-template'>a</script>",
            "<p title='onclick=a'>javascript:a</p>",
            "<a href='a.html#javascript:a'>",
            "<!-- <script>a</script> -->",
        ] {
            assert_eq!(all(html), [], "{html}");
        }
    }
}

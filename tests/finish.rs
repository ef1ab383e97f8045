//! What recto edits in the pages that mdBook renders. Each edit looks for an element of mdBook's template: a version of mdBook
//! that has it no longer fails here.

mod support;

use support::Book;

/// A book with chapters in folders and in each other, and its pages.
fn book(name: &str) -> Book {
    let lesson = "# One\n\n```rust\n1 + 1\n```\n\n[2](=2)\n\n## First *part* $x$\n\n### Below\n\n## Exercise {#ex-a}\n\n\
        |  | what |\n|---|---|\n| a | a sentence that does not fit into a column of a phone |\n";
    let book = Book::new(
        name,
        &[
            ("index", "# Book\n\n<!-- recto contents -->\n"),
            ("one", lesson),
            ("deep/two", "# Two\n"),
        ],
    );
    book.write(
        "src/SUMMARY.md",
        "[Book](index.md)\n\n# A part\n\n- [One](one.md)\n  - [Two](deep/two.md)\n\n[End](end.md)\n",
    );
    book.write("src/end.md", "# End\n");
    book.write("book.toml", "[book]\ntitle = \"Case\"\n[output.html.fold]\nenable = true\n");
    book.page("one.html");
    book
}

fn has(page: &str, expected: &[&str]) {
    for expected in expected {
        assert!(page.contains(expected), "{expected} is not there");
    }
}

fn lacks(page: &str, unexpected: &[&str]) {
    for unexpected in unexpected {
        assert!(!page.contains(unexpected), "{unexpected} is there");
    }
}

#[test]
fn every_edit_finds_what_it_is_about() {
    let book = book("finish");
    let one = book.read("one.html");
    let (head, body) = one.split_once("<body>").expect("a body");
    // The styles come behind mdBook's own.
    let styles = head.find("href=\"recto.css\"").expect("the styles");
    let last = head.find("id=\"mdbook-ayu-highlight-css\"").expect("mdBook's styles");
    assert!(last < styles && head.matches("recto.css").count() == 1, "{head}");
    has(head, &["</template><link rel=\"stylesheet\" href=\"recto.css\">"]);
    has(
        head,
        &[
            "[\"recto-regular\", \"recto-italic\", \"recto-bold\", \"recto-math\", \"source-code-pro-latin-400-normal\"]",
            "\"preload\"",
            "fonts/${face}.woff2",
            "fonts/fonts",
        ],
    );
    // No script is waited for, and no list of chapters is fetched.
    lacks(&one, &["src=\"toc", "<iframe"]);
    has(
        body,
        &[
            "<a class=\"recto-skip\" href=\"#mdbook-content\">",
            "<li class=\"part-title\">A part</li>",
            "<a href=\"one.html\" class=\"active\" aria-current=\"page\"><strong aria-hidden=\"true\">1.</strong> One</a>",
            "<a href=\"#first-part-x\" class=\"header-in-summary\">First <em>part</em> <math><",
            "<a href=\"#below\" class=\"header-in-summary\">Below</a></span></li></ol></li></ol></div>",
            "title=\"Toggle Table of Contents\" aria-label=\"Toggle Table of Contents\" aria-controls=\"mdbook-sidebar\" role=\"button\" tabindex=\"0\">",
            "class=\"menu-bar sticky\" role=\"banner\">",
            "aria-describedby=\"mdbook-searchresults-header\" aria-label=\"Search this book\">",
            "<div class=\"menu-title\"><a href=\"index.html\">Case</a></div>",
            "<span class=\"recto-way\">Previous</span> <span class=\"recto-title\">Book</span>",
            "<span class=\"recto-way\">Next</span> <span class=\"recto-title\"><strong aria-hidden=\"true\">1.1.</strong> Two</span>",
            "<p class=\"recto-end\"><a href=\"programs/one.rs\" download>Download this lesson as a program</a> <a href=\"verification/one.html\">",
            "<table class=\"recto-prose\" role=\"table\">",
            "<td role=\"cell\"></td><th role=\"columnheader\">what</th>",
            "<td role=\"cell\" data-head=\"what\">a sentence",
        ],
    );
    // The scripts of the search wait for a reader who searches.
    let search = regex::Regex::new(
        "<div id=\"mdbook-search-wrapper\" class=\"hidden\" data-scripts=\"elasticlunr[^ ]*\\.js mark[^ ]*\\.js searcher[^ ]*\\.js\" role=\"search\">",
    );
    assert!(search.expect("a pattern").is_match(body), "{body}");
    lacks(
        body,
        &[
            "src=\"elasticlunr",
            "src=\"mark",
            "src=\"searcher",
            "One, checked",
            "href=\"#ex-a\" class=\"header-in-summary\"",
            "<h1 class=\"menu-title\"",
            "aria-label=\"Next chapter\" aria-keyshortcuts=\"Right\">\n                                <span class=fa-svg",
        ],
    );
}

#[test]
fn addresses_are_those_of_the_page() {
    let book = book("finish-addresses");
    let two = book.read("deep/two.html");
    has(
        &two,
        &[
            "<a href=\"../one.html\"><strong",
            "<a href=\"../deep/two.html\" class=\"active\" aria-current=\"page\">",
            "<div class=\"menu-title\"><a href=\"../index.html\">",
            "<a rel=\"prev\" href=\"../one.html\" class=\"mobile-nav-chapters previous\" aria-keyshortcuts=\"Left\"><span class=\"recto-way\">",
            "<a rel=\"next prefetch\" href=\"../end.html\" class=\"mobile-nav-chapters next\"",
        ],
    );
    // Among themselves, the pages about what was checked are listed.
    has(
        &book.read("verification/one.html"),
        &[
            "<a href=\"../verification.html\">Verification</a>",
            "<a href=\"../verification/one.html\" class=\"active\" aria-current=\"page\">1. One, checked</a>",
            "<a href=\"../one.html#check.1\">",
            "data-scripts=\"../elasticlunr",
        ],
    );
    // The chapter that the page's own stands in is unfolded.
    let open = regex::Regex::new(
        "<li class=\"chapter-item +expanded\"><span class=\"chapter-link-wrapper\"><a href=\"../one.html\">",
    );
    assert!(open.expect("a pattern").is_match(&two), "{two}");
    has(&two, &["[\"recto-regular\", \"recto-italic\", \"recto-bold\"]"]);
    lacks(&two, &["\"recto-math\""]);
}

#[test]
fn the_first_page_has_the_parts_of_the_book_and_what_it_comes_with() {
    let book = book("finish-first");
    has(
        &book.read("index.html"),
        &[
            "<nav class=\"recto-contents\" aria-label=\"Contents\"><ol class=\"chapter\">",
            "<a href=\"index.html\" aria-current=\"page\">Book</a>",
            "<a href=\"verification.html\">How each of them was checked</a>",
            ": 1 worked example, 1 cell, 1 claim",
            "<a href=\"programs.tar\" download>",
            "<a href=\"print.html\">",
        ],
    );
    // There the chapters stand on the same page.
    let print = book.read("print.html");
    has(
        &print,
        &[
            "<a href=\"#deep/two.html\">",
            "<div id=\"deep/two.html\" class=\"recto-chapter\">",
            "<a href=\"#end.html\">",
        ],
    );
    lacks(&print, &["<a href=\"print.html\">Print"]);
}

/// An author's theme has the last word.
#[test]
fn faces_of_the_authors_take_the_place_of_rectos() {
    let book = Book::new("finish-faces", &[("one", "# One\n")]);
    book.page("one.html");
    let own = |book: &Book| {
        let fonts = book.0.join("book/fonts");
        let names = std::fs::read_dir(fonts).expect("the faces").map(|it| it.expect("a file").file_name());
        let name = names
            .map(|it| it.to_string_lossy().into_owned())
            .find(|it| it.starts_with("fonts") && it.ends_with(".css"));
        book.read(&format!("fonts/{}", name.expect("what says which there are")))
    };
    assert!(own(&book).contains("recto-regular.woff2"));
    book.write("theme/fonts/fonts.css", "/* none */");
    book.page("one.html");
    assert_eq!(own(&book), "/* none */");
    assert!(book.read("recto.css").contains("fonts/recto-math.woff2"));
}

#[test]
fn the_search_finds_the_chapters_that_the_settings_name() {
    let book = book("finish-searched");
    book.write("src/deep/README.md", "# Deep\n");
    book.write("src/SUMMARY.md", "- [One](one.md)\n- [Deep](deep/README.md)\n  - [Two](deep/two.md)\n");
    let found = |settings: &str| {
        book.write("book.toml", &format!("[book]\ntitle = \"Case\"\n[output.html.search.chapter]\n{settings}"));
        book.page("one.html");
        let files = std::fs::read_dir(book.0.join("book")).unwrap();
        let mut names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let index = book.read(&names.find(|name| name.starts_with("searchindex")).expect("an index"));
        let (_, urls) = index.split_once("\"doc_urls\":[").expect("addresses");
        let urls = urls.split(']').next().unwrap_or_default().split(',');
        let mut pages: Vec<String> =
            urls.map(|url| url.trim_matches('"').split('#').next().unwrap_or_default().to_owned()).collect();
        pages.dedup();
        pages.join(" ")
    };
    assert_eq!(found(""), "one.html deep/index.html deep/two.html");
    assert_eq!(found("\"deep\" = { enable = false }\n"), "one.html");
    assert_eq!(
        found("\"deep\" = { enable = false }\n\"deep/two.md\" = { enable = true }\n"),
        "one.html deep/two.html"
    );
    // mdBook looks at these settings too.
    book.write(
        "book.toml",
        "[book]\ntitle = \"Case\"\n[output.html.search.chapter]\n\"none\" = { enable = false }\n",
    );
    let said = String::from_utf8(book.recto(&["build"]).stderr).expect("text");
    assert!(said.contains("`none` does not match any chapter paths"), "{said}");
}

#[test]
fn the_way_to_edit_a_page_names_the_authors_file() {
    let book = Book::new("finish-edit", &[]);
    // The bound book lies in the folder of the chapters.
    book.write(
        "book.toml",
        "[book]\ntitle = \"Case\"\nsrc = \".\"\n[output.html]\nedit-url-template = \"https://example.org/edit/{path}\"\n",
    );
    book.write("SUMMARY.md", "- [One](one.md)\n- [Two](deep/two.md)\n");
    book.write("one.md", "# One\n\n[rel](https://example.org/edit)\n");
    book.write("deep/two.md", "# Two\n");
    for text in ["# Two\n", "# Two, changed\n"] {
        book.write("deep/two.md", text);
        has(&book.page("one.html"), &["href=\"https://example.org/edit/./one.md\""]);
        has(&book.read("deep/two.html"), &["href=\"https://example.org/edit/./deep/two.md\""]);
    }
}

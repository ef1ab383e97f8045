"""Makes the book's faces: `python3 subset.py FOLDER`, where FOLDER holds texgyrepagella-*.otf (README.md says from where).

Of each face it makes two files: `recto-NAME.woff2` has what nearly every page needs, `recto-NAME-more.woff2` the other characters, which
browsers fetch where one of them stands. Also writes what says so to browsers, faces.css and, for the mathematics, math.css, and coverage.txt,
the characters of the mathematics.
Needs fonttools and brotli. The faces get names of their own, as their licence asks.
"""

import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

# Latin letters with their punctuation, raised and lowered digits, and the signs that stand in sentences.
TEXT = (
    "20-7E A0-FF 131 152-153 160-161 178 17D-17E 2C6 2DC 2013-2014 2016 2018-201A 201C-201E "
    "2020-2022 2026 2030 2032-2033 2039-203A 2044 2070 2074-207B 2080-2089 20AC 2009 202F 2190 2192 2212 221A 221E 2248 2260 2264-2265 2713"
)
# These, and the letters of the languages of Europe, but in no bold face.
MORE = "100-107 10C-10F 118-11B 139-13E 141-148 150-151 154-15B 164-165 16E-171 179-17C 218-21B 302-304 2202 2207-2208 391-3A1 3A3-3A9 3B1-3C9 3D1 3D5 3F5"
# Letters, digits, Greek, accents, punctuation, operators, arrows, brackets with their pieces, and the alphabets of
# mathematics without bold Fraktur, bold script and the slanted or bold sans-serif ones.
MATH = (
    "20-7E A0-B7 D7 F7 131 237 2C6-2DD 300-338 393-3F5 2002-200A 2010-2044 2057 2061-2064 207B 20D0-20E1 "
    "2102-2138 2190-22FF 2308-230B 2329-232A 239B-23B5 23DC-23E1 25A0-25CF 27C2 27E6-27EF 27F5-27FF 2A00-2A0F "
    "2A3F 2A7D-2A7E 2AAF-2AB0 1D400-1D4CF 1D504-1D56B 1D5A0-1D5D3 1D670-1D755 1D7CA-1D7FF"
)
# Of these: what nearly every page needs, and all that grows. Browsers take the pieces of what grows, and the measures of a
# formula, from the face that has the space.
FIRST = (
    "20-7E A0-B7 D7 F7 131 237 2C6-2DD 300-304 307-308 20D7 302-303 332 338 393-3A9 3B1-3C9 3D1 3D5 3F1 3F5 2010-2044 2057 "
    "2061-2064 207B 2102 210E 2113 2115 211A 211D 2124 2190-2195 21A6 21D2 21D4 2200-2212 2215-223C 2243 2248 2260-2265 226A-226B "
    "2282-2287 2295-2299 22A4-22A5 22C0-22C3 22C5-22C6 22EE-22F1 2308-230B 239B-23B5 23DC-23E1 27E8-27E9 27EE-27EF "
    "1D434-1D467 1D53C 1D6FC-1D71B"
)
# Signs that stand in labels of figures: the face of mathematics, which is there already, has them.
LEFT = "22A4-22A5"
# What has a shape of its own for scripts; letters are made smaller.
SMALLER = "2032-2034 2057 22C6"


def codes(ranges):
    return set(subset.parse_unicodes(ranges.replace(" ", ",")))


def ranges(codes):
    first = sorted(code for code in codes if code - 1 not in codes)
    last = sorted(code for code in codes if code + 1 not in codes)
    return [f"{a:X}-{b:X}" for a, b in zip(first, last)]


def scripts(font):
    """The shapes of scripts, by the glyph that they stand for."""
    gsub = font["GSUB"].table
    at = next(record.Feature.LookupListIndex[0] for record in gsub.FeatureList.FeatureRecord if record.FeatureTag == "ssty")
    (alternates,) = (getattr(table, "ExtSubTable", table).alternates for table in gsub.LookupList.Lookup[at].SubTable)
    return alternates


def reduced(path, name, wanted, features):
    options = subset.Options(layout_features=features, hinting=False, drop_tables=["FFTM"])
    font = subset.load_font(path, options)
    if "ssty" in features:
        shapes, cmap = scripts(font), font.getBestCmap()
        kept = {cmap[code] for code in codes(SMALLER) if code in cmap}
        for glyph in [glyph for glyph in shapes if glyph not in kept]:
            del shapes[glyph]
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    if "ssty" in features:
        # A prime stands raised already, and browsers raise it again; as a script it has a shape for that.
        shapes = scripts(font)
        for table in font["cmap"].tables:
            for prime in (0x2032, 0x2033, 0x2034, 0x2057):
                if prime in table.cmap:
                    table.cmap[prime] = shapes[table.cmap[prime]][0]
    family, plain = ("Recto Math", "RectoMath") if "math" in name else ("Recto Text", "RectoText-" + name.title().replace("-", ""))
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            font["name"].setName(plain if record.nameID == 6 else family, record.nameID, record.platformID, record.platEncID, record.langID)
    cff = font["CFF "].cff
    cff.fontNames = [plain]
    cff.topDictIndex[0].FullName = cff.topDictIndex[0].FamilyName = family
    file = f"recto-{name}.woff2"
    font.flavor = "woff2"
    font.save(file)
    return file, set(TTFont(file).getBestCmap())


def face(family, file, has, style, weight):
    covered = ", ".join(f"U+{a}" if a == b else f"U+{a}-{b}" for a, b in (it.split("-") for it in ranges(has)))
    return (
        f'@font-face {{\n  font-family: "{family}";\n  font-style: {style};\n  font-weight: {weight};\n  font-display: swap;\n'
        f'  src: url("{file}") format("woff2");\n  unicode-range: {covered};\n}}\n'
    )


folder = pathlib.Path(sys.argv[1])
css, math = [], []
for name, style, weight in (("regular", "normal", 400), ("italic", "italic", 400), ("bold", "normal", 700), ("bold-italic", "italic", 700)):
    path = folder / f"texgyrepagella-{name.replace('-', '')}.otf"
    first = codes(TEXT + " " + (MORE if weight == 400 else ""))
    for part, wanted in (("", first), ("-more", set(TTFont(path).getBestCmap()) - first - codes(LEFT))):
        file, has = reduced(path, name + part, wanted, ["kern", "liga", "mark", "mkmk", "ccmp"])
        css.append(face("Recto Text", file, has & wanted, style, weight))
path = folder / "texgyrepagella-math.otf"
has = set()
for part, wanted, features in (("", codes(FIRST), ["ssty"]), ("-more", codes(MATH) - codes(FIRST), [])):
    file, part_has = reduced(path, "math" + part, wanted, features)
    has |= part_has
    math.append(face("Recto Math", f"fonts/{file}", part_has & wanted, "normal", 400))
for name in ("latin", "greek"):
    file = f"source-code-pro-{name}-400-normal.woff2"
    css.append(face("Source Code Pro", file, set(TTFont(file).getBestCmap()), "normal", 400))
made = TTFont("recto-math.woff2")
assert "MATH" in made and 0x20 in made.getBestCmap() and 0x20 not in TTFont("recto-math-more.woff2").getBestCmap()
for name, faces in (("faces.css", css), ("math.css", math)):
    pathlib.Path(name).write_text("/* Made by subset.py. */\n" + "".join(faces))
pathlib.Path("coverage.txt").write_text("".join(f"{it}\n" for it in ranges(has)))

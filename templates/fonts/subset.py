"""Makes recto-math.woff2 from TeX Gyre Pagella Math: `python3 subset.py texgyrepagella-math.otf`.

Also writes coverage.txt, the characters that the font then has. Needs fonttools and brotli. The font gets a name of its own, as its licence asks.
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTFont

# Letters, digits, Greek, accents, punctuation, operators, arrows, brackets with their pieces, and
# the alphabets of mathematics without bold Fraktur, bold script and the slanted or bold sans-serif ones.
RANGES = (
    "20-7E A0-B7 D7 F7 131 237 2C6-2DD 300-338 393-3F5 2002-200A 2010-2044 2057 2061-2064 207B 20D0-20E1 "
    "2102-2138 2190-22FF 2308-230B 2329-232A 239B-23B5 23DC-23E1 25A0-25CF 27C2 27E6-27EF 27F5-27FF 2A00-2A0F "
    "2A3F 2A7D-2A7E 2AAF-2AB0 1D400-1D4CF 1D504-1D56B 1D5A0-1D5D3 1D670-1D755 1D7CA-1D7FF"
)

options = subset.Options(layout_features=["ssty", "dtls"], hinting=False, flavor="woff2", drop_tables=["FFTM"])
font = subset.load_font(sys.argv[1], options)
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=subset.parse_unicodes(RANGES.replace(" ", ",")))
subsetter.subset(font)
# A prime stands raised already, and browsers raise it again; as a script it has a shape for that.
script = next(record.Feature.LookupListIndex[0] for record in font["GSUB"].table.FeatureList.FeatureRecord if record.FeatureTag == "ssty")
(alternates,) = (getattr(table, "ExtSubTable", table).alternates for table in font["GSUB"].table.LookupList.Lookup[script].SubTable)
for table in font["cmap"].tables:
    for prime in (0x2032, 0x2033, 0x2034, 0x2035, 0x2057):
        if prime in table.cmap:
            table.cmap[prime] = alternates[table.cmap[prime]][0]
for record in font["name"].names:
    if record.nameID in (1, 3, 4, 6, 16):
        font["name"].setName("RectoMath" if record.nameID == 6 else "Recto Math", record.nameID, record.platformID, record.platEncID, record.langID)
cff = font["CFF "].cff
cff.fontNames = ["RectoMath"]
cff.topDictIndex[0].FullName = cff.topDictIndex[0].FamilyName = "Recto Math"
subset.save_font(font, "recto-math.woff2", options)
made = TTFont("recto-math.woff2")
assert "MATH" in made
codes = sorted(made.getBestCmap())
first = [code for code in codes if code - 1 not in codes]
last = [code for code in codes if code + 1 not in codes]
with open("coverage.txt", "w") as file:
    file.writelines(f"{a:X}-{b:X}\n" for a, b in zip(first, last))

"""Makes recto-math.woff2 from TeX Gyre Pagella Math: `python3 subset.py texgyrepagella-math.otf`.

Needs fonttools and brotli. The font gets a name of its own, as its licence asks.
"""

import sys

from fontTools import subset
from fontTools.ttLib import TTFont

# Letters, digits, Greek, accents, punctuation, operators, arrows, brackets with their pieces, and
# the alphabets of mathematics without the sans-serif and typewriter ones.
RANGES = (
    "20-7E A0-B7 D7 F7 131 237 2C6-2DD 300-338 393-3F5 2010-2044 2057 2061-2064 207B 20D0-20E1 2102-2138 "
    "2190-22FF 2308-230B 2329-232A 239B-23B3 23DC-23E1 25A0-25CF 27E6-27EF 27F5-27FF 2A00-2A0F 2A3F 2A7D-2A7E "
    "2AAF-2AB0 1D400-1D4CF 1D538-1D56B 1D6A4-1D6F1 1D7CA-1D7E1"
)

options = subset.Options(layout_features=["ssty", "dtls"], hinting=False, flavor="woff2", drop_tables=["FFTM"])
font = subset.load_font(sys.argv[1], options)
subsetter = subset.Subsetter(options)
subsetter.populate(unicodes=subset.parse_unicodes(RANGES.replace(" ", ",")))
subsetter.subset(font)
for record in font["name"].names:
    if record.nameID in (1, 3, 4, 6, 16):
        font["name"].setName("RectoMath" if record.nameID == 6 else "Recto Math", record.nameID, record.platformID, record.platEncID, record.langID)
cff = font["CFF "].cff
cff.fontNames = ["RectoMath"]
cff.topDictIndex[0].FullName = cff.topDictIndex[0].FamilyName = "Recto Math"
subset.save_font(font, "recto-math.woff2", options)
assert "MATH" in TTFont("recto-math.woff2")

# A preprocessor that runs after recto and writes what recto should have seen.
[ "$1" = supports ] && exit 0
sed -E 's/^\[.*,(\{"items".*)\]$/\1/; s/CLAIM/[5](=a + 4)/; s/BLOCK/```rust\\npanic!();\\n```/; s/recto-value/other-value/'

fn outside() {}
// ANCHOR: part
let x = 5;
// ANCHOR_END: part

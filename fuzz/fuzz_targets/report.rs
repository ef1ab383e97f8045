#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| recto::door::fuzz("report", bytes));

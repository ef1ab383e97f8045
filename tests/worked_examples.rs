//! The worked examples of the curvature book, one test each; see `build.rs`.

include!(concat!(env!("OUT_DIR"), "/worked_examples.rs"));

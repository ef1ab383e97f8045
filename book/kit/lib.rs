//! The toolbox of the curvature book: test functions, derivatives, spectra, operators, descent methods and figures.

pub mod bibliography;
pub mod derivatives;
pub mod descent;
pub mod ensembles;
pub mod figures;
pub mod functions;
pub mod operators;
pub mod optimisers;
pub mod sam;
pub mod spectrum;

//! The toolbox of the curvature book: test functions, derivatives, spectra, operators, descent methods, minimisation, data, networks,
//! optimisers, statistics and figures.

pub mod bibliography;
pub mod connectivity;
pub mod critical;
pub mod data;
pub mod derivatives;
pub mod descent;
pub mod edge;
pub mod ensembles;
pub mod figures;
pub mod functions;
pub mod layerwise;
pub mod minimise;
pub mod network;
pub mod normalisation;
pub mod operators;
pub mod optimisers;
pub mod sam;
pub mod sharpness;
pub mod spectrum;
pub mod statistics;
pub mod training;

//! The data sets are what their README says, and preparing them does what it says.

use curvature::data::{DataError, Dataset, digits, iris, wine};
use nalgebra::dmatrix;
use sha2::{Digest, Sha256};

#[test]
fn the_files_have_the_checksums_of_the_readme() {
    let readme = recto::data_string("README.md").unwrap();
    for name in ["iris.csv", "wine.csv", "digits.csv"] {
        let digest = Sha256::digest(std::fs::read(recto::data(name).unwrap()).unwrap());
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let line = readme.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap();
        assert!(line.contains(&hex), "{name} has the checksum {hex}");
    }
}

#[test]
fn the_sets_have_their_shapes_and_classes() {
    let counts = |data: &Dataset| {
        let mut counts = vec![0; data.classes];
        data.labels.iter().for_each(|&label| counts[label] += 1);
        counts
    };
    let iris = iris().unwrap();
    assert_eq!((iris.len(), iris.dimension()), (150, 4));
    assert_eq!(counts(&iris), [50, 50, 50]);
    let wine = wine().unwrap();
    assert_eq!((wine.len(), wine.dimension()), (178, 13));
    assert_eq!(counts(&wine), [59, 71, 48]);
    let digits = digits().unwrap();
    assert_eq!((digits.len(), digits.dimension()), (1797, 64));
    assert_eq!(counts(&digits), [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]);
    assert_eq!((digits.inputs.min(), digits.inputs.max()), (0.0, 16.0));
    for data in [iris, wine, digits] {
        assert_eq!(data.names.len(), data.dimension());
        data.check().unwrap();
    }
}

#[test]
fn iris_has_the_rows_that_fisher_printed() {
    let iris = iris().unwrap();
    let row = |k: usize| iris.inputs.row(k - 1).iter().copied().collect::<Vec<_>>();
    assert_eq!(row(1), [5.1, 3.5, 1.4, 0.2]);
    assert_eq!(row(35), [4.9, 3.1, 1.5, 0.2]);
    assert_eq!(row(38), [4.9, 3.6, 1.4, 0.1]);
}

#[test]
fn standardised_columns_have_mean_zero_and_deviation_one_or_are_zero() {
    for data in [iris().unwrap(), wine().unwrap(), digits().unwrap()] {
        let n = data.len() as f64;
        for (before, after) in data.inputs.column_iter().zip(data.standardised().inputs.column_iter()) {
            assert!(after.sum().abs() / n < 1e-12);
            let constant = before.max() == before.min();
            let variance = after.norm_squared() / n;
            assert!(if constant { variance == 0.0 } else { (variance - 1.0).abs() < 1e-12 });
        }
    }
    let constant = digits().unwrap().inputs.column_iter().filter(|c| c.max() == c.min()).count();
    assert_eq!(constant, 3);
}

#[test]
fn centring_keeps_differences_and_scaling_multiplies() {
    let iris = iris().unwrap();
    let centred = iris.centred();
    let difference = |data: &Dataset| data.inputs[(7, 2)] - data.inputs[(93, 2)];
    assert!((difference(&centred) - difference(&iris)).abs() < 1e-14);
    assert!(centred.inputs.row_mean().amax() < 1e-14);
    assert_eq!(iris.scaled(2.0).inputs[(7, 2)], 2.0 * iris.inputs[(7, 2)]);
}

#[test]
fn pooling_is_the_mean_of_blocks() {
    let digits = digits().unwrap();
    let pooled = digits.pooled().unwrap();
    assert_eq!(pooled.dimension(), 16);
    assert_eq!(pooled.names[6], "block (1, 2)");
    let block = [(2, 4), (2, 5), (3, 4), (3, 5)].map(|(r, c)| digits.inputs[(11, 8 * r + c)]);
    assert_eq!(pooled.inputs[(11, 6)], block.iter().sum::<f64>() / 4.0);
    for (row, means) in digits.inputs.row_iter().zip(pooled.inputs.row_iter()) {
        assert_eq!(row.mean(), means.mean());
    }
    assert!(matches!(pooled.pooled(), Err(DataError::NotAnImage(16))));
}

#[test]
fn a_split_uses_each_row_once_and_the_seed_only() {
    let data = iris().unwrap();
    let numbered = Dataset::new(nalgebra::DMatrix::from_fn(150, 1, |row, _| row as f64), data.labels, 3).unwrap();
    let (train, test) = numbered.split(100, 7).unwrap();
    assert_eq!((train.len(), test.len()), (100, 50));
    let mut rows: Vec<usize> = train.inputs.iter().chain(test.inputs.iter()).map(|&x| x as usize).collect();
    assert!(!rows.is_sorted());
    rows.sort_unstable();
    assert_eq!(rows, (0..150).collect::<Vec<_>>());
    assert_eq!(numbered.split(100, 7).unwrap().0, train);
    assert_ne!(numbered.split(100, 8).unwrap().0, train);
    assert!(matches!(numbered.split(150, 7), Err(DataError::NoRow { row: 150, rows: 150 })));
    assert!(matches!(numbered.split(0, 7), Err(DataError::NoRow { .. })));
}

#[test]
fn noise_gives_just_the_share_of_wrong_labels() {
    let data = digits().unwrap();
    for share in [0.0, 0.2, 1.0] {
        let noisy = data.with_noise(share, 3).unwrap();
        let wrong = noisy.labels.iter().zip(&data.labels).filter(|(a, b)| a != b).count();
        assert_eq!(wrong, (share * 1797.0).round() as usize);
        noisy.check().unwrap();
    }
    assert_eq!(data.with_noise(0.2, 3).unwrap(), data.with_noise(0.2, 3).unwrap());
    assert!(matches!(data.with_noise(1.5, 3), Err(DataError::Share(1.5))));
    let one = Dataset::new(dmatrix![1.0], vec![0], 1).unwrap();
    assert!(matches!(one.with_noise(0.5, 3), Err(DataError::OneClass)));
}

#[test]
fn what_is_no_data_set_is_refused() {
    let message = |inputs, labels, classes| Dataset::new(inputs, labels, classes).unwrap_err().to_string();
    assert_eq!(message(dmatrix![1.0; 2.0], vec![0], 1), "2 rows with 1 labels");
    assert_eq!(message(dmatrix![1.0; 2.0], vec![0, 3], 3), "row 1 has class 3 of 3");
    assert_eq!(message(dmatrix![1.0, f64::NAN], vec![0], 1), "column 1 of row 0 is NaN");
    assert_eq!(message(nalgebra::DMatrix::zeros(0, 2), vec![], 1), "row 0 of 0 rows");
    assert!(matches!(iris().unwrap().rows(&[3, 150]), Err(DataError::NoRow { row: 150, rows: 150 })));
    assert!(iris().unwrap().rows(&[]).is_err());
}

#[test]
fn rows_of_data_that_were_broken_are_refused() {
    let mut data = iris().unwrap();
    data.labels.push(0);
    assert!(matches!(data.rows(&[150]), Err(DataError::Labels { .. })));
    assert!(matches!(data.split(10, 1), Err(DataError::Labels { .. })));
}

//! The book's data sets, and the ways of preparing them.
//!
//! In: a file of the folder `data`, or numbers. Out: a [`Dataset`] of `n` rows with `d` numbers and a class each,
//! checked. A file that is missing or not as it should be, and rows, shares or shapes that do not fit are a
//! [`DataError`].

use nalgebra::DMatrix;
use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use thiserror::Error;

/// Why there is no such data set.
#[derive(Debug, Error)]
pub enum DataError {
    /// The file can't be read.
    #[error(transparent)]
    File(#[from] std::io::Error),
    /// A line of the file is not a row of the data set.
    #[error("line {line} of `{file}`: {problem}")]
    Line {
        /// Name of the file.
        file: &'static str,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// The file has not the number of rows that the data set has.
    #[error("`{file}` has {found} rows, not {expected}")]
    Rows {
        /// Name of the file.
        file: &'static str,
        /// Rows of the data set.
        expected: usize,
        /// Rows of the file.
        found: usize,
    },
    /// There are not as many labels as rows.
    #[error("{rows} rows with {labels} labels")]
    Labels {
        /// Number of rows.
        rows: usize,
        /// Number of labels.
        labels: usize,
    },
    /// A label is not below the number of classes.
    #[error("row {row} has class {label} of {classes}")]
    Label {
        /// The row, from 0.
        row: usize,
        /// Its label.
        label: usize,
        /// The number of classes.
        classes: usize,
    },
    /// A number is NaN or infinite.
    #[error("column {column} of row {row} is {value}")]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The number.
        value: f64,
    },
    /// There is no such row, or none is left.
    #[error("row {row} of {rows} rows")]
    NoRow {
        /// The row asked for, from 0.
        row: usize,
        /// How many there are.
        rows: usize,
    },
    /// A share is not between 0 and 1.
    #[error("{0} is no share between 0 and 1")]
    Share(f64),
    /// With one class there are no wrong labels.
    #[error("there is only one class")]
    OneClass,
    /// Only images of 8 × 8 pixels can be pooled.
    #[error("a row of {0} numbers is no image of 8 × 8 pixels")]
    NotAnImage(usize),
}

/// `n` rows of `d` numbers, and the class that each row belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// The numbers, `n × d`.
    pub inputs: DMatrix<f64>,
    /// The class of each row, below `classes`.
    pub labels: Vec<usize>,
    /// The number of classes, whether or not each of them occurs.
    pub classes: usize,
    /// What each of the `d` numbers is.
    pub names: Vec<String>,
}

/// Fisher's 150 irises, four lengths in cm, three species: the rows as Fisher printed them, see `data/README.md`.
///
/// # Errors
/// The file is missing or damaged.
pub fn iris() -> Result<Dataset, DataError> {
    const NAMES: [&str; 4] = ["sepal length", "sepal width", "petal length", "petal width"];
    read("iris.csv", 1, 150, 3, NAMES.map(String::from).to_vec())
}

/// 178 Italian wines, 13 chemical measurements in units of very different size, three cultivars.
///
/// # Errors
/// The file is missing or damaged.
pub fn wine() -> Result<Dataset, DataError> {
    const NAMES: [&str; 13] = [
        "alcohol",
        "malic acid",
        "ash",
        "alcalinity of ash",
        "magnesium",
        "total phenols",
        "flavanoids",
        "nonflavanoid phenols",
        "proanthocyanins",
        "colour intensity",
        "hue",
        "OD280/OD315",
        "proline",
    ];
    read("wine.csv", 1, 178, 3, NAMES.map(String::from).to_vec())
}

/// 1797 handwritten digits, images of 8 × 8 pixels, row by row from the upper left, each from 0 to 16.
///
/// # Errors
/// The file is missing or damaged.
pub fn digits() -> Result<Dataset, DataError> {
    let names = (0..64).map(|k| format!("pixel ({}, {})", k / 8, k % 8)).collect();
    read("digits.csv", 0, 1797, 10, names)
}

impl Dataset {
    /// Rows with their classes; the columns are named by number.
    ///
    /// # Errors
    /// No rows or columns, a number that is not finite, a label that is missing or not below `classes`.
    pub fn new(inputs: DMatrix<f64>, labels: Vec<usize>, classes: usize) -> Result<Self, DataError> {
        let names = (0..inputs.ncols()).map(|k| format!("input {k}")).collect();
        let data = Self { inputs, labels, classes, names };
        data.check()?;
        Ok(data)
    }

    /// Whether shape, labels and numbers are as they should be, since the fields can be changed.
    ///
    /// # Errors
    /// Those of [`new`](Self::new).
    pub fn check(&self) -> Result<(), DataError> {
        let (rows, columns) = self.inputs.shape();
        if rows * columns == 0 {
            return Err(DataError::NoRow { row: 0, rows });
        }
        if self.labels.len() != rows {
            return Err(DataError::Labels { rows, labels: self.labels.len() });
        }
        if let Some(row) = self.labels.iter().position(|&label| label >= self.classes) {
            return Err(DataError::Label {
                row,
                label: self.labels[row],
                classes: self.classes,
            });
        }
        match self.inputs.iter().position(|value| !value.is_finite()) {
            Some(k) => Err(DataError::NotFinite {
                row: k % rows,
                column: k / rows,
                value: self.inputs[k],
            }),
            None => Ok(()),
        }
    }

    /// The number of rows `n`.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// How many numbers a row has, `d`.
    pub fn dimension(&self) -> usize {
        self.inputs.ncols()
    }

    /// Each column less its mean.
    pub fn centred(&self) -> Self {
        self.with_columns(|mean, _| (mean, 1.0))
    }

    /// Each column less its mean, divided by its standard deviation, that of the population: the square root of
    /// `Σ(x − x̄)²/n`. A column that is constant becomes zero.
    pub fn standardised(&self) -> Self {
        self.with_columns(|mean, deviation| (mean, if deviation > 0.0 { deviation } else { 1.0 }))
    }

    /// All numbers times `factor`.
    pub fn scaled(&self, factor: f64) -> Self {
        let mut scaled = self.clone();
        scaled.inputs *= factor;
        scaled
    }

    /// Images of 8 × 8 pixels as 4 × 4: each new pixel is the mean of a block of 2 × 2.
    ///
    /// # Errors
    /// The rows have not 64 numbers.
    pub fn pooled(&self) -> Result<Self, DataError> {
        if self.dimension() != 64 {
            return Err(DataError::NotAnImage(self.dimension()));
        }
        let inputs = DMatrix::from_fn(self.len(), 16, |row, k| {
            let corner = 16 * (k / 4) + 2 * (k % 4);
            [0, 1, 8, 9].map(|step| self.inputs[(row, corner + step)]).iter().sum::<f64>() / 4.0
        });
        Ok(Self {
            inputs,
            labels: self.labels.clone(),
            classes: self.classes,
            names: (0..16).map(|k| format!("block ({}, {})", k / 4, k % 4)).collect(),
        })
    }

    /// The rows with these indices, in this order; one may be taken more than once.
    ///
    /// # Errors
    /// There is no such row, the list is empty, or the data were changed so that they do not [`check`](Self::check).
    pub fn rows(&self, rows: &[usize]) -> Result<Self, DataError> {
        self.check()?;
        let wrong = rows.iter().copied().find(|&row| row >= self.len());
        match wrong.or(rows.is_empty().then_some(0)) {
            Some(row) => Err(DataError::NoRow { row, rows: self.len() }),
            None => Ok(Self {
                inputs: self.inputs.select_rows(rows),
                labels: rows.iter().map(|&row| self.labels[row]).collect(),
                classes: self.classes,
                names: self.names.clone(),
            }),
        }
    }

    /// `train` rows drawn without replacement, and the others: the same ones for the same seed.
    ///
    /// # Errors
    /// One of the two parts would be empty.
    pub fn split(&self, train: usize, seed: u64) -> Result<(Self, Self), DataError> {
        if train >= self.len() {
            return Err(DataError::NoRow { row: train, rows: self.len() });
        }
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let (train, test) = order.split_at(train);
        Ok((self.rows(train)?, self.rows(test)?))
    }

    /// The same rows, `share · n` of which, rounded, have a wrong label, drawn evenly among the wrong ones.
    ///
    /// # Errors
    /// The share is not between 0 and 1, or there is only one class.
    pub fn with_noise(&self, share: f64, seed: u64) -> Result<Self, DataError> {
        if !(0.0..=1.0).contains(&share) {
            return Err(DataError::Share(share));
        }
        if self.classes < 2 {
            return Err(DataError::OneClass);
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(&mut rng);
        let mut noisy = self.clone();
        for &row in &order[..(share * self.len() as f64).round() as usize] {
            let away = rng.random_range(1..self.classes);
            noisy.labels[row] = (self.labels[row] + away) % self.classes;
        }
        Ok(noisy)
    }

    /// Each column less a number and divided by another, which `choose` makes of its mean and standard deviation.
    fn with_columns(&self, choose: impl Fn(f64, f64) -> (f64, f64)) -> Self {
        let mut changed = self.clone();
        let rows = self.len() as f64;
        for mut column in changed.inputs.column_iter_mut() {
            let constant = column.iter().all(|&value| value == column[0]);
            let mean = if constant { column[0] } else { column.mean() };
            let variance = column.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / rows;
            let (shift, size) = choose(mean, variance.sqrt());
            column.apply(|value| *value = (*value - shift) / size);
        }
        changed
    }
}

/// Reads lines of numbers, the last of each the class, after `head` lines that are not data.
fn read(
    file: &'static str,
    head: usize,
    rows: usize,
    classes: usize,
    names: Vec<String>,
) -> Result<Dataset, DataError> {
    let text = recto::data_string(file)?;
    let wrong = |line: usize, problem: String| DataError::Line { file, line, problem };
    let mut numbers = Vec::with_capacity(rows * names.len());
    let mut labels = Vec::with_capacity(rows);
    for (k, line) in text.lines().enumerate().skip(head) {
        let line_number = k + 1;
        let (measured, class) = line.rsplit_once(',').unwrap_or_default();
        if measured.split(',').count() != names.len() {
            let problem = format!("{} numbers and a class expected", names.len());
            return Err(wrong(line_number, problem));
        }
        for field in measured.split(',') {
            let number = field.parse::<f64>().ok().filter(|number| number.is_finite());
            numbers.push(number.ok_or_else(|| wrong(line_number, format!("`{field}` is no number")))?);
        }
        let class = class.parse::<usize>().ok().filter(|&class| class < classes);
        labels.push(class.ok_or_else(|| wrong(line_number, format!("no class below {classes}")))?);
    }
    if labels.len() != rows {
        return Err(DataError::Rows {
            file,
            expected: rows,
            found: labels.len(),
        });
    }
    Ok(Dataset {
        inputs: DMatrix::from_row_slice(rows, names.len(), &numbers),
        labels,
        classes,
        names,
    })
}

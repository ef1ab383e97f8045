//! How a program runs its cells, one after the other, and what it tells of that. Programs whose blocks show and claim nothing
//! call nothing else.

use std::any::Any;
use std::cell::Cell;
use std::error::Error;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, Location, PanicHookInfo, catch_unwind};
use std::process::{ExitCode, Termination};

use super::channel::{self, emit, emit_in_both_places, emit_in_place};
use super::step::Step;
use super::switch;

/// Runs a lesson. Exit codes: 0 it ran to its end, 101 a cell panicked, 1 a cell returned an error.
pub fn run(lesson: fn() -> Result<(), Failure>) -> ExitCode {
    channel::open();
    switch::open();
    if channel::is_open() {
        std::panic::set_hook(Box::new(report_panic));
        #[cfg(unix)]
        leave_with_parent();
    }
    let code = match catch_unwind(AssertUnwindSafe(lesson)) {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            failure.report();
            ExitCode::from(1)
        }
        Err(panic) => {
            // Its place is the hook's to tell, which a cell may have replaced.
            emit(&Step::Unwound(text_of(&*panic)));
            ExitCode::from(101)
        }
    };
    emit(&Step::Done);
    code
}

/// Ends the program soon after recto is gone, so that an interrupted build leaves nothing running.
#[cfg(unix)]
fn leave_with_parent() {
    use std::os::unix::process::parent_id;
    const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(250);
    let parent = parent_id();
    std::thread::spawn(move || {
        while parent_id() == parent {
            std::thread::sleep(LOOK_EVERY);
        }
        std::process::exit(1);
    });
}

fn report_panic(info: &PanicHookInfo<'_>) {
    let (file, line, column) = info.location().map_or(("", 0, 0), |at| (at.file(), at.line(), at.column()));
    let thread = std::thread::current();
    let thread = match thread.name() {
        Some("main") => "",
        Some(name) => name,
        None => "<unnamed>",
    };
    emit(&Step::Panic {
        file: file.to_owned(),
        line: line as usize,
        column: column as usize,
        thread: thread.to_owned(),
        message: text_of(info.payload()),
    });
}

/// What a panic says.
fn text_of(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("a value that is no text").to_owned()
}

/// A cell begins; on standard error too, so that its text can be told apart by cells.
pub fn cell(id: u32) {
    emit_in_both_places(&Step::Cell(id));
}

/// A cell ended.
pub fn end(id: u32) {
    emit_in_place(&Step::CellEnd(id));
}

/// A `should_panic` cell.
pub fn should_panic(id: u32, code: impl FnOnce() -> Result<(), Failure>) {
    match catch_unwind(AssertUnwindSafe(code)) {
        Ok(_) => emit(&Step::Unpanicked(id)),
        Err(panic) => emit(&Step::Caught { item: id, message: text_of(&*panic) }),
    }
}

/// A block that stands alone and should fail, as rustdoc has it: a returned error will do.
pub fn should_fail(id: u32, code: impl FnOnce() -> Result<(), Failure>) {
    should_panic(id, || match code() {
        Ok(()) => Ok(()),
        Err(failure) => std::panic::resume_unwind(Box::new(failure.message)),
    });
}

/// Always false, in a way that the compiler can't see: code after it compiles and does not run.
pub fn no_run() -> bool {
    std::hint::black_box(false)
}

/// What a cell's own `main` returns most often, of which recto can say more than that it failed.
pub trait Outcome {
    /// The failure, if it is one.
    ///
    /// # Errors
    /// `main` returned an error or a failing exit code.
    fn outcome(self) -> Result<(), Failure>;
}

impl Outcome for () {
    fn outcome(self) -> Result<(), Failure> {
        Ok(())
    }
}

impl Outcome for ExitCode {
    #[track_caller]
    fn outcome(self) -> Result<(), Failure> {
        if self == ExitCode::SUCCESS {
            Ok(())
        } else {
            Err(Failure::new("`main` returned a failing exit code".to_owned()))
        }
    }
}

impl<T: Outcome, E: Debug> Outcome for Result<T, E> {
    #[track_caller]
    fn outcome(self) -> Result<(), Failure> {
        match self {
            Ok(value) => value.outcome(),
            Err(error) => Err(Failure::new(format!("{error:?}"))),
        }
    }
}

/// What a cell's own `main` returned, which is anything that a program may end in.
pub struct Returned<T>(Cell<Option<T>>);

impl<T> Returned<T> {
    /// Takes it in.
    pub fn of(value: T) -> Self {
        Returned(Cell::new(Some(value)))
    }
}

/// The outcome of what has one.
pub trait ByOutcome {
    /// The failure, if it is one.
    ///
    /// # Errors
    /// `main` failed.
    fn __recto_outcome(&self) -> Result<(), Failure>;
}

/// The outcome of what has none: its exit code.
pub trait ByTermination {
    /// The failure, if it is one.
    ///
    /// # Errors
    /// `main` failed.
    fn __recto_outcome(&self) -> Result<(), Failure>;
}

impl<T: Outcome> ByOutcome for &Returned<T> {
    #[track_caller]
    fn __recto_outcome(&self) -> Result<(), Failure> {
        match self.0.take() {
            Some(value) => value.outcome(),
            None => Ok(()),
        }
    }
}

impl<T: Termination> ByTermination for Returned<T> {
    #[track_caller]
    fn __recto_outcome(&self) -> Result<(), Failure> {
        match self.0.take() {
            Some(value) => value.report().outcome(),
            None => Ok(()),
        }
    }
}

/// The outcome of a cell's own `main`.
#[doc(hidden)]
#[macro_export]
macro_rules! outcome {
    ($returned:expr) => {{
        #[allow(unused_imports)]
        use $crate::lesson::{ByOutcome as _, ByTermination as _};
        (&&$crate::lesson::Returned::of($returned)).__recto_outcome()
    }};
}

/// An error that left a cell through `?`, and where.
#[derive(Debug)]
pub struct Failure {
    message: String,
    at: &'static Location<'static>,
}

impl Failure {
    #[track_caller]
    fn new(message: String) -> Self {
        Failure { message, at: Location::caller() }
    }

    fn report(&self) {
        if !channel::is_open() {
            eprintln!("error: {} ({})", self.message, self.at);
        }
        emit(&Step::Error {
            file: self.at.file().to_owned(),
            line: self.at.line() as usize,
            column: self.at.column() as usize,
            message: self.message.clone(),
        });
    }
}

impl<E: Into<Box<dyn Error>>> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        let error: Box<dyn Error> = error.into();
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(&format!("\ncaused by: {cause}"));
            source = cause.source();
        }
        Failure::new(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_mark_reports_its_own_place() {
        let line = line!() + 2;
        let fails = || -> Result<(), Failure> {
            let _: i32 = "x".parse()?;
            Ok(())
        };
        let failure = fails().unwrap_err();
        assert_eq!((failure.at.file(), failure.at.line()), (file!(), line));
        assert_eq!(failure.message, "invalid digit found in string");
    }

    #[test]
    fn main_may_return_what_rust_lets_it_return() {
        struct Own(u8);
        impl Termination for Own {
            fn report(self) -> ExitCode {
                self.0.into()
            }
        }
        fn anything(code: u8) -> impl Termination {
            Own(code)
        }
        assert!(outcome!(()).is_ok());
        assert!(outcome!(Ok::<(), String>(())).is_ok());
        assert_eq!(outcome!(Err::<(), _>("no")).unwrap_err().message, "\"no\"");
        assert!(outcome!(ExitCode::FAILURE).is_err());
        assert!(outcome!(Own(0)).is_ok() && outcome!(Own(3)).is_err());
        assert!(outcome!(anything(0)).is_ok() && outcome!(anything(3)).is_err());
    }
}

pub struct Hidden { secret: i32 }
pub fn noisy() -> i32 { dbg!(7) }
pub fn place() -> String { format!("{} {}", file!(), std::panic::Location::caller()) }
pub fn take<T: std::fmt::Display>(_: T) {}
#[macro_export]
macro_rules! kit_dbg { ($e:expr) => { dbg!($e) } }

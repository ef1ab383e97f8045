pub fn ten() -> i32 {
    10
}

//! svarstid
fn main() {}

//! The sweep over every zone of the data, for `cargo xtask soak schedule`: around each change of each clock from 2020
//! to 2030 ten expressions run when the naive walk says so, under each rule.
//!
//! The tests do a part of it; this is all of it, and says how much that was.

use std::time::Instant;

use model::testing::schedule::sweep;

fn main() {
    let began = Instant::now();
    let swept = sweep(2020, 2031, 1);
    println!("{swept:#?}\nno difference, in {:.1} s", began.elapsed().as_secs_f64());
}

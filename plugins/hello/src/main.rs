//! Greets and says which run it is: the smallest useful module.
//!
//! Everything a module knows comes from its job: arguments, variables, standard input, granted directories.
//! This one reads its first argument (whom to greet) and the variables that every run has.

use std::env;

fn main() {
    let whom = env::args().nth(1).unwrap_or_else(|| "world".to_owned());
    println!("Hello, {whom}!");
    for name in ["SANDGLASS_JOB", "SANDGLASS_RUN", "SANDGLASS_ATTEMPT", "SANDGLASS_SCHEDULED_AT"] {
        match env::var(name) {
            Ok(value) => println!("{name} = {value}"),
            Err(_) => println!("{name} is not set: not run by a job"),
        }
    }
}

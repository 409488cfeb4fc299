//! Prints the table of a job's fields, for `docs/JOBS.md`; `cargo xtask generate` runs it.

fn main() {
    print!("{}", model::job::fields::markdown());
}

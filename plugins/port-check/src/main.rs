//! Says whether services can be reached: connects to each, and fails when one does not answer.
//!
//! Built as a component (`wasm32-wasip2`): a preview 1 module cannot connect to anything.

use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let services: Vec<String> = std::env::args().skip(1).collect();
    if services.is_empty() || services.iter().any(|service| !is_service(service)) {
        eprintln!("usage: port-check HOST:PORT…");
        return ExitCode::from(2);
    }
    let mut all = true;
    for service in &services {
        match reach(service) {
            Ok(address) => println!("{service} is open ({address})"),
            Err(e) => {
                all = false;
                println!("{service} cannot be reached: {e}");
            }
        }
    }
    if all { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Connects to the first address of a service that answers, and returns it; else the last one's reason.
fn reach(service: &str) -> io::Result<String> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "it has no address");
    for address in service.to_socket_addrs()? {
        match TcpStream::connect(address) {
            Ok(_) => return Ok(address.to_string()),
            Err(e) => last = e,
        }
    }
    Err(last)
}

fn is_service(text: &str) -> bool {
    text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_has_a_host_and_a_port() {
        for good in ["db:5432", "[::1]:80", "10.0.0.1:65535"] {
            assert!(is_service(good), "{good}");
        }
        for bad in ["db", ":80", "db:", "db:http", "db:65536", ""] {
            assert!(!is_service(bad), "{bad}");
        }
    }
}

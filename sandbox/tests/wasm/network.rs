//! A component reaches what its job grants, by the address that it really goes to, and nothing else.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::thread;

use model::outcome::NetworkRefused;

use super::probe::{probe, probed};
use super::support::Sandbox;

/// Answers `pong` to everybody on a loopback port, for as long as the tests run.
fn server() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut asked = [0; 4];
            if stream.read_exact(&mut asked).is_ok() {
                let _ = stream.write_all(b"pong");
            }
        }
    });
    address
}

/// Runs the probe under grants; returns what it printed and what was refused.
async fn tried(arguments: &[&str], grants: &[&str]) -> Option<(String, Option<NetworkRefused>)> {
    let sandbox = Sandbox::new();
    let mut job = probe(&sandbox, arguments)?;
    job.network = grants.iter().map(|grant| grant.parse().unwrap()).collect();
    let (ended, text) = probed(&sandbox, &job).await;
    Some((text, ended.outcome.usage.network_refused))
}

#[tokio::test]
async fn a_connection_is_made_when_its_address_and_port_are_granted() {
    let to = server();
    let port = to.port();
    let table = [
        (vec![format!("127.0.0.1:{port}")], true),
        (vec![format!("127.0.0.0/8:{port}")], true),
        (vec![], false),
        (vec![format!("127.0.0.1:{}", port - 1)], false),
        (vec![format!("127.0.0.2:{port}")], false),
        (vec![format!("0.0.0.0/0:{port}")], false),
        (vec![format!("udp://127.0.0.1:{port}")], false),
        (vec![format!("db.example:{port}")], false),
    ];
    for (grants, reached) in table {
        let grants: Vec<_> = grants.iter().map(String::as_str).collect();
        let Some((text, refused)) = tried(&["connect", &to.to_string()], &grants).await else { return };
        if reached {
            assert_eq!((&*text, refused), ("pong\nok", None), "{grants:?}");
        } else {
            assert_eq!(text, "PermissionDenied", "{grants:?}");
            assert_eq!(refused, Some(NetworkRefused { count: 1, first: to.to_string() }), "{grants:?}");
        }
    }
}

#[tokio::test]
async fn a_name_is_looked_up_only_when_granted_and_never_leads_to_a_private_address() {
    let to = server();
    // Every machine knows its own name or `localhost` without asking a resolver; a job cannot grant the latter.
    let Some((text, refused)) = tried(&["lookup", "localhost"], &["db.example:80"]).await else { return };
    assert!(!text.contains("127.0.0.1") && !text.ends_with("ok"), "{text}");
    assert_eq!(refused, Some(NetworkRefused { count: 1, first: "localhost".into() }));
    // An address as text asks nobody.
    let Some((text, refused)) = tried(&["lookup", "127.0.0.1"], &[]).await else { return };
    assert_eq!((&*text, refused), ("127.0.0.1\nok", None));
    let own = nix::unistd::gethostname().unwrap().into_string().unwrap();
    let Ok(grant) = format!("{own}:{}", to.port()).parse::<model::network::NetworkGrant>() else {
        eprintln!("skipped: this machine's name `{own}` is none that a job could grant");
        return;
    };
    let Some((text, _)) = tried(&["connect", &format!("{own}:{}", to.port())], &[&grant.to_string()]).await
    else {
        return;
    };
    assert!(!text.contains("pong"), "a name led to a private address: {text}");
}

#[tokio::test]
async fn nobody_is_let_in_and_datagrams_need_a_grant_of_their_own() {
    let Some((text, refused)) = tried(&["listen"], &["127.0.0.1:80", "0.0.0.0/0:80"]).await else { return };
    assert_eq!(text, "PermissionDenied");
    assert!(refused.is_none_or(|refused| refused.count >= 1));
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = socket.local_addr().unwrap();
    thread::spawn(move || {
        let mut asked = [0; 4];
        while let Ok((_, from)) = socket.recv_from(&mut asked) {
            let _ = socket.send_to(b"pong", from);
        }
    });
    let Some((text, refused)) = tried(&["udp", &to.to_string()], &[&to.to_string()]).await else { return };
    assert_eq!(text, "PermissionDenied");
    assert_eq!(refused, Some(NetworkRefused { count: 1, first: to.to_string() }));
    let Some((text, refused)) = tried(&["udp", &to.to_string()], &[&format!("udp://{to}")]).await else {
        return;
    };
    assert_eq!((&*text, refused), ("pong\nok", None));
}

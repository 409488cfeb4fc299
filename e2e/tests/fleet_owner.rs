//! What `docs/FLEET.md` tells an owner to type for etcd and for MongoDB, typed as it stands there into a shell with
//! `etcdctl` and into `mongosh`; then `sandglass check` says whether that is enough. Where one of the two is not there, the
//! test of it says so and tests nothing. And what `docs/SECURITY.md` says of changing the stores' users.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use e2e::fleet::{Fleet, Node, Plan, until_lives};
use e2e::{alone, told};
use mongodb::bson::doc;
use serde_json::Value;
use stores::testing::{EtcdServer, MongoServer};

/// The password of every user that the lines make.
const PASSWORD: &str = "typed-at-the-prompt";

fn page() -> Result<String> {
    Ok(fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/FLEET.md"))?)
}

/// Returns the lines of the page's block of a language in which a word stands.
fn block(text: &str, language: &str, word: &str) -> Result<String> {
    let fence = format!("```{language}\n");
    let mut blocks = text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap_or(rest));
    let found =
        blocks.find(|block| block.contains(word)).with_context(|| format!("a block with `{word}`"))?;
    Ok(found.lines().map(|line| format!("{}\n", line.trim_start())).collect())
}

/// Returns a program: where a variable says, else where a package puts it; says that it is not there.
#[expect(clippy::disallowed_methods, reason = "the project's own commands tell tests by the environment")]
fn program(variable: &str, place: &str, hint: &str) -> Option<PathBuf> {
    let told = std::env::var_os(variable).map(PathBuf::from);
    let found = told.into_iter().chain([PathBuf::from(place)]).find(|path| path.is_file());
    if found.is_none() {
        eprintln!("skipped: there is no `{place}`\nhint: {hint}, or set {variable} to its path");
    }
    found
}

/// Who a server of ours is at the two stores, and by which password.
struct Who<'a> {
    role: &'a str,
    intent: [&'a str; 2],
    facts: [&'a str; 2],
}

/// Returns what `sandglass check` says of the stores: etcd first.
fn checked(etcd: &EtcdServer, mongod: &MongoServer, who: &Who<'_>) -> Result<[Value; 2]> {
    let folder = tempfile::tempdir()?;
    let secret = |name: &str, text: &str| -> Result<String> {
        let path = folder.path().join(name);
        let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(&path)?;
        writeln!(file, "{text}")?;
        Ok(path.display().to_string())
    };
    let (intent, facts) = (secret("etcd", who.intent[1])?, secret("mongodb", who.facts[1])?);
    let own = match who.role {
        "master" => format!("[master]\nadmin_token_file = \"{}\"\n", secret("token", &"e2e0".repeat(16))?),
        _ => format!("[worker]\nid = \"w1\"\ndata = \"{}\"\n", folder.path().join("data").display()),
    };
    let config = folder.path().join("config.toml");
    let stores = format!(
        "[etcd]\nendpoints = [\"{}\"]\nuser = \"{}\"\npassword_file = \"{intent}\"\n\n\
         [mongodb]\nuri = \"{}\"\nuser = \"{}\"\npassword_file = \"{facts}\"\n\n",
        etcd.endpoint(),
        who.intent[0],
        mongod.uri(),
        who.facts[0],
    );
    fs::write(&config, stores + &own)?;
    let output = alone(&["check", "--json", "--config", &config.to_string_lossy()])?;
    let found: Value = serde_json::from_slice(&output.stdout).with_context(|| told(&output))?;
    Ok([found["stores"][0].clone(), found["stores"][1].clone()])
}

/// Fails when a store lacks anything but indexes, which a master makes at its first start.
fn complete(store: &Value, who: &Who<'_>) -> Result<()> {
    let lacks = store["missing"].as_array().context("what is missing")?;
    let lacks: Vec<&Value> = lacks.iter().filter(|why| !why.to_string().contains("indexes")).collect();
    ensure!(
        store["reachable"] == true && store["asks_who"] == true && lacks.is_empty(),
        "a {} lacks {lacks:?}: {store}",
        who.role
    );
    Ok(())
}

/// A shell in which `etcdctl` is the real one, with somebody at its prompts.
struct Owner {
    folder: tempfile::TempDir,
    endpoint: String,
}

impl Owner {
    fn new(etcdctl: &Path, endpoint: String) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let real = etcdctl.display();
        let prompted = format!(
            "#!/bin/sh\ncase \"$1 $2\" in\n\"user add\") echo '{PASSWORD}' | {real} --interactive=false \"$@\"; exit ;;\nesac\n\
             exec {real} \"$@\"\n"
        );
        let path = folder.path().join("etcdctl");
        fs::write(&path, prompted)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(Self { folder, endpoint })
    }

    fn types(&self, lines: &str, user: Option<&str>) -> Result<()> {
        let path = format!("{}:/usr/local/bin:/usr/bin:/bin", self.folder.path().display());
        let mut shell = Command::new("/bin/sh");
        shell.args(["-e", "-c", lines]).env("PATH", path);
        shell.env("ETCDCTL_API", "3").env("ETCDCTL_ENDPOINTS", &self.endpoint);
        if let Some(user) = user {
            shell.env("ETCDCTL_USER", format!("{user}:{PASSWORD}"));
        }
        let output = shell.output().context("could not start a shell")?;
        ensure!(output.status.success(), "{lines}{}", told(&output));
        Ok(())
    }
}

/// Meant to fail when one of the lines that grant is left out.
#[test]
fn what_an_owner_types_for_etcd_is_all_that_masters_and_workers_need() -> Result<()> {
    let hint = "install it (Debian: etcd-client)";
    let Some(etcdctl) = program("SANDGLASS_TEST_ETCDCTL", "/usr/bin/etcdctl", hint) else { return Ok(()) };
    let text = page()?;
    let flags = ["--quota-backend-bytes", "2147483648", "--auto-compaction-mode", "periodic"];
    let flags = [&flags[..], &["--auto-compaction-retention", "10m"]].concat();
    for flag in flags.chunks(2) {
        ensure!(text.contains(&flag.join(" ")), "the page names `{}`", flag.join(" "));
    }
    let runtime = tokio::runtime::Runtime::new()?;
    let (etcd, mongod) =
        runtime.block_on(async { tokio::join!(EtcdServer::start_open(&flags), MongoServer::start()) });
    let owner = Owner::new(&etcdctl, etcd.endpoint())?;
    owner.types(&block(&text, "sh", "etcdctl user add root")?, None)?;
    owner.types(&block(&text, "sh", "alarm disarm")?, Some("root"))?;
    for (role, user) in [("master", "sandglass-master"), ("worker", "sandglass-worker")] {
        let who = Who { role, intent: [user, PASSWORD], facts: [role, role] };
        complete(&checked(&etcd, &mongod, &who)?[0], &who)?;
    }
    Ok(())
}

/// Caught when a right of a role is left out.
#[test]
fn what_an_owner_types_for_mongodb_is_all_that_masters_and_workers_need() -> Result<()> {
    let hint = "`npm install mongosh` brings it";
    let Some(mongosh) = program("SANDGLASS_TEST_MONGOSH", "/usr/bin/mongosh", hint) else { return Ok(()) };
    let runtime = tokio::runtime::Runtime::new()?;
    let (etcd, mongod) = runtime.block_on(async { tokio::join!(EtcdServer::start(), MongoServer::start()) });
    // What the server of the tests has is not the owner's; somebody sits at the prompt.
    let before = format!(
        "use admin\ndb.dropRole('sandglass-master')\ndb.dropRole('sandglass-worker')\n\
         globalThis.passwordPrompt = () => '{PASSWORD}'\n"
    );
    let lines = before + &block(&page()?, "js", "db.createRole")?;
    let home = tempfile::tempdir()?;
    let mut shell = Command::new(mongosh);
    shell.arg(mongod.uri()).args(["--quiet", "--username", "root", "--password", "root"]);
    shell.args(["--authenticationDatabase", "admin"]).env("HOME", home.path());
    let mut shell = shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    shell.stdin.take().context("piped above")?.write_all(lines.as_bytes())?;
    let said = told(&shell.wait_with_output()?);
    for (role, user) in [("master", "sandglass-master"), ("worker", "sandglass-worker")] {
        let who = Who { role, intent: [role, role], facts: [user, PASSWORD] };
        complete(&checked(&etcd, &mongod, &who)?[1], &who).with_context(|| said.clone())?;
    }
    Ok(())
}

/// The password of the users that come in the place of the first.
const NEXT: &str = "the next one";

/// Has a server come to both stores as another user from its next start on.
fn renamed(server: &Node, role: &str, folder: &Path) -> Result<()> {
    let (config, secret) = (server.folder().join("config.toml"), folder.join(format!("{role}-2")));
    let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(&secret)?;
    writeln!(file, "{NEXT}")?;
    let before = fs::read_to_string(&config)?;
    let text = before.replace(&format!("user = \"{role}\""), &format!("user = \"{role}-2\""));
    let text = text.replace(&format!("/{role}\"\n"), &format!("/{role}-2\"\n"));
    ensure!(text.matches(&format!("{role}-2\"")).count() == 4, "both stores: {text}");
    Ok(fs::write(config, text)?)
}

/// Goal: the users of both stores are changed one server after the other; no run ends by it, and nothing needs the first users
/// any more. Caught: a server that keeps the password of its first start.
#[test]
fn the_users_of_both_stores_are_changed_under_a_run() -> Result<()> {
    let mut fleet = Fleet::start_as(&Plan { masters: 1, workers: 1, fixed_ports: true, ..Plan::default() })?;
    let go = fleet.evidence().join("go");
    let script = format!("echo begin; while [ ! -e {} ]; do sleep 0.1; done; echo end", go.display());
    fleet.master(0).apply(&format!("name: long\nschedule: '@yearly'\nshell: {{ script: '{script}' }}\n"))?;
    fleet.master(0).done(&["job", "run", "long"])?;
    let run = fleet.master(0).run_in("long", &["running"])?;
    fleet.block_on(async {
        let root = fleet.etcd.root().await;
        let mut auth = root.auth_client();
        let admin = fleet.mongod.root().await.database("admin");
        for role in ["master", "worker"] {
            let (user, of) = (format!("{role}-2"), format!("sandglass-{role}"));
            auth.user_add(&*user, NEXT, None).await?;
            auth.user_grant_role(&*user, &*of).await?;
            admin.run_command(doc! { "createUser": user, "pwd": NEXT, "roles": [of] }).await?;
        }
        anyhow::Ok(())
    })?;
    let folder = fleet.folder().to_owned();
    renamed(fleet.worker(0), "worker", &folder)?;
    fleet.worker(0).terminate()?;
    fleet.worker(0).start()?;
    renamed(fleet.master(0), "master", &folder)?;
    fleet.master(0).terminate()?;
    fleet.master(0).start()?;
    fleet.master(0).ready()?;
    fleet.block_on(async {
        let root = fleet.etcd.root().await;
        let admin = fleet.mongod.root().await.database("admin");
        for role in ["master", "worker"] {
            root.auth_client().user_delete(role).await?;
            admin.run_command(doc! { "dropUser": role }).await?;
        }
        anyhow::Ok(())
    })?;
    let master = fleet.master(0).clone();
    until_lives(&master, &fleet.worker(0).name.clone(), true)?;
    fs::write(&go, "")?;
    let ended = master.run_in("long", &["succeeded"])?;
    ensure!(ended["id"] == run["id"], "it is the same run: {ended}");
    let id = run["id"].as_str().context("an id")?;
    master.until("all of its output", || {
        Ok((master.done(&["run", "logs", id])? == "begin\nend\n").then_some(()))
    })?;
    // And everything goes on without the first users.
    master.apply("name: after\nschedule: '@yearly'\nshell: { script: 'true' }\n")?;
    master.done(&["job", "run", "after"])?;
    master.run_in("after", &["succeeded"]).map(drop)
}

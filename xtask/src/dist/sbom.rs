//! What the binary is made of, as CycloneDX 1.5: each crate that is built into it and each package of the page, with version,
//! license and sum.
//!
//! Flow: `cargo metadata`, `Cargo.lock`, `web/package-lock.json` → **`sbom`** → JSON. Written here rather than by
//! `cargo-cyclonedx`, which lists the crates of every target and of the tests as well, and knows nothing of the page.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::VERSION;
use crate::command::{cargo, output, program, root};

/// The crate of the binary.
const TOP: &str = "cli";

/// Returns the document; two of one tree and one instant are the same.
pub(super) fn text(epoch: u64) -> Result<String> {
    let target = output(program("rustc", ".").arg("-vV"))?;
    let target =
        target.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc's target")?.to_owned();
    let asked = ["metadata", "--format-version", "1", "--locked", "--filter-platform", &target];
    let metadata: Value =
        serde_json::from_str(&output(cargo().args(asked))?).context("what `cargo metadata` prints")?;
    let lock = fs::read_to_string(root().join("Cargo.lock")).context("Cargo.lock")?;
    let page = fs::read_to_string(root().join("web/package-lock.json")).context("web/package-lock.json")?;
    let page = serde_json::from_str(&page).context("web/package-lock.json")?;
    let at = output(program("date", ".").args(["-u", "-d", &format!("@{epoch}"), "+%Y-%m-%dT%H:%M:%SZ"]))?;
    let document = document(&metadata, &lock, &page, at.trim())?;
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn document(metadata: &Value, lock: &str, page: &Value, at: &str) -> Result<Value> {
    let graph = Graph::of(metadata)?;
    let sums = sums(lock);
    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    for (reference, id) in &graph.reached {
        dependencies.push(json!({ "ref": reference, "dependsOn": graph.below(id) }));
        if *id != graph.top {
            components.push(crate_of(graph.packages[id], reference, &sums)?);
        }
    }
    components.extend(packages_of_the_page(page)?);
    Ok(json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": {
            "timestamp": at,
            "tools": { "components": [{ "type": "application", "name": "cargo xtask dist", "version": VERSION }] },
            "component": {
                "type": "application", "bom-ref": reference(graph.packages[graph.top])?, "name": "sandglass",
                "version": VERSION, "licenses": [{ "expression": "MIT OR Apache-2.0" }],
            },
        },
        "components": components,
        "dependencies": dependencies,
    }))
}

/// The crates that are built into the binary or build it, and who needs whom.
struct Graph<'a> {
    top: &'a str,
    packages: BTreeMap<&'a str, &'a Value>,
    needs: BTreeMap<&'a str, Vec<&'a str>>,
    /// By reference, so that the order is that of names.
    reached: BTreeMap<String, &'a str>,
}

impl<'a> Graph<'a> {
    fn of(metadata: &'a Value) -> Result<Self> {
        let id = |value: &'a Value| value.as_str().context("the id of a package");
        let mut packages = BTreeMap::new();
        for package in metadata["packages"].as_array().context("packages")? {
            packages.insert(id(&package["id"])?, package);
        }
        let mut needs = BTreeMap::new();
        for node in metadata["resolve"]["nodes"].as_array().context("nodes")? {
            let mut below = Vec::new();
            for dependency in node["deps"].as_array().context("dependencies")? {
                let kinds = dependency["dep_kinds"].as_array().context("kinds")?;
                if kinds.iter().any(|kind| kind["kind"] != "dev") {
                    below.push(id(&dependency["pkg"])?);
                }
            }
            needs.insert(id(&node["id"])?, below);
        }
        let top = packages.iter().find(|(_, package)| package["name"] == TOP).map(|(id, _)| *id);
        let top = top.with_context(|| format!("the crate `{TOP}`"))?;
        let (mut reached, mut open, mut seen) = (BTreeMap::new(), vec![top], BTreeSet::new());
        while let Some(next) = open.pop() {
            if seen.insert(next) {
                reached.insert(reference(packages[next])?, next);
                open.extend(needs.get(next).context("a package that is resolved")?);
            }
        }
        Ok(Self { top, packages, needs, reached })
    }

    fn below(&self, id: &str) -> BTreeSet<String> {
        self.needs[id].iter().filter_map(|id| reference(self.packages[id]).ok()).collect()
    }
}

/// Returns by what a package is named everywhere.
fn reference(package: &Value) -> Result<String> {
    let of = |key: &str| package[key].as_str().with_context(|| format!("the {key} of a package"));
    Ok(format!("pkg:cargo/{}@{}", of("name")?, of("version")?))
}

fn crate_of(package: &Value, reference: &str, sums: &BTreeMap<(&str, &str), &str>) -> Result<Value> {
    let of = |key: &str| package[key].as_str();
    let (name, version) = (of("name").context("a name")?, of("version").context("a version")?);
    let mut component = json!({
        "type": "library", "bom-ref": reference, "name": name, "version": version, "purl": reference,
    });
    if let Some(license) = of("license") {
        // The sign of old manifests is none of the expressions of SPDX.
        component["licenses"] = json!([{ "expression": license.replace('/', " OR ") }]);
    }
    if let Some(sum) = sums.get(&(name, version)) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": sum }]);
    }
    Ok(component)
}

/// Returns the sum of each package that `Cargo.lock` has one of.
fn sums(lock: &str) -> BTreeMap<(&str, &str), &str> {
    let of = |package: &'_ str, key: &str| -> Option<(usize, usize)> {
        let begin = package.find(&format!("\n{key} = \""))? + key.len() + 5;
        Some((begin, begin + package[begin..].find('"')?))
    };
    let packages = lock.split("[[package]]").skip(1);
    let read = packages.filter_map(|package| {
        let get = |key| of(package, key).map(|(begin, end)| &package[begin..end]);
        Some(((get("name")?, get("version")?), get("checksum")?))
    });
    read.collect()
}

/// Returns the packages of which the page is built, but those that only build it.
fn packages_of_the_page(lock: &Value) -> Result<Vec<Value>> {
    let mut components = BTreeMap::new();
    for (path, package) in lock["packages"].as_object().context("the packages of the page")? {
        let Some((_, name)) = path.rsplit_once("node_modules/") else { continue };
        if package["dev"] == true || package["devOptional"] == true {
            continue;
        }
        let version = package["version"].as_str().with_context(|| format!("the version of `{name}`"))?;
        let reference = format!("pkg:npm/{}@{version}", name.replace('@', "%40"));
        let mut component = json!({
            "type": "library", "bom-ref": &reference, "name": name, "version": version, "purl": &reference,
        });
        if let Some(license) = package["license"].as_str() {
            component["licenses"] = json!([{ "expression": license }]);
        }
        components.insert(reference, component);
    }
    Ok(components.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lists_what_is_built_in_and_leaves_out_what_only_tests() {
        let written = text(0).unwrap();
        assert_eq!(written, text(0).unwrap());
        let document: Value = serde_json::from_str(&written).unwrap();
        assert_eq!(document["metadata"]["timestamp"], "1970-01-01T00:00:00Z");
        let components = document["components"].as_array().unwrap();
        let references: BTreeSet<&str> =
            components.iter().filter_map(|component| component["bom-ref"].as_str()).collect();
        assert_eq!(references.len(), components.len(), "each stands there once");
        let has = |name: &str| components.iter().any(|component| component["name"] == name);
        assert!(has("tokio") && has("wasmtime") && has("react") && has("worker"));
        assert!(!has("proptest") && !has("insta") && !has("vitest") && !has("e2e") && !has("xtask"));
        for component in components {
            let purl = component["purl"].as_str().unwrap();
            assert!(component["licenses"][0]["expression"].is_string(), "{purl} has no license");
        }
        let summed = components.iter().filter(|component| component["hashes"].is_array()).count();
        assert!(summed > 200, "{summed}");
        // Whoever is needed is there.
        let top = document["metadata"]["component"]["bom-ref"].as_str().unwrap();
        for dependency in document["dependencies"].as_array().unwrap() {
            for below in dependency["dependsOn"].as_array().unwrap() {
                let below = below.as_str().unwrap();
                assert!(below == top || references.contains(below), "{below}");
            }
        }
    }

    #[test]
    fn a_sum_belongs_to_its_version() {
        let lock = "[[package]]\nname = \"a\"\nversion = \"1\"\nchecksum = \"11\"\n\n[[package]]\nname = \
            \"a\"\nversion = \"2\"\n";
        assert_eq!(sums(lock), BTreeMap::from([(("a", "1"), "11")]));
    }
}

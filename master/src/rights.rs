//! What each route asks for: its role, read from the declaration beside the route, `security(("role" = ["editor"]))`.
//!
//! Flow: `routes` → OpenAPI document → **`rights`** → `identity::guard`. A route of the interface that declares nothing
//! is refused to everybody.

use std::collections::BTreeMap;

use axum::http::Method;
use model::account::Role;
use serde_json::Value;

/// What a route asks of who calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: the way in.
    Nothing,
    /// An identity with at least this role.
    Role(Role),
}

/// What a request comes to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A route that says what it asks for.
    Route(Needs),
    /// The path has other methods: these.
    OtherMethods(String),
    /// Nobody declared what it asks for.
    Undeclared,
}

/// What all routes ask for, by path and method.
#[derive(Debug)]
pub(crate) struct Rights(BTreeMap<String, BTreeMap<String, Needs>>);

/// In the order in which an answer names them.
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

impl Rights {
    /// Reads the declarations of the OpenAPI document, as it is before they are told to its readers.
    pub(crate) fn declared(document: &Value) -> Self {
        let mut rights = BTreeMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            let methods: &mut BTreeMap<String, Needs> = rights.entry(path.clone()).or_default();
            for (method, operation) in item.as_object().into_iter().flatten() {
                if let Some(needs) = needs(&operation["security"]) {
                    methods.insert(method.to_uppercase(), needs);
                }
            }
            if let Some(needs) = methods.get("GET").copied() {
                methods.entry("HEAD".to_owned()).or_insert(needs);
            }
        }
        // The document does not describe itself.
        let viewer = Needs::Role(Role::Viewer);
        let itself = ["GET", "HEAD"].map(|method| (method.to_owned(), viewer));
        rights.insert("/api/v1/openapi.json".to_owned(), itself.into());
        Self(rights)
    }

    /// Returns what a route asks for.
    pub(crate) fn of(&self, method: &Method, path: &str) -> Found {
        let Some(methods) = self.0.get(path) else { return Found::Undeclared };
        match methods.get(method.as_str()) {
            Some(needs) => Found::Route(*needs),
            None => {
                let others = METHODS.into_iter().filter(|method| methods.contains_key(*method));
                Found::OtherMethods(others.collect::<Vec<_>>().join(","))
            }
        }
    }
}

/// Reads a declaration: `[{}]` asks for nothing, `[{"role": ["editor"]}]` for a role.
fn needs(security: &Value) -> Option<Needs> {
    let [one] = security.as_array()?.as_slice() else { return None };
    let one = one.as_object()?;
    if one.is_empty() {
        return Some(Needs::Nothing);
    }
    let roles = one.get("role")?.as_array()?;
    let [role] = roles.as_slice() else { return None };
    role.as_str()?.parse().ok().map(Needs::Role)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_declaration_is_nothing_or_one_role() {
        assert_eq!(needs(&json!([{}])), Some(Needs::Nothing));
        assert_eq!(needs(&json!([{ "role": ["operator"] }])), Some(Needs::Role(Role::Operator)));
        for none in
            [json!(null), json!([]), json!([{ "role": [] }]), json!([{ "role": ["root"] }]), json!([{}, {}])]
        {
            assert_eq!(needs(&none), None, "{none}");
        }
    }

    /// Every route of the interface says what it asks for. Mutation: take `security(…)` from any route.
    #[test]
    fn every_route_declares_its_role() {
        let declared = crate::openapi::declarations();
        let mut routes = 0;
        for (path, item) in declared["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                assert!(needs(&operation["security"]).is_some(), "{method} {path} declares no role");
                routes += 1;
            }
        }
        assert!(routes > 40, "{routes} routes were looked at");
    }

    #[test]
    fn what_is_not_declared_is_nobodys() {
        let rights = Rights::declared(
            &json!({ "paths": { "/api/v1/a": { "get": {}, "put": { "security": [{}] } } } }),
        );
        assert_eq!(rights.of(&Method::GET, "/api/v1/a"), Found::OtherMethods("PUT".into()));
        assert_eq!(rights.of(&Method::PUT, "/api/v1/a"), Found::Route(Needs::Nothing));
        assert_eq!(rights.of(&Method::GET, "/api/v1/b"), Found::Undeclared);
    }
}

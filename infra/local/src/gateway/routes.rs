//! Which function a request is for.

use axum::http::Method;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value as Json, json};

use crate::template::{Function, Route};

/// The routes of all functions.
pub struct Routes(Vec<(Route, String)>);

/// A route that a request takes.
#[derive(Debug)]
pub struct Found {
    /// The route.
    pub route: Route,
    /// The package of its function.
    pub function: String,
    /// The values of the path's parameters.
    pub parameters: Map<String, Json>,
}

impl Route {
    /// The route as events name it: `GET /claims/{id}`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// The parameters' values when the path fits.
    fn fit(&self, path: &str) -> Option<Map<String, Json>> {
        let wanted: Vec<_> = self.path.split('/').collect();
        let given: Vec<_> = path.split('/').collect();
        let mut parameters = Map::new();
        for (place, segment) in wanted.iter().enumerate() {
            let value = *given.get(place)?;
            match parameter(segment) {
                Some(name) if name.ends_with('+') => {
                    parameters.insert(name.trim_end_matches('+').to_owned(), json!(given[place..].join("/")));
                    return Some(parameters);
                }
                Some(name) if !value.is_empty() => {
                    let value = percent_decode_str(value).decode_utf8_lossy();
                    parameters.insert(name.to_owned(), json!(value));
                }
                None if *segment == value => {}
                _ => return None,
            }
        }
        (wanted.len() == given.len()).then_some(parameters)
    }

    /// Smaller is more specific: fixed segments first, then parameters, then `{rest+}`, and a method before `ANY`.
    fn rank(&self) -> (Vec<u8>, bool) {
        let segment = |segment: &str| match parameter(segment) {
            None => 0,
            Some(name) if name.ends_with('+') => 2,
            Some(_) => 1,
        };
        (self.path.split('/').map(segment).collect(), self.method == "ANY")
    }
}

fn parameter(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

impl Routes {
    /// The routes of these functions, the most specific first.
    #[must_use]
    pub fn new<'f>(functions: impl Iterator<Item = &'f Function>) -> Self {
        let of = |function: &'f Function| {
            function.routes.iter().map(|route| (route.clone(), function.package.clone()))
        };
        let mut all: Vec<_> = functions.flat_map(of).collect();
        all.sort_by_key(|(route, _)| route.rank());
        Self(all)
    }

    /// The route a request takes, if there is one.
    #[must_use]
    pub fn find(&self, method: &Method, path: &str) -> Option<Found> {
        self.0.iter().find_map(|(route, function)| {
            if route.method != "ANY" && route.method != method.as_str() {
                return None;
            }
            let parameters = route.fit(path)?;
            Some(Found { route: route.clone(), function: function.clone(), parameters })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(all: &[(&str, &str)]) -> Routes {
        let route = |(method, path): &(&str, &str)| Route {
            method: (*method).into(),
            path: (*path).into(),
            authorized: true,
        };
        let mut all: Vec<_> = all.iter().map(|one| (route(one), "f".to_owned())).collect();
        all.sort_by_key(|(route, _)| route.rank());
        Routes(all)
    }

    #[test]
    fn the_most_specific_route_wins() {
        let routes = routes(&[
            ("ANY", "/{all+}"),
            ("POST", "/claims/{id}"),
            ("POST", "/claims/check"),
            ("GET", "/claims/{id}/history"),
        ]);
        for (method, path, expected) in [
            (Method::POST, "/claims/check", "POST /claims/check"),
            (Method::POST, "/claims/1", "POST /claims/{id}"),
            (Method::GET, "/claims/1/history", "GET /claims/{id}/history"),
            (Method::GET, "/claims/1", "ANY /{all+}"),
        ] {
            assert_eq!(
                routes.find(&method, path).map(|found| found.route.key()).as_deref(),
                Some(expected),
                "{path}"
            );
        }
    }

    #[test]
    fn parameters_are_decoded_and_never_empty() {
        let routes = routes(&[("GET", "/claims/{id}")]);
        assert_eq!(routes.find(&Method::GET, "/claims/a%20b").unwrap().parameters["id"], "a b");
        for path in ["/claims/", "/claims", "/claims/1/2", "/"] {
            assert!(routes.find(&Method::GET, path).is_none(), "{path}");
        }
        assert!(routes.find(&Method::POST, "/claims/1").is_none());
    }
}

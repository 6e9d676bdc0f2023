//! The network: names and addresses, services and their endpoints, policies, HTTP.

pub mod http;

//! Images as data: what a container of an image does, logs, answers, needs and weighs.
//!
//! One file per image (or family), one line in [`IMAGES`]. An image is found by its repository; one
//! that is not in the table is pulled from any registry that would have it and runs as a process that
//! listens nowhere.

mod apps;
mod base;
mod components;
mod context;
mod databases;
mod echo;
mod ensembles;
mod etcd;
mod ingress;
mod kubia;
mod languages;
mod python;
mod redis;
mod reference;
mod replication;
mod servers;
mod sql;
mod sql_client;
mod tools;
mod web;

pub use base::Base;
pub use context::{Context, Identity, Run};
pub(in crate::kubelet) use context::{capabilities, closed};
pub use reference::{Reference, ReferenceError};

use crate::process::LocalFuture;
use std::time::Duration;

/// What is known of an image.
pub struct Image {
    /// The repositories it is found under, in full: `docker.io/library/nginx`.
    pub names: &'static [&'static str],
    /// Which tags the registry has.
    pub tags: Tags,
    /// What it takes on disk, in MiB.
    pub size: u32,
    /// What its root file system is made from.
    pub base: Base,
    /// What runs, unless the pod says otherwise.
    pub entrypoint: &'static [&'static str],
    /// With which arguments, unless the pod says otherwise.
    pub cmd: &'static [&'static str],
    /// Its environment.
    pub env: &'static [(&'static str, &'static str)],
    /// The user it runs as; 0 is root.
    pub user: u32,
    /// The directory it starts in.
    pub directory: &'static str,
    /// Files beyond those of its base.
    pub files: &'static [(&'static str, &'static str)],
    /// Tools beyond those of its base.
    pub tools: &'static [&'static str],
    /// The programs that come with it.
    pub programs: &'static [Program],
    /// CPU in millicores and memory in MiB that a container uses when nobody asks it for anything.
    pub usage: (u32, u32),
    /// Microseconds of CPU that a request over HTTP costs.
    pub work: u32,
}

/// Which tags a repository has.
pub enum Tags {
    /// Any that looks like a tag somebody would publish.
    Plausible,
    /// These only.
    Only(&'static [&'static str]),
}

/// A program of an image.
pub struct Program {
    /// Where it lies.
    pub path: &'static str,
    /// What it does when it is started.
    pub run: fn(&Run) -> Outcome,
}

/// What a started program comes to.
pub enum Outcome {
    /// It runs until it is stopped.
    Runs(Term),
    /// It ends by itself after a while.
    Ends(Duration, i32),
    /// It takes more memory than it may and is killed after a while.
    OutOfMemory(Duration),
    /// It is driven as a task of its own.
    Task(LocalFuture<i32>),
}

/// How a program takes a `SIGTERM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// It ends with that status, after that many milliseconds.
    Exits(i32, u32),
    /// Not at all: process 1 has no default handler, and this one set none.
    Ignores,
}

impl Image {
    /// What the rows start from: a server on Debian that stops when told.
    pub const DEFAULT: Image = Image {
        names: &[],
        tags: Tags::Plausible,
        size: 50,
        base: Base::Debian,
        entrypoint: &[],
        cmd: &[],
        env: &[],
        user: 0,
        directory: "/",
        files: &[],
        tools: &[],
        programs: &[],
        usage: (1, 10),
        work: 200,
    };

    /// The program of that name or path, if it is this image's own.
    pub fn program(&self, name: &str) -> Option<&'static Program> {
        let matches = |program: &&Program| {
            program.path == name || (!name.contains('/') && program.path.rsplit('/').next() == Some(name))
        };
        self.programs.iter().find(matches)
    }
}

/// The table of images.
pub static IMAGES: &[&Image] = &[
    &kubia::IMAGE,
    &kubia::UNHEALTHY,
    &kubia::GPU,
    &kubia::PET,
    &kubia::FORTUNE,
    &kubia::BATCH_JOB,
    &kubia::KUBECTL_PROXY,
    &web::NGINX,
    &web::UNPRIVILEGED,
    &web::FRONTEND,
    &echo::MENDHAK,
    &echo::HTTPENV,
    &web::HTTPD,
    &web::PAGE,
    &web::HPA_EXAMPLE,
    &redis::IMAGE,
    &tools::BUSYBOX,
    &tools::ALPINE,
    &tools::DEBIAN,
    &tools::UBUNTU,
    &tools::CURL,
    &tools::NETSHOOT,
    &tools::DNSUTILS,
    &tools::STRESS,
    &tools::PAUSE,
    &tools::HELLO_WORLD,
    &echo::HELLO_APP,
    &echo::ECHO_SERVER,
    &echo::ECHOSERVER,
    &echo::EALEN,
    &echo::HTTP_ECHO,
    &echo::WHOAMI,
    &echo::BOOTCAMP,
    &echo::AGNHOST,
    &echo::LIVENESS,
    &echo::SERVE_HOSTNAME,
    &echo::GOPROXY,
    &databases::MYSQL,
    &databases::MARIADB,
    &replication::XTRABACKUP,
    &databases::POSTGRES,
    &databases::MONGO,
    &databases::MEMCACHED,
    &databases::RABBITMQ,
    &ensembles::CASSANDRA,
    &ensembles::ZOOKEEPER,
    &languages::PERL,
    &languages::PYTHON,
    &languages::NODE,
    &components::COREDNS,
    &etcd::IMAGE,
    &components::API_SERVER,
    &components::CONTROLLER_MANAGER,
    &components::SCHEDULER,
    &components::PROXY,
    &components::STORAGE_PROVISIONER,
    &components::METRICS_SERVER,
    &ingress::CONTROLLER,
    &ingress::CERTGEN,
];

/// What an image that is in no table is: a process that listens nowhere and stops when told.
pub static UNKNOWN: Image = Image {
    entrypoint: &["/app"],
    programs: &[Program { path: "/app", run: |_| Outcome::Runs(Term::Exits(0, 100)) }],
    ..Image::DEFAULT
};

/// The image of a repository.
pub fn find(repository: &str) -> Option<&'static Image> {
    IMAGES.iter().copied().chain(apps::IMAGES).find(|image| image.names.contains(&repository))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_whole() {
        let mut seen = crate::meta::SortedSet::new();
        for image in IMAGES.iter().copied().chain(apps::IMAGES) {
            assert!(!image.names.is_empty());
            for name in image.names {
                assert!(seen.insert(*name), "{name} stands twice");
                assert_eq!(Reference::parse(name).unwrap().repository, *name);
            }
            let start = image.entrypoint.first().or(image.cmd.first());
            if let Some(start) = start {
                let tool = start.rsplit('/').next().unwrap_or(start);
                let has = image.program(start).is_some() || image.base.has(tool) || image.tools.contains(&tool);
                assert!(has, "{} has no {start}", image.names[0]);
            }
        }
    }
}

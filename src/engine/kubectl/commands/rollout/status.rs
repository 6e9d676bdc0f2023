//! `kubectl rollout status`: says how far a rollout is, until it is done.

use super::revisions::REVISION;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::invocation::Invocation;
use crate::kubectl::resource::Info;
use crate::meta::Object;
use std::pin::pin;
use std::task::Poll;

pub(super) async fn run(inv: Invocation) -> Outcome {
    if inv.flags.int("revision") < 0 {
        return Err(format!("revision must be a positive integer: {}", inv.flags.int("revision")).into());
    }
    let (infos, mut failures) = super::select_some(&inv).await?;
    for info in &infos {
        failures.extend(follow(&inv, info).await.err());
    }
    Failure::collected(failures)
}

/// Prints each new state of a rollout until it is done (or once, with `--watch=false`).
async fn follow(inv: &Invocation, info: &Info) -> Outcome {
    let timeout = inv.flags.duration("timeout");
    let mut sleep = pin!(inv.process.clock.sleep(timeout));
    let (mut seen, watch) = (String::new(), inv.flags.bool("watch"));
    std::future::poll_fn(|context| {
        let object = match inv.get(&info.resource, &info.namespace, &info.name) {
            Ok(object) => object,
            Err(failure) if failure.is_not_found() && !seen.is_empty() => {
                return Poll::Ready(Err("object has been deleted".into()));
            }
            Err(failure) => return Poll::Ready(Err(failure)),
        };
        let revision = object.at(&["metadata", "resourceVersion"]).str().to_string();
        if revision != seen {
            seen = revision;
            match status_of(&object, inv.flags.int("revision")) {
                Ok((text, done)) => {
                    inv.out(text);
                    if done || !watch {
                        return Poll::Ready(Ok(()));
                    }
                }
                Err(failure) => return Poll::Ready(Err(failure)),
            }
        }
        if !timeout.is_zero() && sleep.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err("timed out waiting for the condition".into()));
        }
        Poll::Pending
    })
    .await
}

/// What there is to say, and whether the rollout is done.
fn status_of(object: &Object, revision: i64) -> Outcome<(String, bool)> {
    match object.kind() {
        "Deployment" => deployment(object, revision),
        "DaemonSet" => daemon_set(object),
        "StatefulSet" => stateful_set(object),
        kind => Err(format!("no status viewer has been implemented for {kind}").into()),
    }
}

fn is_seen(object: &Object) -> bool {
    object.status()["observedGeneration"].int() >= object.generation()
}

fn deployment(object: &Object, revision: i64) -> Outcome<(String, bool)> {
    if revision > 0 {
        let current: i64 = object.annotation(REVISION).and_then(|text| text.parse().ok()).unwrap_or(0);
        if current != revision {
            return Err(
                format!("desired revision ({revision}) is different from the running revision ({current})").into()
            );
        }
    }
    let waiting =
        |what: String| (format!("Waiting for deployment {:?} rollout to finish: {what}...\n", object.name()), false);
    if !is_seen(object) {
        return Ok(("Waiting for deployment spec update to be observed...\n".into(), false));
    }
    if object.condition("Progressing").is_some_and(|condition| condition["reason"] == "ProgressDeadlineExceeded") {
        return Err(format!("deployment {:?} exceeded its progress deadline", object.name()).into());
    }
    let (wanted, status) = (object.spec()["replicas"].as_i64(), object.status());
    let count = |field: &str| status[field].int();
    let updated = count("updatedReplicas");
    Ok(if let Some(wanted) = wanted.filter(|wanted| updated < *wanted) {
        waiting(format!("{updated} out of {wanted} new replicas have been updated"))
    } else if count("replicas") > updated {
        waiting(format!("{} old replicas are pending termination", count("replicas") - updated))
    } else if count("availableReplicas") < updated {
        waiting(format!("{} of {updated} updated replicas are available", count("availableReplicas")))
    } else {
        (format!("deployment {:?} successfully rolled out\n", object.name()), true)
    })
}

fn daemon_set(object: &Object) -> Outcome<(String, bool)> {
    let kind = object.at(&["spec", "updateStrategy", "type"]).str();
    if kind != "RollingUpdate" {
        return Err(format!("rollout status is only available for {} strategy type", "RollingUpdate").into());
    }
    if !is_seen(object) {
        return Ok(("Waiting for daemon set spec update to be observed...\n".into(), false));
    }
    let waiting =
        |what: String| (format!("Waiting for daemon set {:?} rollout to finish: {what}...\n", object.name()), false);
    let count = |field: &str| object.status()[field].int();
    let (updated, wanted) = (count("updatedNumberScheduled"), count("desiredNumberScheduled"));
    Ok(if updated < wanted {
        waiting(format!("{updated} out of {wanted} new pods have been updated"))
    } else if count("numberAvailable") < wanted {
        waiting(format!("{} of {wanted} updated pods are available", count("numberAvailable")))
    } else {
        (format!("daemon set {:?} successfully rolled out\n", object.name()), true)
    })
}

fn stateful_set(object: &Object) -> Outcome<(String, bool)> {
    let (spec, status) = (object.spec(), object.status());
    if spec.at(&["updateStrategy", "type"]).str() != "RollingUpdate" {
        return Err("rollout status is only available for RollingUpdate strategy type".into());
    }
    if status["observedGeneration"].int() == 0 || !is_seen(object) {
        return Ok(("Waiting for statefulset spec update to be observed...\n".into(), false));
    }
    let count = |field: &str| status[field].int();
    if let Some(wanted) = spec["replicas"].as_i64().filter(|wanted| count("readyReplicas") < *wanted) {
        return Ok((format!("Waiting for {} pods to be ready...\n", wanted - count("readyReplicas")), false));
    }
    let rolling = spec.at(&["updateStrategy", "rollingUpdate"]);
    if let (Some(partition), Some(wanted)) = (rolling["partition"].as_i64(), spec["replicas"].as_i64()) {
        let (updated, wanted) = (count("updatedReplicas"), wanted - partition);
        return Ok(if updated < wanted {
            let text = "Waiting for partitioned roll out to finish:";
            (format!("{text} {updated} out of {wanted} new pods have been updated...\n"), false)
        } else {
            (format!("partitioned roll out complete: {updated} new pods have been updated...\n"), true)
        });
    }
    let (update, current) = (status["updateRevision"].str(), status["currentRevision"].str());
    if update != current {
        let text = "waiting for statefulset rolling update to complete";
        return Ok((format!("{text} {} pods at revision {update}...\n", count("updatedReplicas")), false));
    }
    Ok((
        format!("statefulset rolling update complete {} pods at revision {current}...\n", count("currentReplicas")),
        true,
    ))
}

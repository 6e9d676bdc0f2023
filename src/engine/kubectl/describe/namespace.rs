//! Describes namespaces, with the quotas and limits in them.

use super::super::failure::Outcome;
use super::page::{Page, rfc1123};
use super::policy;

pub(super) fn namespace(page: &mut Page<'_>) -> Outcome {
    let object = page.object();
    let quotas = page.inv.list(&*page.inv.resource("resourcequotas", "")?, object.name(), "", "")?;
    let ranges = page.inv.list(&*page.inv.resource("limitranges", "")?, object.name(), "", "")?;
    page.field("Name", object.name());
    page.labels_and_annotations();
    page.field("Status", object.status()["phase"].str());
    let conditions = object.status()["conditions"].items();
    if !conditions.is_empty() {
        page.line(0, "Conditions:");
        let titles = ["Type", "Status", "LastTransitionTime", "Reason", "Message"];
        let rows = conditions.iter().map(|condition| {
            let text = |field: &str| condition[field].str().to_string();
            let time = rfc1123(&condition["lastTransitionTime"]);
            vec![text("type"), text("status"), time, text("reason"), text("message")]
        });
        let rows: Vec<Vec<String>> = rows.collect();
        page.table(1, &titles, &rows);
    }
    page.line(0, "");
    if quotas.is_empty() {
        page.line(0, "No resource quota.");
    } else {
        page.line(0, "Resource Quotas");
        for quota in &quotas {
            page.line(1, format!("Name:\t{}", quota.name()));
            policy::quota_scopes(page, quota, 1);
            page.line(1, "Resource\tUsed\tHard");
            page.line(1, "--------\t---\t---");
            policy::quota_rows(page, quota, 1);
        }
    }
    page.line(0, "");
    if ranges.is_empty() {
        page.line(0, "No LimitRange resource.");
    } else {
        page.line(0, "Resource Limits");
        page.line(0, format!(" {}", policy::LIMIT_TITLES.join("\t")));
        page.line(0, format!(" {}", policy::dashes(policy::LIMIT_TITLES)));
        for range in &ranges {
            policy::limit_rows(page, range, " ");
        }
    }
    Ok(())
}

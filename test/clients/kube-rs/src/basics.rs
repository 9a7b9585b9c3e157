//! Applies, scales, waits and deletes.
use anyhow::{Context, Result};
use kube::api::{DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::runtime::wait::{await_condition, conditions};
use kube::{Error, ResourceExt};
use serde_json::json;

use crate::{Story, step};

/// Reason of the refusal, and the fields that it names.
fn refusal<T>(result: kube::Result<T>) -> serde_json::Value {
    match result {
        Ok(_) => json!("not refused"),
        Err(Error::Api(status)) => {
            let causes = status.details.as_ref().map(|details| details.causes.clone()).unwrap_or_default();
            let fields: Vec<_> = causes.iter().map(|cause| cause.field.clone()).collect();
            json!({ "code": status.code, "reason": status.reason, "fields": fields })
        }
        Err(other) => json!(other.to_string()),
    }
}

fn is_ready(object: Option<&DynamicObject>) -> bool {
    object
        .and_then(|found| found.data.pointer("/status/conditions"))
        .and_then(|found| found.as_array())
        .is_some_and(|all| all.iter().any(|one| one["type"] == "Ready" && one["status"] == "True"))
}

pub async fn tell(Story { apps, clusters, app, cluster }: &Story) -> Result<()> {
    let name = &app.name_any();
    let one = PatchParams::apply("one");
    let first = apps.patch(name, &one, &Patch::Apply(app)).await?;
    let again = apps.patch(name, &one, &Patch::Apply(app)).await?;
    step("applied again", json!(first.resource_version() == again.resource_version()));
    let mut other = app.clone();
    other.data["spec"]["version"] = json!("2.0");
    step("conflict", refusal(apps.patch(name, &PatchParams::apply("two"), &Patch::Apply(&other)).await));
    let forced = apps.patch(name, &PatchParams::apply("two").force(), &Patch::Apply(&other)).await?;
    step("forced", forced.data["spec"]["version"].clone());
    step("not found", refusal(apps.get("missing").await));
    step("not found, optionally", json!(apps.get_opt("missing").await?.is_none()));
    step("created twice", refusal(apps.create(&PostParams::default(), app).await));
    let mut stale = forced.clone();
    stale.metadata.resource_version = first.resource_version();
    step("overtaken", refusal(apps.replace(name, &PostParams::default(), &stale).await));
    let mut unknown = app.clone();
    unknown.data["spec"]["roles"][0]["nothing"] = json!(1);
    let merged = Patch::Merge(&unknown.data);
    step("unknown field", refusal(apps.patch(name, &PatchParams::default().validation_strict(), &merged).await));
    let listed = apps.list_metadata(&ListParams::default().limit(1)).await?;
    step("metadata", json!([listed.items.len(), listed.items[0].name_any()]));

    let running = &cluster.name_any();
    clusters.create(&PostParams::default(), cluster).await?;
    await_condition(clusters.clone(), running, is_ready).await?;
    let mut scale = clusters.get_scale(running).await?;
    scale.spec.as_mut().context("a scale without a spec")?.replicas = Some(2);
    let scaled = clusters.replace_scale(running, &PostParams::default(), &scale).await?;
    step("scaled", json!(scaled.spec.and_then(|spec| spec.replicas)));
    let patch = Patch::Merge(json!({ "spec": { "replicas": 1 } }));
    let scaled = clusters.patch_scale(running, &PatchParams::default(), &patch).await?;
    step("scaled by a patch", json!(scaled.spec.and_then(|spec| spec.replicas)));
    let uid = clusters.get(running).await?.uid().context("a cluster without a uid")?;
    let _ = clusters.delete(running, &DeleteParams::foreground()).await?;
    await_condition(clusters.clone(), running, conditions::is_deleted(&uid)).await?;
    let _ = apps.delete(name, &DeleteParams::default()).await?;
    step("left", json!(apps.list(&ListParams::default()).await?.items.len()));
    Ok(())
}

//! Follows apps, also while the server is away.
use std::collections::BTreeMap;
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures::{Stream, StreamExt};
use kube::ResourceExt;
use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::runtime::watcher::{Config, Error, Event};
use kube::runtime::{WatchStreamExt, watcher};
use serde_json::json;

use crate::{Story, pause, step};

type Versions = BTreeMap<String, String>;

pub async fn tell(Story { apps, app, .. }: &Story, config: Config) -> Result<()> {
    let named = |name: &str| {
        let mut made = app.clone();
        made.metadata.name = Some(name.into());
        made
    };
    let label = |value: &str| Patch::Merge(json!({ "metadata": { "labels": { "seen": value } } }));
    for name in ["a", "b"] {
        apps.create(&PostParams::default(), &named(name)).await?;
    }
    let mut events = pin!(watcher(apps.clone(), config).default_backoff());
    let mut kept = Versions::new();
    follow(&mut events, &mut kept, |kept| kept.len() == 2).await?;
    step("first", json!(kept.keys().collect::<Vec<_>>()));

    apps.create(&PostParams::default(), &named("c")).await?;
    let changed = apps.patch("a", &PatchParams::default(), &label("1")).await?;
    let _ = apps.delete("b", &DeleteParams::default()).await?;
    let version = changed.resource_version().context("an object without a version")?;
    follow(&mut events, &mut kept, |kept| kept["a"] == version && kept.keys().eq(["a", "c"])).await?;
    step("changed", json!(kept.keys().collect::<Vec<_>>()));

    pause("restart")?;
    let changed = apps.patch("c", &PatchParams::default(), &label("2")).await?;
    let _ = apps.delete("a", &DeleteParams::default()).await?;
    apps.create(&PostParams::default(), &named("d")).await?;
    let version = changed.resource_version().context("an object without a version")?;
    follow(&mut events, &mut kept, |kept| kept.keys().eq(["c", "d"]) && kept["c"] == version).await?;
    step("changed after the server was away", json!(kept.keys().collect::<Vec<_>>()));
    Ok(())
}

/// Takes events in until what is kept is as wished for. What the watcher tries again is no failure.
async fn follow(
    events: &mut (impl Stream<Item = Result<Event<DynamicObject>, Error>> + Unpin),
    kept: &mut Versions,
    done: impl Fn(&Versions) -> bool,
) -> Result<()> {
    let mut listed = Versions::new();
    let all = async {
        while !done(kept) {
            let Some(event) = events.next().await else { bail!("the watcher ended") };
            match event {
                Ok(Event::Init) => listed.clear(),
                Ok(Event::InitApply(object)) => {
                    listed.insert(object.name_any(), object.resource_version().unwrap_or_default());
                }
                Ok(Event::InitDone) => *kept = std::mem::take(&mut listed),
                Ok(Event::Apply(object)) => {
                    kept.insert(object.name_any(), object.resource_version().unwrap_or_default());
                }
                Ok(Event::Delete(object)) => {
                    kept.remove(&object.name_any());
                }
                Err(error) => eprintln!("the watcher tries again after: {error}"),
            }
        }
        Ok(())
    };
    tokio::time::timeout(Duration::from_secs(90), all).await.context("what was written was not seen")?
}

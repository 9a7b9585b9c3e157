//! Stories of kube-rs: kube-rs STORY NAMESPACE OBJECTS, where OBJECTS are an app and a cluster as JSON.
//! Prints a JSON line for each step.
mod basics;
mod watching;

use anyhow::{Context, Result, bail};
use kube::api::{ApiResource, DynamicObject};
use kube::discovery::ApiCapabilities;
use kube::{Api, Client, discovery};
use serde_json::{Value, json};

pub struct Story {
    pub apps: Api<DynamicObject>,
    pub clusters: Api<DynamicObject>,
    pub app: DynamicObject,
    pub cluster: DynamicObject,
}

pub fn step(name: &str, value: Value) {
    println!("{}", json!({ "step": name, "value": value }));
}

/// Lets the test do something, and goes on after it.
pub fn pause(what: &str) -> Result<()> {
    println!("{}", json!({ "pause": what }));
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

fn kind(found: &[(ApiResource, ApiCapabilities)], kind: &str) -> Result<ApiResource> {
    let (resource, capabilities) = found
        .iter()
        .find(|(resource, _)| resource.kind == kind)
        .with_context(|| format!("discovery does not know {kind}"))?;
    let mut subresources: Vec<_> = capabilities.subresources.iter().map(|(sub, _)| sub.plural.clone()).collect();
    subresources.sort();
    step(&format!("{kind} in discovery"), json!({ "plural": resource.plural, "subresources": subresources }));
    Ok(resource.clone())
}

#[tokio::main]
async fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().collect();
    let [_, story, namespace, objects] = args.as_slice() else {
        bail!("usage: kube-rs STORY NAMESPACE OBJECTS");
    };
    let client = Client::try_default().await?;
    let found = discovery::group(&client, "kubedirector.hpe.com").await?.recommended_resources();
    let (app, cluster) = serde_json::from_str(objects)?;
    let told = Story {
        apps: Api::namespaced_with(client.clone(), namespace, &kind(&found, "KubeDirectorApp")?),
        clusters: Api::namespaced_with(client, namespace, &kind(&found, "KubeDirectorCluster")?),
        app,
        cluster,
    };
    match story.as_str() {
        "basics" => basics::tell(&told).await,
        "streaming" => watching::tell(&told, kube::runtime::watcher::Config::default().streaming_lists()).await,
        "listing" => watching::tell(&told, kube::runtime::watcher::Config::default()).await,
        other => bail!("there is no story {other}"),
    }
}

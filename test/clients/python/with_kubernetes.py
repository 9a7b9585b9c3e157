"""The package kubernetes, by its dynamic client."""

import json
import threading

from kubernetes import config, watch
from kubernetes.dynamic import DynamicClient
from kubernetes.dynamic.exceptions import ConflictError, NotFoundError, UnprocessibleEntityError

API_VERSION = "kubedirector.hpe.com/v1beta1"


def status_of(error):
    return json.loads(error.body)


def story(namespace, app, cluster, step, pause):
    client = DynamicClient(config.new_client_from_config())
    apps = client.resources.get(api_version=API_VERSION, kind="KubeDirectorApp")
    clusters = client.resources.get(api_version=API_VERSION, kind="KubeDirectorCluster")
    step("subresources", sorted(clusters.subresources))
    found = client.resources.search(short_names=["kdapp", "kdapps"])
    step("by short name", [resource.kind for resource in found])

    seen = follow(apps, namespace)
    applied = apps.server_side_apply(body=app, namespace=namespace, field_manager="one")
    again = apps.server_side_apply(body=app, namespace=namespace, field_manager="one")
    step("applied again", applied.metadata.resourceVersion == again.metadata.resourceVersion)
    other = {**app, "spec": {**app["spec"], "version": "2.0"}}
    try:
        apps.server_side_apply(body=other, namespace=namespace, field_manager="two")
    except ConflictError as error:
        causes = status_of(error)["details"]["causes"]
        step("conflict", [f"{cause['reason']} {cause['field']}" for cause in causes])
    forced = apps.server_side_apply(body=other, namespace=namespace, field_manager="two", force_conflicts=True)
    step("forced", forced.spec.version)
    mistakes(apps, namespace, app, forced, step)

    clusters.create(body=cluster, namespace=namespace)
    pause("ready")
    scaled = clusters.scale.patch(
        name=cluster["metadata"]["name"],
        namespace=namespace,
        body={"spec": {"replicas": 2}},
        content_type="application/merge-patch+json",
    )
    step("scaled", [scaled.kind, scaled.spec.replicas])
    patched = clusters.patch(
        name=cluster["metadata"]["name"],
        namespace=namespace,
        body={"spec": {"roles": [{"id": "worker", "members": 1}]}},
        content_type="application/strategic-merge-patch+json",
    )
    step("patched strategically", [[role.id, role.members] for role in patched.spec.roles])
    clusters.delete(name=cluster["metadata"]["name"], namespace=namespace)
    pause("gone")
    apps.delete(name=app["metadata"]["name"], namespace=namespace)
    step("watched", seen())


def mistakes(apps, namespace, app, current, step):
    """What the server refuses, by the exceptions that there are for it."""
    try:
        apps.get(name="missing", namespace=namespace)
    except NotFoundError as error:
        step("not found", status_of(error)["details"]["name"])
    try:
        apps.create(body={**app, "metadata": {"name": "wrong"}, "spec": {**app["spec"], "configSchemaVersion": 1}}, namespace=namespace)
    except UnprocessibleEntityError as error:
        step("invalid", [cause["field"] for cause in status_of(error)["details"]["causes"]])
    stale = current.to_dict()
    stale["metadata"]["resourceVersion"] = "1"
    try:
        apps.replace(body=stale, namespace=namespace)
    except ConflictError as error:
        step("overtaken", error.status)


def follow(apps, namespace):
    """Watches from now on until the app is deleted; the result waits for that and has the events."""
    version = apps.get(namespace=namespace).metadata.resourceVersion
    events = []

    def run():
        watcher = watch.Watch()
        for event in apps.watch(namespace=namespace, resource_version=version, timeout=120, watcher=watcher):
            events.append(event["type"])
            if event["type"] == "DELETED":
                watcher.stop()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def result():
        thread.join(60)
        return events

    return result

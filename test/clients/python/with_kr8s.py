"""The package kr8s, by its asyncio interface."""

import asyncio
import os

import kr8s
from kr8s.asyncio.objects import new_class

API_VERSION = "kubedirector.hpe.com/v1beta1"

App = new_class(kind="KubeDirectorApp", version=API_VERSION, namespaced=True)
Cluster = new_class(kind="KubeDirectorCluster", version=API_VERSION, namespaced=True)
Role = new_class(kind="KubeDirectorRole", version=API_VERSION, namespaced=True)


def story(namespace, app, cluster, step, pause):
    asyncio.run(tell(namespace, app, cluster, step))


async def tell(namespace, app, cluster, step):
    api = await kr8s.asyncio.api(kubeconfig=os.environ["KUBECONFIG"])
    step("looked up", [kind async for kind in names(api)])
    made = await App(app, namespace=namespace, api=api)
    await made.create()
    step("exists", await made.exists())
    await made.label(tier="gold")
    step("labelled", made.labels.to_dict())
    found = [one.name async for one in api.get("kdapps", namespace=namespace, label_selector={"tier": "gold"})]
    step("selected by a short name", found)

    running = await Cluster(cluster, namespace=namespace, api=api)
    await running.create()
    await running.wait("condition=Ready", timeout=60)
    await running.refresh()
    step("ready", running.status.state)
    role = await Role.get(f"{running.name}.worker", namespace=namespace, api=api)
    await role.patch({"spec": {"replicas": 2}}, subresource="scale")
    await role.refresh()
    step("scaled", [role.kind, role.spec.replicas])
    await running.patch([{"op": "test", "path": "/spec/app", "value": made.name}], type="json")
    try:
        await running.patch({"spec": {"app": "other"}})
    except kr8s.ServerError as error:
        step("refused", [error.response.status_code, error.response.json()["reason"]])
    try:
        await Cluster.get("missing", namespace=namespace, api=api, timeout=1)
    except kr8s.NotFoundError:
        step("not found", True)
    await running.delete(propagation_policy="Foreground")
    await running.wait("delete", timeout=60)
    await made.delete()
    await made.wait("delete", timeout=60)
    step("deleted", [await running.exists(), await made.exists()])


async def names(api):
    for kind in ("kdapp", "kdcluster", "kdrole"):
        looked_up = await api.lookup_kind(kind)
        yield looked_up[0]

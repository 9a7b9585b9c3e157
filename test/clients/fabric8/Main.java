import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.NonNamespaceOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/** What fabric8's client does with an app and a cluster: Main NAMESPACE APP CLUSTER. A JSON line for each step. */
public final class Main {
  private final BufferedReader answers = new BufferedReader(new InputStreamReader(System.in));
  private final NonNamespaceOperation<GenericKubernetesResource, GenericKubernetesResourceList, Resource<GenericKubernetesResource>> apps;
  private final NonNamespaceOperation<GenericKubernetesResource, GenericKubernetesResourceList, Resource<GenericKubernetesResource>> clusters;
  private final String app;
  private final String cluster;

  private Main(KubernetesClient client, String namespace, String app, String cluster) {
    this.apps = of(client, "KubeDirectorApp").inNamespace(namespace);
    this.clusters = of(client, "KubeDirectorCluster").inNamespace(namespace);
    this.app = app;
    this.cluster = cluster;
  }

  public static void main(String[] args) throws Exception {
    try (KubernetesClient client = new KubernetesClientBuilder().build()) {
      Main main = new Main(client, args[0], args[1], args[2]);
      main.apply();
      main.follow();
      main.runCluster();
    }
  }

  private static MixedOperation<GenericKubernetesResource, GenericKubernetesResourceList, Resource<GenericKubernetesResource>> of(
      KubernetesClient client, String kind) {
    ResourceDefinitionContext context = new ResourceDefinitionContext.Builder()
        .withGroup("kubedirector.hpe.com").withVersion("v1beta1").withKind(kind)
        .withPlural(kind.toLowerCase() + "s").withNamespaced(true).build();
    return client.genericKubernetesResources(context);
  }

  private void apply() {
    GenericKubernetesResource first = apply("one", false, "1.0");
    step("applied again", version(first).equals(version(apply("one", false, "1.0"))));
    step("conflict", refusal(() -> apply("two", false, "2.0")));
    step("forced", apply("two", true, "2.0").get("spec", "version"));
    step("not found", apps.withName("missing").get() == null);
    step("created twice", refusal(() -> apps.resource(resource(app)).create()));
    GenericKubernetesResource wrong = resource(app);
    wrong.getMetadata().setName("wrong");
    spec(wrong).put("configSchemaVersion", 1);
    step("invalid", refusal(() -> apps.resource(wrong).create()));
    step("overtaken", refusal(() -> apps.resource(first).lockResourceVersion().update()));
    // An edit of an object that was read earlier keeps to its resourceVersion.
    step("edited what was overtaken", refusal(() -> edit(apps.resource(first), "edited")));
    step("edited", edit(apps.withName(first.getMetadata().getName()), "edited").getMetadata().getLabels());
  }

  private static GenericKubernetesResource edit(Resource<GenericKubernetesResource> resource, String label) {
    return resource.edit(found -> {
      found.getMetadata().setLabels(Map.of(label, "yes"));
      return found;
    });
  }

  private GenericKubernetesResource apply(String manager, boolean force, String version) {
    GenericKubernetesResource wished = resource(app);
    spec(wished).put("version", version);
    PatchContext context = new PatchContext.Builder().withPatchType(PatchType.SERVER_SIDE_APPLY)
        .withFieldManager(manager).withForce(force).build();
    return apps.resource(wished).patch(context);
  }

  /** An informer, also while the server is away. */
  private void follow() throws Exception {
    List<String> events = Collections.synchronizedList(new ArrayList<>());
    try (SharedIndexInformer<GenericKubernetesResource> informer = apps.inform(new ResourceEventHandler<>() {
      @Override
      public void onAdd(GenericKubernetesResource object) {
        events.add("add " + object.getMetadata().getName());
      }

      @Override
      public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource after) {
        // A new list after a lost watch repeats what has not changed.
        if (!version(before).equals(version(after))) events.add("update " + after.getMetadata().getName());
      }

      @Override
      public void onDelete(GenericKubernetesResource object, boolean isLastStateUnknown) {
        events.add("delete " + object.getMetadata().getName());
      }
    })) {
      create("a");
      await("the first events", () -> events.contains("add a"));
      pause("restart");
      edit(apps.withName("a"), "seen");
      create("b");
      await("the events after the server was away", () -> events.contains("update a") && events.contains("add b"));
      apps.withName("a").delete();
      apps.withName("b").delete();
      await("the last events", () -> events.contains("delete a") && events.contains("delete b"));
      step("in the store", informer.getStore().list().size());
    }
    step("events", events.stream().sorted().toList());
  }

  private void runCluster() {
    GenericKubernetesResource made = clusters.resource(Serialization.unmarshal(cluster, GenericKubernetesResource.class)).create();
    Resource<GenericKubernetesResource> running = clusters.withName(made.getMetadata().getName());
    running.waitUntilCondition(found -> found != null && isReady(found), 60, TimeUnit.SECONDS);
    step("scale", running.scale().getSpec().getReplicas());
    step("scaled", running.scale(2).get("spec", "roles", 1, "members"));
    step("deleted", running.withTimeout(60, TimeUnit.SECONDS).delete().size());
    apps.withName(resource(app).getMetadata().getName()).delete();
    await("everything to go", () -> clusters.list().getItems().isEmpty() && apps.list().getItems().isEmpty());
  }

  private static boolean isReady(GenericKubernetesResource found) {
    Object conditions = found.get("status", "conditions");
    if (!(conditions instanceof List<?> list)) return false;
    return list.stream().map(one -> Serialization.unmarshal(Serialization.asJson(one), Condition.class))
        .anyMatch(one -> one.getType().equals("Ready") && one.getStatus().equals("True"));
  }

  private void create(String name) {
    GenericKubernetesResource made = resource(app);
    made.getMetadata().setName(name);
    apps.resource(made).create();
  }

  private static GenericKubernetesResource resource(String json) {
    return Serialization.unmarshal(json, GenericKubernetesResource.class);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> spec(GenericKubernetesResource resource) {
    return (Map<String, Object>) resource.getAdditionalProperties().get("spec");
  }

  private static String version(GenericKubernetesResource resource) {
    return resource.getMetadata().getResourceVersion();
  }

  /** The reason of the refusal and the fields that it names. */
  private static Object refusal(Supplier<?> request) {
    try {
      request.get();
      return "not refused";
    } catch (KubernetesClientException error) {
      List<StatusCause> causes = error.getStatus().getDetails() == null ? List.of() : error.getStatus().getDetails().getCauses();
      Function<StatusCause, String> told = StatusCause::getField;
      return List.of(error.getCode(), error.getStatus().getReason(), causes.stream().map(told).toList());
    }
  }

  private static void await(String what, Supplier<Boolean> done) {
    for (int tries = 0; !done.get(); tries++) {
      if (tries > 600) throw new IllegalStateException("still waiting for " + what);
      try {
        Thread.sleep(100);
      } catch (InterruptedException error) {
        throw new IllegalStateException(error);
      }
    }
  }

  private static void step(String name, Object value) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", name);
    line.put("value", value);
    System.out.println(Serialization.asJson(line));
  }

  private void pause(String what) throws IOException {
    System.out.println(Serialization.asJson(Map.of("pause", what)));
    answers.readLine();
  }
}

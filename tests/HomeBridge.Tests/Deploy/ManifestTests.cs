using HomeBridge.Tests.House;
using k8s;
using k8s.Models;

namespace HomeBridge.Tests.Deploy;

/// <summary>The Kubernetes manifests, read with the API's own types: what it doesn't know is an error.</summary>
public sealed class ManifestTests
{
    private static readonly string Folder = Path.Combine(Repository.Root, "deploy", "kubernetes");

    private static readonly List<object> All = [.. Listed().SelectMany(file => KubernetesYaml.LoadAllFromString(File.ReadAllText(Path.Combine(Folder, file)), strict: true))];

    private static IEnumerable<(string Name, V1PodTemplateSpec Pod)> Pods =>
        [.. Of<V1Deployment>().Select(one => (one.Metadata.Name, one.Spec.Template)), .. Of<V1StatefulSet>().Select(one => (one.Metadata.Name, one.Spec.Template))];

    [Fact]
    public void Every_manifest_is_listed_and_has_a_kind_that_the_api_knows()
    {
        var files = Directory.GetFiles(Folder, "*.yaml").Select(Path.GetFileName).Where(name => name != "kustomization.yaml");

        Assert.Equal(files.Order(StringComparer.Ordinal), Listed().Order(StringComparer.Ordinal));
        Assert.All(All, one => Assert.False(string.IsNullOrEmpty(((IKubernetesObject)one).Kind)));
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.LoadAllFromString("apiVersion: v1\nkind: Service\nspec: { selectr: { app: x } }", strict: true));
    }

    [Fact]
    public void Pods_are_restricted()
    {
        Assert.Equal("restricted", Of<V1Namespace>().Single().Metadata.Labels["pod-security.kubernetes.io/enforce"]);
        Assert.Equal(["bridge", "gateway"], Pods.Select(pod => pod.Name).Order(StringComparer.Ordinal));
        foreach (var (name, pod) in Pods)
        {
            Assert.True(pod.Spec.SecurityContext is { RunAsNonRoot: true, RunAsUser: 1654, SeccompProfile.Type: "RuntimeDefault" }, name);
            Assert.False(pod.Spec.AutomountServiceAccountToken);
            Assert.Null(pod.Spec.HostNetwork);
            Assert.All(pod.Spec.Volumes, volume => Assert.Null(volume.HostPath));
            var container = Assert.Single(pod.Spec.Containers);
            Assert.True(container.SecurityContext is { ReadOnlyRootFilesystem: true, AllowPrivilegeEscalation: false, Privileged: null }, name);
            Assert.Equal(["ALL"], container.SecurityContext.Capabilities.Drop);
            Assert.Null(container.SecurityContext.Capabilities.Add);
            Assert.True(container.Resources.Limits.ContainsKey("memory") && container.Resources.Requests.ContainsKey("cpu"), name);
            Assert.Contains(container.Env, variable => variable is { Name: "DOTNET_EnableDiagnostics", Value: "0" });
        }
    }

    [Fact]
    public void Probes_ask_what_is_served_and_time_is_left_to_drain()
    {
        foreach (var (name, pod) in Pods)
        {
            var container = pod.Spec.Containers[0];
            Assert.Equal("/health/ready", container.ReadinessProbe.HttpGet.Path);
            Assert.Equal("/health/live", container.LivenessProbe.HttpGet.Path);
            Assert.Equal("/health/live", container.StartupProbe.HttpGet.Path);
            Assert.All(new[] { container.ReadinessProbe, container.LivenessProbe, container.StartupProbe }, probe => Assert.Contains(container.Ports, port => port.Name == probe.HttpGet.Port.Value));

            // Whoever sends requests finds out within the time that it still serves, and the rest is finished after it.
            var section = name == "bridge" ? "Bridge" : "Gateway";
            var drain = TimeSpan.Parse(Environment(name)[$"HOMEBRIDGE_{section}__DrainFor"], System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(drain.TotalSeconds > 2 * container.ReadinessProbe.PeriodSeconds * container.ReadinessProbe.FailureThreshold, name);
            Assert.True(pod.Spec.TerminationGracePeriodSeconds >= drain.TotalSeconds + 30, name);
        }

        var bridge = Of<V1Deployment>().Single();
        Assert.Equal(3, bridge.Spec.Replicas);
        Assert.Equal(("0", "1"), (bridge.Spec.Strategy.RollingUpdate.MaxUnavailable.Value, bridge.Spec.Strategy.RollingUpdate.MaxSurge.Value));
    }

    [Fact]
    public void Secrets_are_files_and_none_is_in_the_manifests()
    {
        foreach (var (name, pod) in Pods)
        {
            var container = pod.Spec.Containers[0];
            var volume = pod.Spec.Volumes.Single(one => one.Secret is not null);
            Assert.Equal(Convert.ToInt32("440", 8), volume.Secret.DefaultMode);
            var mount = container.VolumeMounts.Single(one => one.Name == volume.Name);
            Assert.True(mount.ReadOnlyProperty);
            Assert.DoesNotContain(container.Env, variable => variable.ValueFrom?.SecretKeyRef is not null);

            var files = Environment(name).Concat(container.Env.Where(variable => variable.Value is not null).ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.Ordinal))
                .Where(pair => pair.Key.EndsWith("File", StringComparison.Ordinal) && !pair.Key.EndsWith("CopyFile", StringComparison.Ordinal) && !pair.Key.EndsWith("SuspensionsFile", StringComparison.Ordinal)).ToList();
            Assert.True(files.Count >= 3, name);
            Assert.All(files, pair => Assert.StartsWith(mount.MountPath + "/", pair.Value, StringComparison.Ordinal));
        }

        // What the README calls secret is never said but as a file.
        var secrets = System.Text.RegularExpressions.Regex.Matches(Repository.Read("README.md"), @"^\| `(?<key>[A-Za-z]+:[A-Za-z:0-9]+)` \| [^|]*secret", System.Text.RegularExpressions.RegexOptions.Multiline | System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))
            .Select(match => "HOMEBRIDGE_" + match.Groups["key"].Value.Replace(":", "__", StringComparison.Ordinal)).ToList();
        Assert.True(secrets.Count >= 8, $"{secrets.Count}");
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, Environment("bridge").Keys));
        Assert.DoesNotContain(All, one => one is V1Secret);
    }

    [Fact]
    public void Nobody_speaks_to_anybody_who_is_not_named()
    {
        var policies = Of<V1NetworkPolicy>().ToDictionary(policy => policy.Metadata.Name, policy => policy.Spec, StringComparer.Ordinal);
        var nothing = policies["nothing"];
        Assert.Equal(["Ingress", "Egress"], nothing.PolicyTypes);
        Assert.True(nothing is { Ingress: null, Egress: null } && nothing.PodSelector.MatchLabels is null);

        // The private listener is for gateways, operators and who scrapes; a gateway reaches no database.
        var ops = policies["bridge"].Ingress.Single(rule => rule.Ports.Any(port => port.Port.Value == "8081"));
        Assert.DoesNotContain(ops.FromProperty, peer => peer.NamespaceSelector?.MatchLabels.Values.Contains("ingress") == true);
        Assert.DoesNotContain(policies["gateway"].Egress.SelectMany(rule => rule.Ports), port => port.Port.Value == "5432");
        Assert.All(policies.Values.Where(policy => policy.Egress is not null).SelectMany(policy => policy.Egress), rule => Assert.NotEmpty(rule.Ports));
        Assert.All(
            policies.Values.Where(policy => policy.Egress is not null).SelectMany(policy => policy.Egress).SelectMany(rule => rule.To).Where(peer => peer.IpBlock is not null),
            peer => Assert.Contains("169.254.0.0/16", peer.IpBlock.Except));
        Assert.DoesNotContain(Of<V1Service>(), service => service.Spec.Type is "LoadBalancer" or "NodePort");
    }

    [Fact]
    public void What_belongs_together_has_the_same_names()
    {
        foreach (var (name, pod) in Pods)
        {
            Assert.Contains(Of<V1Service>(), service => service.Metadata.Name == name && service.Spec.Selector.All(label => pod.Metadata.Labels[label.Key] == label.Value));
            Assert.Contains(Of<V1PodDisruptionBudget>(), budget => budget.Metadata.Name == name);
            Assert.Contains(Of<V1ServiceAccount>(), account => account.Metadata.Name == pod.Spec.ServiceAccountName);
            Assert.Contains($"name: {pod.Spec.Containers[0].Image}", File.ReadAllText(Path.Combine(Folder, "kustomization.yaml")), StringComparison.Ordinal);
        }

        // As many gateways are enrolled as there may be.
        var scaling = Of<V2HorizontalPodAutoscaler>().Single().Spec;
        Assert.Equal("gateway", scaling.ScaleTargetRef.Name);
        Assert.Equal(scaling.MaxReplicas, Environment("bridge").Keys.Count(key => key.StartsWith("HOMEBRIDGE_Gateways__Enrolled__", StringComparison.Ordinal) && key.EndsWith("__Name", StringComparison.Ordinal)));
        Assert.Equal("gateways", Of<V1StatefulSet>().Single().Spec.ServiceName);
        Assert.Contains("http://bridge-ops:8081", Environment("gateway")["HOMEBRIDGE_Gateway__BridgeUrl"], StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_is_one_that_the_process_reads()
    {
        var bridge = Repository.Read("README.md");
        Assert.All(Environment("bridge").Keys, key =>
        {
            var name = System.Text.RegularExpressions.Regex.Replace(key["HOMEBRIDGE_".Length..].Replace("__", ":", StringComparison.Ordinal), @":\d+(?=:)", ":0", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
            name = System.Text.RegularExpressions.Regex.Replace(name, @":\d+$", "", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
            Assert.True(bridge.Contains($"`{name}", StringComparison.Ordinal) || bridge.Contains($"`{Without(name)}`", StringComparison.Ordinal) || name == "Database:PostgresFile", name);
        });
        var gateway = Repository.Read("src/HomeBridge.StreamGateway/README.md");
        Assert.All(Environment("gateway").Keys, key =>
        {
            var name = key["HOMEBRIDGE_".Length..].Replace("__", ":", StringComparison.Ordinal);
            Assert.True(gateway.Contains($"`{name}`", StringComparison.Ordinal) || gateway.Contains($"`{Without(name)}`", StringComparison.Ordinal), name);
        });

        static string Without(string name) => name.EndsWith("File", StringComparison.Ordinal) ? name[..^"File".Length] : name;
    }

    private static Dictionary<string, string> Environment(string name) => File.ReadLines(Path.Combine(Folder, name + ".env"))
        .Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);

    private static IEnumerable<T> Of<T>() => All.OfType<T>();

    private static IEnumerable<string> Listed() => YamlDocuments.Texts(YamlDocuments.Read(Path.Combine(Folder, "kustomization.yaml")).Single(), "resources");
}

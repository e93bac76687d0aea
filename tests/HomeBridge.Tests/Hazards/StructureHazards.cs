using HomeBridge.Tests.House;

namespace HomeBridge.Tests.Hazards;

/// <summary>
/// H16 to H18 and the structure behind all rules, read from the assemblies that were built: what isn't in them can't go
/// wrong. The analyzer says the same at compile time (src/BannedSymbols.txt and the gateway's own list).
/// </summary>
public sealed class StructureHazards : IDisposable
{
    private const string Gateway = "HomeBridge.StreamGateway.";

    private readonly BuiltAssembly[] _media =
        [.. ((string[])["HomeBridge.Streaming.dll", "HomeBridge.StreamGateway.dll"]).Select(name => new BuiltAssembly(Path.Combine(AppContext.BaseDirectory, name)))];

    public void Dispose() => Array.ForEach(_media, assembly => assembly.Dispose());

    // Red with ArrayPool<byte>.Shared.Rent in HttpMediaOrigin.Unit, or any other of these anywhere in the two assemblies.
    [Fact]
    public void H16_No_memory_of_media_is_pooled_or_cached()
    {
        string[] never =
        [
            "System.Buffers.ArrayPool`1", "System.Buffers.MemoryPool`1", "System.IO.Pipelines.PipeReader", "System.IO.Pipelines.PipeWriter", "System.IO.Pipelines.Pipe",
            "Microsoft.IO.RecyclableMemoryStream", "Microsoft.Extensions.Caching.", "Microsoft.AspNetCore.OutputCaching.", "Microsoft.AspNetCore.ResponseCaching.",
            "Microsoft.Extensions.ObjectPool.", "System.Runtime.Caching.", "System.Runtime.CompilerServices.ConditionalWeakTable`2",
        ];
        foreach (var assembly in _media)
        {
            Assert.NotEmpty(assembly.ReferencedTypes);
            Assert.DoesNotContain(assembly.ReferencedTypes, type => never.Any(name => type.StartsWith(name, StringComparison.Ordinal)));
            Assert.DoesNotContain(assembly.ReferencedAssemblies, name => name.Contains("Caching", StringComparison.Ordinal) || name.Contains("Recyclable", StringComparison.Ordinal) || name.Contains("ObjectPool", StringComparison.Ordinal));
        }
    }

    // Red with a static field that is not readonly, or a static List or Dictionary, anywhere in the two assemblies.
    [Fact]
    public void H16_Nothing_static_can_change()
    {
        string[] changeable =
        [
            "[]", "System.Collections.Generic.List", "System.Collections.Generic.Dictionary", "System.Collections.Generic.HashSet", "System.Collections.Generic.Queue", "System.Collections.Generic.Stack",
            "System.Collections.Generic.Sorted", "System.Collections.Generic.Linked", "System.Collections.Generic.PriorityQueue", "System.Collections.Generic.IDictionary", "System.Collections.Generic.IList", "System.Collections.Generic.ISet", "System.Collections.Generic.ICollection", "System.Collections.Concurrent.", "System.Collections.ObjectModel.", "System.Text.StringBuilder", "System.IO.", "System.Threading.AsyncLocal", "System.Threading.ThreadLocal",
        ];
        var found = _media.SelectMany(assembly => assembly.Fields)
            .Where(field => field is { IsStatic: true, IsConstant: false } && !IsByCompiler(field))
            .Where(field => !field.IsReadOnly || changeable.Any(name => name == "[]" ? field.Type.EndsWith(name, StringComparison.Ordinal) : field.Type.StartsWith(name, StringComparison.Ordinal)))
            .Select(field => $"{field.Owner}.{field.Name}: {field.Type}");

        Assert.Empty(found);
        Assert.Contains(_media.SelectMany(assembly => assembly.Fields), field => field.IsStatic);
    }

    // Red with an HttpContext kept in a field of anything outside Http/, e.g. captured by a lambda in Media/.
    [Fact]
    public void H17_No_request_outlives_its_handler()
    {
        var kept = _media.SelectMany(assembly => assembly.Fields)
            .Where(field => !IsByCompiler(field) || !field.IsStatic)
            .Where(field => ((string[])["HttpContext", "HttpRequest", "HttpResponse", "IFeatureCollection"]).Any(name => field.Type.Contains("Microsoft.AspNetCore.Http." + name, StringComparison.Ordinal) || field.Type.Contains("Features." + name, StringComparison.Ordinal)))
            .ToList();

        // The viewer of one request, and what the compiler makes of handlers beside it.
        Assert.All(kept, field => Assert.True(
            field.Owner == Gateway + "Http.HttpViewer" || (field.Owner.StartsWith(Gateway + "Http.", StringComparison.Ordinal) && field.Owner.Contains("/<", StringComparison.Ordinal)),
            $"{field.Owner} keeps {field.Name}: {field.Type}."));
        Assert.Contains(kept, field => field.Owner == Gateway + "Http.HttpViewer");
        Assert.All(_media, assembly => Assert.DoesNotContain(assembly.ReferencedTypes, type => type.Contains("IHttpContextAccessor", StringComparison.Ordinal) || type.Contains("HttpContextAccessor", StringComparison.Ordinal)));

        // And nobody holds on to a viewer.
        Assert.DoesNotContain(_media.SelectMany(assembly => assembly.Fields), field =>
            field.Type.Contains("IViewer", StringComparison.Ordinal) && !field.Owner.Contains("/<", StringComparison.Ordinal));
    }

    // Red with a package reference to any of these in a project of the product.
    [Fact]
    public void H18_There_is_no_redis_and_no_shared_cache_in_anything_that_is_built()
    {
        var built = Directory.GetFiles(AppContext.BaseDirectory, "HomeBridge*.dll").Where(file => !Path.GetFileName(file).StartsWith("HomeBridge.Tests", StringComparison.Ordinal)).ToList();
        Assert.True(built.Count >= 4);
        foreach (var file in built)
        {
            using var assembly = new BuiltAssembly(file);
            Assert.DoesNotContain(assembly.ReferencedAssemblies, name => ((string[])["Redis", "Memcached", "Garnet", "Hazelcast", "NCache"]).Any(cache => name.Contains(cache, StringComparison.OrdinalIgnoreCase)));
        }

        Assert.DoesNotContain(Directory.GetFiles(AppContext.BaseDirectory, "*.dll"), file => Path.GetFileName(file).Contains("Redis", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("Redis", Repository.Read("Directory.Packages.props"), StringComparison.OrdinalIgnoreCase);
    }

    // Red with context.Response.Body (or Response.WriteAsync, SendFileAsync) anywhere but in HttpViewer.
    [Fact]
    public void Response_bodies_are_written_by_the_viewer_alone()
    {
        string[] ways =
        [
            "HttpResponse::get_Body", "HttpResponse::get_BodyWriter", "HttpResponse::set_Body", "HttpResponse::StartAsync", "HttpResponseWritingExtensions::",
            "SendFileResponseExtensions::", "IHttpResponseBodyFeature::", "HttpResponseJsonExtensions::", "Results::", "TypedResults::", "HttpResponse::OnStarting",
        ];
        var uses = Uses(member => ways.Any(way => member.Contains("." + way, StringComparison.Ordinal)));

        Assert.Equal([Gateway + "Http.HttpViewer"], uses.Select(use => use.By).Distinct());
    }

    // Red with a VerifiedUnit made, or bytes given to a viewer, in any second place.
    [Fact]
    public void Verified_units_come_from_the_verifier_and_leave_through_the_egress()
    {
        var made = Uses(member => member == "HomeBridge.Streaming.Evidence.VerifiedUnit::.ctor");
        var written = Uses(member => member == Gateway + "Media.IViewer::Write");
        var begun = Uses(member => member == Gateway + "Media.IViewer::Begin");
        var read = Uses(member => member is "HomeBridge.Streaming.Evidence.VerifiedUnit::get_Bytes");
        var unverified = Uses(member => member is "HomeBridge.Streaming.Evidence.UnverifiedUnit::get_Body");

        Assert.Equal(["HomeBridge.Streaming.Evidence.EvidenceVerifier"], made.Select(use => use.By).Distinct());
        Assert.Equal([Gateway + "Media.SessionEgress"], written.Select(use => use.By).Distinct());
        Assert.Equal([Gateway + "Media.SessionEgress"], begun.Select(use => use.By).Distinct());

        // Two more look at the bytes: for parameter sets, and for how many there are; and the unit itself, for sound. Nobody but the egress keeps a unit.
        Assert.Equal(
            [Gateway + "Media.SessionEgress", Gateway + "Releases.ReleasePlace", Gateway + "Sessions.StreamContinuity", "HomeBridge.Streaming.Evidence.VerifiedUnit"],
            read.Select(use => use.By).Distinct().Order(StringComparer.Ordinal));
        Assert.All(
            _media.SelectMany(assembly => assembly.Fields).Where(field => field.Type.EndsWith("VerifiedUnit", StringComparison.Ordinal) || field.Type.EndsWith("UnverifiedUnit", StringComparison.Ordinal)),
            field => Assert.True(field.Owner == Gateway + "Media.SessionEgress" || field.Owner.Contains("/<", StringComparison.Ordinal), $"{field.Owner} keeps a unit in {field.Name}."));
        Assert.All(unverified, use => Assert.StartsWith("HomeBridge.Streaming.Evidence.", use.By, StringComparison.Ordinal));
        Assert.NotEmpty(unverified);
    }

    // Red with an HttpClient for makers made anywhere but in HttpMediaOrigin, which belongs to one session.
    [Fact]
    public void Connections_to_makers_are_opened_by_a_sessions_own_origin()
    {
        var clients = Uses(member => member == "System.Net.Http.SocketsHttpHandler::.ctor").Select(use => use.By).Order(StringComparer.Ordinal);

        Assert.Equal([Gateway + "Bridge.BridgeClient", Gateway + "Http.HttpMediaOrigin", Gateway + "Http.SelfProbe"], clients);
        Assert.DoesNotContain(_media.SelectMany(assembly => assembly.Fields), field => field.IsStatic && (field.Type.EndsWith("HttpClient", StringComparison.Ordinal) || field.Type.EndsWith("Handler", StringComparison.Ordinal)));
    }

    private List<BuiltUse> Uses(Func<string, bool> of) => [.. _media.SelectMany(assembly => assembly.Uses).Where(use => of(use.Member))];

    /// <summary>Caches of delegates and of generated code, which hold no state.</summary>
    private static bool IsByCompiler(BuiltField field) =>
        field.Name.StartsWith('<') && !field.Name.EndsWith("k__BackingField", StringComparison.Ordinal)
        || field.Owner.Contains("<PrivateImplementationDetails>", StringComparison.Ordinal)
        || field.Owner.StartsWith("System.Text.RegularExpressions.Generated.", StringComparison.Ordinal);
}

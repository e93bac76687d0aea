using System.Collections.Frozen;
using System.Text.Json;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>One device as the platform knows it: what SYNC said, and the states that were stored since, by trait.</summary>
internal sealed class GraphDevice
{
    private readonly SortedDictionary<string, Dictionary<string, JsonElement>> _states = new(StringComparer.Ordinal);

    private GraphDevice(string id, JsonElement described) => (Id, Described, Traits) = (id, described, TraitsOf(described));

    public string Id { get; }

    /// <summary>The device's object in the answer to SYNC.</summary>
    public JsonElement Described { get; private set; }

    /// <summary>Names without the prefix.</summary>
    public FrozenSet<string> Traits { get; private set; }

    public string Type => Short(Described.GetProperty("type").GetString()!);

    public string Name => Described.TryGetProperty("name", out var names) && names.ValueKind == JsonValueKind.Object
        && names.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : Id;

    public JsonElement Attributes => Described.TryGetProperty("attributes", out var attributes) ? attributes : default;

    /// <summary>Whether people want to hear of it; answers to their own commands are told in any case.</summary>
    public bool Notifies => Described.TryGetProperty("notificationSupportedByAgent", out var says) && says.ValueKind == JsonValueKind.True;

    /// <summary>Null until somebody has said it.</summary>
    public bool? Online { get; private set; }

    /// <summary>Why the first QUERY learned nothing.</summary>
    public string? Problem { get; private set; }

    /// <summary>Counts what was stored, so that an answer to an older question can be told.</summary>
    public long Version { get; private set; }

    /// <summary>A device of a SYNC answer, or null when it isn't one.</summary>
    public static GraphDevice? Read(JsonElement described) =>
        described.ValueKind == JsonValueKind.Object && Text(described, "id") is { } id && Text(described, "type") is not null
        && described.TryGetProperty("traits", out var traits) && traits.ValueKind == JsonValueKind.Array
            ? new GraphDevice(id, described)
            : null;

    /// <summary>Takes over a newer description. States of traits that it no longer has are gone.</summary>
    public void Describe(GraphDevice newer)
    {
        (Described, Traits) = (newer.Described, newer.Traits);
        foreach (var gone in _states.Keys.Where(trait => !Traits.Contains(trait)).ToList())
        {
            _states.Remove(gone);
        }
    }

    /// <summary>Stores states that were checked. Each trait that is spoken of is overwritten as a whole.</summary>
    public void Store(JsonElement states, PlatformTraits traits)
    {
        Version++;
        Problem = null;
        var members = states.EnumerateObject().ToList();
        foreach (var trait in members.GroupBy(member => traits.TraitOf(member.Name), StringComparer.Ordinal))
        {
            if (trait.Key is { } name)
            {
                _states[name] = trait.ToDictionary(member => member.Name, member => member.Value, StringComparer.Ordinal);
            }
        }

        foreach (var member in members.Where(member => member.NameEquals("online")))
        {
            Online = member.Value.GetBoolean();
        }
    }

    public void Fail(string problem) => Problem = problem;

    /// <summary>All that is stored, <c>online</c> included, as the API gives it.</summary>
    public Dictionary<string, object> States()
    {
        var all = new Dictionary<string, object>(StringComparer.Ordinal);
        if (Online is { } online)
        {
            all["online"] = online;
        }

        foreach (var (name, value) in _states.Values.SelectMany(trait => trait))
        {
            all[name] = value;
        }

        return all;
    }

    private static FrozenSet<string> TraitsOf(JsonElement described) => described.GetProperty("traits").EnumerateArray()
        .Where(trait => trait.ValueKind == JsonValueKind.String)
        .Select(trait => Short(trait.GetString()!))
        .ToFrozenSet(StringComparer.Ordinal);

    private static string? Text(JsonElement where, string name) =>
        where.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Short(string name) => name[(name.LastIndexOf('.') + 1)..];
}

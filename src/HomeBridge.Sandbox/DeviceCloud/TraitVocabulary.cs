using System.Collections.Frozen;
using System.Text.Json;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// The contract's trait catalogue as the maker reads it: which command belongs to which trait, what fits a parameter or
/// a state, which codes there are.
/// </summary>
internal sealed class TraitVocabulary
{
    private readonly JsonElement _traits;
    private readonly FrozenDictionary<string, CommandWords> _commands;
    private readonly FrozenSet<string> _errors;
    private readonly FrozenSet<string> _exceptions;

    private TraitVocabulary(JsonElement catalogue)
    {
        _traits = catalogue.GetProperty("traits");
        _commands = _traits.EnumerateObject()
            .SelectMany(trait => trait.Value.GetProperty("commands").EnumerateObject()
                .Select(command => new CommandWords(trait.Name, command.Name, command.Value)))
            .ToFrozenDictionary(command => command.Name, StringComparer.Ordinal);
        _errors = Words(catalogue, "errorCodes");
        _exceptions = Words(catalogue, "exceptionCodes");
    }

    public static TraitVocabulary Instance { get; } = Load();

    public CommandWords? Command(string name) => _commands.GetValueOrDefault(name);

    public bool IsError(string code) => _errors.Contains(code);

    public bool IsException(string code) => _exceptions.Contains(code);

    /// <summary>The state of that name among these traits: its schema, and whether it may be absent.</summary>
    public JsonElement? State(IEnumerable<string> traits, string name) => traits
        .Select(trait => Member(_traits.GetProperty(trait).GetProperty("states"), name))
        .FirstOrDefault(schema => schema is not null);

    public IEnumerable<string> States(string trait) =>
        _traits.GetProperty(trait).GetProperty("states").EnumerateObject().Select(state => state.Name);

    /// <summary>Which states must and may be told together, where a trait has more than one form.</summary>
    public JsonElement? StateSets(string trait) => Member(_traits.GetProperty(trait), "stateSets");

    /// <summary>The attribute by which a model says that this trait is only told, or only commanded.</summary>
    public string? Direction(string trait, string direction) =>
        Member(_traits.GetProperty(trait), "direction") is { } names ? Member(names, direction)?.GetString() : null;

    /// <summary>The challenges that the trait demands, for some types or some parameters.</summary>
    public IEnumerable<JsonElement> Challenges(string trait) =>
        Member(_traits.GetProperty(trait), "challenges")?.EnumerateArray() ?? Enumerable.Empty<JsonElement>();

    public static JsonElement? Member(JsonElement map, string name) =>
        map.ValueKind == JsonValueKind.Object && map.TryGetProperty(name, out var value) ? value : null;

    private static TraitVocabulary Load()
    {
        using var file = typeof(TraitVocabulary).Assembly.GetManifestResourceStream("trait-catalogue.json")!;
        using var catalogue = JsonDocument.Parse(file);
        return new(catalogue.RootElement.Clone());
    }

    private static FrozenSet<string> Words(JsonElement catalogue, string list) =>
        catalogue.GetProperty(list).EnumerateArray().Select(code => code.GetString()!)
            .ToFrozenSet(StringComparer.Ordinal);
}

/// <summary>A command's name, its trait and its schema.</summary>
internal sealed record CommandWords(string Trait, string Name, JsonElement Schema);

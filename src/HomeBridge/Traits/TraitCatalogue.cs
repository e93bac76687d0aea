using System.Collections.Frozen;
using System.Text.Json;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Traits;

/// <summary>
/// All traits and device types of the platform, as data: contracts/trait-catalogue.json, read once. What is checked
/// against it is pure: no I/O, no state, for any number of threads. Names are without the platform's prefix.
/// </summary>
internal sealed partial class TraitCatalogue
{
    private readonly FrozenDictionary<string, DeviceType> _types;
    private readonly FrozenDictionary<string, Trait> _traits;
    private readonly FrozenDictionary<string, TraitCommand> _commands;
    private readonly FrozenDictionary<string, Trait> _traitsByState;
    private readonly FrozenSet<string> _errorCodes;
    private readonly FrozenSet<string> _exceptionCodes;
    private readonly FrozenDictionary<string, string> _errorAliases;

    private TraitCatalogue(JsonElement json)
    {
        var types = CatalogueReader.Members(json.GetProperty("types"), CatalogueReader.Type);
        var traits = CatalogueReader.Members(json.GetProperty("traits"), CatalogueReader.Trait);
        Array.Sort(types, (one, other) => string.CompareOrdinal(one.Name, other.Name));
        Array.Sort(traits, (one, other) => string.CompareOrdinal(one.Name, other.Name));
        var typesByName = new Dictionary<string, DeviceType>(StringComparer.Ordinal);
        foreach (var type in types)
        {
            typesByName.Add(type.Name, type);
        }

        var announced = new List<string>();
        var traitsByName = new Dictionary<string, Trait>(StringComparer.Ordinal);
        var traitsByState = new Dictionary<string, Trait>(StringComparer.Ordinal);
        var commands = new Dictionary<string, TraitCommand>(StringComparer.Ordinal);
        foreach (var trait in traits)
        {
            traitsByName.Add(trait.Name, trait);
            if (trait.ReplacedBy is null)
            {
                announced.Add(trait.Name);
            }

            foreach (var state in trait.StateNames)
            {
                traitsByState.Add(state, trait);
            }

            foreach (var command in trait.Commands)
            {
                commands.Add(command.Name, command);
            }
        }

        var aliases = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var alias in json.GetProperty("errorAliases").EnumerateObject())
        {
            aliases.Add(alias.Name, alias.Value.GetString()!);
        }

        (Types, Traits, Announced) = (types, traits, announced);
        ErrorCodes = CatalogueReader.Texts(json, "errorCodes");
        ExceptionCodes = CatalogueReader.Texts(json, "exceptionCodes");
        _types = typesByName.ToFrozenDictionary(StringComparer.Ordinal);
        _traits = traitsByName.ToFrozenDictionary(StringComparer.Ordinal);
        _commands = commands.ToFrozenDictionary(StringComparer.Ordinal);
        _traitsByState = traitsByState.ToFrozenDictionary(StringComparer.Ordinal);
        _errorCodes = ErrorCodes.ToFrozenSet(StringComparer.Ordinal);
        _exceptionCodes = ExceptionCodes.ToFrozenSet(StringComparer.Ordinal);
        _errorAliases = aliases.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The catalogue of this build.</summary>
    public static TraitCatalogue Current { get; } = Load();

    /// <summary>In alphabetical order, like all lists here.</summary>
    public IReadOnlyList<DeviceType> Types { get; }

    public IReadOnlyList<Trait> Traits { get; }

    /// <summary>The names of the traits that platforms are told of: those that aren't deprecated.</summary>
    public IReadOnlyList<string> Announced { get; }

    public IReadOnlyList<string> ErrorCodes { get; }

    public IReadOnlyList<string> ExceptionCodes { get; }

    public static TraitCatalogue Load()
    {
        using var resource = typeof(TraitCatalogue).Assembly.GetManifestResourceStream("trait-catalogue.json")!;
        using var json = JsonDocument.Parse(resource);
        return new TraitCatalogue(json.RootElement);
    }

    public bool IsType(string type) => _types.ContainsKey(type);

    public DeviceType? Type(string type) => _types.GetValueOrDefault(type);

    public Trait? Find(string trait) => _traits.GetValueOrDefault(trait);

    public bool IsAnnounced(string trait) => Find(trait) is { ReplacedBy: null };

    public TraitCommand? Command(string command) => _commands.GetValueOrDefault(command);

    /// <summary>The Home Graph overwrites per trait: these belong into a report together.</summary>
    public IReadOnlyList<string> StatesOf(string trait) => Find(trait)?.StateNames ?? [];

    /// <summary>No two traits have a state of one name.</summary>
    public Trait? TraitOfState(string state) => _traitsByState.GetValueOrDefault(state);

    public bool IsErrorCode(string code) => _errorCodes.Contains(code);

    public bool IsExceptionCode(string code) => _exceptionCodes.Contains(code);

    /// <summary>Null for a code that the platform doesn't know, otherwise the one spelling that we use outwards.</summary>
    public string? ErrorCode(string code) => _errorAliases.GetValueOrDefault(code) ?? (IsErrorCode(code) ? code : null);

    /// <summary>What is wrong with a notification of this trait, or null.</summary>
    public Violation? CheckNotification(string trait, JsonMap notification) =>
        Find(trait)?.Notification is { } schema ? schema.Check(notification, device: null) : new Violation(trait, Fault.UnknownTrait, Violation.NotSupported);

    /// <summary>
    /// What is wrong with what a maker notifies: the trait's own notification, or the follow-up of one of its commands in
    /// the platform's envelope. Null when it may go out.
    /// </summary>
    public Violation? CheckAnyNotification(string trait, object? payload)
    {
        if (payload is not JsonMap map)
        {
            return new Violation("", Fault.WrongType, Violation.ProtocolError);
        }

        if (!map.TryGetValue("followUpResponse", out var response))
        {
            return CheckNotification(trait, map);
        }

        if (response is not JsonMap followUp || map.Count != 2 || map.GetValueOrDefault("priority") is not 0L)
        {
            return new Violation("followUpResponse", Fault.WrongForm, Violation.ProtocolError);
        }

        var wrong = new Violation("followUpResponse", Fault.NotDeclared, Violation.NotSupported);
        foreach (var command in Find(trait)?.Commands ?? [])
        {
            if (command.FollowUp is { } schema)
            {
                if (schema.Check(followUp, device: null) is not { } violation)
                {
                    return null;
                }

                wrong = violation.Under("followUpResponse");
            }
        }

        return wrong;
    }

    /// <summary>What is wrong with the follow-up of this command, or null.</summary>
    public Violation? CheckFollowUp(string command, JsonMap followUp) =>
        Command(command)?.FollowUp is { } schema ? schema.Check(followUp, device: null) : new Violation(command, Fault.UnknownTrait, Violation.NotSupported);
}

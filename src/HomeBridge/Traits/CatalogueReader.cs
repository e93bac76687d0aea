using System.Text.Json;

namespace HomeBridge.Traits;

/// <summary>Reads our own file, strictly: a word that isn't known stops the start. The words are told in contracts/trait-catalogue.md.</summary>
internal static class CatalogueReader
{
    private static readonly string[] TraitWords =
    [
        "replacedBy", "attributes", "attributeSets", "states", "stateSets", "commands", "notification", "direction", "challenges",
        "sensors", "rules", "errorCodes",
    ];

    private static readonly string[] CommandWords = ["params", "paramSets", "needs", "results", "resultSets", "errorCodes", "followUp"];

    public static T[] Members<T>(JsonElement json, Func<JsonProperty, T> read)
        where T : class
    {
        var members = new T[json.GetPropertyCount()];
        var index = 0;
        foreach (var member in json.EnumerateObject())
        {
            members[index++] = read(member);
        }

        return members;
    }

    public static DeviceType Type(JsonProperty type) => new(
        type.Name, type.Value.GetProperty("label").GetString()!, Texts(type.Value, "requires"), Texts(type.Value, "recommends"));

    public static Trait Trait(JsonProperty json)
    {
        Known(json.Value, TraitWords);
        var attributes = json.Value.GetProperty("attributes");
        AttributePath Path(string text) => new(text, Default(attributes, text));
        var direction = json.Value.TryGetProperty("direction", out var said) ? said : default;
        var trait = new Trait
        {
            Name = json.Name,
            ReplacedBy = Text(json.Value, "replacedBy"),
            Attributes = Schemas(json.Value, "attributes", Path),
            AttributeSets = Forms(json.Value, "attributeSets", Path),
            States = Schemas(json.Value, "states", Path),
            StateNames = Members(json.Value, "states", state => state.Name),
            StateSets = Forms(json.Value, "stateSets", Path),
            Notification = json.Value.TryGetProperty("notification", out _)
                ? new Schema { Name = json.Name, Kind = SchemaKind.Object, Members = Schemas(json.Value, "notification", Path) }
                : null,
            CommandOnly = Text(direction, "commandOnly") is { } commandOnly ? Path(commandOnly) : null,
            QueryOnly = Text(direction, "queryOnly") is { } queryOnly ? Path(queryOnly) : null,
            Challenges = Items(json.Value, "challenges", Challenge),
            Sensors = Items(json.Value, "sensors", Sensor),
            Rules = Texts(json.Value, "rules"),
            ErrorCodes = Texts(json.Value, "errorCodes"),
        };
        trait.Commands = Members(json.Value, "commands", command => Command(command, trait, Path));
        trait.Notifies = trait.Notification is not null || trait.Commands.Any(command => command.FollowUp is not null);
        return trait;
    }

    public static string[] Texts(JsonElement json, string name) => Items(json, name, item => item.GetString()!);

    private static TraitCommand Command(JsonProperty json, Trait trait, Func<string, AttributePath> path)
    {
        Known(json.Value, CommandWords);
        return new TraitCommand
        {
            Name = json.Name,
            Trait = trait,
            Parameters = Schemas(json.Value, "params", path),
            ParameterSets = Forms(json.Value, "paramSets", path),
            Needs = json.Value.TryGetProperty("needs", out var needs) ? Condition(needs, path) : null,
            Results = Schemas(json.Value, "results", path),
            ResultSets = Forms(json.Value, "resultSets", path),
            FollowUp = json.Value.TryGetProperty("followUp", out var followUp)
                ? new Schema { Name = json.Name, Kind = SchemaKind.Object, Members = Schemas(followUp, "members", path), Forms = Forms(followUp, "sets", path) }
                : null,
            ErrorCodes = Texts(json.Value, "errorCodes"),
        };
    }

    private static Schema[] Schemas(JsonElement parent, string name, Func<string, AttributePath> path) =>
        Members(parent, name, member => Schema(member.Name, member.Value, path));

    private static Schema Schema(string name, JsonElement json, Func<string, AttributePath> path)
    {
        var schema = new Schema { Name = name, Kind = Enum.Parse<SchemaKind>(json.GetProperty("type").GetString()!, ignoreCase: true) };
        foreach (var word in json.EnumerateObject())
        {
            var value = word.Value;
            schema = word.Name switch
            {
                "type" or "default" => schema,
                "unit" => schema with { Unit = value.GetString() },
                "required" => schema with { Required = value.GetBoolean() },
                "requiredWhen" => schema with { RequiredWhen = Condition(value, path) },
                "needs" => schema with { Needs = Condition(value, path) },
                "whenTrue" => schema with { WhenTrue = Condition(value, path) },
                "whenFalse" => schema with { WhenFalse = Condition(value, path) },
                "with" => schema with { With = value.GetString() },
                "min" => schema with { Min = value.GetDouble() },
                "max" => schema with { Max = value.GetDouble() },
                "exclusiveMaximum" => schema with { ExclusiveMaximum = value.GetDouble() },
                "minAttribute" => schema with { MinAttribute = path(value.GetString()!) },
                "maxAttribute" => schema with { MaxAttribute = path(value.GetString()!) },
                "below" => schema with { Below = value.GetString()! },
                "above" => schema with { Above = value.GetString()! },
                "enum" => schema with { Enum = Texts(json, "enum") },
                "open" => schema with { Open = value.GetBoolean() },
                "offered" => schema with { Offered = path(value.GetString()!) },
                "otherwise" => schema with { Otherwise = value.GetString()! },
                "commaSeparated" => schema with { CommaSeparated = value.GetBoolean() },
                "items" => schema with { Items = Schema("", value, path) },
                "minItems" => schema with { MinItems = value.GetInt32() },
                "uniqueItems" => schema with { UniqueItems = value.GetBoolean() },
                "members" => schema with { Members = Schemas(json, "members", path) },
                "values" => schema with { Values = Schema("", value, path) },
                "keysOffered" => schema with { KeysOffered = path(value.GetString()!) },
                "minProperties" => schema with { MinProperties = value.GetInt32() },
                "maxProperties" => schema with { MaxProperties = value.GetInt32() },
                "oneOf" => schema with { Forms = Forms(json, exclusive: true, path) },
                "anyOf" => schema with { Forms = Forms(json, exclusive: false, path) },
                _ => throw Unknown(word.Name),
            };
        }

        return schema;
    }

    private static Alternatives? Forms(JsonElement parent, string name, Func<string, AttributePath> path) =>
        !parent.TryGetProperty(name, out var forms) ? null
        : forms.TryGetProperty("oneOf", out _) ? Forms(forms, exclusive: true, path)
        : Forms(forms, exclusive: false, path);

    private static Alternatives Forms(JsonElement json, bool exclusive, Func<string, AttributePath> path)
    {
        var forms = Items(json, exclusive ? "oneOf" : "anyOf", form => new Alternative(
            Texts(form, "required"), Texts(form, "optional"), form.TryGetProperty("needs", out var needs) ? Condition(needs, path) : null));
        foreach (var form in forms)
        {
            var excluded = new HashSet<string>(StringComparer.Ordinal);
            foreach (var other in forms)
            {
                excluded.UnionWith(other.Required);
                excluded.UnionWith(other.Optional);
            }

            excluded.ExceptWith(form.Required);
            excluded.ExceptWith(form.Optional);
            form.Excluded = [.. excluded];
        }

        return new Alternatives(exclusive, forms);
    }

    private static Condition Condition(JsonElement json, Func<string, AttributePath> path) =>
        new(Members(json, term => new ConditionTerm(path(term.Name), term.Value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => term.Value.GetString() is { } text && text != "*" ? (object?)text : null,
        })));

    private static ChallengeRule Challenge(JsonElement json) => new(
        json.GetProperty("challenge").GetString()!,
        json.TryGetProperty("deviceTypes", out _) ? Texts(json, "deviceTypes") : null,
        Text(json, "region"),
        Members(json, "when", term => term.Value.ValueKind is JsonValueKind.Object
            ? new ChallengeTerm(term.Name, null, term.Value.GetProperty("above").GetDouble())
            : new ChallengeTerm(term.Name, term.Value.GetBoolean(), 0)),
        json.TryGetProperty("ours", out var ours) && ours.GetBoolean());

    private static SensorKind Sensor(JsonElement json) => new(
        json.GetProperty("name").GetString()!,
        Texts(json, "descriptiveStates"),
        Text(json, "rawValueUnit"),
        json.TryGetProperty("rawMin", out var min) ? min.GetDouble() : double.NegativeInfinity,
        json.TryGetProperty("rawMax", out var max) ? max.GetDouble() : double.PositiveInfinity);

    /// <summary>What an attribute is for a device that doesn't say.</summary>
    private static object? Default(JsonElement attributes, string path)
    {
        var place = attributes;
        foreach (var step in path.Replace("[]", "", StringComparison.Ordinal).Split('.'))
        {
            place = place.TryGetProperty("items", out var items) ? items : place;
            place = place.TryGetProperty("members", out var members) ? members : place;
            place = place.TryGetProperty(step, out var next) ? next : throw Unknown(path);
        }

        return place.TryGetProperty("default", out var value)
            ? value.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                JsonValueKind.Number => value.GetDouble(),
                _ => value.GetString(),
            }
            : null;
    }

    private static string? Text(JsonElement json, string name) =>
        json.ValueKind is JsonValueKind.Object && json.TryGetProperty(name, out var text) ? text.GetString() : null;

    // Loops over reference types: LINQ over the reader's structs is compiled anew for each of them, and start-up waits.
    private static T[] Items<T>(JsonElement json, string name, Func<JsonElement, T> read)
        where T : class
    {
        if (!json.TryGetProperty(name, out var list))
        {
            return [];
        }

        var items = new T[list.GetArrayLength()];
        for (var index = 0; index < items.Length; index++)
        {
            items[index] = read(list[index]);
        }

        return items;
    }

    private static T[] Members<T>(JsonElement json, string name, Func<JsonProperty, T> read)
        where T : class => json.TryGetProperty(name, out var map) ? Members(map, read) : [];

    private static void Known(JsonElement json, string[] words)
    {
        foreach (var word in json.EnumerateObject())
        {
            if (Array.IndexOf(words, word.Name) < 0)
            {
                throw Unknown(word.Name);
            }
        }
    }

    private static InvalidDataException Unknown(string word) => new($"The trait catalogue says '{word}', which nothing here understands.");
}

using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// One trait as a model has it: what it declares, the states it starts with, and what only the device itself knows.
/// </summary>
internal sealed record Feature(string Trait, JsonObject Attributes, JsonObject States)
{
    public JsonObject Memory { get; init; } = [];

    /// <summary>Members that were given; what is null was left out.</summary>
    public static JsonObject Given(params (string Name, JsonNode? Value)[] members)
    {
        var map = new JsonObject();
        foreach (var (name, value) in members)
        {
            if (value is not null)
                map[name] = value;
        }

        return map;
    }

    public static JsonArray Words(params IEnumerable<string> words) => [.. words.Select(word => JsonValue.Create(word))];

    /// <summary>True where it is so, left out where it is the platform's default.</summary>
    public static JsonNode? IfSo(bool value) => value ? true : null;
}

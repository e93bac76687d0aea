using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>
/// What people call a thing, per language: the platform wants the same two members under another name in each trait.
/// </summary>
internal static class Synonyms
{
    public static JsonArray In(string member, params string[] english) =>
        [new JsonObject { [member] = Feature.Words(english), ["lang"] = "en" }];

    /// <summary>Levels, speeds: an ordered list of named steps.</summary>
    public static JsonObject Steps(string list, string step, IEnumerable<string> names, string spoken = "") => new()
    {
        [list] = new JsonArray([.. names.Select(name => new JsonObject
        {
            [$"{step}_name"] = name,
            [$"{step}_values"] = In($"{step}_synonym", Spoken(name, spoken)),
        })]),
        ["ordered"] = true,
    };

    /// <summary>The names of such steps.</summary>
    public static string[] StepNames(JsonNode? attribute, string list, string step) =>
        [.. attribute?[list].Objects().Select(one => one[$"{step}_name"]!.GetValue<string>()) ?? []];

    /// <summary>The key of what was meant, by key or by one of its names in any language.</summary>
    public static string? Find(JsonNode? list, string? key, string? name) => list.Objects()
        .FirstOrDefault(one => one["key"]!.GetValue<string>() == key
            || (name is not null && one["names"].Objects().SelectMany(names => names["name_synonym"].Texts())
                .Contains(name, StringComparer.OrdinalIgnoreCase)))?["key"]!.GetValue<string>();

    private static string[] Spoken(string name, string more) => more.Length == 0 ? [name] : [name, $"{name} {more}"];
}

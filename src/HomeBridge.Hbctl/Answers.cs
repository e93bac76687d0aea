using System.Globalization;
using System.Text.Json;

namespace HomeBridge.Hbctl;

/// <summary>Reads members of an answer; an absent one is null, since bridges differ in age.</summary>
internal static class Answers
{
    public static JsonElement? Member(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public static string? Text(this JsonElement element, string name) => element.Member(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        { } other => other.GetRawText(),
    };

    public static double? Number(this JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble() : null;

    public static bool Flag(this JsonElement element, string name) => element.Member(name) is { ValueKind: JsonValueKind.True };

    public static IEnumerable<JsonElement> List(this JsonElement element, string name) =>
        element.Member(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    /// <summary>As people write it: <c>22 Nov 21:59:07 UTC</c>.</summary>
    public static string When(this JsonElement element, string name) => element.Text(name) is { } text
        && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)
            ? at.ToString("d MMM HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)
            : "";

    public static string Count(this JsonElement element, string name) => (element.Number(name) ?? 0).ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A scope in words, and everything when it names nothing.</summary>
    public static string Scope(this JsonElement suspension)
    {
        var parts = suspension.Member("scope") is { ValueKind: JsonValueKind.Object } scope
            ? scope.EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.Null).Select(member => $"{member.Name} {member.Value}").ToList()
            : [];
        return parts.Count == 0 ? "everything" : string.Join(", ", parts);
    }
}

using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace HomeBridge.Tests.Contracts;

/// <summary>Compares an answer with a written one in which placeholders stand for what differs from run to run.</summary>
internal sealed partial class ExamplePlaceholders
{
    /// <summary>How long ago a clock may have been read, or a countdown begun, on a machine that is busy.</summary>
    private const double SecondsLate = 60;

    private string? _agentUser;

    /// <summary>Where the two first differ; null when they don't. The order of members doesn't matter, that of items does.</summary>
    public string? Difference(JsonElement expected, JsonElement actual, string path = "$")
    {
        if (Stands(expected) is { } placeholder)
        {
            return Fits(placeholder, actual) ? null : $"{path}: expected {expected.GetString()}, got {actual.GetRawText()}";
        }

        if (expected.ValueKind != actual.ValueKind)
        {
            return $"{path}: expected {expected.GetRawText()}, got {actual.GetRawText()}";
        }

        switch (expected.ValueKind)
        {
            case JsonValueKind.Object:
                var (wanted, given) = (Names(expected), Names(actual));
                return wanted.SequenceEqual(given, StringComparer.Ordinal)
                    ? wanted.Select(name => Difference(expected.GetProperty(name), actual.GetProperty(name), $"{path}.{name}")).FirstOrDefault(one => one is not null)
                    : $"{path}: expected the members {string.Join(", ", wanted)}, got {string.Join(", ", given)}";
            case JsonValueKind.Array:
                return expected.GetArrayLength() == actual.GetArrayLength()
                    ? expected.EnumerateArray().Zip(actual.EnumerateArray(), (one, other) => (one, other))
                        .Select((pair, index) => Difference(pair.one, pair.other, $"{path}[{index}]")).FirstOrDefault(one => one is not null)
                    : $"{path}: expected {expected.GetArrayLength()} items, got {actual.GetArrayLength()}";
            default:
                return JsonElement.DeepEquals(expected, actual) ? null : $"{path}: expected {expected.GetRawText()}, got {actual.GetRawText()}";
        }
    }

    /// <summary>The answer, with the placeholders of the written one wherever they still fit.</summary>
    public JsonNode? Kept(JsonElement written, JsonElement actual) => actual.ValueKind switch
    {
        _ when Stands(written) is { } placeholder && Fits(placeholder, actual) => JsonValue.Create(written.GetString()),
        JsonValueKind.Object => new JsonObject(actual.EnumerateObject().Select(member => KeyValuePair.Create(
            member.Name, Kept(written.ValueKind is JsonValueKind.Object && written.TryGetProperty(member.Name, out var before) ? before : default, member.Value)))),
        JsonValueKind.Array => new JsonArray([.. actual.EnumerateArray().Select((item, index) =>
            Kept(written.ValueKind is JsonValueKind.Array && index < written.GetArrayLength() ? written[index] : default, item))]),
        _ => JsonNode.Parse(actual.GetRawText()),
    };

    private static Match? Stands(JsonElement expected) =>
        expected.ValueKind is JsonValueKind.String && Placeholder().Match(expected.GetString()!) is { Success: true } match ? match : null;

    private bool Fits(Match placeholder, JsonElement actual)
    {
        var of = double.TryParse(placeholder.Groups["of"].Value, CultureInfo.InvariantCulture, out var number) ? number : 0;
        return placeholder.Groups["kind"].Value switch
        {
            "any" => Text(actual) is { Length: > 0 },
            // Whatever it is, it is the same each time.
            "agentUserId" => Text(actual) is { Length: > 0 } user && user == (_agentUser ??= user),
            "number" => Number(actual) is not null,
            "seconds" => Number(actual) is >= 0 && of - Number(actual) is >= 0 and <= SecondsLate,
            "time" => TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + of - Number(actual) is >= 0 and <= SecondsLate,
            _ => false,
        };
    }

    private static string? Text(JsonElement value) => value.ValueKind is JsonValueKind.String ? value.GetString() : null;

    private static double? Number(JsonElement value) => value.ValueKind is JsonValueKind.Number ? value.GetDouble() : null;

    private static string[] Names(JsonElement value) =>
        [.. value.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"^\$\{(?<kind>[a-zA-Z]+)(:(?<of>\d+))?\}$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();
}

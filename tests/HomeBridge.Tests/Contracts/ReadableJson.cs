using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace HomeBridge.Tests.Contracts;

/// <summary>JSON for people: what fits on a line stays on it, the outer levels apart.</summary>
internal static class ReadableJson
{
    private const int Columns = 120;
    private const int OuterLevels = 3;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(JsonNode? node) => Several(node, 0, string.Empty) + "\n";

    private static string Several(JsonNode? node, int level, string label)
    {
        var indent = new string(' ', level * 2);
        var line = $"{indent}{label}{Line(node)}";
        if (node is null or JsonValue or JsonObject { Count: 0 } or JsonArray { Count: 0 } || (level >= OuterLevels && line.Length < Columns && !(level == OuterLevels && HoldsObjects(node))))
        {
            return line;
        }

        var (open, items, close) = node is JsonObject map
            ? ("{", map.Select(member => Several(member.Value, level + 1, $"{Quoted(member.Key)}: ")), "}")
            : ("[", node.AsArray().Select(item => Several(item, level + 1, string.Empty)), "]");
        return $"{indent}{label}{open}\n{string.Join(",\n", items)}\n{indent}{close}";
    }

    private static string Line(JsonNode? node) => node switch
    {
        JsonObject { Count: 0 } => "{}",
        JsonObject map => $"{{ {string.Join(", ", map.Select(member => $"{Quoted(member.Key)}: {Line(member.Value)}"))} }}",
        JsonArray list => $"[{string.Join(", ", list.Select(Line))}]",
        null => "null",
        _ => node.ToJsonString(Plain),
    };

    private static bool HoldsObjects(JsonNode node) => node is JsonObject map && map.Any(member => member.Value is JsonObject);

    private static string Quoted(string text) => JsonSerializer.Serialize(text, Plain);
}

using System.Globalization;
using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>Reads JSON nodes however they came to be: a number is a number, parsed or assigned.</summary>
internal static class NodeReading
{
    public static double AsNumber(this JsonNode node) => double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture);

    public static int AsInteger(this JsonNode node) => (int)node.AsNumber();

    public static IEnumerable<string> Texts(this JsonNode? list) =>
        list?.AsArray().Select(item => item!.GetValue<string>()) ?? [];

    public static IEnumerable<JsonObject> Objects(this JsonNode? list) =>
        list?.AsArray().Select(item => item!.AsObject()) ?? [];
}

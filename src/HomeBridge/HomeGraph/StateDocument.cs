using System.Text;
using HomeBridge.Devices;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.HomeGraph;

/// <summary>A device's state as the outbox keeps it: <c>online</c> and all states of all traits, flat, as JSON.</summary>
internal static class StateDocument
{
    private const string Online = "online";

    public static JsonMap Read(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        using var json = JsonInput.Open(utf8, utf8.Length);
        return json.Map();
    }

    public static string Write(JsonMap map) => Encoding.UTF8.GetString(JsonOutput.Write(writer => writer.Any(map)).Span);

    /// <summary>What is kept after a report: the last state of each trait.</summary>
    public static JsonMap After(string? newest, Device device, bool online, JsonMap states)
    {
        var after = newest is null ? [] : Read(newest);
        foreach (var (name, value) in states.Where(state => state.Key is not (Online or "status" or "errorCode")))
        {
            after[name] = value;
        }

        after[Online] = online;
        return after;
    }

    /// <summary>What the platform is told: of a device that can't be reached, that and nothing else.</summary>
    public static JsonMap ToTell(JsonMap newest) => newest.GetValueOrDefault(Online) is true ? newest : new JsonMap { [Online] = false };
}

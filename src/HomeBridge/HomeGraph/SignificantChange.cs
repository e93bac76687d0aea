using System.Globalization;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.HomeGraph;

/// <summary>
/// Whether a state is worth a call. Measured values that tremble are not; everything else that differs is. What the
/// platform was last told is compared, so a slow drift is told when it has gone far enough.
/// </summary>
internal static class SignificantChange
{
    /// <summary>Degrees Celsius.</summary>
    private const double TemperatureJitter = 0.2;

    /// <summary>Percent.</summary>
    private const double HumidityJitter = 1.5;

    private static readonly Dictionary<string, double> Jitter = new(StringComparer.Ordinal)
    {
        ["thermostatTemperatureAmbient"] = TemperatureJitter,
        ["temperatureAmbientCelsius"] = TemperatureJitter,
        ["thermostatHumidityAmbient"] = HumidityJitter,
        ["humidityAmbientPercent"] = HumidityJitter,
    };

    /// <summary>Also tells whether a queried state agrees with what was reported.</summary>
    public static bool Between(JsonMap told, JsonMap now) =>
        told.Count != now.Count || now.Any(state => !told.TryGetValue(state.Key, out var before) || Differs(state.Key, before, state.Value));

    private static bool Differs(string name, object? before, object? now) =>
        Jitter.TryGetValue(name, out var jitter) && Number(before) is { } from && Number(now) is { } to
            ? Math.Abs(to - from) >= jitter
            : !Same(before, now);

    private static bool Same(object? one, object? other) => (one, other) switch
    {
        (JsonMap a, JsonMap b) => a.Count == b.Count && a.All(member => b.TryGetValue(member.Key, out var value) && Same(member.Value, value)),
        (IReadOnlyList<object?> a, IReadOnlyList<object?> b) => a.Count == b.Count && a.Zip(b).All(pair => Same(pair.First, pair.Second)),
        _ => Number(one) is { } from && Number(other) is { } to ? from.Equals(to) : Equals(one, other),
    };

    /// <summary>21 and 21.0 are one number.</summary>
    private static double? Number(object? value) =>
        value is long or double or int ? Convert.ToDouble(value, CultureInfo.InvariantCulture) : null;
}

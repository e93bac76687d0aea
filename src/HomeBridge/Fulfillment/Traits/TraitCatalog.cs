using System.Collections.Frozen;
using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Fulfillment.Traits;

/// <summary>What a parameter must be.</summary>
internal enum ParameterKind
{
    Flag,
    Integer,
    Number,
    Text,
    Texts,
}

/// <summary>One parameter of a command.</summary>
internal sealed record Parameter(string Name, ParameterKind Kind, bool Required = true, double Min = double.MinValue, double Max = double.MaxValue);

/// <summary>One command of a trait.</summary>
internal sealed record TraitCommand(string Name, string Trait, params Parameter[] Parameters)
{
    /// <summary>
    /// Null when the parameters fit; otherwise the platform's error code. Parameters that the command does not know are
    /// let through: the platform adds some.
    /// </summary>
    public string? Check(JsonMap given)
    {
        foreach (var parameter in Parameters)
        {
            if (!given.TryGetValue(parameter.Name, out var value))
            {
                if (parameter.Required)
                {
                    return "protocolError";
                }

                continue;
            }

            var fits = parameter.Kind switch
            {
                ParameterKind.Flag => value is bool,
                ParameterKind.Integer => value is long,
                ParameterKind.Number => value is long or double,
                ParameterKind.Text => value is string,
                _ => value is List<object?> list && list.TrueForAll(item => item is string),
            };
            if (!fits)
            {
                return "protocolError";
            }

            if (value is long or double
                && Convert.ToDouble(value, System.Globalization.CultureInfo.InvariantCulture) is var number
                && (number < parameter.Min || number > parameter.Max))
            {
                return "valueOutOfRange";
            }
        }

        return null;
    }
}

/// <summary>
/// The traits that this bridge serves, as data: which commands they have and what their parameters are. A device's other
/// traits are not announced to the platform.
/// </summary>
internal static class TraitCatalog
{
    public const string CameraStream = "CameraStream";
    public const string GetCameraStream = "GetCameraStream";
    public const string LockUnlock = "LockUnlock";

    private static readonly FrozenSet<string> Traits = new[]
    {
        "OnOff", "Brightness", LockUnlock, CameraStream, "TemperatureSetting", "TemperatureControl", "SensorState", "HumiditySetting",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, TraitCommand> Commands = new TraitCommand[]
    {
        new("OnOff", "OnOff", new Parameter("on", ParameterKind.Flag)),
        new("BrightnessAbsolute", "Brightness", new Parameter("brightness", ParameterKind.Integer, Min: 0, Max: 100)),
        new("LockUnlock", LockUnlock, new Parameter("lock", ParameterKind.Flag), new Parameter("followUpToken", ParameterKind.Text, Required: false)),
        new(
            GetCameraStream,
            CameraStream,
            new Parameter("StreamToChromecast", ParameterKind.Flag, Required: false),
            new Parameter("SupportedStreamProtocols", ParameterKind.Texts)),
        new("ThermostatTemperatureSetpoint", "TemperatureSetting", new Parameter("thermostatTemperatureSetpoint", ParameterKind.Number, Min: -50, Max: 100)),
        new("ThermostatSetMode", "TemperatureSetting", new Parameter("thermostatMode", ParameterKind.Text)),
    }.ToFrozenDictionary(command => command.Name, StringComparer.Ordinal);

    /// <summary>In alphabetical order.</summary>
    public static IEnumerable<string> Served => Traits.Order(StringComparer.Ordinal);

    public static bool Serves(string trait) => Traits.Contains(trait);

    public static TraitCommand? Find(string command) => Commands.GetValueOrDefault(command);

    /// <summary>Commands that open the house need the PIN first (platform policy on secondary verification).</summary>
    public static bool NeedsPin(Execution execution) =>
        execution.Command == "LockUnlock" && execution.Parameters.TryGetValue("lock", out var value) && value is false;
}

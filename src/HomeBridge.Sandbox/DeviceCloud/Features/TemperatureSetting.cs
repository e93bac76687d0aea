using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>
/// The TemperatureSetting trait. With mode <c>heatcool</c> a thermostat tells a range, with any other one setpoint.
/// </summary>
internal static class TemperatureSetting
{
    private const string Setpoint = "thermostatTemperatureSetpoint";
    private const string Low = "thermostatTemperatureSetpointLow";
    private const string High = "thermostatTemperatureSetpointHigh";
    private const string CurrentMode = "thermostatMode";
    private const string ActiveMode = "activeThermostatMode";
    private const string LastMode = "lastMode";
    private const double DegreesOfOneStep = 0.5;
    private const double UsualBuffer = 2;

    /// <summary>Where a model declares no range of its own.</summary>
    private static readonly (double Min, double Max) UsualRange = (10, 30);

    public static Feature With(
        string[] modes, string mode, double setpoint, double ambient, string unit = "C",
        (double Min, double Max)? range = null, double? buffer = null, bool asText = false, int? humidity = null,
        bool active = false, bool commandOnly = false, bool queryOnly = false)
    {
        var states = new JsonObject { [CurrentMode] = mode };
        if (mode == "heatcool")
        {
            states[Low] = setpoint - UsualBuffer;
            states[High] = setpoint + UsualBuffer;
        }
        else
        {
            states[Setpoint] = setpoint;
        }

        states["thermostatTemperatureAmbient"] = ambient;
        if (humidity is { } percent)
            states["thermostatHumidityAmbient"] = percent;
        if (active)
            states[ActiveMode] = Doing(states);
        var (min, max) = range ?? UsualRange;
        return new(
            "TemperatureSetting",
            Feature.Given(
                ("availableThermostatModes", asText ? string.Join(',', modes) : Feature.Words(modes)),
                ("thermostatTemperatureUnit", unit),
                ("thermostatTemperatureRange", Thresholds.Of(min, max)),
                ("bufferRangeCelsius", buffer),
                ("commandOnlyTemperatureSetting", Feature.IfSo(commandOnly)),
                ("queryOnlyTemperatureSetting", Feature.IfSo(queryOnly))),
            states);
    }

    public static string? SetMode(CommandTurn turn)
    {
        var mode = turn.Text(CurrentMode)!;
        if (!Modes(turn).Contains(mode, StringComparer.Ordinal))
            return "notSupported";
        var before = turn.StateText(CurrentMode)!;
        if (mode == "on")
            mode = turn.Memory[LastMode]?.GetValue<string>() ?? Modes(turn).First(one => one is not ("off" or "on"));
        if (mode == "off" && before != "off")
            turn.Memory[LastMode] = before;
        turn.States[CurrentMode] = mode;
        var (min, max) = Range(turn);
        if (mode == "heatcool" && turn.States[Setpoint] is { } middle)
        {
            var half = Math.Max(Buffer(turn), UsualBuffer) / 2;
            var center = Math.Clamp(middle.AsNumber(), min + half, max - half);
            turn.States.Remove(Setpoint);
            (turn.States[Low], turn.States[High]) = (center - half, center + half);
        }
        else if (mode is not ("heatcool" or "off") && turn.States[Low] is { } low)
        {
            turn.States[Setpoint] = (low.AsNumber() + turn.StateNumber(High)) / 2;
            turn.States.Remove(Low);
            turn.States.Remove(High);
        }

        return Settled(turn);
    }

    public static string? Set(CommandTurn turn)
    {
        var wanted = turn.Number(Setpoint)!.Value;
        if (NoSetpointIn(turn) is { } refusal)
            return refusal;
        return turn.States.ContainsKey(Setpoint) ? ToSetpoint(turn, wanted) : Shift(turn, wanted - Middle(turn));
    }

    public static string? SetRange(CommandTurn turn)
    {
        var (low, high) = (turn.Number(Low)!.Value, turn.Number(High)!.Value);
        var (min, max) = Range(turn);
        if (NoSetpointIn(turn) is { } refusal)
            return refusal;
        if (turn.StateText(CurrentMode) != "heatcool")
            return "inHeatOrCool";
        if (low < min || high > max)
            return "valueOutOfRange";
        if (high - low < Buffer(turn))
            return "rangeTooClose";
        (turn.States[Low], turn.States[High]) = (low, high);
        return Settled(turn);
    }

    public static string? Relative(CommandTurn turn)
    {
        var by = turn.Number("thermostatTemperatureRelativeDegree")
            ?? turn.Number("thermostatTemperatureRelativeWeight")!.Value * DegreesOfOneStep;
        if (NoSetpointIn(turn) is { } refusal)
            return refusal;
        var (min, max) = Range(turn);
        var (lowest, highest) = turn.States.ContainsKey(Setpoint)
            ? (turn.StateNumber(Setpoint), turn.StateNumber(Setpoint))
            : (turn.StateNumber(Low), turn.StateNumber(High));
        if (by > 0 && highest >= max)
            return "alreadyAtMax";
        if (by < 0 && lowest <= min)
            return "alreadyAtMin";
        by = Math.Clamp(by, min - lowest, max - highest);
        return turn.States.ContainsKey(Setpoint) ? ToSetpoint(turn, lowest + by) : Shift(turn, by);
    }

    private static string? ToSetpoint(CommandTurn turn, double wanted)
    {
        var (min, max) = Range(turn);
        if (wanted < min || wanted > max)
            return "valueOutOfRange";
        turn.States[Setpoint] = wanted;
        return Settled(turn);
    }

    private static string? Shift(CommandTurn turn, double by)
    {
        var (low, high) = (turn.StateNumber(Low) + by, turn.StateNumber(High) + by);
        var (min, max) = Range(turn);
        if (low < min || high > max)
            return "valueOutOfRange";
        (turn.States[Low], turn.States[High]) = (low, high);
        return Settled(turn);
    }

    private static string? Settled(CommandTurn turn)
    {
        if (turn.States.ContainsKey(ActiveMode))
            turn.States[ActiveMode] = Doing(turn.States);
        return null;
    }

    private static string Doing(JsonObject states)
    {
        var mode = states[CurrentMode]!.GetValue<string>();
        var ambient = states["thermostatTemperatureAmbient"]!.AsNumber();
        var (low, high) = states[Setpoint] is { } one
            ? (one.AsNumber(), one.AsNumber())
            : (states[Low]!.AsNumber(), states[High]!.AsNumber());
        return mode switch
        {
            "heat" or "heatcool" or "auto" when ambient < low => "heat",
            "cool" or "heatcool" or "auto" when ambient > high => "cool",
            "fan-only" or "dry" or "purifier" or "eco" => mode,
            "off" => "off",
            _ => "none",
        };
    }

    private static string? NoSetpointIn(CommandTurn turn) => turn.StateText(CurrentMode) switch
    {
        "off" => "inOffMode",
        "eco" => "inEcoMode",
        "dry" => "inDryMode",
        "fan-only" => "inFanOnlyMode",
        "purifier" => "inPurifierMode",
        _ => null,
    };

    private static IEnumerable<string> Modes(CommandTurn turn) => turn.Attributes["availableThermostatModes"] switch
    {
        JsonArray list => list.Texts(),
        var text => text!.GetValue<string>().Split(','),
    };

    private static double Middle(CommandTurn turn) => (turn.StateNumber(Low) + turn.StateNumber(High)) / 2;

    private static double Buffer(CommandTurn turn) => turn.Attributes["bufferRangeCelsius"]?.AsNumber() ?? UsualBuffer;

    private static (double Min, double Max) Range(CommandTurn turn) =>
        Thresholds.In(turn.Attributes["thermostatTemperatureRange"]!);
}

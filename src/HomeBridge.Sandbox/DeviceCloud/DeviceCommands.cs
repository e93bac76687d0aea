using System.Text.Json;
using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// What each command does to a device's states. A state that a device lacks means a trait it lacks.
/// </summary>
internal static class DeviceCommands
{
    public const double ColdestSetpoint = 10;
    public const double WarmestSetpoint = 30;

    public static CommandOutcomeMessage Act(
        JsonObject states, LockPin pin, CommandMessage command, DateTimeOffset now) => command.Command switch
        {
            "OnOff" when states.ContainsKey("on") => OnOff(states, command.Params),
            "BrightnessAbsolute" when states.ContainsKey("brightness") => Brightness(states, command.Params),
            "LockUnlock" when states.ContainsKey("isLocked") => LockUnlock(states, pin, command, now),
            "ThermostatTemperatureSetpoint" when states.ContainsKey("thermostatMode") =>
                Setpoint(states, command.Params),
            "ThermostatSetMode" when states.ContainsKey("thermostatMode") => Mode(states, command.Params),
            _ => CommandOutcomeMessage.Failed("functionNotSupported"),
        };

    public static bool IsPercentage(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number
        && value.TryGetInt32(out var number)
        && number is >= 0 and <= 100;

    private static CommandOutcomeMessage OnOff(JsonObject states, JsonElement parameters)
    {
        if (Flag(parameters, "on") is not { } on)
            return CommandOutcomeMessage.Failed("protocolError");
        states["on"] = on;
        return CommandOutcomeMessage.Done(states);
    }

    private static CommandOutcomeMessage Brightness(JsonObject states, JsonElement parameters)
    {
        if (Number(parameters, "brightness") is not { } brightness)
            return CommandOutcomeMessage.Failed("protocolError");
        if (!IsPercentage(brightness))
            return CommandOutcomeMessage.Failed("valueOutOfRange");
        states["brightness"] = brightness.GetInt32();
        return CommandOutcomeMessage.Done(states);
    }

    private static CommandOutcomeMessage LockUnlock(
        JsonObject states, LockPin pin, CommandMessage command, DateTimeOffset now)
    {
        if (Flag(command.Params, "lock") is not { } lockIt)
            return CommandOutcomeMessage.Failed("protocolError");
        if (!lockIt)
        {
            // Locking a door needs no PIN: only what lets people in does.
            if (pin.Refuse(command.Challenge?.Pin, now) is { } refusal)
                return refusal;
        }

        states["isLocked"] = lockIt;
        return CommandOutcomeMessage.Done(states);
    }

    private static CommandOutcomeMessage Setpoint(JsonObject states, JsonElement parameters)
    {
        if (Number(parameters, "thermostatTemperatureSetpoint") is not { } setpoint)
            return CommandOutcomeMessage.Failed("protocolError");
        if (states["thermostatMode"]!.GetValue<string>() == "off")
            return CommandOutcomeMessage.Failed("inOffMode");
        if (setpoint.GetDouble() is not (>= ColdestSetpoint and <= WarmestSetpoint))
            return CommandOutcomeMessage.Failed("valueOutOfRange");
        states["thermostatTemperatureSetpoint"] = setpoint.GetDouble();
        return CommandOutcomeMessage.Done(states);
    }

    private static CommandOutcomeMessage Mode(JsonObject states, JsonElement parameters)
    {
        if (!TryMember(parameters, "thermostatMode", out var mode) || mode.ValueKind != JsonValueKind.String)
            return CommandOutcomeMessage.Failed("protocolError");
        if (mode.GetString() is not ("off" or "heat" or "cool"))
            return CommandOutcomeMessage.Failed("notSupported");
        states["thermostatMode"] = mode.GetString();
        return CommandOutcomeMessage.Done(states);
    }

    private static bool? Flag(
        JsonElement parameters, string name) => TryMember(parameters, name, out var value)
        ? value.ValueKind switch { JsonValueKind.True => true, JsonValueKind.False => false, _ => null }
        : null;

    private static JsonElement? Number(JsonElement parameters, string name) =>
        TryMember(parameters, name, out var value) && value.ValueKind == JsonValueKind.Number ? value : null;

    private static bool TryMember(JsonElement parameters, string name, out JsonElement value)
    {
        value = default;
        return parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty(name, out value);
    }
}

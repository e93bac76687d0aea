using System.Text.Json;
using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>One device of the simulated maker: what it is, and how it is right now.</summary>
internal sealed class SandboxDevice(
    string id, string home, string name, string room, DeviceBlueprint blueprint)
{
    private readonly (string Home, string Name, string Room) _first = (home, name, room);
    private readonly Lock _gate = new();
    private readonly JsonObject _states = blueprint.States();
    private readonly RecentCommands _recent = new();
    private readonly LockPin _pin = new();
    private bool _online = true;

    public string Id => id;

    /// <summary>Whose it is now.</summary>
    public string Home { get; set; } = home;

    public string FirstHome => _first.Home;

    public string Name { get; set; } = name;

    public string Room { get; set; } = room;

    /// <summary>Tells what changed; called with the device's gate held, so that it is told in order.</summary>
    public Action<SandboxDevice>? Changed { get; init; }

    public DeviceBlueprint Blueprint => blueprint;

    /// <summary>
    /// The number that a camera's pictures carry; global, from 1. Null for everything else.
    /// </summary>
    public int? CameraNumber { get; init; }

    public bool Online
    {
        get
        {
            lock (_gate)
                return _online;
        }
        set
        {
            lock (_gate)
                _online = value;
        }
    }

    /// <summary>As it was at the start: home, name and room.</summary>
    public void Restore() => (Home, Name, Room) = _first;

    public DeviceMessage Describe() => new(
        id, blueprint.Type, Name, Room, blueprint.Model, Firmware: "1.4.2", Hardware: "B",
        blueprint.Traits, blueprint.Attributes());

    public DeviceStateMessage Read()
    {
        lock (_gate)
        {
            return _online
                ? new(true, (JsonObject)_states.DeepClone(), null)
                : new(false, null, null);
        }
    }

    /// <summary>The same command id twice acts once: the second one gets the first one's answer.</summary>
    public CommandOutcomeMessage Execute(CommandMessage command, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (_recent.Find(command.CommandId) is { } earlier)
                return earlier;
            var outcome = _online
                ? DeviceCommands.Act(_states, _pin, command, now)
                : CommandOutcomeMessage.Failed("deviceOffline") with { Online = false };
            // Asking for a PIN changed nothing: the answer with the PIN may come under the same id.
            if (outcome.Challenge != CommandOutcomeMessage.PinNeeded)
                _recent.Remember(command.CommandId, outcome);
            if (outcome.Outcome == "success")
                Changed?.Invoke(this);
            return outcome;
        }
    }

    /// <summary>
    /// Changes states as the maker's own app would: all of them, or none and a sentence that says why.
    /// </summary>
    public string? Change(IReadOnlyDictionary<string, JsonElement> members)
    {
        lock (_gate)
        {
            foreach (var (member, value) in members)
            {
                if (Objection(member, value) is { } objection)
                    return objection;
            }

            foreach (var (member, value) in members)
            {
                if (member == "online")
                    _online = value.GetBoolean();
                else
                    _states[member] = JsonNode.Parse(value.GetRawText());
            }

            Changed?.Invoke(this);
            return null;
        }
    }

    private string? Objection(string member, JsonElement value)
    {
        var known = member == "online" ? JsonValueKind.True : _states[member]?.GetValueKind();
        return known switch
        {
            JsonValueKind.True or JsonValueKind.False =>
                value.ValueKind is JsonValueKind.True or JsonValueKind.False
                    ? null
                    : $"'{member}' is true or false.",
            JsonValueKind.Number when value.ValueKind != JsonValueKind.Number => $"'{member}' is a number.",
            JsonValueKind.Number when member == "brightness" && !DeviceCommands.IsPercentage(value) =>
                "'brightness' is a whole number from 0 to 100.",
            JsonValueKind.Number => null,
            _ => $"'{member}' is not something that this device's app can change; known are: {Changeable()}.",
        };
    }

    private string Changeable() => string.Join(", ", _states
        .Where(state => state.Value?.GetValueKind()
            is JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number)
        .Select(state => state.Key)
        .Prepend("online"));
}

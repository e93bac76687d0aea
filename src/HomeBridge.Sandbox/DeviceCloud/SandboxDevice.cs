using System.Text.Json;
using System.Text.Json.Nodes;
using HomeBridge.Sandbox.DeviceCloud.Features;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>One device of the simulated maker: what it is, and how it is right now.</summary>
internal sealed class SandboxDevice(
    string id, string home, string name, string room, DeviceBlueprint blueprint, TimeProvider time) : IDisposable
{
    private readonly (string Home, string Name, string Room) _first = (home, name, room);
    private readonly Lock _gate = new();
    private readonly JsonObject _attributes = blueprint.Attributes();
    private readonly JsonObject _states = blueprint.States();
    private readonly JsonObject _memory = blueprint.Memory();
    private readonly string[] _untold = blueprint.Untold();
    private readonly RecentCommands _recent = new();
    private readonly LockPin _pin = new();
    private bool _online = true;
    private string? _error;
    private string? _exception;
    private SlowWork? _work;
    private ITimer? _workDone;

    public string Id => id;

    /// <summary>Whose it is now.</summary>
    public string Home { get; set; } = home;

    public string FirstHome => _first.Home;

    public string Name { get; set; } = name;

    public string Room { get; set; } = room;

    /// <summary>
    /// A command, the maker's app or the device itself changed something. Called with the device's gate held, so that it
    /// is told in order.
    /// </summary>
    public Action<SandboxDevice>? Changed { get; init; }

    /// <summary>What became of a command that was pending and carried a follow-up token.</summary>
    public Action<SandboxDevice, FollowUp>? FollowedUp { get; init; }

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
    }

    /// <summary>A camera that is off shows nothing, like one that can't be reached.</summary>
    public bool CanStream
    {
        get
        {
            lock (_gate)
                return _online && _states["on"]?.GetValue<bool>() != false;
        }
    }

    /// <summary>Why it can't be used though it is reached, as a platform error code.</summary>
    public string? Trouble
    {
        get
        {
            lock (_gate)
                return _error ?? (CameraNumber is not null && _states["on"]?.GetValue<bool>() == false ? "deviceTurnedOff" : null);
        }
    }

    /// <summary>As it was at the start: home, name and room.</summary>
    public void Restore() => (Home, Name, Room) = _first;

    public DeviceMessage Describe() => new(
        id, blueprint.Type, Name, Room, blueprint.Model, Firmware: "1.4.2", Hardware: "B",
        blueprint.Traits, (JsonObject)_attributes.DeepClone());

    public DeviceStateMessage Read()
    {
        lock (_gate)
        {
            if (!_online)
                return new(false);
            return _error is null ? new(true, Told(), Exception: _exception) : new(true, Error: _error);
        }
    }

    /// <summary>The same command id twice acts once: the second one gets the first one's answer.</summary>
    public CommandOutcomeMessage Execute(CommandMessage command)
    {
        lock (_gate)
        {
            if (_recent.Find(command.CommandId) is { } earlier)
                return earlier;
            var outcome = Outcome(command);
            // Asking changed nothing: the answer may come under the same id.
            if (outcome.Challenge is not (CommandOutcomeMessage.PinNeeded or CommandOutcomeMessage.AckNeeded))
                _recent.Remember(command.CommandId, outcome);
            if (outcome.Outcome is "success" or "pending")
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
            var after = (JsonObject)_states.DeepClone();
            foreach (var (member, value) in members)
            {
                if ((Objection(member, value) ?? Apply(after, member, value)) is { } objection)
                    return objection;
            }

            if (StateRules.Objection(blueprint.Traits, _attributes, after) is { } rule)
                return rule;
            foreach (var (member, value) in members)
                Turn(member, value, after);
            Changed?.Invoke(this);
            return null;
        }
    }

    public void Dispose() => _workDone?.Dispose();

    private CommandOutcomeMessage Outcome(CommandMessage command)
    {
        if (!_online)
            return CommandOutcomeMessage.Failed("deviceOffline") with { Online = false };
        if (_error is not null)
            return CommandOutcomeMessage.Failed(_error);
        var now = time.GetUtcNow();
        Pass(now);
        var turn = new CommandTurn(blueprint.Type, _attributes, _states, _memory, command.Params, _work is not null, now);
        if (DeviceCommands.Act(blueprint, turn, command, _pin) is { } refusal)
            return refusal;
        if (turn.Later is { } work)
        {
            Begin(work, TraitVocabulary.Instance.Command(command.Command)!.Trait);
            return CommandOutcomeMessage.Pending;
        }

        var states = Told();
        foreach (var (result, value) in turn.Results)
            states[result] = value!.DeepClone();
        return new("success") { States = states, Online = true, Exception = _exception };
    }

    private void Begin(SlowWork work, string trait)
    {
        _work = work;
        _workDone?.Dispose();
        _workDone = time.CreateTimer(_ => Finish(work, trait), null, work.Takes, Timeout.InfiniteTimeSpan);
    }

    private void Finish(SlowWork work, string trait)
    {
        JsonObject became;
        lock (_gate)
        {
            if (_work != work)
                return;
            _work = null;
            became = work.Finish();
            Changed?.Invoke(this);
        }

        if (work.FollowUpToken is { } token)
        {
            became["followUpToken"] = token;
            FollowedUp?.Invoke(this, new(trait, became));
        }
    }

    /// <summary>What time alone changes.</summary>
    private void Pass(DateTimeOffset now)
    {
        Timers.Passing(_states, _memory, now);
        LightEffects.Passing(_states, now);
        ArmDisarm.Passing(_states, _memory, now);
    }

    private JsonObject Told()
    {
        Pass(time.GetUtcNow());
        var states = (JsonObject)_states.DeepClone();
        foreach (var untold in _untold)
            states.Remove(untold);
        // A jammed bolt is neither in nor out.
        if (states["isJammed"]?.GetValue<bool>() == true)
            states.Remove("isLocked");
        return states;
    }

    private string? Objection(string member, JsonElement value) => member switch
    {
        "online" => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "'online' is true or false.",
        "error" => IsCode(value, TraitVocabulary.Instance.IsError) ? null : "'error' is one of the catalogue's error codes, or null.",
        "exception" => IsCode(value, TraitVocabulary.Instance.IsException)
            ? null
            : "'exception' is one of the catalogue's exception codes, or null.",
        _ => TraitVocabulary.Instance.State(blueprint.Traits, member) is not { } schema
            ? $"'{member}' is not something that this device's app can change; known are: {Changeable()}."
            : value.ValueKind == JsonValueKind.Null ? null : SchemaCheck.Value(value, schema, member)?.Sentence,
    };

    private static bool IsCode(JsonElement value, Func<string, bool> known) =>
        value.ValueKind == JsonValueKind.Null || (value.ValueKind == JsonValueKind.String && known(value.GetString()!));

    private static string? Apply(JsonObject states, string member, JsonElement value)
    {
        if (member is "online" or "error" or "exception")
            return null;
        if (value.ValueKind == JsonValueKind.Null)
        {
            states.Remove(member);
            return null;
        }

        try
        {
            states[member] = JsonNode.Parse(value.GetRawText(), documentOptions: new() { AllowDuplicateProperties = false });
            return null;
        }
        catch (JsonException)
        {
            return $"'{member}' has a member twice.";
        }
    }

    private void Turn(string member, JsonElement value, JsonObject after)
    {
        switch (member)
        {
            case "online":
                _online = value.GetBoolean();
                break;
            case "error":
                _error = value.GetString();
                break;
            case "exception":
                _exception = value.GetString();
                break;
            default:
                if (after[member] is { } node)
                    _states[member] = node.DeepClone();
                else
                    _states.Remove(member);
                break;
        }
    }

    private string Changeable() => string.Join(
        ", ", blueprint.Traits.SelectMany(TraitVocabulary.Instance.States).Concat(["online", "error", "exception"]));
}

/// <summary>The follow-up of a pending command, as the platform's notifications carry it for that trait.</summary>
internal sealed record FollowUp(string Trait, JsonObject Payload);

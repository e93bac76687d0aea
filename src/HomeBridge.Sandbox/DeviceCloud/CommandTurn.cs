using System.Text.Json;
using System.Text.Json.Nodes;

namespace HomeBridge.Sandbox.DeviceCloud;

/// <summary>
/// One command at one device, while the device's gate is held. Its parameters fit the catalogue. A handler answers null
/// when it is done, or a platform error code.
/// </summary>
internal sealed class CommandTurn(
    string type, JsonObject attributes, JsonObject states, JsonObject memory, JsonElement parameters, bool isBusy, DateTimeOffset now)
{
    public string Type => type;

    /// <summary>Is the device still at what an earlier command began?</summary>
    public bool IsBusy => isBusy;

    public JsonObject Attributes => attributes;

    public JsonObject States => states;

    public JsonObject Memory => memory;

    public JsonElement Parameters => parameters;

    public DateTimeOffset Now => now;

    public JsonObject Results { get; } = [];

    /// <summary>Set when the device needs a while.</summary>
    public SlowWork? Later { get; private set; }

    /// <summary>
    /// The device goes on by itself: the command is pending. What <paramref name="finish"/> answers is told to whoever
    /// gave a follow-up token.
    /// </summary>
    public void Pending(TimeSpan takes, Func<JsonObject> finish) => Later = new(takes, Text("followUpToken"), finish);

    public bool? Flag(string name) => Parameter(name)?.GetBoolean();

    public double? Number(string name) => Parameter(name)?.GetDouble();

    public string? Text(string name) => Parameter(name)?.GetString();

    public JsonElement? Parameter(string name) => TraitVocabulary.Member(parameters, name);

    public bool Declares(string attribute) => attributes[attribute]?.GetValue<bool>() == true;

    public double StateNumber(string name) => states[name]!.AsNumber();

    public bool StateFlag(string name) => states[name]?.GetValue<bool>() == true;

    public string? StateText(string name) => states[name]?.GetValue<string>();
}

/// <summary>What a device does after it has answered.</summary>
internal sealed record SlowWork(TimeSpan Takes, string? FollowUpToken, Func<JsonObject> Finish);

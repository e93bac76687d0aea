using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Traits;

/// <summary>A kind of device, and the traits that the platform wants of it.</summary>
internal sealed record DeviceType(string Name, string Label, string[] Requires, string[] Recommends);

/// <summary>One trait of the platform, names without prefix.</summary>
internal sealed class Trait
{
    public required string Name { get; init; }

    /// <summary>Set for a trait that the platform gave up. It is known and not announced.</summary>
    public string? ReplacedBy { get; init; }

    public Schema[] Attributes { get; init; } = [];

    public Alternatives? AttributeSets { get; init; }

    public Schema[] States { get; init; } = [];

    public string[] StateNames { get; init; } = [];

    public Alternatives? StateSets { get; init; }

    public TraitCommand[] Commands { get; set; } = [];

    /// <summary>What a notification of this trait holds.</summary>
    public Schema? Notification { get; init; }

    /// <summary>Notifications of its own, or the follow-up of a command that takes its time.</summary>
    public bool Notifies { get; set; }

    /// <summary>The attribute by which a device says that it can't tell its state.</summary>
    public AttributePath? CommandOnly { get; init; }

    /// <summary>The attribute by which a device says that it can't be commanded.</summary>
    public AttributePath? QueryOnly { get; init; }

    public ChallengeRule[] Challenges { get; init; } = [];

    public SensorKind[] Sensors { get; init; } = [];

    /// <summary>What the code of <see cref="TraitRules"/> judges, in words.</summary>
    public string[] Rules { get; init; } = [];

    public string[] ErrorCodes { get; init; } = [];

    public bool IsCommandOnly(JsonMap? device) => device is not null && CommandOnly?.Find(device) is true;

    public bool IsQueryOnly(JsonMap? device) => device is not null && QueryOnly?.Find(device) is true;
}

/// <summary>One command. No two traits have a command of one name.</summary>
internal sealed class TraitCommand
{
    public required string Name { get; init; }

    public required Trait Trait { get; init; }

    public Schema[] Parameters { get; init; } = [];

    public Alternatives? ParameterSets { get; init; }

    public Condition? Needs { get; init; }

    /// <summary>What the answer holds besides the trait's states.</summary>
    public Schema[] Results { get; init; } = [];

    public Alternatives? ResultSets { get; init; }

    /// <summary>What the notification holds that follows when the command is done.</summary>
    public Schema? FollowUp { get; init; }

    public string[] ErrorCodes { get; init; } = [];

    /// <summary>
    /// EXECUTE: null when a device with these traits and attributes can be asked to do this, otherwise the platform's error
    /// code. Without attributes only the vocabulary is checked.
    /// </summary>
    public string? Check(ReadOnlySpan<string> traits, JsonMap attributes, JsonMap parameters)
    {
        var device = attributes.Count == 0 ? null : attributes;
        if (!traits.Contains(Trait.Name) || Trait.IsQueryOnly(device) || (device is not null && Needs is not null && !Needs.Holds(device)))
        {
            return Violation.FunctionNotSupported;
        }

        return Schema.CheckMembers(Parameters, ParameterSets, parameters, device)?.Code ?? TraitRules.Command(this, device, parameters);
    }

    /// <summary>What the resident is asked for before this is done: pinNeeded, ackNeeded, or null.</summary>
    public string? ChallengeFor(string deviceType, JsonMap parameters, string? region = null)
    {
        foreach (var rule in Trait.Challenges)
        {
            if (rule.Asks(deviceType, region, parameters))
            {
                return rule.Challenge;
            }
        }

        return null;
    }
}

/// <summary>A sensor that the platform knows by name.</summary>
internal sealed record SensorKind(string Name, string[] DescriptiveStates, string? RawValueUnit, double RawMin, double RawMax);

/// <summary>
/// A trait's commands wait for the resident's word when the device is of one of the types (or any), in the region (or
/// any), and all parameters are as said: a flag, or a number above a limit.
/// </summary>
internal sealed record ChallengeRule(
    string Challenge, string[]? DeviceTypes, string? Region, ChallengeTerm[] When, bool Ours)
{
    public bool Asks(string deviceType, string? region, JsonMap parameters)
    {
        if ((DeviceTypes is not null && Array.IndexOf(DeviceTypes, deviceType) < 0) || (Region is not null && Region != region))
        {
            return false;
        }

        foreach (var (name, flag, above) in When)
        {
            parameters.TryGetValue(name, out var value);
            if (flag is not null ? value is not bool given || given != flag : !Schema.IsNumber(value, out var number) || number <= above)
            {
                return false;
            }
        }

        return true;
    }
}

internal sealed record ChallengeTerm(string Parameter, bool? Flag, double Above);

using HomeBridge.Hosting;
using HomeBridge.Traits;

namespace HomeBridge.Fulfillment.Challenges;

/// <summary>
/// Section <c>Challenges</c>: what a person must confirm beyond the defaults of the trait catalogue, and how often a PIN
/// may be wrong.
/// </summary>
internal sealed record ChallengeOptions
{
    /// <summary>Wrong PINs, of one device or of one account, until none is taken any more. Default 5.</summary>
    public required int WrongPinsMax { get; init; }

    /// <summary>How long a wrong PIN counts. Default 15 minutes.</summary>
    public required TimeSpan WrongPinsWithin { get; init; }

    /// <summary>Where the homes are, as two letters: some countries ask for a yes. Null asks nothing more.</summary>
    public required string? Region { get; init; }

    /// <summary>Commands that need a PIN whatever their parameters, as <c>TYPE:Command</c>; <c>*</c> is any type.</summary>
    public required IReadOnlyList<ChallengeOverride> Pin { get; init; }

    /// <summary>Commands that need a yes.</summary>
    public required IReadOnlyList<ChallengeOverride> Ack { get; init; }

    /// <summary>Commands that need nothing though the catalogue says so. Each is logged and audited at start.</summary>
    public required IReadOnlyList<ChallengeOverride> Waived { get; init; }

    /// <summary>Who decided it and why; demanded when something is waived.</summary>
    public required string? WaivedBecause { get; init; }

    public static ChallengeOptions Read(ConfigurationReader read)
    {
        var options = new ChallengeOptions
        {
            WrongPinsMax = read.Number("Challenges:WrongPinsMax", 5, 1, 20),
            WrongPinsWithin = read.Duration("Challenges:WrongPinsWithin", TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(1), TimeSpan.FromDays(1)),
            Region = read.OptionalText("Challenges:Region"),
            Pin = Overrides(read, "Challenges:Pin"),
            Ack = Overrides(read, "Challenges:Ack"),
            Waived = Overrides(read, "Challenges:Waived"),
            WaivedBecause = read.OptionalText("Challenges:WaivedBecause"),
        };
        if (options is { Waived.Count: > 0, WaivedBecause: null })
        {
            read.Problem("Challenges:WaivedBecause", "must say who decided to drop a challenge, and why.", "Decision of the product owner, 2026-03-02: window blinds only.");
        }

        return options;
    }

    private static List<ChallengeOverride> Overrides(ConfigurationReader read, string key)
    {
        var found = new List<ChallengeOverride>();
        foreach (var text in read.Texts(key))
        {
            var parts = text.Split(':');
            if (parts.Length == 2 && (parts[0] == "*" || TraitCatalogue.Current.IsType(parts[0])) && parts[1] != CameraStreamTrait.GetCameraStream && TraitCatalogue.Current.Command(parts[1]) is not null)
            {
                found.Add(new ChallengeOverride(parts[0], parts[1]));
            }
            else
            {
                read.Problem(key, $"'{text}' is not TYPE:Command with a device type (or *) and a command of the trait catalogue that can be confirmed: whoever sees a camera is asked at consent.", "GARAGE:OpenClose");
            }
        }

        return found;
    }
}

/// <summary>A command of a device type.</summary>
internal sealed record ChallengeOverride(string Type, string Command)
{
    public bool Covers(string type, string command) => Command == command && Type is "*" || (Type == type && Command == command);

    public override string ToString() => $"{Type}:{Command}";
}

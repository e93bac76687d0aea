namespace HomeBridge.Sandbox.DeviceCloud.Features;

/// <summary>MediaState and TransportControl: what plays, and what is done to it.</summary>
internal static class Media
{
    public const string Captions = "CAPTION_CONTROL";
    public const string Next = "NEXT";
    public const string Pause = "PAUSE";
    public const string Previous = "PREVIOUS";
    public const string Resume = "RESUME";
    public const string SeekRelative = "SEEK_RELATIVE";
    public const string SeekTo = "SEEK_TO_POSITION";
    public const string Repeat = "SET_REPEAT";
    public const string Shuffle = "SHUFFLE";
    public const string Stop = "STOP";

    private const string Position = "positionMs";
    private const string State = "playbackState";

    public static Feature StateOf(bool activity = true, bool playback = true) => new(
        "MediaState",
        Feature.Given(("supportActivityState", Feature.IfSo(activity)), ("supportPlaybackState", Feature.IfSo(playback))),
        Feature.Given(("activityState", activity ? "ACTIVE" : null), (State, playback ? "PLAYING" : null)));

    public static Feature Transport(params string[] commands) => new(
        "TransportControl",
        new() { ["transportControlSupportedCommands"] = Feature.Words(commands) },
        [])
    {
        Memory = new() { [Position] = 0 },
    };

    public static Feature WholeTransport() =>
        Transport(Captions, Next, Pause, Previous, Resume, SeekRelative, SeekTo, Repeat, Shuffle, Stop);

    public static string? CaptionsOn(CommandTurn turn) => Remembering(turn, Captions, "captions", true);

    public static string? CaptionsOff(CommandTurn turn) => Remembering(turn, Captions, "captions", false);

    public static string? RepeatMode(CommandTurn turn) => Remembering(turn, Repeat, "repeat", turn.Flag("isOn")!.Value);

    public static string? ShuffleNow(CommandTurn turn) => Remembering(turn, Shuffle, "shuffled", true);

    public static string? PauseNow(CommandTurn turn) => Refusal(turn, Pause) ?? turn.StateText(State) switch
    {
        "PAUSED" => "alreadyPaused",
        "STOPPED" => "unpausableState",
        _ => Play(turn, "PAUSED"),
    };

    public static string? ResumeNow(CommandTurn turn) => Refusal(turn, Resume) ?? Play(turn, "PLAYING");

    public static string? StopNow(CommandTurn turn)
    {
        if (Refusal(turn, Stop) is { } refusal)
            return refusal;
        if (turn.StateText(State) == "STOPPED")
            return "alreadyStopped";
        turn.Memory[Position] = 0;
        return Play(turn, "STOPPED");
    }

    public static string? NextOne(CommandTurn turn) => Another(turn, Next);

    public static string? PreviousOne(CommandTurn turn) => Another(turn, Previous);

    public static string? Seek(CommandTurn turn) => Refusal(turn, SeekTo)
        ?? To(turn, turn.Number("absPositionMs")!.Value);

    public static string? SeekBy(CommandTurn turn) => Refusal(turn, SeekRelative)
        ?? To(turn, Math.Max(0, turn.Memory[Position]!.AsNumber() + turn.Number("relativePositionMs")!.Value));

    private static string? Another(CommandTurn turn, string command)
    {
        if (Refusal(turn, command) is { } refusal)
            return refusal;
        turn.Memory[Position] = 0;
        return Play(turn, "PLAYING");
    }

    private static string? To(CommandTurn turn, double position)
    {
        if (position < 0)
            return "valueOutOfRange";
        turn.Memory[Position] = position;
        return null;
    }

    private static string? Remembering(CommandTurn turn, string command, string what, bool value)
    {
        if (Refusal(turn, command) is { } refusal)
            return refusal;
        turn.Memory[what] = value;
        return null;
    }

    private static string? Play(CommandTurn turn, string state)
    {
        if (turn.States.ContainsKey(State))
            turn.States[State] = state;
        return null;
    }

    private static string? Refusal(CommandTurn turn, string command) =>
        turn.Attributes["transportControlSupportedCommands"].Texts().Contains(command, StringComparer.Ordinal)
            ? null
            : "functionNotSupported";
}

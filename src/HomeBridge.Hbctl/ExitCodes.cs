namespace HomeBridge.Hbctl;

/// <summary>What scripts go by.</summary>
internal static class ExitCodes
{
    /// <summary>Done; for the switch: applied everywhere, no stream left.</summary>
    public const int Done = 0;

    /// <summary>Anything else, such as a bridge that does not answer.</summary>
    public const int Other = 1;

    /// <summary>Applied by all that are in contact; those that are not have closed their cameras by themselves.</summary>
    public const int SelfFenced = 3;

    /// <summary>Raised, and not confirmed in time.</summary>
    public const int Timeout = 4;

    /// <summary>The bridge, or you, said no.</summary>
    public const int Refused = 5;
}

/// <summary>Ends a command with a sentence and an exit code.</summary>
internal class CommandEnds(int code, string sentence) : Exception(sentence)
{
    public int Code { get; } = code;
}

/// <summary>The bridge has no such route.</summary>
internal sealed class UnknownRoute(string path)
    : CommandEnds(ExitCodes.Other, $"This bridge does not know {path}: it is older than this hbctl, or --url is not its private listener.");

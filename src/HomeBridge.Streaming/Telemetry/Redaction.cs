using System.Collections.Frozen;
using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Logs;

namespace HomeBridge.Streaming.Telemetry;

/// <summary>The last look at a span before it is told: tags that are on the list, with values that are words.</summary>
internal sealed class SpanRedaction : BaseProcessor<Activity>
{
    private static readonly FrozenSet<string> Told = new[]
    {
        SpanTags.Platform, SpanTags.Vendor, SpanTags.Intent, SpanTags.Outcome, SpanTags.Protocol, SpanTags.Unit, SpanTags.GatewayName,
    }.ToFrozenSet(StringComparer.Ordinal);

    public override void OnEnd(Activity data)
    {
        foreach (var (name, value) in data.TagObjects.ToList())
        {
            if (!Told.Contains(name) || !Words.IsWord(value as string))
            {
                data.SetTag(name, null);
            }
        }
    }
}

/// <summary>
/// The last look at a log line before it leaves the machine. Its sentence goes as it was written, without values; of these
/// go numbers, moments, and words that are on the list. Ids and names stay in the machine's own log.
/// </summary>
internal sealed class LogRedaction : BaseProcessor<LogRecord>
{
    public const string Template = "{OriginalFormat}";
    public const string ExceptionType = "exception.type";
    public const string ExceptionStack = "exception.stacktrace";

    /// <summary>Placeholders whose values are words of closed lists, or names of our own processes.</summary>
    private static readonly FrozenSet<string> Listed = new[]
    {
        "Alarm", "Channel", "Class", "Gateway", "Gate", "Kind", "Intent", "Outcome", "Platform", "Rule", "Runbook", "Stage", "State", "Vendor", "Verdict", "Suspension",
    }.ToFrozenSet(StringComparer.Ordinal);

    public override void OnEnd(LogRecord data)
    {
        var told = new List<KeyValuePair<string, object?>>();
        string? template = null;
        foreach (var (name, value) in data.Attributes ?? [])
        {
            if (name == Template)
            {
                template = value as string;
            }
            else if (value is int or long or double or bool or Enum or TimeSpan or DateTimeOffset
                || (Listed.Contains(name) && Words.IsWord(value?.ToString())))
            {
                told.Add(new(name, value is int or long or double or bool ? value : Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)));
            }
        }

        if (data.Exception is { } exception)
        {
            // Where it happened, never what it says: a message may quote what was asked.
            told.Add(new(ExceptionType, exception.GetType().FullName));
            told.Add(new(ExceptionStack, exception.StackTrace));
            data.Exception = null;
        }

        data.FormattedMessage = null;
        data.Body = template ?? "(a line without a template)";
        data.Attributes = told;
    }
}

/// <summary>What is short and has no more than letters, digits and a few signs can't be a sentence, an address or a token.</summary>
internal static class Words
{
    private const int LengthMax = 40;

    public static bool IsWord(string? text) =>
        text is { Length: > 0 and <= LengthMax } && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or ' ' or '/');
}

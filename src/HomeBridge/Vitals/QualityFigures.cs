using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace HomeBridge.Vitals;

/// <summary>
/// The figures by which the platform judges an integration, counted as it counts them: per device type the success and
/// latency of QUERY and EXECUTE and the accuracy of reported states, and for the whole the success of our calls to it.
/// Memory is taken once per device type; counting takes none.
/// </summary>
internal sealed class QualityFigures
{
    public const string Query = "QUERY";
    public const string Execute = "EXECUTE";

    /// <summary>A device of a type that is not known, e.g. one that the platform asked for and that isn't bound.</summary>
    public const string UnknownType = "UNKNOWN";

    /// <summary>Where types and methods beyond the limits are counted.</summary>
    public const string Others = "OTHER";

    /// <summary>Device types and methods that are told apart. Types are a maker's words; the platform knows 81.</summary>
    private const int TypesMax = 128;
    private const int MethodsMax = 32;

    private const string TypePrefix = "action.devices.types.";

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly QualityInstruments _instruments;
    private readonly RateCounts _denied = new();
    private readonly ConcurrentDictionary<string, DeviceTypeCounts> _types = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DeviceTypeCounts>.AlternateLookup<ReadOnlySpan<char>> _typesBySpan;
    private readonly ConcurrentDictionary<string, MethodCounts> _methods = new(StringComparer.Ordinal);

    public QualityFigures(TimeProvider time, IMeterFactory meters)
    {
        _time = time;
        _start = time.GetTimestamp();
        _typesBySpan = _types.GetAlternateLookup<ReadOnlySpan<char>>();
        _instruments = new QualityInstruments(meters, this);
    }

    /// <summary>A device was answered.</summary>
    /// <param name="intent"><see cref="Query"/> or <see cref="Execute"/>: no other intent is judged.</param>
    /// <param name="deviceType">With or without the platform's prefix.</param>
    /// <param name="success">See <see cref="IsFailure"/>.</param>
    /// <param name="took">From the request's arrival to the answer.</param>
    /// <param name="count">Devices that were answered alike, in one answer.</param>
    public void Answered(string intent, string deviceType, bool success, TimeSpan took, int count = 1)
    {
        var type = Type(deviceType);
        type.CountsOf(intent).Add(Now, success, took, count);
        _instruments.Answered(intent, type.Name, success, took, count);
    }

    /// <summary>
    /// Of the devices that were answered, so many were refused because somebody suspended them. The platform holds that against
    /// us like any failure; <see cref="Service"/> does not.
    /// </summary>
    public void Denied(string intent, string platform, int count = 1)
    {
        _denied.Add(Now, good: false, count);
        _instruments.Denied(intent, platform, count);
    }

    /// <summary>
    /// How well devices are served that are not suspended: answers of QUERY and EXECUTE of all device types of this process,
    /// without those that a suspension refused.
    /// </summary>
    public RateFigure Service(QualityWindow window)
    {
        var (now, report) = (Now, Report(window));
        var (good, total) = (0L, 0L);
        foreach (var type in report.Types)
        {
            good += type.Query.Success.Good + type.Execute.Success.Good;
            total += type.Query.Success.Total + type.Execute.Success.Total;
        }

        return new RateFigure(good, Math.Max(good, total - _denied.Figure(window, now).Total));
    }

    /// <summary>We called the platform.</summary>
    public void PlatformCall(string method, bool success)
    {
        var counts = _methods.TryGetValue(method, out var known)
            ? known
            : _methods.GetOrAdd(_methods.Count < MethodsMax ? method : Others, name => new MethodCounts(name));
        counts.Calls.Add(Now, success);
        _instruments.PlatformCall(counts.Name, success);
    }

    /// <summary>A state that was reported was compared with what a QUERY answered.</summary>
    public void Compared(string deviceType, bool accurate)
    {
        var type = Type(deviceType);
        type.Accuracy.Add(Now, accurate);
        _instruments.Compared(type.Name, accurate);
    }

    /// <summary>Whether an answer with this error counts as a failure.</summary>
    public static bool IsFailure(string? errorCode) => QualityRules.IsFailure(errorCode);

    public QualityReport Report(QualityWindow window)
    {
        var now = Now;
        var methods = _methods.Values.Select(method => new CallFigures(method.Name, method.Calls.Figure(window, now)))
            .Where(method => method.Success.Total > 0).OrderBy(method => method.Method, StringComparer.Ordinal).ToList();
        var calls = new RateFigure(methods.Sum(method => method.Success.Good), methods.Sum(method => method.Success.Total));
        return new QualityReport(
            window,
            [.. _types.Values.Select(type => type.Figures(window, now, calls)).Where(HasData).OrderBy(type => type.DeviceType, StringComparer.Ordinal)],
            calls,
            methods);
    }

    private static bool HasData(TypeFigures type) => type.Query.Success.Total + type.Execute.Success.Total + type.Accuracy.Total > 0;

    /// <summary>Seconds since the start, by a clock that is never set back.</summary>
    private long Now => (long)_time.GetElapsedTime(_start).TotalSeconds;

    private DeviceTypeCounts Type(string deviceType)
    {
        var name = deviceType.AsSpan();
        if (name.StartsWith(TypePrefix, StringComparison.Ordinal))
        {
            name = name[TypePrefix.Length..];
        }

        return _typesBySpan.TryGetValue(name, out var known)
            ? known
            : _types.GetOrAdd(_types.Count < TypesMax ? name.ToString() : Others, type => new DeviceTypeCounts(type));
    }

    private sealed record MethodCounts(string Name)
    {
        public RateCounts Calls { get; } = new();
    }

    private sealed class DeviceTypeCounts(string name)
    {
        private readonly AnswerCounts _query = new();
        private readonly AnswerCounts _execute = new();

        public string Name => name;

        public RateCounts Accuracy { get; } = new();

        public AnswerCounts CountsOf(string intent) => intent switch
        {
            Query => _query,
            Execute => _execute,
            _ => throw new ArgumentOutOfRangeException(nameof(intent), intent, "Only QUERY and EXECUTE are judged."),
        };

        public TypeFigures Figures(QualityWindow window, long now, RateFigure calls)
        {
            var (query, execute, accuracy) = (_query.Figures(window, now), _execute.Figures(window, now), Accuracy.Figure(window, now));
            QualityVerdict[] own = [query.Success.Verdict, query.Latency.Verdict, execute.Success.Verdict, execute.Latency.Verdict, accuracy.Verdict];
            var verdict = own.All(one => one is QualityVerdict.NoData) ? QualityVerdict.NoData
                : own.Append(calls.Verdict).Contains(QualityVerdict.Poor) ? QualityVerdict.Poor
                : QualityVerdict.Good;
            return new TypeFigures(name, query, execute, accuracy, verdict);
        }
    }
}

/// <summary>Good ones of all, over each window.</summary>
internal sealed class RateCounts
{
    private const int Total = 0;
    private const int Good = 1;
    private const int Cells = 2;

    private readonly SlidingCounts[] _windows = [.. QualityWindow.All.Select(window => new SlidingCounts(window, Cells))];

    public void Add(long second, bool good, int count = 1)
    {
        foreach (var window in _windows)
        {
            window.Add(second, count, good ? [Total, Good] : [Total]);
        }
    }

    public RateFigure Figure(QualityWindow window, long second)
    {
        Span<long> cells = stackalloc long[Cells];
        _windows[QualityWindow.All.IndexOf(window)].Sum(second, cells);
        return new RateFigure(cells[Good], cells[Total]);
    }
}

/// <summary>Answers and how long they took, over each window.</summary>
internal sealed class AnswerCounts
{
    private const int Good = 0;
    private const int InTime = 1;
    private const int Buckets = 2;
    private const int Cells = Buckets + LatencyBuckets.Count;

    private readonly SlidingCounts[] _windows = [.. QualityWindow.All.Select(window => new SlidingCounts(window, Cells))];

    public void Add(long second, bool good, TimeSpan took, int answers)
    {
        Span<int> cells = stackalloc int[3];
        var count = 0;
        cells[count++] = Buckets + LatencyBuckets.IndexOf(took);
        if (good)
        {
            cells[count++] = Good;
        }

        if (took <= QualityRules.P90Max)
        {
            cells[count++] = InTime;
        }

        foreach (var window in _windows)
        {
            window.Add(second, answers, cells[..count]);
        }
    }

    public IntentFigures Figures(QualityWindow window, long second)
    {
        Span<long> cells = stackalloc long[Cells];
        _windows[QualityWindow.All.IndexOf(window)].Sum(second, cells);
        var buckets = cells[Buckets..];
        var total = 0L;
        foreach (var count in buckets)
        {
            total += count;
        }

        var verdict = total == 0 ? QualityVerdict.NoData
            : cells[InTime] >= LatencyBuckets.RankOf(total, 90) ? QualityVerdict.Good
            : QualityVerdict.Poor;
        return new IntentFigures(
            new RateFigure(cells[Good], total),
            new LatencyFigure(
                LatencyBuckets.Percentile(buckets, 50), LatencyBuckets.Percentile(buckets, 90), LatencyBuckets.Percentile(buckets, 99), verdict));
    }
}

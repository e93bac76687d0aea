using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace HomeBridge.Vitals;

/// <summary>
/// Adds up what this bridge's instruments measure, and a few of the web server's. Only instruments of our own meter
/// factory are heard: two bridges in one process never mix.
/// </summary>
internal sealed class Measurements : IDisposable
{
    /// <summary>Label sets of one instrument that are told apart; the rest is counted as dropped.</summary>
    public const int SeriesMax = 1000;

    /// <summary>What we want to know of the web server: labels are routes and status codes.</summary>
    private static readonly string[] OfTheWebServer =
    [
        "http.server.request.duration", "http.server.active_requests", "kestrel.active_connections", "kestrel.rejected_connections", "kestrel.queued_connections",
        "kestrel.queued_requests", "kestrel.tls_handshake.duration", "aspnetcore.diagnostics.exceptions", "aspnetcore.authentication.authenticate.duration",
        "aspnetcore.authorization.attempts",
    ];

    /// <summary>What the process does as a whole: calls to others, memory, threads. Nobody's factory makes these.</summary>
    private static readonly string[] OfTheProcess = ["http.client.request.duration", "http.client.open_connections"];

    private const string OfTheRuntime = "dotnet.";

    private readonly MeterListener _listener = new();

    /// <summary>By name: the platform makes some of its instruments anew for each client, and they add up.</summary>
    private readonly ConcurrentDictionary<string, MeasuredInstrument> _instruments = new(StringComparer.Ordinal);

    private readonly Lock _reading = new();
    private long _dropped;

    public Measurements(IMeterFactory factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory)
                ? instrument.Meter.Name == VitalsFeature.MeterName || OfTheWebServer.Contains(instrument.Name, StringComparer.Ordinal)
                : instrument.Meter.Scope is null && (OfTheProcess.Contains(instrument.Name, StringComparer.Ordinal) || instrument.Name.StartsWith(OfTheRuntime, StringComparison.Ordinal)))
            {
                var measured = new MeasuredInstrument(instrument);
                listener.EnableMeasurementEvents(instrument, _instruments.GetOrAdd(measured.Name, measured));
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Take(value, tags, state));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Take(value, tags, state));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Take(value, tags, state));
        _listener.Start();
    }

    /// <summary>Everything measured so far, in the Prometheus text format.</summary>
    public string Text()
    {
        // One reader at a time: gauges are asked anew for each.
        lock (_reading)
        {
            foreach (var instrument in _instruments.Values)
            {
                instrument.ForgetObserved();
            }

            _listener.RecordObservableInstruments();
            return PrometheusText.Write(_instruments.Values.OrderBy(one => one.Name, StringComparer.Ordinal), Volatile.Read(ref _dropped));
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (state is MeasuredInstrument instrument && !instrument.Take(value, tags))
        {
            Interlocked.Increment(ref _dropped);
        }
    }
}

/// <summary>How an instrument's measurements add up.</summary>
internal enum MeasuredKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>One instrument and its series. A measurement of a known series allocates nothing.</summary>
internal sealed class MeasuredInstrument
{
    private static readonly double[] SecondsByDefault = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

    private readonly ConcurrentDictionary<int, Series> _byHash = new();
    private readonly Lock _adding = new();
    private readonly bool _isAbsolute;
    private int _count;

    public MeasuredInstrument(Instrument instrument)
    {
        var type = instrument.GetType();
        var shape = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        _isAbsolute = instrument.IsObservable || shape == typeof(Gauge<>);
        Kind = shape == typeof(Counter<>) || shape == typeof(ObservableCounter<>) ? MeasuredKind.Counter
            : shape == typeof(Histogram<>) ? MeasuredKind.Histogram
            : MeasuredKind.Gauge;
        Bounds = Kind is MeasuredKind.Histogram
            ? (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray() ?? SecondsByDefault
            : [];
        Name = PrometheusText.NameOf(instrument.Name, instrument.Unit, Kind);
        Help = instrument.Description ?? "";
        IsObserved = instrument.IsObservable;
    }

    public string Name { get; }

    public string Help { get; }

    public MeasuredKind Kind { get; }

    /// <summary>Upper bounds of a histogram's buckets, without the last, infinite one.</summary>
    public double[] Bounds { get; }

    private bool IsObserved { get; }

    public IEnumerable<Series> AllSeries => _byHash.Values.SelectMany(series => series.Chain());

    /// <summary>False when there are too many series.</summary>
    public bool Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var hash = HashOf(tags);
        if ((Find(hash, tags) ?? Add(hash, tags)) is not { } series)
        {
            return false;
        }

        series.Take(value, _isAbsolute, Bounds);
        return true;
    }

    /// <summary>What is asked for at each reading may be there no more.</summary>
    public void ForgetObserved()
    {
        if (IsObserved)
        {
            lock (_adding)
            {
                _byHash.Clear();
                _count = 0;
            }
        }
    }

    private Series? Find(int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        for (var series = _byHash.GetValueOrDefault(hash); series is not null; series = series.Next)
        {
            if (series.Has(tags))
            {
                return series;
            }
        }

        return null;
    }

    private Series? Add(int hash, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_adding)
        {
            if (Find(hash, tags) is { } known)
            {
                return known;
            }

            if (_count >= Measurements.SeriesMax)
            {
                return null;
            }

            _count++;
            return _byHash[hash] = new Series(tags.ToArray(), Bounds.Length, _byHash.GetValueOrDefault(hash));
        }
    }

    private static int HashOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // Cheap, not good: label sets are few, and those of one hash are compared.
        var hash = 0;
        foreach (var (name, value) in tags)
        {
            hash = (hash * 31) + name.Length;
            hash = (hash * 31) + (value is string text ? HashOf(text) : value?.GetHashCode() ?? 0);
        }

        return hash;
    }

    private static int HashOf(string text) =>
        text.Length == 0 ? 0 : (text.Length * 397) ^ (text[0] << 16) ^ (text[text.Length / 2] << 8) ^ text[^1];
}

/// <summary>One set of labels and what was measured under it.</summary>
internal sealed class Series(KeyValuePair<string, object?>[] tags, int bounds, Series? next)
{
    private readonly Lock _counting = new();
    private readonly long[] _buckets = new long[bounds + 1];
    private double _value;

    public IReadOnlyList<KeyValuePair<string, object?>> Tags => tags;

    /// <summary>Another one with the same hash.</summary>
    public Series? Next => next;

    public bool Has(ReadOnlySpan<KeyValuePair<string, object?>> others)
    {
        if (others.Length != tags.Length)
        {
            return false;
        }

        for (var index = 0; index < tags.Length; index++)
        {
            if (tags[index].Key != others[index].Key || !Equals(tags[index].Value, others[index].Value))
            {
                return false;
            }
        }

        return true;
    }

    public void Take(double value, bool isAbsolute, double[] upperBounds)
    {
        lock (_counting)
        {
            _value = isAbsolute ? value : _value + value;
            if (upperBounds.Length > 0)
            {
                var index = 0;
                while (index < upperBounds.Length && value > upperBounds[index])
                {
                    index++;
                }

                _buckets[index]++;
            }
        }
    }

    /// <summary>The value, or a histogram's sum, and its buckets.</summary>
    public (double Value, long[] Buckets) Read()
    {
        lock (_counting)
        {
            return (_value, [.. _buckets]);
        }
    }

    public IEnumerable<Series> Chain()
    {
        for (var series = this; series is not null; series = series.Next)
        {
            yield return series;
        }
    }
}

using System.Security.Cryptography;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Sessions;

/// <summary>
/// What the proven units of one session have in common: one init unit to a number, and a capture time that goes on. A camera that is
/// mixed up behind the place where units are signed shows here. It keeps hashes and numbers, no pictures, and it counts
/// for the bridge what was proven.
/// </summary>
internal sealed class StreamContinuity
{
    /// <summary>
    /// A camera's clock may run ahead (<see cref="EvidenceVerifier.CaptureAheadMax"/>) and be put right: it goes back by that
    /// much, and no further.
    /// </summary>
    public static readonly TimeSpan CaptureBackMax = EvidenceVerifier.CaptureAheadMax;

    private readonly Lock _lock = new();
    /// <summary>A camera that starts anew more often in one session is not looked after any more: its first ones are forgotten.</summary>
    private const int InitsMax = 32;

    private readonly Dictionary<long, (byte[] Hash, byte[]? ParameterSets)> _inits = [];
    private long _newest = -1;
    private long _newestCaptured;
    private int _proven;
    private bool _initTold;

    /// <summary>Looks at a proven unit. Null: it goes with the others, and is counted.</summary>
    public StreamAnomaly? Check(VerifiedUnit unit)
    {
        lock (_lock)
        {
            var anomaly = unit.Kind is UnitKind.Init ? CheckInit(unit) : unit.Statement is { } statement ? CheckCapture(statement) : null;
            _proven += anomaly is null ? 1 : 0;
            return anomaly;
        }
    }

    /// <summary>What happened since this was asked last; null when nothing did.</summary>
    public SessionTally? Take(string grant)
    {
        lock (_lock)
        {
            // Between sessions only the init unit without a number can be compared: a numbered one says that it is another.
            var init = _initTold || !_inits.TryGetValue(0, out var unnumbered) ? default((byte[] Hash, byte[]? ParameterSets)?) : unnumbered;
            if (_proven == 0 && init is null)
            {
                return null;
            }

            var tally = new SessionTally(
                grant, _proven, init is { } found ? Convert.ToHexStringLower(found.Hash) : null, init?.ParameterSets is { } sets ? Convert.ToHexStringLower(sets) : null);
            (_proven, _initTold) = (0, _initTold || init is not null);
            return tally;
        }
    }

    /// <summary>It could not be told: it is part of the next tally.</summary>
    public void GiveBack(SessionTally tally)
    {
        lock (_lock)
        {
            _proven += tally.Units;
            _initTold &= tally.Init is null;
        }
    }

    private StreamAnomaly? CheckInit(VerifiedUnit unit)
    {
        var parameterSets = ParameterSets.HashOf(unit.Bytes.Span);
        if (!_inits.TryGetValue(unit.Sequence, out var known))
        {
            if (_inits.Count == InitsMax)
            {
                _inits.Remove(_inits.Keys.Where(number => number != 0).Min());
            }

            _inits.Add(unit.Sequence, (unit.Sha256.ToArray(), parameterSets));
            return null;
        }

        return unit.Sha256.Span.SequenceEqual(known.Hash) ? null
            : Same(parameterSets, known.ParameterSets) ? StreamAnomaly.InitChanged
            : StreamAnomaly.ParameterSetsChanged;
    }

    private StreamAnomaly? CheckCapture(MediaUnit statement)
    {
        var back = (long)CaptureBackMax.TotalMilliseconds;
        if (statement.Sequence <= _newest)
        {
            return statement.CapturedUnixMs > _newestCaptured + back ? StreamAnomaly.CaptureWentBack : null;
        }

        if (_newest >= 0 && statement.CapturedUnixMs < _newestCaptured - back)
        {
            return StreamAnomaly.CaptureWentBack;
        }

        (_newest, _newestCaptured) = (statement.Sequence, statement.CapturedUnixMs);
        return null;
    }

    private static bool Same(byte[]? one, byte[]? other) =>
        one is null || other is null ? one is null && other is null : CryptographicOperations.FixedTimeEquals(one, other);
}

using HomeBridge.Simulation.Clock;
using HomeBridge.StreamGateway.Media;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Simulation.Makers;

/// <summary>What a gateway asks a maker for: one exchange.</summary>
internal sealed class Exchange(SimCamera camera, UnitKind kind, long sequence, string? nonce)
{
    public SimCamera Camera { get; } = camera;

    public UnitKind Kind { get; } = kind;

    public long Sequence { get; } = sequence;

    /// <summary>Null when the gateway asks for no proof.</summary>
    public string? Nonce { get; } = nonce;

    public SimAnswer? Answer { get; set; }
}

/// <summary>
/// What came back: bytes, and what speaks for them. The exchange that it was made for need not be the one that gets it; what
/// was tampered with may survive no proof.
/// </summary>
internal sealed record SimAnswer(
    Exchange For, int Status, byte[] Body, string? Statement, string? Digest, string? Input, string? Signature, bool Age = false, bool Tampered = false);

/// <summary>
/// The makers' clouds behind the network: ingest, edges, caches, and every way in which they were seen to fail. Each
/// maker has one edge whose answers may fall out of step.
/// </summary>
internal sealed class SimMaker(World world)
{
    private const string KeyId = "sim-1";

    /// <summary>After this a client gives up; the adapter over HTTP has the same limit.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, Queue<SimAnswer>> _outOfStep = [];
    private readonly Dictionary<(string Vendor, UnitKind Kind, long Sequence), SimAnswer> _byPath = [];
    private readonly Dictionary<(int Camera, UnitKind Kind, long Sequence), SimAnswer> _replies = [];
    private readonly Dictionary<string, long> _outages = [];

    private Clockwork Clock => world.Clock;

    public void Outage(string vendor, TimeSpan time) => _outages[vendor] = Clock.GetTimestamp() + time.Ticks;

    /// <summary>The playlist of a camera, or null.</summary>
    public async Task<MakerPlaylist?> Playlist(SimCamera camera, CancellationToken cancel)
    {
        if (!await Travel(camera, cancel))
        {
            return null;
        }

        var source = world.Rolls(FaultKind.PlaylistMixup, camera.Vendor) ? Other(camera) : camera;
        if (!source.Online || source.Newest < source.Oldest)
        {
            return null;
        }

        var first = Math.Max(source.Oldest, source.Newest - 4);
        return new MakerPlaylist(
            2,
            [.. Enumerable.Range(0, (int)(source.Newest - first + 1)).Select(index => new MakerUnit(first + index, SimCamera.UnitMs, null, Discontinuity: false, Init: 0))]);
    }

    /// <summary>The answer to one exchange, or null when none came that HTTP would take for one.</summary>
    public async Task<SimAnswer?> Unit(Exchange exchange, CancellationToken cancel)
    {
        var edge = OutOfStep(exchange.Camera.Vendor);
        if (!await Travel(exchange.Camera, cancel))
        {
            if (cancel.IsCancellationRequested && world.Rolls(FaultKind.LateAfterCancel, exchange.Camera.Vendor) && Genuine(exchange) is { } late)
            {
                edge.Enqueue(late);
            }

            return null;
        }

        if (edge.TryDequeue(out var earlier))
        {
            return Reached(exchange, earlier with { Body = [.. earlier.Body] });
        }

        return Make(exchange) is { } answer ? Reached(exchange, answer) : null;
    }

    private SimAnswer Reached(Exchange exchange, SimAnswer answer)
    {
        world.Counts.Deliveries++;
        exchange.Answer = answer;
        return answer;
    }

    /// <summary>There and back again. False when nothing comes back.</summary>
    private async Task<bool> Travel(SimCamera camera, CancellationToken cancel)
    {
        if (cancel.IsCancellationRequested)
        {
            return false;
        }

        if (world.Rolls(FaultKind.Loss, camera.Vendor))
        {
            await Clock.Wait(Deadline, cancel);
            return false;
        }

        var latency = world.Dice.Seconds(0.005, 0.06);
        if (world.Rolls(FaultKind.Latency, camera.Vendor))
        {
            latency += world.Dice.Seconds(0.1, 2.2);
        }

        await Clock.Wait(latency < Deadline ? latency : Deadline, cancel);
        return !cancel.IsCancellationRequested
            && latency < Deadline
            && _outages.GetValueOrDefault(camera.Vendor) <= Clock.GetTimestamp()
            && !world.Rolls(FaultKind.Reset, camera.Vendor)
            && !world.Rolls(FaultKind.HalfClose, camera.Vendor)
            && !world.Rolls(FaultKind.Redirect, camera.Vendor);
    }

    private SimAnswer? Make(Exchange exchange)
    {
        if (Genuine(exchange) is not { } genuine)
        {
            return null;
        }

        // A cache is filled by whatever passes, also while it does no harm.
        _byPath.TryAdd((exchange.Camera.Vendor, exchange.Kind, exchange.Sequence), genuine);
        _replies.TryAdd((exchange.Camera.Number, exchange.Kind, exchange.Sequence), genuine);
        return world.RollAny(exchange.Camera.Vendor) is { } fault ? Faulty(fault, exchange, genuine) : genuine;
    }

    private SimAnswer? Genuine(Exchange exchange) =>
        Wanted(exchange) is { } unit ? Sign(exchange, unit, exchange.Camera.Keys) : null;

    private SimAnswer Sign(Exchange exchange, SimUnit unit, DeviceEvidenceKeys keys, int status = 200, string? nonce = null, long clockOff = 0, bool tampered = false)
    {
        tampered |= unit.ClockOffMs != 0;
        if (exchange.Nonce is null)
        {
            return new SimAnswer(exchange, status, [.. unit.Body], null, null, null, null, Tampered: tampered);
        }

        var fresh = EvidenceSigner.SignFresh(
            keys.Fresh, KeyId, status, unit.Statement, unit.Digest, unit.Ingest, nonce ?? exchange.Nonce, (Clock.UnixMs / 1000) + clockOff);
        return new SimAnswer(
            exchange, status, [.. unit.Body], unit.Statement, unit.Digest, $"{unit.Ingest.Input}, {fresh.Input}", $"{unit.Ingest.Value}, {fresh.Value}", Tampered: tampered);
    }

    /// <summary>Everything but a lost answer. What can't be done just now is no fault.</summary>
    private SimAnswer? Faulty(FaultKind fault, Exchange exchange, SimAnswer genuine)
    {
        var camera = exchange.Camera;
        var edge = OutOfStep(camera.Vendor);
        switch (fault)
        {
            case FaultKind.Truncated:
                return genuine with { Body = genuine.Body[..(1 + world.Dice.Below(genuine.Body.Length - 1))], Tampered = true };
            case FaultKind.Lengthened:
                return genuine with { Body = [.. genuine.Body, .. genuine.Body.AsSpan(0, 1 + world.Dice.Below(64))], Tampered = true };
            case FaultKind.Corrupted:
                byte[] bent = [.. genuine.Body];
                bent[world.Dice.Below(bent.Length)] ^= (byte)(1 << world.Dice.Below(8));
                return genuine with { Body = bent, Tampered = true };
            case FaultKind.Torn:
                return Foreign(exchange) is { } torn ? genuine with { Body = Tear(genuine.Body, torn.Body), Tampered = true } : genuine;
            case FaultKind.Duplicated:
                edge.Enqueue(genuine);
                return genuine;
            case FaultKind.Swapped:
                // Out of step by one: everybody gets the answer of the one before, until the edge has caught up.
                if (Foreign(exchange) is { } swapped)
                {
                    edge.Enqueue(genuine);
                    var other = new Exchange(swapped.Camera, swapped.Kind, swapped.Sequence, exchange.Nonce is null ? null : world.Nonce());
                    return Sign(other, swapped, swapped.Camera.Keys);
                }

                return genuine;
            case FaultKind.Reordered:
                return camera.Unit(exchange.Sequence - 1) is { } before && exchange.Kind is UnitKind.Segment ? Sign(exchange, before, camera.Keys, tampered: true) : genuine;
            case FaultKind.CacheByPath:
                return _byPath.GetValueOrDefault((camera.Vendor, exchange.Kind, exchange.Sequence)) is { } cached && cached != genuine
                    ? cached with { Body = [.. cached.Body], Tampered = true }
                    : genuine;
            case FaultKind.CacheReplay:
                return _replies.GetValueOrDefault((camera.Number, exchange.Kind, exchange.Sequence)) is { } replay && replay != genuine
                    ? replay with { Body = [.. replay.Body], Tampered = true }
                    : genuine;
            case FaultKind.StaleResigned:
                return exchange.Kind is UnitKind.Segment && camera.Stale(exchange.Sequence, TimeSpan.FromSeconds(24)) is { } stale
                    ? Sign(exchange, stale, camera.Keys, tampered: true)
                    : genuine;
            case FaultKind.Status206:
                return Wanted(exchange) is { } part ? Sign(exchange, part, camera.Keys, status: 206, tampered: true) : genuine;
            case FaultKind.MissingHeaders:
                return world.Dice.Below(4) switch
                {
                    0 => genuine with { Statement = null, Tampered = true },
                    1 => genuine with { Digest = null, Tampered = true },
                    2 => genuine with { Input = null, Tampered = true },
                    _ => genuine with { Signature = null, Tampered = true },
                };
            case FaultKind.EchoedHeaders:
                return Foreign(exchange) is { } shown ? Echo(exchange, shown) : genuine;
            case FaultKind.OtherUnitProof:
                return camera.Unit(exchange.Sequence - 1) is { } neighbour && exchange.Kind is UnitKind.Segment
                    ? Sign(exchange, neighbour, camera.Keys) with { Body = [.. genuine.Body], Tampered = true }
                    : genuine;
            case FaultKind.OtherDeviceProof:
                return Foreign(exchange) is { } vouching
                    ? Sign(exchange, vouching, vouching.Camera.Keys) with { Body = [.. genuine.Body], Tampered = true }
                    : genuine;
            case FaultKind.BodySwap:
                return Foreign(exchange) is { } body ? genuine with { Body = [.. body.Body], Tampered = true } : genuine;
            case FaultKind.Mixup:
                return Foreign(exchange) is { } mixed ? Sign(exchange, mixed, mixed.Camera.Keys, tampered: true) : genuine;
            case FaultKind.MixupResigned:
                return Foreign(exchange) is { } resigned ? Sign(exchange, resigned, camera.Keys, tampered: true) : genuine;
            case FaultKind.IngestMixup:
                return Foreign(exchange) is { } taken ? Sign(exchange, camera.SignForeign(taken), camera.Keys, tampered: true) : genuine;
            case FaultKind.NonceMixup:
                return Wanted(exchange) is { } unit && exchange.Nonce is not null ? Sign(exchange, unit, camera.Keys, nonce: world.Nonce(), tampered: true) : genuine;
            case FaultKind.MakerClock:
                return Wanted(exchange) is { } skewed
                    ? Sign(exchange, skewed, camera.Keys, clockOff: (world.Dice.Below(2) == 0 ? 1 : -1) * (15 + world.Dice.Below(80)), tampered: true)
                    : genuine;
            case FaultKind.CameraClock:
                camera.StepClock((world.Dice.Below(2) == 0 ? 1 : -1) * (40_000 + world.Dice.Below(60_000)));
                return genuine;
            case FaultKind.AgeMark:
                return genuine with { Age = true, Tampered = true };
            default:
                throw new InvalidOperationException($"{fault} is no fault of an exchange.");
        }
    }

    /// <summary>A statement of what was asked for, as a maker writes it who has looked at nothing but the question.</summary>
    private static SimAnswer Echo(Exchange exchange, SimUnit shown) => new(
        exchange,
        200,
        [.. shown.Body],
        new MediaUnit(exchange.Camera.VendorDeviceId, exchange.Kind, exchange.Sequence, shown.CapturedMs, shown.Body.Length).ToHeader(),
        shown.Digest,
        shown.Ingest.Input + ", " + EvidenceSigner.SignFresh(
            shown.Camera.Keys.Fresh, KeyId, 200, shown.Statement, shown.Digest, shown.Ingest, exchange.Nonce ?? "none", shown.CapturedMs / 1000).Input,
        shown.Ingest.Value + ", fresh=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:",
        Tampered: true);

    private static byte[] Tear(byte[] mine, byte[] other)
    {
        byte[] torn = [.. mine];
        var from = torn.Length / 2;
        other.AsSpan(Math.Min(from, other.Length)..Math.Min(torn.Length, other.Length)).CopyTo(torn.AsSpan(from));
        return torn;
    }

    private static SimUnit? Wanted(Exchange exchange) =>
        exchange.Kind is not UnitKind.Init ? exchange.Camera.Unit(exchange.Sequence)
        : exchange.Camera.Online ? exchange.Camera.Init
        : null;

    /// <summary>What another home's camera of the same maker has under the same name; its newest if there is none.</summary>
    private SimUnit? Foreign(Exchange exchange)
    {
        var other = Other(exchange.Camera);
        return other == exchange.Camera || !other.Online ? null
            : exchange.Kind is UnitKind.Init ? other.Init
            : other.Unit(exchange.Sequence) ?? other.Unit(other.Newest);
    }

    private SimCamera Other(SimCamera camera)
    {
        if (world.Schedule.SharedKeys && world.Twin(camera) is { } twin)
        {
            return twin;
        }

        var others = world.Cameras.Where(other => other.Vendor == camera.Vendor && other.Home != camera.Home).ToList();
        return others.Count == 0 ? camera : world.Dice.Pick(others);
    }

    private Queue<SimAnswer> OutOfStep(string vendor)
    {
        if (!_outOfStep.TryGetValue(vendor, out var edge))
        {
            _outOfStep.Add(vendor, edge = new Queue<SimAnswer>());
        }

        return edge;
    }
}

using System.Text.Json;
using HomeBridge.CameraStreams;
using HomeBridge.Hosting;
using HomeBridge.Revocations;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Suspensions;
using HomeBridge.Streaming.Tickets;
using HomeBridge.Suspensions;

namespace HomeBridge.Gateways;

/// <summary>
/// What a gateway follows: suspensions and revocations as they happen, and a heartbeat in between. A line is written when
/// something changed or when a heartbeat is due, whichever is first.
/// </summary>
internal sealed class Feed(
    SuspensionBoard board, SnapshotSigner signer, RevocationLog revocations, Signal signal, TicketKeyRing keys, Replicas replicas, ClosedStreams closed, TimeProvider time,
    IHostApplicationLifetime lifetime)
{
    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    private readonly Lock _signing = new();
    private NumberedSnapshot? _numbered;
    private SignedSnapshot? _signed;

    public async Task Serve(string gateway, long? after, long beat, HttpContext context)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Response.ContentType = "application/x-ndjson";
        replicas.Connected(gateway, beat);
        try
        {
            await Follow(gateway, context.Response.Body, after, cancel.Token);
        }
        catch (OperationCanceledException)
        {
            // The gateway or the bridge goes away.
        }
        finally
        {
            replicas.Disconnected(gateway);
        }
    }

    private async Task Follow(string gateway, Stream body, long? after, CancellationToken cancel)
    {
        // Taken before anything is read: what changes in between is told by the next line.
        var next = signal.Next;
        var snapshot = board.Published;
        var honoured = keys.Honoured;
        var ended = closed.Latest;
        var head = revocations.Head();
        var (message, cursor) = Ended(Math.Min(after ?? head, head));

        // A gateway that is ahead of us remembers a database that was since restored: what ended under its numbers can't
        // be told one by one.
        message = message with { Reset = message.Reset || after > head };
        await Write(
            body,
            message with
            {
                Version = snapshot.Snapshot.Version,
                Suspensions = Signed(snapshot),
                TicketKeys = Messages(honoured),
                Echo = replicas.BeatOf(gateway),
                AgeMs = AgeMs,
            },
            cancel);
        while (!cancel.IsCancellationRequested)
        {
            await WaitFor(next, cancel);
            next = signal.Next;

            // Before anything is read: what this line answers is older than what it tells.
            var (beat, age) = (replicas.BeatOf(gateway), AgeMs);
            var current = board.Published;
            var ring = keys.Honoured;
            var latest = closed.Latest;
            (message, cursor) = Ended(cursor);
            await Write(
                body,
                message with
                {
                    Version = current.Snapshot.Version,
                    Suspensions = ReferenceEquals(current, snapshot) ? null : Signed(current),
                    TicketKeys = ReferenceEquals(ring, honoured) ? null : Messages(ring),
                    Closed = ReferenceEquals(latest, ended) ? null : latest,
                    Echo = beat,
                    AgeMs = age,
                },
                cancel);
            (snapshot, honoured, ended) = (current, ring, latest);
        }
    }

    /// <summary>A database that was never looked at is older than any lease.</summary>
    private long AgeMs => (long)(board.Age ?? TimeSpan.FromDays(1)).TotalMilliseconds;

    /// <summary>One signature for all gateways.</summary>
    private SignedSnapshot Signed(NumberedSnapshot numbered)
    {
        lock (_signing)
        {
            if (!ReferenceEquals(_numbered, numbered))
            {
                (_numbered, _signed) = (numbered, signer.Sign(numbered));
            }

            return _signed!;
        }
    }

    private static TicketKeyMessage[] Messages(TicketPublicKey[] keys) =>
        [.. keys.Select(key => new TicketKeyMessage(Convert.ToBase64String(key.SubjectPublicKeyInfo)))];

    private (FeedMessage Message, long Cursor) Ended(long cursor)
    {
        if (revocations.After(cursor) is not { } ended)
        {
            var head = revocations.Head();
            return (new FeedMessage { Version = 0, Cursor = head, Reset = true }, head);
        }

        return (new FeedMessage { Version = 0, Cursor = ended.Cursor, Revocations = ended.Revocations is [] ? null : ended.Revocations }, ended.Cursor);
    }

    private async Task WaitFor(Task next, CancellationToken cancel)
    {
        using var heartbeat = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await Task.WhenAny(next, Task.Delay(GatewayTiming.Heartbeat, time, heartbeat.Token));
        await heartbeat.CancelAsync();
        cancel.ThrowIfCancellationRequested();
    }

    private static async Task Write(Stream body, FeedMessage message, CancellationToken cancel)
    {
        await JsonSerializer.SerializeAsync(body, message, GatewayJson.Default.FeedMessage, cancel);
        await body.WriteAsync(LineEnd, cancel);
        await body.FlushAsync(cancel);
    }
}

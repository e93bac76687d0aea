using System.Text.Json;
using HomeBridge.CameraStreams;
using HomeBridge.Hosting;
using HomeBridge.Revocations;
using HomeBridge.Streaming.Feed;
using HomeBridge.Streaming.Tickets;
using HomeBridge.Suspensions;

namespace HomeBridge.Gateways;

/// <summary>
/// What a gateway follows: suspensions and revocations as they happen, and a heartbeat in between. A line is written when
/// something changed or when a heartbeat is due, whichever is first.
/// </summary>
internal sealed class Feed(
    SuspensionBoard board, RevocationLog revocations, Signal signal, TicketKeyRing keys, Replicas replicas, ClosedStreams closed, TimeProvider time,
    IHostApplicationLifetime lifetime)
{
    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    public async Task Serve(string gateway, long? after, HttpContext context)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        context.Response.ContentType = "application/x-ndjson";
        replicas.Connected(gateway);
        try
        {
            await Follow(context.Response.Body, after, cancel.Token);
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

    private async Task Follow(Stream body, long? after, CancellationToken cancel)
    {
        // Taken before anything is read: what changes in between is told by the next line.
        var next = signal.Next;
        var snapshot = board.Current;
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
                Version = snapshot.Version,
                Suspensions = snapshot,
                TicketKeys = Messages(honoured),
            },
            cancel);
        while (!cancel.IsCancellationRequested)
        {
            await WaitFor(next, cancel);
            next = signal.Next;
            var current = board.Current;
            var ring = keys.Honoured;
            var latest = closed.Latest;
            (message, cursor) = Ended(cursor);
            await Write(
                body,
                message with
                {
                    Version = current.Version,
                    Suspensions = ReferenceEquals(current, snapshot) ? null : current,
                    TicketKeys = ReferenceEquals(ring, honoured) ? null : Messages(ring),
                    Closed = ReferenceEquals(latest, ended) ? null : latest,
                },
                cancel);
            (snapshot, honoured, ended) = (current, ring, latest);
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

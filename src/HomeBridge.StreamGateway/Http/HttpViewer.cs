using System.Net.Sockets;
using System.Text;
using HomeBridge.StreamGateway.Media;
using Microsoft.AspNetCore.Connections.Features;

namespace HomeBridge.StreamGateway.Http;

/// <summary>A viewer over HTTP. It lives as long as its request and is kept by nobody.</summary>
internal sealed class HttpViewer(HttpContext context) : IViewer
{
    /// <summary>How soon a slow reader's connection is looked at again, at first and at last: the buffer holds a live stream for longer.</summary>
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    private static readonly TimeSpan LookAgainMax = TimeSpan.FromMilliseconds(160);

    public Task Text(int status, string contentType, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        context.Response.StatusCode = status;
        Begin(contentType, bytes.Length);
        return Write(bytes).AsTask();
    }

    public void Begin(string contentType, long? length)
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = length;
    }

    // The one place in the gateway where bytes reach a response.
#pragma warning disable RS0030
    public ValueTask Write(ReadOnlyMemory<byte> piece) => context.Response.Body.WriteAsync(piece, context.RequestAborted);
#pragma warning restore RS0030

    /// <summary>
    /// The kernel says that a socket can be written to when a third of its buffer is free, which a piece fits into. So a
    /// process that is stopped here and goes on later has nothing of a picture on its way that it could not hold back.
    /// </summary>
    public async ValueTask Room()
    {
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is not { } socket)
        {
            return;
        }

        try
        {
            for (var pause = LookAgain; !socket.Poll(0, SelectMode.SelectWrite); pause = pause < LookAgainMax ? 2 * pause : pause)
            {
                await Task.Delay(pause, context.RequestServices.GetRequiredService<TimeProvider>(), context.RequestAborted);
            }
        }
        catch (ObjectDisposedException gone)
        {
            throw new OperationCanceledException("The viewer is gone.", gone);
        }
    }

    /// <summary>The connection is reset: what was under way is thrown away.</summary>
    public void Cut() => context.Abort();
}

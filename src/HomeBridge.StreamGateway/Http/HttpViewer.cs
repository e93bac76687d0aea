using System.Text;
using HomeBridge.StreamGateway.Media;

namespace HomeBridge.StreamGateway.Http;

/// <summary>A viewer over HTTP. It lives as long as its request and is kept by nobody.</summary>
internal sealed class HttpViewer(HttpContext context) : IViewer
{
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

    public void Cut() => context.Abort();
}

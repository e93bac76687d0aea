using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HomeBridge.Tests.Notices;

/// <summary>One notice as it was posted.</summary>
internal sealed record PostedNotice(string Id, string Timestamp, string Signature, byte[] Bytes)
{
    public JsonElement Body => JsonDocument.Parse(Bytes).RootElement;

    public string Text(string name) => Body.GetProperty(name).GetString()!;
}

/// <summary>A maker's receiver of notices, well behaved until a test says otherwise.</summary>
internal sealed class NoticeReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _stop = new();

    private NoticeReceiver(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        _app = builder.Build();
        _app.MapPost("/notices", Take);
        Url = $"http://127.0.0.1:{port}/notices";
    }

    public string Url { get; }

    /// <summary>All that came, also what was answered badly.</summary>
    public ConcurrentQueue<PostedNotice> Posted { get; } = new();

    /// <summary>Answers in the place of 204.</summary>
    public Func<HttpContext, CancellationToken, Task> Mood { get; set; } = Well;

    public static async Task<NoticeReceiver> Start(int port)
    {
        var receiver = new NoticeReceiver(port);
        await receiver._app.StartAsync();
        return receiver;
    }

    public static Task Well(HttpContext context, CancellationToken stop)
    {
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    public static Task Fails(HttpContext context, CancellationToken stop)
    {
        context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        return Task.CompletedTask;
    }

    public static Task Closes(HttpContext context, CancellationToken stop)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    public static Task Hangs(HttpContext context, CancellationToken stop) => Task.Delay(Timeout.Infinite, stop);

    public static Task Redirects(HttpContext context, CancellationToken stop)
    {
        context.Response.Redirect("/notices");
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _stop.Dispose();
    }

    private async Task Take(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = context.Request.Headers;
        Posted.Enqueue(new PostedNotice(headers["HomeBridge-Notice-Id"].ToString(), headers["HomeBridge-Timestamp"].ToString(), headers["HomeBridge-Signature"].ToString(), body.ToArray()));
        try
        {
            await Mood(context, _stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }
}

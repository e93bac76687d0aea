using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace HomeBridge.Benchmarks;

/// <summary>
/// A yardstick: the same web server with nothing behind it. It reads the request's body and answers as many bytes as the
/// path says, so it shows what of an answer's cost is Kestrel's and the kernel's.
/// </summary>
internal static class ConstantServer
{
    private const string Path = "/constant/";
    private const int AnswerBytesMax = 1024 * 1024;

    public static string PathOf(int bytes) => string.Create(CultureInfo.InvariantCulture, $"{Path}{bytes}");

    public static async Task Run(int port)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        await using var app = builder.Build();
        var answer = new byte[AnswerBytesMax];
        answer.AsSpan().Fill((byte)' ');
        app.Run(async context =>
        {
            var body = context.Request.BodyReader;
            var read = await body.ReadAsync();
            while (!read.IsCompleted)
            {
                body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                read = await body.ReadAsync();
            }

            body.AdvanceTo(read.Buffer.End);
            var bytes = int.Parse(context.Request.Path.Value.AsSpan(Path.Length), CultureInfo.InvariantCulture);
            context.Response.ContentType = "application/json; charset=utf-8";
            context.Response.ContentLength = bytes;
            await context.Response.BodyWriter.WriteAsync(answer.AsMemory(0, bytes));
        });
        await app.StartAsync();
        Console.WriteLine("ready");
        await Task.Delay(Timeout.Infinite);
    }
}

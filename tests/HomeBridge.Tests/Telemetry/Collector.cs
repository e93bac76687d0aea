using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HomeBridge.Tests.Telemetry;

/// <summary>An OpenTelemetry collector that keeps what it is told: OTLP over HTTP, in protobuf.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Signal, byte[] Body)> _told = new();

    private Collector(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    /// <summary>Headers that came along, by name.</summary>
    public ConcurrentDictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    public static async Task<Collector> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var collector = new Collector(app);
        app.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            foreach (var (name, value) in request.Headers)
            {
                collector.Headers[name] = value.ToString();
            }

            collector._told.Enqueue((signal, body.ToArray()));
            return Results.Bytes([], "application/x-protobuf");
        });
        await app.StartAsync();
        return collector;
    }

    /// <summary>Everything of one kind, as it came.</summary>
    public IReadOnlyList<byte[]> Of(string signal) => [.. _told.Where(one => one.Signal == signal).Select(one => one.Body)];

    /// <summary>All bytes as text, in which whatever was told can be looked for.</summary>
    public string Text => string.Concat(_told.Select(one => Encoding.Latin1.GetString(one.Body)));

    public IReadOnlyList<ToldSpan> Spans => [.. Of("traces").SelectMany(ToldSpan.Read)];

    /// <summary>Names of metrics.</summary>
    public IReadOnlySet<string> Metrics => Of("metrics").SelectMany(body => Wire.Read(body)
        .Where(part => part.Number == 1).SelectMany(resource => Wire.Read(resource.Bytes))
        .Where(part => part.Number == 2).SelectMany(scope => Wire.Read(scope.Bytes))
        .Where(part => part.Number == 2).SelectMany(metric => Wire.Read(metric.Bytes))
        .Where(part => part.Number == 1).Select(name => name.Text)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Sentences of the log.</summary>
    public IReadOnlyList<string> Lines => [.. Of("logs").SelectMany(body => Wire.Read(body)
        .Where(part => part.Number == 1).SelectMany(resource => Wire.Read(resource.Bytes))
        .Where(part => part.Number == 2).SelectMany(scope => Wire.Read(scope.Bytes))
        .Where(part => part.Number == 2).SelectMany(record => Wire.Read(record.Bytes))
        .Where(part => part.Number == 5).SelectMany(body => Wire.Read(body.Bytes)).Where(value => value.Number == 1).Select(value => value.Text))];

    /// <summary>Waits until something was told; what was told instead says why it wasn't.</summary>
    public async Task Until(Func<bool> isTold)
    {
        for (var attempt = 0; attempt < 600 && !isTold(); attempt++)
        {
            await Task.Delay(50);
        }

        Assert.True(isTold(), $"Spans: {string.Join(", ", Spans.Select(span => span.Name))}; metrics: {string.Join(", ", Metrics)}; lines: {string.Join(" | ", Lines)}");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}

/// <summary>A span as a collector sees it.</summary>
internal sealed record ToldSpan(string Service, string Trace, string Id, string Parent, string Name, ulong Start, ulong End, IReadOnlyDictionary<string, string> Tags)
{
    public static IEnumerable<ToldSpan> Read(byte[] request)
    {
        foreach (var resource in Wire.Read(request).Where(part => part.Number == 1))
        {
            var parts = Wire.Read(resource.Bytes).ToList();
            var service = Tagged(parts.Where(part => part.Number == 1).SelectMany(part => Wire.Read(part.Bytes)).Where(part => part.Number == 1)).GetValueOrDefault("service.name", "");
            foreach (var span in parts.Where(part => part.Number == 2).SelectMany(scope => Wire.Read(scope.Bytes)).Where(part => part.Number == 2))
            {
                var fields = Wire.Read(span.Bytes).ToList();
                string Hex(int number) => Convert.ToHexStringLower(fields.FirstOrDefault(part => part.Number == number).Bytes ?? []);
                yield return new ToldSpan(
                    service, Hex(1), Hex(2), Hex(4), fields.First(part => part.Number == 5).Text,
                    fields.First(part => part.Number == 7).Value, fields.First(part => part.Number == 8).Value,
                    Tagged(fields.Where(part => part.Number == 9)));
            }
        }
    }

    private static Dictionary<string, string> Tagged(IEnumerable<WireField> attributes) => attributes.Select(attribute => Wire.Read(attribute.Bytes).ToList()).ToDictionary(
        pair => pair.First(part => part.Number == 1).Text,
        pair => Wire.Read(pair.First(part => part.Number == 2).Bytes).Select(value => value.Number == 1 ? value.Text : value.Value.ToString(System.Globalization.CultureInfo.InvariantCulture)).FirstOrDefault(""),
        StringComparer.Ordinal);
}

/// <summary>One part of a protobuf message.</summary>
internal readonly record struct WireField(int Number, ulong Value, byte[] Bytes)
{
    public string Text => Encoding.UTF8.GetString(Bytes);
}

/// <summary>Just enough of protobuf to read fields by number.</summary>
internal static class Wire
{
    public static IEnumerable<WireField> Read(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message, ref at);
            var number = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    yield return new WireField(number, Varint(message, ref at), []);
                    break;
                case 1:
                    yield return new WireField(number, BitConverter.ToUInt64(message, at), []);
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    yield return new WireField(number, 0, message[at..(at + length)]);
                    at += length;
                    break;
                case 5:
                    yield return new WireField(number, BitConverter.ToUInt32(message, at), []);
                    at += 4;
                    break;
                default:
                    throw new FormatException("Not protobuf.");
            }
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}

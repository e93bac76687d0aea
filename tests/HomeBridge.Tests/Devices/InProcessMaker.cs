using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace HomeBridge.Tests.Devices;

/// <summary>
/// A device cloud without a network, so that what is measured is the bridge: the bridge makes its whole request, and
/// reads its whole answer, but no second server works on the same core.
/// </summary>
public sealed class InProcessMaker(int devices) : HttpMessageHandler
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly byte[] Done = """{"outcome":"success","online":true,"states":{"on":true,"brightness":50}}"""u8.ToArray();
    private readonly ConcurrentDictionary<string, byte[]> _states = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _lists = new(StringComparer.Ordinal);

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = request.RequestUri!.AbsolutePath;
        ReadOnlyMemory<byte> body =
            path.EndsWith("/states", StringComparison.Ordinal) ? States(request.Content!)
            : path.EndsWith("/commands", StringComparison.Ordinal) ? Done
            : path.EndsWith("/owner", StringComparison.Ordinal) ? Encoding.UTF8.GetBytes($$"""{"accountId":"{{path.Split('/')[3].Split('-')[0]}}","online":true}""")
            : List(path.Split('/')[3]);
        var response = new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = new ReadOnlyMemoryContent(body) };
        response.Content.Headers.ContentType = Json;
        foreach (var id in request.Headers.NonValidated["Request-Id"])
        {
            response.Headers.TryAddWithoutValidation("Answer-To", id);
        }

        return Task.FromResult(response);
    }

    private byte[] List(string account)
    {
        lock (_lists)
        {
            return _lists.TryGetValue(account, out var list) ? list : _lists[account] = Encoding.UTF8.GetBytes(StandInMaker.List(account, devices));
        }
    }

    /// <summary>Made once for each question: what the stand-in allocates is not the bridge's doing.</summary>
    private byte[] States(HttpContent asked)
    {
        using var text = asked.ReadAsStream();
        var bytes = new byte[text.Length];
        text.ReadExactly(bytes);
        return _states.GetOrAdd(Convert.ToHexString(SHA256.HashData(bytes)), _ => States(bytes));
    }

    private static byte[] States(byte[] bytes)
    {
        var reader = new Utf8JsonReader(bytes);
        var answer = new MemoryStream(bytes.Length * 4);
        answer.Write("{\"devices\":{"u8);
        var first = true;
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String)
            {
                answer.Write(first ? "\""u8 : ",\""u8);
                answer.Write(reader.ValueSpan);
                answer.Write("\":{\"online\":true,\"states\":{\"on\":true,\"brightness\":50}}"u8);
                first = false;
            }
        }

        answer.Write("}}"u8);
        return answer.ToArray();
    }
}

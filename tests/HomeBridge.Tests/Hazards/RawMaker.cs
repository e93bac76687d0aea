using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;

namespace HomeBridge.Tests.Hazards;

/// <summary>
/// A maker's media origin on a bare socket: it can answer any bytes at any moment, and counts connections and the requests
/// on each. A camera's pictures are its name, again and again.
/// </summary>
internal sealed class RawMaker : IAsyncDisposable
{
    private static readonly byte[] MakerKey = RandomNumberGenerator.GetBytes(32);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _running = [];
    private readonly Task _accepting;

    public RawMaker()
    {
        _listener.Start(1024);
        Url = $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        _accepting = Accept();
    }

    public string Url { get; }

    /// <summary>What is done with a request; by default the proper answer is written.</summary>
    public Func<RawExchange, Task> Answer { get; set; } = exchange => exchange.Send(exchange.Proper());

    /// <summary>What is sent on a connection before anything was asked on it.</summary>
    public Func<NetworkStream, Task> Accepted { get; set; } = _ => Task.CompletedTask;

    /// <summary>Bytes of a unit's pictures.</summary>
    public int UnitLength { get; set; } = 400;

    /// <summary>Requests on each connection, in the order in which connections came.</summary>
    public ConcurrentDictionary<int, int> RequestsOfConnection { get; } = new();

    /// <summary>The head of each request, as it came.</summary>
    public ConcurrentQueue<string> Heads { get; } = new();

    public static DeviceRef Camera(int number) => new("acme", string.Create(CultureInfo.InvariantCulture, $"camera-{number:0000000}"));

    public static DeviceEvidenceKeys Keys(DeviceRef camera) => DeviceEvidenceKeys.Derive(MakerKey, camera);

    public Uri MediaUrl(DeviceRef camera) => new($"{Url}/{camera.VendorDeviceId}/");

    /// <summary>Whether some bytes are a unit of this camera and nothing else.</summary>
    public static bool AreOf(DeviceRef camera, ReadOnlySpan<byte> unit)
    {
        var text = Encoding.ASCII.GetString(unit[8..]);
        return text.Length > 0 && text.Replace(camera.VendorDeviceId + " ", "", StringComparison.Ordinal).Length == 0;
    }

    public static long NewestUnit => (TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 2000) - 1;

    /// <summary>The pictures of a unit: one box, the camera's name in it.</summary>
    public byte[] Body(string camera)
    {
        var name = Encoding.ASCII.GetBytes(camera + " ");
        var body = new byte[8 + (name.Length * Math.Max(1, UnitLength / name.Length))];
        BinaryPrimitives.WriteUInt32BigEndian(body, (uint)body.Length);
        "mdat"u8.CopyTo(body.AsSpan(4));
        for (var at = 8; at < body.Length; at += name.Length)
        {
            name.CopyTo(body, at);
        }

        return body;
    }

    /// <summary>The evidence headers of a unit.</summary>
    public static string Evidence(string camera, string file, byte[] body, string nonce)
    {
        var isInit = file == "init.mp4";
        var sequence = isInit ? 0 : long.Parse(file.Split('.')[0], CultureInfo.InvariantCulture);
        var keys = Keys(new DeviceRef("acme", camera));
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var stated = new MediaUnit(camera, isInit ? UnitKind.Init : UnitKind.Segment, sequence, sequence * 2000, body.Length).ToHeader();
        var digest = EvidenceSigner.ContentDigest(body);
        var ingest = EvidenceSigner.SignIngest(keys.Ingest, "acme-1", stated, digest, now);
        var fresh = EvidenceSigner.SignFresh(keys.Fresh, "acme-1", 200, stated, digest, ingest, nonce, now);
        return $"Media-Unit: {stated}\r\nContent-Digest: {digest}\r\nSignature-Input: {ingest.Input}, {fresh.Input}\r\nSignature: {ingest.Value}, {fresh.Value}\r\n";
    }

    public static string Playlist()
    {
        var first = NewestUnit - 2;
        return $"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{first}\n#EXT-X-MAP:URI=\"init.mp4\"\n"
            + string.Concat(Enumerable.Range(0, 3).Select(offset => $"#EXTINF:2.000,\n{first + offset}.m4s\n"));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_running);
        _stop.Dispose();
    }

    private async Task Accept()
    {
        for (var number = 0; ; number++)
        {
            try
            {
                var socket = await _listener.AcceptSocketAsync(_stop.Token);
                _running.Add(Serve(socket, number));
            }
            catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Serve(Socket socket, int number)
    {
        await Task.Yield();
        using (socket)
        {
            socket.NoDelay = true;
            await using var stream = new NetworkStream(socket);
            try
            {
                await Accepted(stream);
                while (await Head(stream) is { } head)
                {
                    Heads.Enqueue(head);
                    RequestsOfConnection.AddOrUpdate(number, 1, static (_, count) => count + 1);
                    await Answer(new RawExchange(this, head, stream, socket, _stop.Token));
                }
            }
            catch (Exception gone) when (gone is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The gateway hung up, or the test is over.
            }
        }
    }

    private async Task<string?> Head(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (await stream.ReadAsync(one, _stop.Token) == 1)
        {
            head.Append((char)one[0]);
            if (one[0] == '\n' && head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                return head.ToString();
            }
        }

        return null;
    }
}

/// <summary>One request to the raw maker, and the socket that it came on.</summary>
internal sealed class RawExchange(RawMaker maker, string head, NetworkStream stream, Socket socket, CancellationToken stop)
{
    public string Head { get; } = head;

    public CancellationToken Stop { get; } = stop;

    /// <summary>The camera that is asked for.</summary>
    public string Camera => Path[1];

    public string File => Path[2];

    public bool IsPlaylist => File.EndsWith(".m3u8", StringComparison.Ordinal);

    public string Nonce => Header("Media-Nonce") ?? "";

    private string[] Path => Head.Split(' ')[1].Split('/');

    public string? Header(string name) => Head.Split("\r\n")
        .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    /// <summary>The proper answer, to be changed by whoever wants another.</summary>
    public byte[] Proper(string more = "", string status = "200 OK", string? camera = null)
    {
        if (IsPlaylist)
        {
            var text = RawMaker.Playlist();
            return Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: application/vnd.apple.mpegurl\r\nContent-Length: {text.Length}\r\n{more}\r\n{text}");
        }

        var body = maker.Body(camera ?? Camera);
        var start = $"HTTP/1.1 {status}\r\nContent-Type: video/mp4\r\nContent-Length: {body.Length}\r\n{RawMaker.Evidence(camera ?? Camera, File, body, Nonce)}{more}\r\n";
        return [.. Encoding.ASCII.GetBytes(start), .. body];
    }

    public Task Send(ReadOnlyMemory<byte> bytes) => stream.WriteAsync(bytes, Stop).AsTask();

    /// <summary>Until the other side closes its end, as it must after a broken exchange. False when more was asked.</summary>
    public async Task<bool> IsHungUp()
    {
        try
        {
            return await stream.ReadAsync(new byte[1], Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(5), Stop) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    public void Close() => socket.Close();
}

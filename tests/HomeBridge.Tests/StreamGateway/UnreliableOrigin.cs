using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using HomeBridge.Sandbox.Cameras;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Tests.Attack;

namespace HomeBridge.Tests.StreamGateway;

/// <summary>
/// A maker's media origin on bare sockets, with many cameras and every fault that a network and a cache can have. Each
/// unit says in its bytes whose it is; some cameras are real pictures with a block code.
/// </summary>
internal sealed class UnreliableOrigin : IAsyncDisposable
{
    /// <summary>Cameras whose units are real pictures: encoding takes time.</summary>
    private const int PicturesMax = 16;

    /// <summary>Out of this many answers one has a fault.</summary>
    private const int FaultEvery = 8;

    private static readonly byte[] MakerKey = RandomNumberGenerator.GetBytes(32);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dice _dice;
    private readonly Task _accepting;

    /// <summary>The answer that waits to be swapped with the next one.</summary>
    private Waiting? _waiting;

    public UnreliableOrigin(int cameras, int seed)
    {
        _dice = new Dice(seed);
        Cameras = [.. Enumerable.Range(0, cameras).Select(number => new OriginCamera(number, number < PicturesMax))];
        _listener.Start(512);
        _accepting = Accept();
    }

    public IReadOnlyList<OriginCamera> Cameras { get; }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/";

    /// <summary>How often each fault happened.</summary>
    public ConcurrentDictionary<string, int> Faults { get; } = new(StringComparer.Ordinal);

    /// <summary>Requests that came over a connection that had one before.</summary>
    public int SecondRequests;

    /// <summary>False: everything is as it should be.</summary>
    public bool IsUnreliable { get; set; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            _ = Serve(client);
        }
    }

    private async Task Serve(TcpClient client)
    {
        try
        {
            using (client)
            {
                client.NoDelay = true;
                var stream = client.GetStream();
                await Answer(client, stream, await Request(stream));

                // Whoever sends a second request on this connection would be answered with whatever is left of the first.
                var more = new byte[1];
                if (client.Connected && await stream.ReadAsync(more, _stop.Token) > 0)
                {
                    Interlocked.Increment(ref SecondRequests);
                }
            }
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The gateway hung up, or the fault was a reset.
        }
    }

    private async Task Answer(TcpClient client, NetworkStream stream, string[] request)
    {
        var path = request[0].Split(' ')[1].Split('/');
        var camera = Cameras[int.Parse(path[1], CultureInfo.InvariantCulture)];
        var nonce = request.FirstOrDefault(line => line.StartsWith("Media-Nonce:", StringComparison.OrdinalIgnoreCase))?.Split(':')[1].Trim() ?? "";
        var fault = Roll(16);
        var answer = Make(fault == 1 ? Other(camera) : camera, path[2], nonce, fault);
        Count(fault, path[2]);
        switch (fault)
        {
            case 2:
                await Task.Delay(Below(1500), _stop.Token);
                break;
            case 3:
                await stream.WriteAsync(answer.AsMemory(0, Below(answer.Length)), _stop.Token);
                client.LingerState = new LingerOption(true, 0);
                client.Close();
                return;
            case 4:
                await stream.WriteAsync(answer.AsMemory(0, Below(answer.Length)), _stop.Token);
                client.Client.Shutdown(SocketShutdown.Send);
                return;
            case 5:
                answer = await Swapped(answer);
                break;
            case 6:
                answer = [.. answer, .. answer];
                break;
            case 7:
                answer = [.. Make(Other(camera), path[2], nonce, 0), .. answer];
                break;
            case 8:
                // Slowly, in small pieces.
                for (var at = 0; at < answer.Length; at += 4096)
                {
                    await stream.WriteAsync(answer.AsMemory(at, Math.Min(4096, answer.Length - at)), _stop.Token);
                    await Task.Delay(Below(20), _stop.Token);
                }

                return;
            default:
                break;
        }

        await stream.WriteAsync(answer, _stop.Token);
    }

    /// <summary>Two answers that pass each other on the way: each goes to the other's request.</summary>
    private async Task<byte[]> Swapped(byte[] answer)
    {
        var mine = new Waiting(answer);
        if (Interlocked.Exchange(ref _waiting, mine) is { } other && other.Others.TrySetResult(answer))
        {
            return other.Answer;
        }

        await Task.WhenAny(mine.Others.Task, Task.Delay(1000, _stop.Token));
        return mine.Others.TrySetCanceled() ? answer : await mine.Others.Task;
    }

    private byte[] Make(OriginCamera camera, string file, string nonce, int fault)
    {
        var now = TimeProvider.System.GetUtcNow();
        if (file == "live.m3u8")
        {
            var first = (now.ToUnixTimeMilliseconds() / 2000) - 3;
            var text = $"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:{first}\n#EXT-X-MAP:URI=\"init.mp4\"\n"
                + string.Concat(Enumerable.Range(0, 3).Select(offset => $"#EXTINF:2.000,\n{first + offset}.m4s\n"));
            return Http("", Encoding.ASCII.GetBytes(text));
        }

        var isInit = file == "init.mp4";
        var sequence = isInit ? 0 : long.Parse(file.Split('.')[0], CultureInfo.InvariantCulture);
        var body = isInit ? camera.Init : camera.Segment;
        var keys = DeviceEvidenceKeys.Derive(MakerKey, camera.Ref);
        var stated = new MediaUnit(camera.Ref.VendorDeviceId, isInit ? UnitKind.Init : UnitKind.Segment, sequence, sequence * 2000, body.Length).ToHeader();
        var digest = EvidenceSigner.ContentDigest(body);
        var ingest = EvidenceSigner.SignIngest(keys.Ingest, "acme-1", stated, digest, now.ToUnixTimeSeconds());
        var fresh = EvidenceSigner.SignFresh(keys.Fresh, "acme-1", 200, stated, digest, ingest, fault == 9 ? "an-older-nonce" : nonce, now.ToUnixTimeSeconds());
        var headers = $"Media-Unit: {stated}\r\nContent-Digest: {digest}\r\nSignature-Input: {ingest.Input}, {fresh.Input}\r\nSignature: {ingest.Value}, {fresh.Value}\r\n";
        return fault switch
        {
            // Right words, another camera's bytes.
            10 => Http(headers, Other(camera) is var other && isInit ? other.Init : other.Segment),
            11 => Http(headers + "Age: 7\r\n", body),
            12 => Http(headers, body, status: "206 Partial Content"),
            13 => Http(headers, body[..(body.Length / 2)], length: body.Length),
            14 => Http(headers, [.. body[..(body.Length / 2)], .. Other(camera).Segment]),
            15 => Http("", body),
            _ => Http(headers, body),
        };
    }

    private static byte[] Http(string headers, byte[] body, string status = "200 OK", int? length = null) =>
        [.. Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: video/mp4\r\n{headers}Content-Length: {length ?? body.Length}\r\n\r\n"), .. body];

    private static async Task<string[]> Request(NetworkStream stream)
    {
        var text = new StringBuilder();
        var buffer = new byte[2048];
        while (!text.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var read = await stream.ReadAsync(buffer);
            if (read == 0)
            {
                throw new IOException("No request came.");
            }

            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        return text.ToString().Split("\r\n");
    }

    private void Count(int fault, string file)
    {
        if (fault != 0 && (fault is <= 8 || file != "live.m3u8"))
        {
            Faults.AddOrUpdate(
                fault switch
                {
                    1 => "another camera's answer",
                    2 => "late",
                    3 => "reset in the middle",
                    4 => "half closed",
                    5 => "swapped with another request's",
                    6 => "sent twice",
                    7 => "another camera's before it",
                    8 => "slow pieces",
                    9 => "another nonce",
                    10 => "another camera's bytes",
                    11 => "out of a cache",
                    12 => "partial content",
                    13 => "too short",
                    14 => "torn",
                    _ => "no evidence",
                },
                1,
                (_, count) => count + 1);
        }
    }

    private OriginCamera Other(OriginCamera camera) => Cameras[(camera.Number + 1 + Below(Cameras.Count - 1)) % Cameras.Count];

    /// <summary>0 is no fault.</summary>
    private int Roll(int kinds)
    {
        lock (_dice)
        {
            return IsUnreliable && _dice.Next(FaultEvery) == 0 ? _dice.Next(1, kinds) : 0;
        }
    }

    private int Below(int below)
    {
        lock (_dice)
        {
            return _dice.Next(below);
        }
    }

    public RedeemedGrantKeys KeysOf(OriginCamera camera)
    {
        var keys = DeviceEvidenceKeys.Derive(MakerKey, camera.Ref);
        return new RedeemedGrantKeys(Convert.ToBase64String(keys.Ingest), Convert.ToBase64String(keys.Fresh));
    }

    private sealed record Waiting(byte[] Answer)
    {
        public TaskCompletionSource<byte[]> Others { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Base64, as a grant has them.</summary>
    public sealed record RedeemedGrantKeys(string Ingest, string Fresh);
}

/// <summary>One camera: its unit is always the same bytes, so that a viewer's bytes can be compared one by one.</summary>
internal sealed class OriginCamera
{
    public OriginCamera(int number, bool hasPictures)
    {
        Number = number;
        HasPictures = hasPictures;
        Ref = new DeviceRef("acme", $"crowd-camera-{number:00000}");
        var encoder = new CameraEncoder($"Camera {number}", number, Ref.VendorDeviceId);
        Init = encoder.EncodeInit();
        Segment = hasPictures ? encoder.EncodeUnit(1) : Noise(number);
    }

    public int Number { get; }

    public bool HasPictures { get; }

    public DeviceRef Ref { get; }

    public byte[] Init { get; }

    public byte[] Segment { get; }

    /// <summary>An identity box, then bytes that no other camera has.</summary>
    private byte[] Noise(int number)
    {
        var noise = new byte[96_000];
        var dice = new Dice(number + 1);
        for (var index = 0; index < noise.Length; index++)
        {
            noise[index] = (byte)dice.Next(256);
        }

        byte[] name = [.. "uuid"u8, .. CameraIdentityBox.UserType, .. Encoding.ASCII.GetBytes(Ref.VendorDeviceId)];
        return [.. Length(name.Length + 4), .. name, .. Length(noise.Length + 8), .. "mdat"u8, .. noise];
    }

    private static byte[] Length(int length)
    {
        var bytes = new byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        return bytes;
    }
}

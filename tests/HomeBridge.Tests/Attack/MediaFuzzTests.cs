using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using HomeBridge.StreamGateway.Media;
using HomeBridge.Streaming;
using HomeBridge.Streaming.Evidence;
using Xunit.Abstractions;

namespace HomeBridge.Tests.Attack;

/// <summary>
/// What a maker sends, made wrong: playlists and boxes. Nothing throws, nothing of the maker's text reaches a viewer, and
/// no box that names another camera is overlooked. Ten times as many in a long run.
/// </summary>
public sealed class MediaFuzzTests(ITestOutputHelper output)
{
    private const string Granted = "camera-granted-01";
    private const string Foreign = "camera-foreign-02";

    private static int Inputs => Environment.GetEnvironmentVariable("HOMEBRIDGE_TESTS_LONG") == "true" ? 1_000_000 : 100_000;

    private static readonly string[] Lines =
    [
        "#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:2", "#EXT-X-MEDIA-SEQUENCE:100", "#EXT-X-MAP:URI=\"init.mp4\"", "#EXTINF:2.000,", "100.m4s", "101.m4s", "102.m4s",
        "#EXT-X-PROGRAM-DATE-TIME:2026-11-22T12:00:00Z", "#EXT-X-DISCONTINUITY", "#EXT-X-KEY:METHOD=AES-128,URI=\"http://evil.example/k\"", "#EXT-X-ENDLIST",
        "http://evil.example/100.m4s", "//evil.example/100.m4s", "../100.m4s", "100.m4s?x=evil", "#EXT-X-MAP:URI=\"http://evil.example/init.mp4\"",
        "#EXT-X-DATERANGE:ID=\"evil\",X-ASSET-URI=\"http://evil.example\"", "#EXT-X-DEFINE:NAME=\"evil\",VALUE=\"1\"", "#EXT-X-PART:URI=\"evil.m4s\",DURATION=1",
        "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"evil\"", "#EXT-X-SESSION-DATA:DATA-ID=\"evil\"", "#EXT-X-CONTENT-STEERING:SERVER-URI=\"http://evil.example\"",
        "#EXT-X-MEDIA:TYPE=AUDIO,URI=\"evil\"", "#EXT-X-STREAM-INF:BANDWIDTH=1", "#EXT-X-I-FRAME-STREAM-INF:URI=\"evil\"", "#EXTINF:-1,evil", "#EXTINF:1e9,", "#EXTINF:99999999999999999999999999999,",
        "#EXT-X-MEDIA-SEQUENCE:9223372036854775807", "#EXT-X-MEDIA-SEQUENCE:-1", "#EXT-X-TARGETDURATION:0", "#EXT-X-PROGRAM-DATE-TIME:evil", "#EXT-X-PROGRAM-DATE-TIME:9999-12-31T23:59:59Z", "evil", "\0", "\uFEFF#EXTM3U",
    ];

    [Fact]
    public void A_mutated_playlist_is_read_whole_or_not_at_all_and_none_of_its_text_is_passed_on()
    {
        var (seed, started, read) = (Environment.TickCount, Stopwatch.GetTimestamp(), 0);
        var dice = new Dice(seed);
        for (var number = 0; number < Inputs; number++)
        {
            var text = Playlist(dice);
            try
            {
                if (!MakerPlaylist.TryRead(text, MediaContainer.Fmp4, out var playlist))
                {
                    continue;
                }

                read++;
                var window = new LiveWindow(Key, MediaContainer.Fmp4, TimeProvider.System);
                window.Advance(playlist, window.NextPoll());
                Assert.DoesNotContain("evil", window.Text ?? "", StringComparison.OrdinalIgnoreCase);
                Assert.All((window.Text ?? "").Split('\n'), line => Assert.True(IsOurs(line), line));
            }
            catch (Exception wrong) when (wrong is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Seed {seed}, input {number}: {wrong.GetType().Name} {wrong.Message} for {text}");
            }
        }

        output.WriteLine($"Seed {seed}: {Inputs} playlists, {read} readable, {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        Assert.InRange(read, Inputs / 100, Inputs);
    }

    [Fact]
    public void A_box_that_names_another_camera_is_found_wherever_boxes_can_be_read()
    {
        var (seed, started, foreign) = (Environment.TickCount, Stopwatch.GetTimestamp(), 0);
        var dice = new Dice(seed);
        for (var number = 0; number < Inputs; number++)
        {
            var names = dice.Next(4) == 0;
            var unit = Unit(dice, names ? Foreign : Granted);
            Assert.Equal(!names, CameraIdentityBox.AgreesWith(unit, Granted));
            foreign += names ? 1 : 0;

            // Broken anywhere: it may agree or not, but it answers.
            unit[dice.Next(unit.Length)] ^= (byte)(1 << dice.Next(8));
            _ = CameraIdentityBox.AgreesWith(unit.AsSpan(0, dice.Next(unit.Length + 1)), Granted);
        }

        output.WriteLine($"Seed {seed}: {Inputs} units, {foreign} of another camera, {Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s");
        Assert.True(foreign > Inputs / 10);
    }

    private static HomeBridge.Streaming.Tickets.UnitTokenKey Key { get; } =
        new(new byte[32], "00112233445566778899aabbccddeeff", new HomeBridge.Streaming.DeviceRef("acme", Granted));

    private static string Playlist(Dice dice)
    {
        var lines = new List<string>(Lines[..9]);
        lines.InsertRange(7, ["#EXTINF:2.000,"]);
        lines.InsertRange(9, ["#EXTINF:2.000,"]);
        for (var step = dice.Next(4); step > 0; step--)
        {
            var at = dice.Next(lines.Count);
            switch (dice.Next(5))
            {
                case 0:
                    lines.Insert(at, Lines[dice.Next(Lines.Length)]);
                    break;
                case 1:
                    lines[at] = Lines[dice.Next(Lines.Length)];
                    break;
                case 2:
                    lines.RemoveAt(at);
                    break;
                case 3 when lines[at].Length > 0:
                    var line = lines[at].ToCharArray();
                    line[dice.Next(line.Length)] = (char)dice.Next(32, 128);
                    lines[at] = new string(line);
                    break;
                default:
                    lines[at] += Lines[dice.Next(Lines.Length)];
                    break;
            }

            if (lines.Count == 0)
            {
                break;
            }
        }

        return string.Join(dice.Next(10) == 0 ? "\r\n" : "\n", lines);
    }

    /// <summary>Tags that we write, with numbers and tokens and nothing else.</summary>
    private static bool IsOurs(string line) => System.Text.RegularExpressions.Regex.IsMatch(
        line,
        @"\A(#EXTM3U|#EXT-X-VERSION:[0-9]|#EXT-X-INDEPENDENT-SEGMENTS|#EXT-X-TARGETDURATION:[0-9]+|#EXT-X-MEDIA-SEQUENCE:[0-9]+|#EXT-X-MAP:URI=""[A-Za-z0-9_-]{39}\.mp4""|#EXT-X-DISCONTINUITY|#EXT-X-DISCONTINUITY-SEQUENCE:[0-9]+|#EXT-X-PROGRAM-DATE-TIME:[0-9TZ:.-]+|#EXTINF:[0-9.]+,|[A-Za-z0-9_-]{39}\.(m4s|ts)|)\z",
        System.Text.RegularExpressions.RegexOptions.ExplicitCapture,
        TimeSpan.FromSeconds(1));

    private static byte[] Unit(Dice dice, string camera)
    {
        using var unit = new MemoryStream();
        var boxes = dice.Next(1, 6);
        var named = dice.Next(boxes);
        for (var box = 0; box < boxes; box++)
        {
            if (box == named)
            {
                Box(unit, "uuid", [.. CameraIdentityBox.UserType, .. Encoding.ASCII.GetBytes(camera)]);
            }
            else
            {
                var payload = new byte[dice.Next(64)];
                for (var index = 0; index < payload.Length; index++)
                {
                    payload[index] = (byte)dice.Next(256);
                }

                Box(unit, dice.Next(3) switch { 0 => "moof", 1 => "mdat", _ => "free" }, payload);
            }
        }

        return unit.ToArray();
    }

    private static void Box(MemoryStream unit, string type, byte[] payload)
    {
        Span<byte> header = stackalloc byte[8];
        BinaryPrimitives.WriteInt32BigEndian(header, 8 + payload.Length);
        Encoding.ASCII.GetBytes(type, header[4..]);
        unit.Write(header);
        unit.Write(payload);
    }
}

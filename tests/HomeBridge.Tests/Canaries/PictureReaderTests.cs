using HomeBridge.Canaries;
using HomeBridge.Hosting;
using HomeBridge.Sandbox.Cameras;
using Microsoft.Extensions.Configuration;

namespace HomeBridge.Tests.Canaries;

/// <summary>Whose pictures they are, read from pixels; and what a canary must be told.</summary>
public sealed class PictureReaderTests
{
    [Theory]
    [MemberData(nameof(Readers))]
    public async Task Every_picture_of_a_unit_tells_its_camera(string reader)
    {
        foreach (var number in (int[])[0, 901, ushort.MaxValue])
        {
            var camera = new CameraEncoder($"Camera {number} of nobody", number, "camera-0000000000901");
            var sequence = 890_000_000L + number;

            var reading = await Reader(reader).Read(camera.EncodeInit(), camera.EncodeUnit(sequence), CancellationToken.None);

            Assert.NotNull(reading);
            Assert.Equal(CameraEncoder.FramesPerUnit, reading.Frames);
            Assert.Equal(Enumerable.Range(0, 20).Select(frame => ((ushort)number, (uint)((sequence * 20) + frame))), reading.Codes.Select(code => (code.Number, code.Frame)));
        }
    }

    [Theory]
    [MemberData(nameof(Readers))]
    public async Task What_is_no_picture_is_not_read_and_harms_nobody(string reader)
    {
        var camera = new CameraEncoder("Camera of nobody", 901, "camera-0000000000901");
        var (init, segment) = (camera.EncodeInit(), camera.EncodeUnit(890_000_000));

        Assert.Null(await Reader(reader).Read(new byte[1000], new byte[4_000_000], CancellationToken.None));
        Assert.Null(await Reader(reader).Read(Array.Empty<byte>(), Array.Empty<byte>(), CancellationToken.None));
        Assert.Null(await Reader(reader).Read("#EXTM3U\nfile:///etc/passwd\n"u8.ToArray(), segment, CancellationToken.None));
        Assert.Null(await Reader(reader).Read(init, init, CancellationToken.None));
        Assert.Null(await new FfmpegReader("/nowhere/ffmpeg", TimeProvider.System).Read(init, segment, CancellationToken.None));
    }

    /// <summary>Whatever comes, it is not read as another camera's picture, and it ends.</summary>
    [Fact]
    public async Task Broken_pictures_never_tell_of_a_camera_that_there_is_not()
    {
        var camera = new CameraEncoder("Camera of nobody", 901, "camera-0000000000901");
        var (init, segment) = (camera.EncodeInit(), camera.EncodeUnit(890_000_000));
        for (var broken = 0; broken < 300; broken++)
        {
            var copy = segment.ToArray();
            copy[200 + (int)(broken * 7919L % (copy.Length - 200))] ^= (byte)(1 << (broken % 8));
            var reading = await new SandboxPictureReader().Read(init, copy, CancellationToken.None);
            Assert.All(reading?.Codes ?? [], code => Assert.Equal(901, code.Number));
        }
    }

    public static TheoryData<string> Readers() => new("ffmpeg", "managed");

    private static IPictureReader Reader(string name) => name == "ffmpeg" ? new FfmpegReader("/usr/bin/ffmpeg", TimeProvider.System) : new SandboxPictureReader();

    [Theory]
    [InlineData("Canaries:1:Account", "a", null, 1)]
    [InlineData("Canaries:0:Device", "a", "d", 1)]
    public void One_canary_alone_is_no_canary(string missing, string account, string? device, int number)
    {
        var problems = Problems(new() { ["Canaries:0:Account"] = account, ["Canaries:0:CameraNumber"] = $"{number}", [missing == "Canaries:0:Device" ? "Canaries:1:Account" : "Canaries:0:Device"] = device ?? "d" });

        Assert.Contains(problems, problem => problem.StartsWith(missing, StringComparison.Ordinal));
    }

    [Fact]
    public void Two_canaries_that_are_one_are_refused_and_none_is_fine()
    {
        var twice = new Dictionary<string, string?>(StringComparer.Ordinal);
        for (var index = 0; index < 2; index++)
        {
            (twice[$"Canaries:{index}:Account"], twice[$"Canaries:{index}:Device"], twice[$"Canaries:{index}:CameraNumber"]) = ($"home-{index}", "same", $"{index}");
        }

        Assert.Contains(Problems(twice), problem => problem.Contains("of its own", StringComparison.Ordinal));
        twice["Canaries:1:Device"] = "another";
        Assert.Empty(Problems(twice));
        Assert.Empty(Problems(new(StringComparer.Ordinal) { ["Canaries:Every"] = "00:00:30" }));
    }

    [Fact]
    public void Weak_evidence_makes_canaries_look_ten_times_as_often()
    {
        var options = CanaryOptions.Read(new ConfigurationReader(new ConfigurationBuilder().Build(), isSandbox: true));

        Assert.Equal(TimeSpan.FromSeconds(10), new CanaryPace(options, () => false).Every);
        Assert.Equal(TimeSpan.FromSeconds(1), new CanaryPace(options, () => true).Every);
    }

    private static IReadOnlyList<string> Problems(Dictionary<string, string?> keys)
    {
        var read = new ConfigurationReader(new ConfigurationBuilder().AddInMemoryCollection(keys).Build(), isSandbox: true);
        CanaryOptions.Read(read);
        return read.Problems;
    }
}

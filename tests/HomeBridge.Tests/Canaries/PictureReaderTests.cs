using HomeBridge.Canaries;
using HomeBridge.Hosting;
using HomeBridge.Sandbox.Cameras;
using Microsoft.Extensions.Configuration;

namespace HomeBridge.Tests.Canaries;

/// <summary>Whose pictures they are, read from pixels; and what a canary must be told.</summary>
public sealed class PictureReaderTests
{
    private static readonly FfmpegReader Ffmpeg = new("/usr/bin/ffmpeg", TimeProvider.System);

    [Fact]
    public async Task Every_picture_of_a_unit_tells_its_camera()
    {
        var camera = new CameraEncoder("Camera of nobody", 901, "camera-0000000000901");

        var reading = await Ffmpeg.Read(camera.EncodeInit(), camera.EncodeUnit(890_000_000), CancellationToken.None);

        Assert.NotNull(reading);
        Assert.Equal(CameraEncoder.FramesPerUnit, reading.Frames);
        Assert.Equal(Enumerable.Range(0, 20).Select(frame => (ushort.CreateChecked(901), (uint)((890_000_000L * 20) + frame))), reading.Codes.Select(code => (code.Number, code.Frame)));
    }

    [Fact]
    public async Task What_is_no_picture_is_not_read_and_harms_nobody()
    {
        var camera = new CameraEncoder("Camera of nobody", 901, "camera-0000000000901");
        var segment = camera.EncodeUnit(890_000_000);

        Assert.Null(await Ffmpeg.Read(new byte[1000], new byte[4_000_000], CancellationToken.None));
        Assert.Null(await Ffmpeg.Read(Array.Empty<byte>(), Array.Empty<byte>(), CancellationToken.None));
        Assert.Null(await Ffmpeg.Read("#EXTM3U\nfile:///etc/passwd\n"u8.ToArray(), segment, CancellationToken.None));
        Assert.Null(await new FfmpegReader("/nowhere/ffmpeg", TimeProvider.System).Read(camera.EncodeInit(), segment, CancellationToken.None));
    }

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

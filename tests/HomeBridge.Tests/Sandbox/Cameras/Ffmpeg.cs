using System.Diagnostics;

namespace HomeBridge.Tests.Sandbox.Cameras;

/// <summary>Another maker's decoder. It must be installed: a missing one fails the tests.</summary>
internal static class Ffmpeg
{
    /// <summary>Runs a program over the given standard input.</summary>
    public static async Task<(byte[] Output, string Errors, int ExitCode)> RunAsync(
        string program, byte[] input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output);
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.BaseStream.WriteAsync(input);
        process.StandardInput.Close();
        await Task.WhenAll(reading, errors);
        await process.WaitForExitAsync();
        return (output.ToArray(), await errors, process.ExitCode);
    }

    /// <summary>
    /// Decodes to gray frames of the given size, one after the other; any word on stderr is a failure.
    /// </summary>
    public static async Task<byte[][]> DecodeGrayAsync(byte[] mp4, int width, int height)
    {
        var (output, errors, exitCode) = await RunAsync("ffmpeg", mp4,
            "-v", "warning", "-xerror", "-err_detect", "explode", "-i", "pipe:0",
            "-vf", $"scale={width}:{height}", "-pix_fmt", "gray", "-fps_mode", "passthrough",
            "-f", "rawvideo", "pipe:1");
        Assert.Equal("", errors);
        Assert.Equal(0, exitCode);
        Assert.Equal(0, output.Length % (width * height));
        return [.. output.Chunk(width * height)];
    }
}

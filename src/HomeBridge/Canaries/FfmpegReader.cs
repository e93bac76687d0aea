using System.ComponentModel;
using System.Diagnostics;
using HomeBridge.Streaming;

namespace HomeBridge.Canaries;

/// <summary>
/// ffmpeg as a decoder of strangers' bytes: fixed arguments and no shell, input on stdin only, nothing but MP4 and the
/// two codecs that cameras use, bounded in time, memory and output, at low priority.
/// </summary>
internal sealed class FfmpegReader(string program, TimeProvider time) : IPictureReader
{
    /// <summary>Pictures are scaled to the block code's own size.</summary>
    private const int Width = 640;
    private const int Height = 360;

    /// <summary>Two seconds at 30 frames/s.</summary>
    private const int FramesMax = 60;

    /// <summary>A unit takes some 100 ms on an idle machine.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(8);

    private static readonly string[] Arguments =
    [
        "-nostdin", "-v", "error", "-max_alloc", "67108864", "-threads", "1", "-protocol_whitelist", "pipe", "-format_whitelist", "mov",
        "-codec_whitelist", "h264,hevc", "-f", "mov", "-i", "pipe:0", "-an", "-sn", "-dn", "-map", "0:v:0", "-frames:v", "60",
        "-vf", "scale=640:360,format=gray", "-fps_mode", "passthrough", "-f", "rawvideo", "pipe:1",
    ];

    public string Name => "ffmpeg";

    public async Task<PictureReading?> Read(ReadOnlyMemory<byte> init, ReadOnlyMemory<byte> segment, CancellationToken cancel)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, Arguments)
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };

        // It has no use for our environment, which may hold keys.
        process.StartInfo.Environment.Clear();
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            return null;
        }

        using var limit = new CancellationTokenSource(Within, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            LowerPriority(process);
            var errors = process.StandardError.BaseStream.CopyToAsync(Stream.Null, end.Token);
            var frames = Frames(process.StandardOutput.BaseStream, end.Token);
            await Feed(process, init, segment, end.Token);
            var reading = await frames;
            await errors;
            await process.WaitForExitAsync(end.Token);
            return process.ExitCode == 0 && reading.Frames > 0 ? reading : null;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return null;
        }
        catch (IOException)
        {
            return null;
        }
        finally
        {
            Kill(process);
        }
    }

    private static async Task Feed(Process process, ReadOnlyMemory<byte> init, ReadOnlyMemory<byte> segment, CancellationToken cancel)
    {
        try
        {
            await using var input = process.StandardInput.BaseStream;
            await input.WriteAsync(init, cancel);
            await input.WriteAsync(segment, cancel);
        }
        catch (IOException)
        {
            // It has seen enough, or it died: its output tells which.
        }
    }

    private static async Task<PictureReading> Frames(Stream output, CancellationToken cancel)
    {
        var luma = new byte[Width * Height];
        var codes = new List<BlockCode>();
        var frames = 0;
        for (; frames < FramesMax && await output.ReadAtLeastAsync(luma, luma.Length, throwOnEndOfStream: false, cancel) == luma.Length; frames++)
        {
            if (BlockCode.TryRead(luma, Width, Height, Width, out var code))
            {
                codes.Add(code);
            }
        }

        return new PictureReading(frames, codes);
    }

    private static void LowerPriority(Process process)
    {
        try
        {
            process.PriorityClass = ProcessPriorityClass.Idle;
        }
        catch (Exception refused) when (refused is InvalidOperationException or Win32Exception)
        {
            // It is over already, or the system doesn't let us.
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It ended by itself.
        }
    }
}

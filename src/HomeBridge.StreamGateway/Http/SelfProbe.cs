using System.Collections.Immutable;
using HomeBridge.StreamGateway.Bridge;
using HomeBridge.StreamGateway.Media;
using HomeBridge.StreamGateway.Sessions;
using HomeBridge.Streaming.Evidence;
using HomeBridge.Streaming.Feed;

namespace HomeBridge.StreamGateway.Http;

/// <summary>
/// The gateway looks at itself as a display does, through its public URL, at the start and again and again. Whatever
/// stands before it must pass its answers on as they are and keep none: a cache there would show one viewer's pictures to
/// the next, and no evidence could tell. While that is not so the gateway does not stream.
/// </summary>
internal sealed class SelfProbe(
    GatewayOptions options, ProbePaths paths, BridgeClient bridge, SessionEnding ending, IHostApplicationLifetime host, TimeProvider time,
    ILogger<SelfProbe> log)
    : BackgroundService
{
    /// <summary>The longest that one answer may take.</summary>
    public static readonly TimeSpan FetchWithin = TimeSpan.FromSeconds(5);

    /// <summary>How soon it looks again while it does not stream, or could not look.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How often in a row nothing may arrive before a gateway that streams stops: a moment's outage of the network is no
    /// sign of a cache. What did arrive and is wrong counts at once.
    /// </summary>
    public const int UnreachableMax = 3;

    private const string Pass = "Pass answers of /v1/ on as they are: no cache, no compression, no change of headers.";

    private static readonly ImmutableArray<string> NeverThere = ["ETag", "Last-Modified", "Expires"];

    private volatile SelfProbeReport _found = options is { PublicUrl: not null, SelfProbe: true }
        ? new(SelfProbeState.Pending, $"the self-probe of {options.PublicUrl} has not been answered yet.")
        : new(SelfProbeState.Off, "probe off: nobody checks that what stands before this gateway keeps and changes nothing.");

    /// <summary>What it concluded last.</summary>
    public SelfProbeReport Found => _found;

    /// <summary>Whether the gateway may stream.</summary>
    public bool IsOpen => _found.State is SelfProbeState.Passed or SelfProbeState.Off;

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var started = host.ApplicationStarted.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), listening);
        await listening.Task.WaitAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_found.State is SelfProbeState.Off)
        {
            log.LogWarning("Self-probe: {Why}", _found.Why);
        }

        for (var missed = 0; !stopping.IsCancellationRequested;)
        {
            if (_found.State is not SelfProbeState.Off)
            {
                missed = await Look(missed, stopping);
            }

            _ = bridge.Probed(_found, stopping);
            var pause = (IsOpen && missed == 0) || options.SelfProbeEvery < RetryAfter ? options.SelfProbeEvery : RetryAfter;
            await Task.Delay(pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One round. Answers how often in a row nothing arrived.</summary>
    private async Task<int> Look(int missed, CancellationToken stopping)
    {
        try
        {
            Conclude(await WhatIsWrong(stopping));
            return 0;
        }
        catch (Exception failed) when (failed is HttpRequestException or OperationCanceledException or IOException)
        {
            if (!stopping.IsCancellationRequested && (!IsOpen || missed + 1 >= UnreachableMax))
            {
                Conclude($"{options.PublicUrl} can't be reached from the gateway itself ({Reason(failed)}). Make it reachable from here; "
                    + "or, if it can't be, check otherwise that nothing before the gateway keeps answers and switch the self-probe off by name.");
            }

            return missed + 1;
        }
    }

    private void Conclude(string? why)
    {
        var before = _found;
        _found = why is null ? new(SelfProbeState.Passed, null) : new(SelfProbeState.Refused, why);
        if (why is not null && !string.Equals(before.Why, why, StringComparison.Ordinal))
        {
            log.LogCritical("The gateway does not stream. Self-probe: {Why}", why);
            ending.EndAll(EndReason.PublicPath);
        }
        else if (why is null && before.State is SelfProbeState.Refused)
        {
            log.LogWarning("The gateway streams again: its answers arrive through {PublicUrl} as they left", options.PublicUrl);
        }
    }

    /// <summary>One path of each shape: two fetches side by side, which may be answered as one, and a third after them.</summary>
    private async Task<string?> WhatIsWrong(CancellationToken stopping)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.Zero,
            MaxResponseHeadersLength = 16,
        })
        {
            Timeout = FetchWithin,
            MaxResponseContentBufferSize = 16 * 1024,
        };

        // As a display asks: with what tempts a proxy to compress, and without a word against caches.
        http.DefaultRequestHeaders.TryAddWithoutValidation("Accept-Encoding", "gzip, deflate, br");
        foreach (var path in paths.Draw())
        {
            string[] answers = [.. await Task.WhenAll(Fetch(http, path, stopping), Fetch(http, path, stopping)), await Fetch(http, path, stopping)];
            foreach (var answer in answers)
            {
                if (answer.StartsWith(Wrong, StringComparison.Ordinal))
                {
                    return answer[Wrong.Length..];
                }
            }

            if (answers.Distinct(StringComparer.Ordinal).Count() < answers.Length)
            {
                return $"{Name(path)} gave one answer twice: a cache stands before the gateway. {Pass}";
            }
        }

        return null;
    }

    /// <summary>The answer's text, or <see cref="Wrong"/> and a sentence.</summary>
    private async Task<string> Fetch(HttpClient http, string path, CancellationToken stopping)
    {
        using var answer = await http.GetAsync(new Uri(options.PublicUrl + path), stopping);
        if ((int)answer.StatusCode is 502 or 503 or 504)
        {
            throw new HttpRequestException($"it answers {(int)answer.StatusCode}");
        }

        if (CacheMarks.Find(name => Header(answer, name)) is { } mark)
        {
            return $"{Wrong}{Name(path)} is answered by a cache ({mark}). {Pass}";
        }

        if (answer.Content.Headers.ContentEncoding.Count > 0)
        {
            return $"{Wrong}{Name(path)} arrives compressed. {Pass}";
        }

        var text = await answer.Content.ReadAsStringAsync(stopping);
        if ((int)answer.StatusCode != StatusCodes.Status200OK || !paths.IsAnswer(path, text))
        {
            return $"{Wrong}{Name(path)} is answered ({(int)answer.StatusCode}) by something else than this gateway, or the answer was changed. "
                + $"The public URL must lead to this gateway; gateways behind one URL need one Gateway:ProbeKey. {Pass}";
        }

        foreach (var (name, value) in MediaHeaders.Always)
        {
            if (!string.Equals(Header(answer, name), value, StringComparison.Ordinal))
            {
                return $"{Wrong}{Name(path)} arrives with {name}: {Header(answer, name) ?? "(none)"}, and not {value}. {Pass}";
            }
        }

        return NeverThere.FirstOrDefault(name => Header(answer, name) is not null) is { } added
            ? $"{Wrong}{Name(path)} arrives with {added}, which the gateway never sends. {Pass}"
            : text;
    }

    /// <summary>Can't begin an answer: it is no base64url.</summary>
    private const string Wrong = "!";

    private string Name(string path) => options.PublicUrl + ProbePaths.Shape(path);

    private static string Reason(Exception failed) => failed is OperationCanceledException
        ? $"no answer within {FetchWithin.TotalSeconds} s"
        : failed.Message;

    private static string? Header(HttpResponseMessage answer, string name) =>
        answer.Headers.NonValidated.TryGetValues(name, out var lines) || answer.Content.Headers.NonValidated.TryGetValues(name, out lines)
            ? string.Join(", ", lines)
            : null;
}

/// <summary>The probe's door: it is answered in any case, and nothing else of /v1/ while the gateway does not stream.</summary>
internal static class SelfProbeDoor
{
    public static void UseSelfProbe(this WebApplication app)
    {
        var (probe, paths) = (app.Services.GetRequiredService<SelfProbe>(), app.Services.GetRequiredService<ProbePaths>());
        app.Use((context, next) =>
        {
            var path = context.Request.Path.Value ?? "";
            if (HttpMethods.IsGet(context.Request.Method) && paths.IsProbe(path))
            {
                return new HttpViewer(context).Text(StatusCodes.Status200OK, Type(path), paths.Answer(path));
            }

            return probe.IsOpen || !path.StartsWith("/v1/", StringComparison.Ordinal)
                ? next(context)
                : MediaAnswer.Unavailable.Give(new HttpViewer(context));
        });
    }

    /// <summary>The type of what has this ending, for rules by type.</summary>
    private static string Type(string path) =>
        path.EndsWith(MediaUrls.PlaylistSuffix, StringComparison.Ordinal) ? "application/vnd.apple.mpegurl"
        : path.EndsWith(MediaUrls.InitSuffix, StringComparison.Ordinal) || path.EndsWith(MediaUrls.SegmentSuffix, StringComparison.Ordinal) ? "video/mp4"
        : path.EndsWith(MediaUrls.TransportStreamSuffix, StringComparison.Ordinal) ? "video/mp2t"
        : "text/plain; charset=utf-8";
}

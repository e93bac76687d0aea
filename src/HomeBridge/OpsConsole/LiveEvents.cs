using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using HomeBridge.Gateways;
using HomeBridge.Hosting;
using HomeBridge.Suspensions;

namespace HomeBridge.OpsConsole;

/// <summary>
/// Tells an open page that there may be something new, and nothing else: what it is, the page asks for, with the rights
/// that its reader has by then.
/// </summary>
internal static class LiveEvents
{
    public const string Path = "/live";

    /// <summary>Ages and counts change without anybody telling.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(2);

    /// <summary>Many changes at once are one.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Then the browser connects again, and who it is is looked at anew.</summary>
    private static readonly TimeSpan ListensMax = TimeSpan.FromMinutes(5);

    /// <summary>With a version, whoever confirms it is news as well.</summary>
    public static string Of(long version) => string.Create(CultureInfo.InvariantCulture, $"{Path}?version={version}");

    public static async Task Follow(
        HttpContext context, SuspensionBoard board, Replicas replicas, Signal signal, TimeProvider time, IHostApplicationLifetime lifetime, long? version)
    {
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        await TypedResults.ServerSentEvents(Changes(board, replicas, signal, time, version, cancel.Token)).ExecuteAsync(context);
    }

    private static async IAsyncEnumerable<SseItem<string>> Changes(
        SuspensionBoard board, Replicas replicas, Signal signal, TimeProvider time, long? version, [EnumeratorCancellation] CancellationToken cancel)
    {
        var confirmed = version is { } wanted ? replicas.WaitFor(wanted, 0, ListensMax, cancel) : null;
        var began = time.GetTimestamp();
        while (!cancel.IsCancellationRequested && time.GetElapsedTime(began) < ListensMax)
        {
            var next = signal.Next;
            yield return new SseItem<string>(board.Current.Version.ToString(CultureInfo.InvariantCulture), "changed");
            await Task.Delay(Pause, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var news = confirmed is null ? next : Task.WhenAny(next, confirmed);
            await news.WaitAsync(Beat, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            confirmed = confirmed is { IsCompleted: true } ? null : confirmed;
        }
    }
}

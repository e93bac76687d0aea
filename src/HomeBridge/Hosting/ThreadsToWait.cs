namespace HomeBridge.Hosting;

/// <summary>
/// Whoever asks a server waits on a thread of the pool. The pool begins with one thread for each processor and adds one or two a
/// second: a crowd of fifty calls would wait for threads far longer than for the database.
/// </summary>
internal static class ThreadsToWait
{
    /// <summary>Beyond what may wait for connections: writers that queue, and all that only computes.</summary>
    private const int Beside = 50;

    /// <summary>A thread that waits costs some tens of kilobytes.</summary>
    private const int Most = 300;

    /// <summary>So many may wait for the database at once without delay. Never fewer than there were.</summary>
    public static void Provide(int connections)
    {
        ThreadPool.GetMinThreads(out var workers, out var completions);
        ThreadPool.SetMinThreads(Math.Max(workers, Math.Min(connections + Beside, Most)), completions);
    }
}

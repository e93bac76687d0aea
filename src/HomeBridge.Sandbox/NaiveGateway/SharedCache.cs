namespace HomeBridge.Sandbox.NaiveGateway;

/// <summary>
/// One cache for all viewers, by path. Who asks while a fetch is under way gets its answer too, and when the maker fails the last
/// good answer is served.
/// </summary>
internal sealed class SharedCache(TimeProvider time)
{
    private const int EntriesMax = 400;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public async Task<byte[]?> Get(string path, TimeSpan freshFor, Func<Task<byte[]?>> fetch)
    {
        Entry entry;
        lock (_gate)
        {
            var stale = _entries.GetValueOrDefault(path);
            if (stale is not null && time.GetElapsedTime(stale.At) < freshFor)
            {
                entry = stale;
            }
            else
            {
                MakeRoom();
                entry = _entries[path] = new Entry(time.GetTimestamp(), OrStale(fetch, stale));
            }
        }

        return await entry.Body;
    }

    public void Clear()
    {
        lock (_gate)
        {
            _entries.Clear();
        }
    }

    private static async Task<byte[]?> OrStale(Func<Task<byte[]?>> fetch, Entry? stale)
    {
        try
        {
            if (await fetch() is { } body)
            {
                return body;
            }
        }
        catch (Exception failed) when (failed is HttpRequestException or IOException or OperationCanceledException)
        {
            // Better an old answer than none.
        }

        return stale is null ? null : await stale.Body;
    }

    private void MakeRoom()
    {
        if (_entries.Count >= EntriesMax)
        {
            _entries.Remove(_entries.MinBy(entry => entry.Value.At).Key);
        }
    }

    private sealed record Entry(long At, Task<byte[]?> Body);
}

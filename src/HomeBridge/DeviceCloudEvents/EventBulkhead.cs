namespace HomeBridge.DeviceCloudEvents;

/// <summary>
/// Keeps one home's storm from another home's events: each account has a few calls at a time, and the calls that are let
/// in write one after the other, in the order in which they came.
/// </summary>
internal sealed class EventBulkhead : IDisposable
{
    /// <summary>A call, and the next one that was sent before the first was answered.</summary>
    public const int CallsPerAccountMax = 2;

    /// <summary>Calls of all accounts that wait or write.</summary>
    public const int CallsMax = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _calls = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _writer = new(1, 1);
    private int _all;

    /// <summary>Runs a call's work in its turn. False at once when one of its accounts, or the bridge, has too many.</summary>
    public async Task<bool> TryRun(IReadOnlySet<string> accounts, Action work, CancellationToken cancel)
    {
        if (!TryEnter(accounts))
        {
            return false;
        }

        try
        {
            await _writer.WaitAsync(cancel);
            try
            {
                work();
            }
            finally
            {
                _writer.Release();
            }

            return true;
        }
        finally
        {
            Leave(accounts);
        }
    }

    public void Dispose() => _writer.Dispose();

    private bool TryEnter(IReadOnlySet<string> accounts)
    {
        lock (_lock)
        {
            if (_all >= CallsMax || accounts.Any(account => _calls.GetValueOrDefault(account) >= CallsPerAccountMax))
            {
                return false;
            }

            _all++;
            foreach (var account in accounts)
            {
                _calls[account] = _calls.GetValueOrDefault(account) + 1;
            }

            return true;
        }
    }

    private void Leave(IReadOnlySet<string> accounts)
    {
        lock (_lock)
        {
            _all--;
            foreach (var account in accounts)
            {
                if (--_calls[account] == 0)
                {
                    _calls.Remove(account);
                }
            }
        }
    }
}

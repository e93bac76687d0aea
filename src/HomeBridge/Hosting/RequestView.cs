namespace HomeBridge.Hosting;

/// <summary>
/// The reads of one request that follow each other at once. With SQLite they see the database at one instant, as of the first
/// of them, and share what a transaction costs; PostgreSQL reads each by itself, as committed. One caller at a time; let go of
/// before anything is waited for, since what is held keeps the log of writes from being folded up.
/// </summary>
internal sealed class RequestView(StorageEngine engine) : IDisposable
{
    private PreparedReads? _held;

    /// <summary>As <see cref="Database.Read"/>.</summary>
    public T Read<TAsked, T>(TAsked asked, Func<PreparedReads, TAsked, T> read) =>
        (_held ??= engine.Hold()) is { } held ? read(held, asked) : engine.Read(asked, read, isView: false);

    /// <summary>As <see cref="Database.View"/>.</summary>
    public T View<TAsked, T>(TAsked asked, Func<PreparedReads, TAsked, T> read) =>
        (_held ??= engine.Hold()) is { } held ? read(held, asked) : engine.Read(asked, read, isView: true);

    /// <summary>Ends the view. A later read begins another.</summary>
    public void LetGo()
    {
        if (_held is { } held)
        {
            _held = null;
            engine.LetGo(held);
        }
    }

    public void Dispose() => LetGo();
}

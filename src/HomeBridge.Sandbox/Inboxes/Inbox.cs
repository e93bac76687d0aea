namespace HomeBridge.Sandbox.Inboxes;

/// <summary>What a resident was told, as <c>/inbox.json</c> lists it.</summary>
internal sealed record InboxNotice(string Id, string Home, string Kind, DateTimeOffset At, string Language, string Subject, string Text, string Url);

/// <summary>The last notices of each home, newest first. One that comes again is the same one.</summary>
internal sealed class Inbox
{
    public const int NoticesPerHomeMax = 100;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<InboxNotice>> _homes = new(StringComparer.Ordinal);

    public void Add(InboxNotice notice)
    {
        lock (_lock)
        {
            if (!_homes.TryGetValue(notice.Home, out var notices))
            {
                _homes[notice.Home] = notices = [];
            }

            if (notices.Exists(one => one.Id == notice.Id))
            {
                return;
            }

            var place = notices.FindIndex(one => one.At <= notice.At);
            notices.Insert(place < 0 ? notices.Count : place, notice);
            if (notices.Count > NoticesPerHomeMax)
            {
                notices.RemoveAt(NoticesPerHomeMax);
            }
        }
    }

    public IReadOnlyList<InboxNotice> All()
    {
        lock (_lock)
        {
            return [.. _homes.Values.SelectMany(notices => notices).OrderByDescending(notice => notice.At)];
        }
    }
}

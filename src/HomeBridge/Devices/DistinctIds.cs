namespace HomeBridge.Devices;

/// <summary>Ids in the order in which they were asked for, each once, and the place of each.</summary>
internal sealed class DistinctIds
{
    private readonly List<string> _ids;
    private readonly Dictionary<string, int>? _places;

    public DistinctIds(IEnumerable<string> asked)
    {
        var given = asked as IReadOnlyCollection<string> ?? [.. asked];
        _ids = new List<string>(given.Count);
        _places = given.Count > 1 ? new Dictionary<string, int>(given.Count, StringComparer.Ordinal) : null;
        foreach (var id in given)
        {
            if (_places is null || _places.TryAdd(id, _ids.Count))
            {
                _ids.Add(id);
            }
        }
    }

    public int Count => _ids.Count;

    public string this[int place] => _ids[place];

    public bool TryFind(string id, out int place)
    {
        place = 0;
        return _places is null ? _ids.Count == 1 && _ids[0] == id : _places.TryGetValue(id, out place);
    }
}

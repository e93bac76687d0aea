using System.Text.Json;
using HomeBridge.Sandbox.Display;

namespace HomeBridge.Sandbox.HomeGraph;

/// <summary>A device of which nothing is known yet, and how often it was written when somebody set out to ask.</summary>
internal sealed record UnknownStates(string Device, long Version);

/// <summary>A device as a page shows it.</summary>
internal sealed record ShownDevice(JsonElement Device, string Label, ShownState State);

/// <summary>Its state; <c>Online</c> is null until somebody has said it, and then <c>Problem</c> may say why.</summary>
internal sealed record ShownState(bool? Online, string? Problem, IReadOnlyDictionary<string, object> States);

/// <summary>
/// What the platform holds: users, their devices, the states that were stored. It lives as long as the display's
/// sessions, in memory.
/// </summary>
internal sealed class Graph(PlatformTraits traits)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, AgentUser> _users = new(StringComparer.Ordinal);
    private readonly List<GraphWatch> _watches = [];

    /// <summary>
    /// Takes over what SYNC said of a home: devices that appeared, changed or vanished. Answers with those whose states
    /// must be asked for.
    /// </summary>
    public IReadOnlyList<UnknownStates> Take(LinkedHome home, string agentUserId, IReadOnlyList<GraphDevice> devices)
    {
        lock (_gate)
        {
            Leave(home, exceptFrom: agentUserId);
            if (!_users.TryGetValue(agentUserId, out var user))
            {
                _users[agentUserId] = user = new AgentUser(agentUserId);
            }

            foreach (var device in devices)
            {
                if (user.Devices.TryGetValue(device.Id, out var known))
                {
                    known.Describe(device);
                }
                else
                {
                    user.Devices[device.Id] = device;
                }
            }

            user.Homes[home] = [.. devices.Select(device => device.Id).Distinct(StringComparer.Ordinal)];
            user.DropUnlisted();
            foreach (var watch in _watches.Where(watch => user.Homes.ContainsKey(watch.Home)))
            {
                watch.ListChanged();
            }

            return
            [
                .. user.Homes[home].Select(id => user.Devices[id])
                    .Where(device => device.Online is null)
                    .Select(device => new UnknownStates(device.Id, device.Version)),
            ];
        }
    }

    /// <summary>What the first QUERY said of a device, unless something newer was stored meanwhile.</summary>
    public void Fill(string agentUserId, UnknownStates asked, JsonElement answered)
    {
        lock (_gate)
        {
            if (!_users.TryGetValue(agentUserId, out var user)
                || !user.Devices.TryGetValue(asked.Device, out var device)
                || device.Version != asked.Version)
            {
                return;
            }

            if (Problem(device, answered) is { } problem)
            {
                device.Fail(problem);
            }
            else
            {
                device.Store(answered, traits);
            }

            Changed(user, device.Id);
        }
    }

    /// <summary>A report: all of it is stored, or nothing and the reason is thrown.</summary>
    public void Report(GraphReport report)
    {
        lock (_gate)
        {
            var user = User(report.AgentUserId);
            foreach (var (id, states) in report.States)
            {
                CheckStates(Device(user, id), states);
            }

            foreach (var (id, notification) in report.Notifications)
            {
                CheckNotification(Device(user, id), notification);
            }

            foreach (var (id, states) in report.States)
            {
                user.Devices[id].Store(states, traits);
                Changed(user, id);
            }

            if (report.Notifications.Count == 0 || (report.EventId is { } eventId && !user.IsNew(eventId)))
            {
                return;
            }

            foreach (var (id, notification) in report.Notifications)
            {
                Tell(user, user.Devices[id], notification);
            }
        }
    }

    /// <summary>The stored states of devices, all of which must be there.</summary>
    public Dictionary<string, Dictionary<string, object>> Query(string agentUserId, IReadOnlyList<string> devices)
    {
        lock (_gate)
        {
            var user = User(agentUserId);
            return devices.Distinct(StringComparer.Ordinal).ToDictionary(id => id, id => Device(user, id).States(), StringComparer.Ordinal);
        }
    }

    /// <summary>The devices of a user as SYNC described them.</summary>
    public IReadOnlyList<JsonElement> Devices(string agentUserId)
    {
        lock (_gate)
        {
            return [.. User(agentUserId).Devices.Values.Select(device => device.Described)];
        }
    }

    /// <summary>A home that is not linked any more. With its last home a user is gone.</summary>
    public void Forget(LinkedHome home)
    {
        lock (_gate)
        {
            Leave(home, exceptFrom: null);
            foreach (var watch in _watches.Where(watch => watch.Home == home))
            {
                watch.End();
            }
        }
    }

    /// <summary>The homes that are linked under this id.</summary>
    public IReadOnlyList<LinkedHome> HomesOf(string agentUserId)
    {
        lock (_gate)
        {
            return [.. User(agentUserId).Homes.Keys];
        }
    }

    /// <summary>Begins a synchronous requestSync; a second one meanwhile is refused.</summary>
    public IReadOnlyList<LinkedHome> BeginSync(string agentUserId)
    {
        lock (_gate)
        {
            var user = User(agentUserId);
            if (user.Syncing)
            {
                throw GraphException.ResourceExhausted("A request sync of this user is under way.", TimeSpan.FromSeconds(1));
            }

            user.Syncing = true;
            return [.. user.Homes.Keys];
        }
    }

    public void EndSync(string agentUserId)
    {
        lock (_gate)
        {
            if (_users.TryGetValue(agentUserId, out var user))
            {
                user.Syncing = false;
            }
        }
    }

    /// <summary>Everything that is held, for whoever wants to look.</summary>
    public object Show()
    {
        lock (_gate)
        {
            return new
            {
                agentUsers = _users.Values.Select(user => new
                {
                    agentUserId = user.Id,
                    homes = user.Homes.Count,
                    devices = user.Devices.Values
                        .Select(device => new { id = device.Id, name = device.Name, type = device.Type, states = device.States() })
                        .ToArray(),
                }).ToArray(),
            };
        }
    }

    public GraphWatch Watch(LinkedHome home)
    {
        var watch = new GraphWatch(home);
        lock (_gate)
        {
            _watches.Add(watch);
            watch.ListChanged();
        }

        return watch;
    }

    public void Unwatch(GraphWatch watch)
    {
        lock (_gate)
        {
            _watches.Remove(watch);
        }
    }

    public GraphChanges Changes(GraphWatch watch)
    {
        lock (_gate)
        {
            return watch.Take();
        }
    }

    /// <summary>A home as its pages show it; null before its first SYNC.</summary>
    public IReadOnlyList<ShownDevice>? Shown(LinkedHome home)
    {
        lock (_gate)
        {
            return _users.Values.FirstOrDefault(user => user.Homes.ContainsKey(home)) is { } user
                ? [.. user.Homes[home].Select(id => user.Devices[id]).Select(device => new ShownDevice(device.Described, traits.Label(device.Type), State(device)))]
                : null;
        }
    }

    public Dictionary<string, ShownState> States(LinkedHome home, IEnumerable<string> devices)
    {
        lock (_gate)
        {
            return _users.Values.FirstOrDefault(user => user.Homes.ContainsKey(home)) is { } user
                ? devices.Where(user.Homes[home].Contains).ToDictionary(id => id, id => State(user.Devices[id]), StringComparer.Ordinal)
                : [];
        }
    }

    /// <summary>Why an answer to QUERY says nothing of the device's state. That it is offline says something.</summary>
    private string? Problem(GraphDevice device, JsonElement answered)
    {
        if (answered.ValueKind != JsonValueKind.Object)
        {
            return "transientError";
        }

        var code = answered.TryGetProperty("errorCode", out var says) && says.ValueKind == JsonValueKind.String ? says.GetString() : null;
        if (code is not (null or "deviceOffline"))
        {
            return code;
        }

        return answered.TryGetProperty("online", out var online)
            && online.ValueKind is JsonValueKind.True or JsonValueKind.False
            && answered.EnumerateObject().Where(state => traits.TraitOf(state.Name) is not null).All(state => traits.Objection(device, state) is null)
                ? null
                : "transientError";
    }

    private static ShownState State(GraphDevice device)
    {
        var states = device.States();
        states.Remove("online");
        return new ShownState(device.Online, device.Problem, states);
    }

    private void CheckStates(GraphDevice device, JsonElement states)
    {
        if (states.ValueKind != JsonValueKind.Object)
        {
            throw GraphException.InvalidArgument($"The states of {device.Id} are not an object.");
        }

        foreach (var state in states.EnumerateObject())
        {
            var objection = state.NameEquals("online")
                ? state.Value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "online is not a boolean"
                : traits.Objection(device, state);
            if (objection is not null)
            {
                throw GraphException.InvalidArgument($"Invalid state: {objection}.");
            }
        }
    }

    private void CheckNotification(GraphDevice device, JsonElement notification)
    {
        if (notification.ValueKind != JsonValueKind.Object)
        {
            throw GraphException.InvalidArgument($"The notification of {device.Id} is not an object.");
        }

        foreach (var trait in notification.EnumerateObject())
        {
            if (traits.NotificationObjection(device, trait.Name, trait.Value) is { } objection)
            {
                throw GraphException.InvalidArgument($"Invalid notification: {objection}.");
            }
        }
    }

    private void Tell(AgentUser user, GraphDevice device, JsonElement notification)
    {
        foreach (var trait in notification.EnumerateObject().Where(trait => device.Notifies || trait.Value.TryGetProperty("followUpResponse", out _)))
        {
            foreach (var watch in Watching(user, device.Id))
            {
                watch.Tell(new GraphNotice(device.Id, device.Name, trait.Name, trait.Value));
            }
        }
    }

    private void Changed(AgentUser user, string device)
    {
        foreach (var watch in Watching(user, device))
        {
            watch.Changed(device);
        }
    }

    private IEnumerable<GraphWatch> Watching(AgentUser user, string device) =>
        _watches.Where(watch => user.Homes.TryGetValue(watch.Home, out var devices) && devices.Contains(device, StringComparer.Ordinal));

    private void Leave(LinkedHome home, string? exceptFrom)
    {
        foreach (var user in _users.Values.Where(user => user.Id != exceptFrom && user.Homes.ContainsKey(home)).ToList())
        {
            user.Homes.Remove(home);
            user.DropUnlisted();
            if (user.Homes.Count == 0)
            {
                _users.Remove(user.Id);
            }
        }
    }

    private AgentUser User(string id) => _users.GetValueOrDefault(id) ?? throw GraphException.NotFound();

    private static GraphDevice Device(AgentUser user, string id) => user.Devices.GetValueOrDefault(id) ?? throw GraphException.NotFound();
}

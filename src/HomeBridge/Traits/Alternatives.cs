using HomeBridge.Hosting.StrangersJson;

namespace HomeBridge.Traits;

/// <summary>Members that go together. Excluded are those that only other alternatives know.</summary>
internal sealed record Alternative(string[] Required, string[] Optional, Condition? Needs)
{
    public string[] Excluded { get; set; } = [];

    public bool IsComplete(JsonMap given, JsonMap? device)
    {
        if (Needs is not null && device is not null && !Needs.Holds(device))
        {
            return false;
        }

        foreach (var name in Required)
        {
            if (!given.ContainsKey(name))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>Forms that an object may take: any of them, or exactly one.</summary>
internal sealed record Alternatives(bool Exclusive, Alternative[] Forms)
{
    public bool Fits(JsonMap given, JsonMap? device)
    {
        foreach (var form in Forms)
        {
            if (form.IsComplete(given, device) && !(Exclusive && HasExcluded(form, given)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasExcluded(Alternative form, JsonMap given)
    {
        foreach (var name in form.Excluded)
        {
            if (given.ContainsKey(name))
            {
                return true;
            }
        }

        return false;
    }
}

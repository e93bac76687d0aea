using System.Text;
using HomeBridge.Devices;
using HomeBridge.Hosting.StrangersJson;
using HomeBridge.Traits;

namespace HomeBridge.HomeGraph;

/// <summary>A device's state as the outbox keeps it: <c>online</c> and all states of all traits, flat, as JSON.</summary>
internal static class StateDocument
{
    private const string Online = "online";

    public static JsonMap Read(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var json = JsonInput.Open(utf8, utf8.Length);
        return json.Map();
    }

    public static string Write(JsonMap map) => Encoding.UTF8.GetString(JsonOutput.Write(writer => writer.Any(map)).Span);

    /// <summary>
    /// What is kept after a report: the last state of each trait, as far as the platform knows it. The Home Graph
    /// overwrites per trait, so a trait that comes complete takes the place of what was, and a part of one is laid over
    /// it.
    /// </summary>
    public static JsonMap After(string? newest, Device device, bool online, JsonMap states, out IReadOnlyList<StateProblem> problems)
    {
        var catalogue = TraitCatalogue.Current;
        var review = catalogue.CheckStates(device.Traits.AsSpan(), device.Attributes, states);
        problems = [.. review.Problems.Where(problem => problem.Dropped)];
        var after = newest is null ? [] : Read(newest);
        foreach (var trait in review.States.Keys.Select(catalogue.TraitOfState).OfType<Trait>().Distinct())
        {
            if (!review.Problems.Any(problem => problem.Trait == trait.Name))
            {
                foreach (var state in trait.StateNames)
                {
                    after.Remove(state);
                }
            }
        }

        foreach (var (name, value) in review.States)
        {
            after[name] = value;
        }

        // What is kept from before may be of a trait that is withheld by now.
        if (!device.Withheld.IsEmpty)
        {
            foreach (var state in after.Keys.Where(state => catalogue.TraitOfState(state) is { } trait && !device.Has(trait.Name)).ToList())
            {
                after.Remove(state);
            }
        }

        after[Online] = online;
        var ordered = new JsonMap();
        foreach (var (name, value) in after.OrderBy(state => state.Key, StringComparer.Ordinal))
        {
            ordered[name] = value;
        }

        return ordered;
    }

    /// <summary>What the platform is told: of a device that can't be reached, that and nothing else.</summary>
    public static JsonMap ToTell(JsonMap newest) => newest.GetValueOrDefault(Online) is true ? newest : new JsonMap { [Online] = false };
}
